"""The commands; the only place that parses arguments."""

import asyncio
import gc
import os
import signal
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from sshauth import __version__
from sshauth.config import ConfigError, Settings, load_settings

FINE, FAILED, WRONG_USE = 0, 1, 2
"""Exit codes."""

T = TypeVar("T")

app = typer.Typer(
    name="sshauth",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Accounts with mandatory two-factor login in front of a terminal app, over plain SSH.\n\n"
    "Nothing needs setting: `sshauth serve` makes what it needs and says where. To change something, "
    "set variables in the environment or in a .env file; .env.template lists them all.",
    epilog="Exit codes: 0 fine, 1 failed, 2 wrong use or wrong configuration.",
)
db = typer.Typer(no_args_is_help=True, help="Look after the database.", rich_markup_mode=None)
app.add_typer(db, name="db")
secrets = typer.Typer(no_args_is_help=True, help="Look after the server's secrets.", rich_markup_mode=None)
app.add_typer(secrets, name="secrets")
host_key = typer.Typer(no_args_is_help=True, help="Look after the server's host keys.", rich_markup_mode=None)
app.add_typer(host_key, name="host-key")
user = typer.Typer(no_args_is_help=True, help="Say who is an administrator.", rich_markup_mode=None)
app.add_typer(user, name="user")

EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="Read this file in place of .env in this directory."),
]
UserName = Annotated[str, typer.Argument(metavar="NAME", help="A user name, in any case.")]


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
    settings = _settings(env_file)
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    from sshauth.service.event_loop import new_event_loop

    if settings.workers == 1:
        from sshauth.service.serving import serve
    else:
        from sshauth.service.supervising import serve
    _run(serve(settings, _say), new_event_loop)
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
        _fail("This needs a terminal: run it without redirecting input or output.", WRONG_USE)
    settings = _settings(env_file)
    from sshauth import local

    raise typer.Exit(_run(local.run(settings, _say, plain=plain)))


@db.command("upgrade")
def db_upgrade(env_file: EnvFile = None) -> None:
    """Bring the database to this version.

    `serve` and `tui` do it by themselves when they start; this does it and nothing else.
    """
    settings = _settings(env_file)
    from sshauth import ground

    before, after = _run(ground.upgrade_database(settings))
    typer.echo(
        f"The database is at revision {after} already."
        if before == after
        else f"The database went from {f'revision {before}' if before else 'empty'} to revision {after}."
    )


@secrets.command("rotate")
def secrets_rotate(env_file: EnvFile = None) -> None:
    """Seal the authenticators under a new key.

    Without TOTP_KEYS it makes the new key by itself and takes the old one out of DATA_DIR. With TOTP_KEYS,
    put a new key before the old one, restart every node, run this, and then take the old key out.
    """
    settings = _settings(env_file)
    from sshauth import ground

    _run(ground.rotate_secrets(settings, typer.echo))


@host_key.command("show")
def host_key_show(env_file: EnvFile = None) -> None:
    """Show every host key: fingerprint, file, and what known_hosts and the DNS may say of it.

    Works while the server runs. Without keys it makes none: the first start of `serve` does.
    """
    settings = _settings(env_file)
    from sshauth import host_key_commands

    _say_or_fail(host_key_commands.show, settings)


@host_key.command("next")
def host_key_next(env_file: EnvFile = None) -> None:
    """Make the next host key, and announce it.

    The first step of a change of keys that warns nobody: OpenSSH clients learn the key while the present
    one is in use. `rotate` follows, then `forget`.
    """
    settings = _settings(env_file)
    from sshauth import host_key_commands

    _say_or_fail(host_key_commands.make_next, settings)


@host_key.command("rotate")
def host_key_rotate(env_file: EnvFile = None) -> None:
    """Use the next host key; the old one stays announced."""
    settings = _settings(env_file)
    from sshauth import host_key_commands

    _say_or_fail(host_key_commands.rotate, settings)


@host_key.command("forget")
def host_key_forget(env_file: EnvFile = None) -> None:
    """Take away the old host key."""
    settings = _settings(env_file)
    from sshauth import host_key_commands

    _say_or_fail(host_key_commands.forget, settings)


@user.command("promote")
def user_promote(user_name: UserName, env_file: EnvFile = None) -> None:
    """Make somebody an administrator, from their next sign-in on.

    Administrators see everybody's sessions and activity, end sessions, disable accounts and reset
    authenticators. Nothing but this command makes one; ADMINS only says who is mailed about it.
    """
    settings = _settings(env_file)
    from sshauth import user_commands

    _run(user_commands.promote(settings, user_name, typer.echo))


@user.command("demote")
def user_demote(user_name: UserName, env_file: EnvFile = None) -> None:
    """Make somebody no administrator any more.

    Their sessions end within two seconds; they may sign in again.
    """
    settings = _settings(env_file)
    from sshauth import user_commands

    _run(user_commands.demote(settings, user_name, typer.echo))


@user.command("list")
def user_list(env_file: EnvFile = None) -> None:
    """Say who has an account, since when, and who is an administrator or disabled."""
    settings = _settings(env_file)
    from sshauth import user_commands

    _run(user_commands.show(settings, typer.echo))


@app.command()
def health(env_file: EnvFile = None) -> None:
    """Ask the running server for a key exchange.

    Exits with 0 if it answers with its host key within 5 seconds, else with 1: for container health
    checks and monitoring.
    """
    settings = _settings(env_file)
    from sshauth import runtime

    if not _run(runtime.is_healthy(settings)):
        _fail(f"No sshauth with our host key answers at {settings.ssh_host}:{settings.ssh_port}.", FAILED)
    typer.echo(f"sshauth answers at {settings.ssh_host}:{settings.ssh_port}.")


def _settings(env_file: Path | None) -> Settings:
    """Read the settings, or name every wrong variable and exit with 2."""
    try:
        settings, warnings = load_settings(env_file)
    except ConfigError as error:
        _fail_for(error)
    for warning in warnings:
        typer.echo(f"Warning: {warning}", err=True)
    return settings


def _run(work: Coroutine[None, None, T], loop_factory: Callable[[], AbstractEventLoop] | None = None) -> T:
    # Database, log and mail are their owner's alone, wherever they are put.
    os.umask(0o077)
    from sshauth.accounts.errors import AccountError
    from sshauth.ground import StartError

    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(work)
    except ConfigError as error:
        _fail_for(error)
    except (StartError, AccountError) as error:
        _fail(str(error), FAILED)


def _say(words: str) -> None:
    """Say something, unless whoever read it is gone: that must not keep the server from its work."""
    try:
        typer.echo(words)
    except OSError:
        # What could not be written would be tried again at the end, and make that a failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say_or_fail(command: Callable[[Settings, Callable[[str], None]], None], settings: Settings) -> None:
    from sshauth.ssh.key_file import HostKeyError

    try:
        command(settings, typer.echo)
    except HostKeyError as error:
        _fail(str(error), FAILED)


def _fail_for(error: ConfigError) -> NoReturn:
    _fail(
        "\n".join(["The configuration is wrong:", *(f"  {problem}" for problem in error.problems)]), WRONG_USE
    )


def _fail(words: str, code: int) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line. Until somebody else hears Ctrl+C, it ends at once, without Python's words."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    app()
