"""What a restored backup must not bring back: sessions, codes that were mailed, time steps that were used."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import totp
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.peer import Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.db.tables import (
    Announcement,
    Authenticator,
    AuthenticatorReset,
    EmailChangeRequest,
    Invitation,
    Node,
    OutgoingMail,
    PendingRegistration,
    ResetRequest,
    SessionRow,
    Table,
    User,
)

REQUESTS: tuple[type[Table], ...] = (
    ResetRequest,
    EmailChangeRequest,
    AuthenticatorReset,
    PendingRegistration,
    Invitation,
)
"""What waits for a code. The code may have been used after the backup was made."""


@dataclass(frozen=True, slots=True)
class Voided:
    """How much of a backup ended when it was restored."""

    people: int
    """Who have an account; these stay."""
    sessions: int
    requests: int
    mails: int
    """That waited when the backup was made. They have most likely gone out since."""
    without_authenticator: tuple[str, ...]
    """User names of those who cannot sign in until an administrator resets their authenticator again."""


async def void_what_is_over(
    session: AsyncSession, audit: Audit, peer: Peer, now: datetime, backup_of: str
) -> Voided:
    """End all that a backup would wrongly bring back, and write down that it was restored, and of when it is.

    Nobody knows which codes were used since: every time step that may have been accepted until now is dead.
    """
    ended = await session.execute(
        update(SessionRow)
        .where(SessionRow.ended_at.is_(None))
        .values(ended_at=now, end_reason=EndReason.RESTORED)
        .returning(SessionRow.id)
    )
    newest_step = totp.step_at(now) + totp.WINDOW
    await session.execute(
        update(Authenticator).where(Authenticator.last_step < newest_step).values(last_step=newest_step)
    )
    requests = sum([await _remove(session, table) for table in REQUESTS])
    mails = await _remove(session, OutgoingMail, OutgoingMail.dead_at.is_(None))
    for table in (Announcement, Node):
        await _remove(session, table)
    audit.write(session, Happened.RESTORED, peer, now, user_id=None, backup_of=backup_of)
    people = await _count(session, User)
    return Voided(people, len(ended.all()), requests, mails, await without_authenticator(session))


async def without_authenticator(session: AsyncSession) -> tuple[str, ...]:
    """Give the user names of those who have no authenticator, and no code on its way to set one up."""
    has_one = exists().where(Authenticator.user_id == User.id)
    may_set_one_up = exists().where(AuthenticatorReset.user_id == User.id)
    names = await session.scalars(
        select(User.user_name).where(~has_one, ~may_set_one_up).order_by(User.user_name_canonical)
    )
    return tuple(names)


async def _remove(session: AsyncSession, table: type[Table], *which: ColumnElement[bool]) -> int:
    count = await _count(session, table, *which)
    await session.execute(delete(table).where(*which))
    return count


async def _count(session: AsyncSession, table: type[Table], *which: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(table).where(*which)) or 0
