"""What happened to one's account, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Happened
from sshauth.accounts.peer import Identity
from sshauth.accounts.session_ends import IN_WORDS, EndReason
from sshauth.db.engine import Database
from sshauth.db.tables import AuditEvent, FailureTally, User

MOST_SHOWN = 200
UNKNOWN = "unknown"
"""Who typed a name that is nobody's. The name itself is not kept: people type passwords there."""
DELETED = "deleted account"

Event = tuple[datetime, AuditEvent | FailureTally, Mapping[str, Any]]
"""When something happened, its row, and what the row says beside."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, as its person reads it."""

    at: datetime
    words: str
    address: str
    client: str


def _number(count: int, one: str, many: str) -> str:
    return one if count == 1 else f"{count} {many}"


def _ended(data: Mapping[str, Any]) -> str:
    return f"Session over: {IN_WORDS[EndReason(data['reason'])]}"


def _forgotten(data: Mapping[str, Any]) -> str:
    keys = data.get("keys_forgotten", 0)
    return f" ({_number(keys, 'an SSH key', 'SSH keys')} forgotten)" if keys else ""


def _registered(data: Mapping[str, Any]) -> str:
    if "made" in data:
        return "Set up the account"
    return f"Created the account{' by invitation' if 'invitation' in data else ''}"


def _sessions_ended(data: Mapping[str, Any]) -> str:
    if "by_admin" in data:
        return _number(
            data["sessions"], "An administrator ended a session", "sessions ended by an administrator"
        )
    return _number(data["sessions"], "Ended a session", "sessions ended")


def _act(data: Mapping[str, Any], done: str, suffered: str) -> str:
    """Say what an administrator did, for who did it or for whose account it was done to."""
    return done if "user" in data else suffered


def _reset_by_admin(data: Mapping[str, Any]) -> str:
    words = _act(data, "Reset somebody's authenticator", "An administrator reset the authenticator")
    return f"{words}{_forgotten(data)}{_shown(data)}"


def _shown(data: Mapping[str, Any]) -> str:
    return "; the code was shown on the command line" if "shown" in data else ""


WORDS: Mapping[Happened, str | Callable[[Mapping[str, Any]], str]] = {
    Happened.REGISTERED: _registered,
    Happened.INVITED: lambda data: f"Invited somebody{_shown(data)}",
    Happened.INVITATION_WITHDRAWN: "Withdrew an invitation",
    Happened.INVITATION_FAILED: lambda data: _number(data["count"], "Wrong invitation", "wrong invitations"),
    Happened.SIGNED_IN: lambda data: f"Signed in{' by SSH key' if data.get('by') == 'key' else ''}",
    Happened.SIGN_IN_FAILED: lambda data: _number(data["count"], "Failed sign-in", "failed sign-ins"),
    Happened.SESSION_ENDED: _ended,
    Happened.CONFIRMED: "Confirmed with password and code",
    Happened.CONFIRM_FAILED: lambda data: _number(
        data["count"], "Failed confirmation", "failed confirmations"
    ),
    Happened.RESET_REQUESTED: "Asked for a password reset",
    Happened.RESET_FAILED: lambda data: _number(data["count"], "Failed reset", "failed resets"),
    Happened.PASSWORD_RESET: lambda data: f"Reset the password{_forgotten(data)}",
    Happened.PASSWORD_CHANGED: lambda data: f"Changed the password{_forgotten(data)}",
    Happened.RECOVERY_CODE_USED: lambda data: f"Used a recovery code ({data['left']} left)",
    Happened.RECOVERY_CODES_REMADE: "Made new recovery codes",
    Happened.AUTHENTICATOR_ADDED: "Added an authenticator",
    Happened.AUTHENTICATOR_REPLACED: "Replaced an authenticator",
    Happened.AUTHENTICATOR_REMOVED: "Removed an authenticator",
    Happened.AUTHENTICATOR_RESET: _reset_by_admin,
    Happened.AUTHENTICATOR_SET_UP: "Set up a new authenticator",
    Happened.KEY_ADDED: "Added an SSH key",
    Happened.KEY_RENAMED: "Renamed an SSH key",
    Happened.KEY_REMOVED: "Removed an SSH key",
    Happened.EMAIL_CHANGED: "Changed the email address",
    Happened.NAMES_CHANGED: "Changed the names",
    Happened.DATA_TAKEN: "Saw all data of the account",
    Happened.SESSIONS_ENDED: _sessions_ended,
    Happened.ANNOUNCED: "Announced something to everybody",
    Happened.MAIL_RETRIED: lambda data: _number(
        data["mails"], "Had a mail tried again", "mails were tried again"
    ),
    Happened.ADMIN_MADE: "Became an administrator",
    Happened.ADMIN_UNMADE: "Is no administrator any more",
    Happened.ACCOUNT_CREATED: lambda data: f"The account was made for its person{_shown(data)}",
    Happened.ACCOUNT_DISABLED: lambda data: _act(data, "Disabled an account", "The account was disabled"),
    Happened.ACCOUNT_ENABLED: lambda data: _act(data, "Enabled an account", "The account was enabled"),
    Happened.ACCOUNT_DELETED: lambda data: (
        "The account was deleted" if "by_admin" in data else "Deleted the account"
    ),
    Happened.BACKED_UP: "Backed the database up",
    Happened.RESTORED: lambda data: f"Restored the backup of {data['backup_of']}",
}


def in_words(kind: str, count: int, data: Mapping[str, Any]) -> str:
    """Say what happened."""
    words = WORDS[Happened(kind)]
    return words if isinstance(words, str) else words({**data, "count": count})


async def name_all(session: AsyncSession, events: Sequence[Event]) -> Mapping[UUID | None, str]:
    """Name everybody whom some events are about: who did something, and to whom."""
    ids = {each for _, row, data in events for each in (row.user_id, _concerned(data))}
    found = await session.execute(select(User.id, User.user_name).where(User.id.in_(ids - {None})))
    return {**dict.fromkeys(ids, DELETED), None: UNKNOWN, **{row.id: row.user_name for row in found}}


def with_names(
    row: AuditEvent | FailureTally, data: Mapping[str, Any], names: Mapping[UUID | None, str]
) -> str:
    """Say what happened, and to whom where somebody else did it."""
    words, whom = in_words(row.kind, row.count, data), _concerned(data)
    return words if whom in {None, row.user_id} else f"{words}: {names[whom]}"


def _concerned(data: Mapping[str, Any]) -> UUID | None:
    """Give the id of whom an administrator did something to."""
    return UUID(data["user"]) if "user" in data else None


async def newest_events(
    session: AsyncSession,
    limit: int,
    *,
    of: UUID | None = None,
    kind: Happened | None = None,
    since: datetime | None = None,
) -> list[Event]:
    """Give the newest events, of everybody or of one, failures of the present minute among them."""
    events, tallies = select(AuditEvent), select(FailureTally)
    if of is not None:
        events, tallies = events.where(AuditEvent.user_id == of), tallies.where(FailureTally.user_id == of)
    if kind is not None:
        events, tallies = events.where(AuditEvent.kind == kind), tallies.where(FailureTally.kind == kind)
    if since is not None:
        events, tallies = events.where(AuditEvent.at >= since), tallies.where(FailureTally.last_at >= since)
    written = await session.execute(events.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit))
    counted = await session.execute(tallies.order_by(FailureTally.last_at.desc()).limit(limit))
    found: list[Event] = [(event.at, event, event.data) for event in written.scalars()]
    found += [(tally.last_at, tally, {}) for tally in counted.scalars()]
    return sorted(found, key=lambda each: each[0], reverse=True)[:limit]


@dataclass(frozen=True, slots=True)
class Activity:
    """The use case of looking at one's events."""

    database: Database

    async def recent(self, identity: Identity) -> tuple[Happening, ...]:
        """Give a person's events, the newest first; failures of the present minute are among them."""
        async with self.database.transaction() as session:
            events = await newest_events(session, MOST_SHOWN, of=identity.user_id)
            names = await name_all(session, events)
        return tuple(
            Happening(at, with_names(row, data, names), row.address, row.client) for at, row, data in events
        )
