"""The commands that look after the mail."""

from typing import Annotated

import typer

from sshauth.commands.running import EnvFile, Json, Limit, group, run, say, settings_of, warn

commands = group("Look after the mail.")


@commands.command()
def queue(limit: Limit = 500, in_json: Json = False, env_file: EnvFile = None) -> None:
    """Say which mails are not sent yet.

    Those that wait, and those that were given up: what they are about, never what they say: their codes
    are made when they are sent. Why one was not sent stands in the log.
    """
    settings = settings_of(env_file)
    from sshauth.operating import mail

    run(mail.show(settings, limit, say, warn, in_json=in_json))


@commands.command()
def retry(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID", help="Of mails, as `queue` shows them; or all.")
    ] = None,
    env_file: EnvFile = None,
) -> None:
    """Have mails tried again at once.

    Those that wait for a later try, or were given up. The running service sends them, and tries for
    another day if need be. Mails with a code that has expired meanwhile are not sent.
    """
    settings = settings_of(env_file)
    from sshauth.operating import mail

    run(mail.retry(settings, ids or (), say))


@commands.command("test")
def try_out(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="To whom.")], env_file: EnvFile = None
) -> None:
    """Send a mail to see whether mail arrives.

    At once, past the queue; says what the mail server answered. Exits with 1 if it did not take the mail.
    The service need not run.
    """
    settings = settings_of(env_file)
    from sshauth.operating import mail

    run(mail.try_out(settings, address, say))
