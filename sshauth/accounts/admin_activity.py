"""What happened to everybody's accounts, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.activity import in_words, newest_events
from sshauth.accounts.audit import Happened
from sshauth.accounts.peer import COMMAND_LINE
from sshauth.db.tables import AuditEvent, FailureTally, User

UNKNOWN = "unknown"
"""Who typed a name that is nobody's. The name itself is not kept: people type passwords there."""
DELETED = "deleted account"


@dataclass(frozen=True, slots=True)
class PersonHappening:
    """One event, and to whose account it happened, or who did it."""

    at: datetime
    user_name: str
    words: str
    address: str
    client: str
    kind: str
    count: int
    user_id: UUID | None
    """None: no account. An id that is nobody's any more tells deleted accounts from each other."""


async def everybodys_activity(
    session: AsyncSession,
    limit: int,
    *,
    of: UUID | None = None,
    kind: Happened | None = None,
    since: datetime | None = None,
) -> tuple[PersonHappening, ...]:
    """Give the newest events, failures of the present minute among them; the newest first."""
    rows = await newest_events(session, limit, of=of, kind=kind, since=since)
    names = await _names(session, {each for _, row, data in rows for each in (row.user_id, _concerned(data))})
    return tuple(
        PersonHappening(
            at=at,
            user_name=names[row.user_id] if row.user_id or row.client != COMMAND_LINE else COMMAND_LINE,
            words=_words(row, data, names),
            address=row.address,
            client=row.client,
            kind=row.kind,
            count=row.count,
            user_id=row.user_id,
        )
        for at, row, data in rows
    )


async def _names(session: AsyncSession, ids: set[UUID | None]) -> Mapping[UUID | None, str]:
    """Name the owners of some ids."""
    found = await session.execute(select(User.id, User.user_name).where(User.id.in_(ids - {None})))
    return {**dict.fromkeys(ids, DELETED), None: UNKNOWN, **{row.id: row.user_name for row in found}}


def _concerned(data: Mapping[str, Any]) -> UUID | None:
    """Give the id of whom an administrator did something to."""
    return UUID(data["user"]) if "user" in data else None


def _words(row: AuditEvent | FailureTally, data: Mapping[str, Any], names: Mapping[UUID | None, str]) -> str:
    words = in_words(row.kind, row.count, data)
    whom = _concerned(data)
    return f"{words}: {names[whom]}" if whom else words
