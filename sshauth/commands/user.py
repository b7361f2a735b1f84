"""The commands that look after people's accounts."""

from functools import partial
from typing import Annotated

import typer

from sshauth.commands.running import (
    EnvFile,
    Json,
    Limit,
    UserName,
    Yes,
    confirm,
    group,
    run,
    say,
    settings_of,
    warn,
)

commands = group("Look after people's accounts.")

Shown = Annotated[
    bool, typer.Option("--print", help="Show the code here and do not mail it. You hand it over yourself.")
]


@commands.command("list")
def show_all(
    search: Annotated[
        str, typer.Option(metavar="WORDS", help="Only those whose user name, name or email holds this.")
    ] = "",
    limit: Limit = 1000,
    in_json: Json = False,
    env_file: EnvFile = None,
) -> None:
    """Say who has an account.

    By user name: since when, when they last signed in, how many sessions are live, and how it stands.
    """
    settings = settings_of(env_file)
    from sshauth.operating import people

    run(people.show_all(settings, search, limit, say, warn, in_json=in_json))


@commands.command()
def show(user_name: UserName, in_json: Json = False, env_file: EnvFile = None) -> None:
    """Say all about one account. Nobody's password, code or secret is ever shown."""
    settings = settings_of(env_file)
    from sshauth.operating import people

    run(people.show(settings, user_name, say, in_json=in_json))


@commands.command()
def create(
    user_name: Annotated[str, typer.Argument(metavar="NAME", help="The user name it will have.")],
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person's email address.")],
    first_name: Annotated[str, typer.Option(metavar="NAME", help="The person may change it.")] = "",
    last_name: Annotated[str, typer.Option(metavar="NAME", help="The same.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="Make them an administrator too.")] = False,
    print_: Shown = False,
    in_json: Json = False,
    env_file: EnvFile = None,
) -> None:
    """Make an account for somebody.

    Whatever REGISTRATION says. The running service mails them a code. For 24 hours it lets them choose a
    password and set up an authenticator; nobody can sign in before. If it was lost or has expired,
    `reset-authenticator` makes another. Use --print for the first administrator, and where no mail is
    sent.
    """
    settings = settings_of(env_file)
    from sshauth.accounts.console import Newcomer
    from sshauth.operating import users

    newcomer = Newcomer(user_name, email, first_name, last_name)
    run(users.create(settings, newcomer, say, is_admin=admin, is_shown=print_, in_json=in_json))


@commands.command()
def disable(user_name: UserName, env_file: EnvFile = None) -> None:
    """Let nobody sign in to an account.

    Its sessions end within two seconds. Nothing is deleted, and `enable` takes it back.
    """
    settings = settings_of(env_file)
    from sshauth.operating import users

    run(users.set_disabled(settings, user_name, say, disabled=True))


@commands.command()
def enable(user_name: UserName, env_file: EnvFile = None) -> None:
    """Let a disabled account be used again."""
    settings = settings_of(env_file)
    from sshauth.operating import users

    run(users.set_disabled(settings, user_name, say, disabled=False))


@commands.command("end-sessions")
def end_sessions(user_name: UserName, env_file: EnvFile = None) -> None:
    """End every session of somebody.

    Within two seconds, on all nodes. They may sign in again; `disable` keeps them out.
    """
    settings = settings_of(env_file)
    from sshauth.operating import users

    run(users.end_sessions(settings, user_name, say))


@commands.command("reset-authenticator")
def reset_authenticator(
    user_name: UserName,
    print_: Shown = False,
    yes: Yes = False,
    in_json: Json = False,
    env_file: EnvFile = None,
) -> None:
    """Take a lost authenticator away.

    For somebody who has lost phone and recovery codes. Authenticators, recovery codes and SSH keys work
    no more, and all sessions end. The running service mails a code: for 24 hours, it and their password
    set up a new authenticator. Be sure that it is they who ask.
    """
    settings = settings_of(env_file)
    from sshauth.operating import users

    ask = partial(confirm, yes=yes)
    run(users.reset_authenticator(settings, user_name, ask, say, is_shown=print_, in_json=in_json))


@commands.command()
def promote(user_name: UserName, env_file: EnvFile = None) -> None:
    """Make somebody an administrator.

    From their next sign-in on. Administrators see everybody's sessions and activity, end sessions,
    disable accounts and reset authenticators. Nothing but a command makes one; ADMINS only says who is
    mailed about it.
    """
    settings = settings_of(env_file)
    from sshauth.operating import users

    run(users.promote(settings, user_name, say))


@commands.command()
def demote(user_name: UserName, env_file: EnvFile = None) -> None:
    """Make somebody no administrator.

    Their sessions end within two seconds; they may sign in again.
    """
    settings = settings_of(env_file)
    from sshauth.operating import users

    run(users.demote(settings, user_name, say))


@commands.command()
def delete(user_name: UserName, yes: Yes = False, env_file: EnvFile = None) -> None:
    """Delete an account for good.

    With all that belongs to it; its sessions end within two seconds. This cannot be undone: `disable` is
    for now. The audit log keeps what happened, under an id that means nothing any more.
    """
    settings = settings_of(env_file)
    from sshauth.operating import users

    run(users.delete(settings, user_name, partial(confirm, yes=yes), say))
