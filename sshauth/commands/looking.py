"""The commands that look at what goes on: live sessions, and the audit log."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from sshauth.commands.running import EnvFile, Json, Limit, run, say, settings_of, warn

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
NO_TIME = "That is no time: write 30m, 12h or 7d, or 2026-03-01, or 2026-03-01T12:30 (UTC)."

OfUser = Annotated[str, typer.Option("--user", metavar="NAME", help="Only those of this user name.")]


def sessions(user: OfUser = "", limit: Limit = 1000, in_json: Json = False, env_file: EnvFile = None) -> None:
    """Say who is signed in, on all nodes.

    From where, since when, and how long they have typed nothing.
    """
    settings = settings_of(env_file)
    from sshauth.operating import sessions

    run(sessions.show(settings, user, limit, say, warn, in_json=in_json))


def moment_in(text: str) -> datetime:
    """Read a time: a length of time before now, or a day, or a time, in UTC unless it says otherwise."""
    try:
        if length := re.fullmatch(r"(\d{1,6})([mhd])", text.strip().lower()):
            return datetime.now(UTC) - int(length[1]) * UNITS[length[2]]
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(NO_TIME) from None


def kinds_like(typed: str) -> list[str]:
    """Give the kinds of events that begin with what was typed, for shell completion."""
    from sshauth.accounts.audit import Happened

    return sorted(kind for kind in Happened if kind.startswith(typed))


def audit(
    user: OfUser = "",
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="Only of this kind, such as signed-in or sign-in-failed.",
            autocompletion=kinds_like,
        ),
    ] = "",
    since: Annotated[
        datetime | None,
        typer.Option(parser=moment_in, metavar="TIME", help="Only since then: 30m, 12h, 7d, 2026-03-01."),
    ] = None,
    limit: Limit = 50,
    in_json: Json = False,
    env_file: EnvFile = None,
) -> None:
    """Say what happened to accounts, the newest first.

    The log keeps ids, and this names whose they are now: what happened to an account that was deleted
    stays, and nobody knows whose it was. What was typed for a name that is nobody's is not kept
    ("unknown"). What operators do says the machine, and "command line".
    """
    settings = settings_of(env_file)
    from sshauth.operating import events

    run(events.show(settings, events.Wanted(user, kind, since, limit), say, warn, in_json=in_json))
