"""What the commands have in common: their options, how they run, and how they fail."""

import asyncio
import os
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from sshauth.config import ConfigError, Settings, load_settings

FINE, FAILED, WRONG_USE = 0, 1, 2
"""Exit codes."""

EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", metavar="FILE", help="Read this file in place of .env in this directory."),
]
UserName = Annotated[str, typer.Argument(metavar="NAME", help="A user name, in any case.")]
Json = Annotated[bool, typer.Option("--json", help="Say it in JSON, for programs.")]
Limit = Annotated[int, typer.Option(metavar="N", min=1, max=1_000_000, help="Show so many at most.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]

T = TypeVar("T")


def group(words: str) -> typer.Typer:
    """Make a group of commands, which these words describe."""
    return typer.Typer(no_args_is_help=True, help=words, rich_markup_mode=None)


def settings_of(env_file: Path | None) -> Settings:
    """Read the settings, or name every wrong variable and exit with 2."""
    try:
        settings, warnings = load_settings(env_file)
    except ConfigError as error:
        _fail_for(error)
    for warning in warnings:
        typer.echo(f"Warning: {warning}", err=True)
    return settings


def run(work: Coroutine[None, None, T], loop_factory: Callable[[], AbstractEventLoop] | None = None) -> T:
    """Run it to its end, or say in one sentence what kept it from that and exit with 1."""
    # Database, log and mail are their owner's alone, wherever they are put.
    os.umask(0o077)
    import structlog

    from sshauth.accounts.errors import AccountError, InvalidForm
    from sshauth.ground import StartError

    # The log of a service begins later. What a command has to say stands in its sentence.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(work)
    except ConfigError as error:
        _fail_for(error)
    except InvalidForm as error:
        problems = (
            f"{name.replace('_', ' ').capitalize()}: {words}" for name, words in error.problems.items()
        )
        fail("\n".join(problems), WRONG_USE)
    except (StartError, AccountError) as error:
        fail(str(error), FAILED)


def say(words: str) -> None:
    """Say something, unless whoever read it is gone: that must not keep the command from its work."""
    try:
        typer.echo(words)
    except OSError:
        # What could not be written would be tried again at the end, and make that a failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def warn(words: str) -> None:
    """Say something beside what was asked for."""
    typer.echo(words, err=True)


def confirm(question: str, yes: bool) -> None:
    """Ask before what cannot be undone; without a terminal to ask at, refuse unless ``yes`` was said."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        fail(f"{question} There is no terminal to ask at: add --yes, since it cannot be undone.", WRONG_USE)
    if not typer.confirm(question, err=True):
        fail("Nothing was done.", FAILED)


def fail(words: str, code: int) -> NoReturn:
    """Say what is wrong and exit with this code; others' words may be in it, such as a mail server's."""
    from sshauth.tui.columns import visible

    typer.echo("\n".join(map(visible, words.split("\n"))), err=True)
    raise typer.Exit(code)


def _fail_for(error: ConfigError) -> NoReturn:
    fail(
        "\n".join(["The configuration is wrong:", *(f"  {problem}" for problem in error.problems)]), WRONG_USE
    )
