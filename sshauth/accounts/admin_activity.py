"""What happened to everybody's accounts, in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.activity import name_all, newest_events, with_names
from sshauth.accounts.audit import Happened
from sshauth.accounts.peer import COMMAND_LINE


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
    events = await newest_events(session, limit, of=of, kind=kind, since=since)
    names = await name_all(session, events)
    return tuple(
        PersonHappening(
            at=at,
            user_name=names[row.user_id] if row.user_id or row.client != COMMAND_LINE else COMMAND_LINE,
            words=with_names(row, data, names),
            address=row.address,
            client=row.client,
            kind=row.kind,
            count=row.count,
            user_id=row.user_id,
        )
        for at, row, data in events
    )
