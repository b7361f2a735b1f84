"""The commands. Only here and in commands are arguments parsed."""

import gc
import io
import signal
import sys
from typing import Annotated

import typer

from sshauth import __version__
from sshauth.commands import db, doctor, host_key, invitations, looking, mail, secrets, user
from sshauth.commands.running import FAILED, WRONG_USE, EnvFile, fail, run, say, settings_of

app = typer.Typer(
    name="sshauth",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Accounts with mandatory two-factor login in front of a terminal app, over plain SSH.\n\n"
    "Nothing needs setting: `sshauth serve` makes what it needs and says where. To change something, "
    "set variables in the environment or in a .env file; .env.template lists them all.",
    epilog="Exit codes: 0 fine, 1 failed, 2 wrong use or wrong configuration.",
)
app.add_typer(db.commands, name="db")
app.add_typer(secrets.commands, name="secrets")
app.add_typer(host_key.commands, name="host-key")
user.commands.add_typer(invitations.commands)
app.add_typer(user.commands, name="user")
app.add_typer(mail.commands, name="mail")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sshauth {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and exit.")
    ] = False,
) -> None:
    """Stand for the options that come before a command."""


@app.command()
def serve(
    env_file: EnvFile = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=64, help="Processes that serve, in place of WORKERS."),
    ] = None,
) -> None:
    """Serve the app over SSH.

    Listens on SSH_HOST:SSH_PORT (127.0.0.1:2222) and prints the ssh command to type, the host key's
    fingerprint, and where database, secrets and mail are. SIGTERM or Ctrl+C lets people finish for
    DRAIN_SECONDS and ends, a second one ends at once; SIGHUP reads the host keys again.
    """
    settings = settings_of(env_file)
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    from sshauth.service.event_loop import new_event_loop

    if settings.workers == 1:
        from sshauth.service.serving import serve
    else:
        from sshauth.service.supervising import serve
    run(serve(settings, say), new_event_loop)
    # The interpreter would go through all that people have left once more, for most of a second.
    gc.freeze()


@app.command()
def tui(
    env_file: EnvFile = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Questions and answers line by line, for screen readers.")
    ] = False,
) -> None:
    """Run the app in this terminal, without SSH.

    The same screens on the same database: to try it, or to sign in at the machine itself. With --plain,
    with PLAIN=1, or where TERM cannot show screens, line by line.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail("This needs a terminal: run it without redirecting input or output.", WRONG_USE)
    settings = settings_of(env_file)
    from sshauth import local

    raise typer.Exit(run(local.run(settings, say, plain=plain)))


@app.command()
def health(env_file: EnvFile = None) -> None:
    """Ask the running server for a key exchange.

    Exits with 0 if it answers with its host key within 5 seconds, else with 1: for container health
    checks and monitoring.
    """
    settings = settings_of(env_file)
    from sshauth import runtime

    if not run(runtime.is_healthy(settings)):
        fail(f"No sshauth with our host key answers at {settings.ssh_host}:{settings.ssh_port}.", FAILED)
    typer.echo(f"sshauth answers at {settings.ssh_host}:{settings.ssh_port}.")


app.command()(looking.sessions)
app.command()(looking.audit)
app.command()(doctor.doctor)


def main() -> None:
    """Run the command line. Until somebody else hears Ctrl+C, it ends at once, without Python's words."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Names may hold letters that an old terminal has not; standard error spells them out by itself.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    app()
