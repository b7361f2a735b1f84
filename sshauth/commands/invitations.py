"""The commands about invitations, for where REGISTRATION is invite: they stand with those about accounts."""

from functools import partial
from typing import Annotated

import typer

from sshauth.commands.running import EnvFile, Json, group, run, say, settings_of

commands = group("Invite people.")

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="An email address.")]


@commands.command()
def invite(
    email: Email,
    print_: Annotated[
        bool, typer.Option("--print", help="Show the invitation here, and mail nothing.")
    ] = False,
    in_json: Json = False,
    env_file: EnvFile = None,
) -> None:
    """Invite somebody to create an account.

    The running service mails the invitation: for INVITATION_DAYS it lets one person create one account, at
    this address without another mail, or at another that REGISTRATION_DOMAINS allow. One that the address
    had before works no more.
    """
    settings = settings_of(env_file)
    from sshauth.operating import invitations

    run(invitations.invite(settings, email, say, is_shown=print_, in_json=in_json))


@commands.command("invitations")
def show(
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="Show so many.")] = 200,
    in_json: Json = False,
    env_file: EnvFile = None,
) -> None:
    """Say which invitations wait to be used, the newest first."""
    settings = settings_of(env_file)
    from sshauth.operating import invitations

    run(invitations.show(settings, limit, say, partial(typer.echo, err=True), in_json=in_json))


@commands.command("withdraw-invitation")
def withdraw(email: Email, env_file: EnvFile = None) -> None:
    """Take an invitation back: nobody creates an account with it any more."""
    settings = settings_of(env_file)
    from sshauth.operating import invitations

    run(invitations.withdraw(settings, email, say))
