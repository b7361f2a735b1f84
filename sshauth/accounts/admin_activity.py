"""What happened to everybody's accounts, in words."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.activity import name_all, newest_events, with_names


@dataclass(frozen=True, slots=True)
class PersonHappening:
    """One event, and to whose account it happened, or who did it."""

    at: datetime
    user_name: str
    words: str
    address: str
    client: str


async def everybodys_activity(session: AsyncSession, limit: int) -> tuple[PersonHappening, ...]:
    """Give the newest events, failures of the present minute among them; the newest first."""
    events = await newest_events(session, limit)
    names = await name_all(session, events)
    return tuple(
        PersonHappening(at, names[row.user_id], with_names(row, data, names), row.address, row.client)
        for at, row, data in events
    )
