"""The commands; the only place that parses arguments."""

import asyncio
import os
import sys
from collections.abc import Coroutine
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

EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="Read this file in place of .env in this directory."),
]


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
def serve(env_file: EnvFile = None) -> None:
    """Serve the app over SSH.

    Listens on SSH_HOST:SSH_PORT (127.0.0.1:2222) and prints the ssh command to type, the host key's
    fingerprint, and where database, secrets and mail are. SIGTERM or Ctrl+C stops it cleanly.
    """
    settings = _settings(env_file)
    from sshauth import runtime

    _run(runtime.serve(settings, typer.echo))


@app.command()
def tui(env_file: EnvFile = None) -> None:
    """Run the app in this terminal, without SSH.

    The same screens on the same database: to try it, or to sign in at the machine itself.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _fail("This needs a terminal: run it without redirecting input or output.", WRONG_USE)
    settings = _settings(env_file)
    from sshauth import runtime

    raise typer.Exit(FAILED if _run(runtime.run_local(settings, typer.echo)) else FINE)


@db.command("upgrade")
def db_upgrade(env_file: EnvFile = None) -> None:
    """Bring the database to this version.

    `serve` and `tui` do it by themselves when they start; this does it and nothing else.
    """
    settings = _settings(env_file)
    from sshauth import runtime

    before, after = _run(runtime.upgrade_database(settings))
    typer.echo(
        f"The database is at revision {after} already."
        if before == after
        else f"The database went from {f'revision {before}' if before else 'empty'} to revision {after}."
    )


@secrets.command("rotate")
def secrets_rotate(env_file: EnvFile = None) -> None:
    """Seal the authenticators' secrets under a new key, while the service runs.

    Without TOTP_KEYS it makes the new key by itself and takes the old one out of DATA_DIR. With TOTP_KEYS,
    put a new key before the old one, restart every node, run this, and then take the old key out.
    """
    settings = _settings(env_file)
    from sshauth import runtime

    _run(runtime.rotate_secrets(settings, typer.echo))


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


def _run(work: Coroutine[None, None, T]) -> T:
    # Database, log and mail are their owner's alone, wherever they are put.
    os.umask(0o077)
    from sshauth.runtime import StartError

    try:
        return asyncio.run(work)
    except ConfigError as error:
        _fail_for(error)
    except StartError as error:
        _fail(str(error), FAILED)


def _fail_for(error: ConfigError) -> NoReturn:
    _fail(
        "\n".join(["The configuration is wrong:", *(f"  {problem}" for problem in error.problems)]), WRONG_USE
    )


def _fail(words: str, code: int) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    app()
