"""Sessions: each sign-in is a row, live until its end is written there. The row is what decides."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.confirmation import require_live
from sshauth.accounts.errors import GoneAway
from sshauth.accounts.peer import Identity, LastSignIn, Peer
from sshauth.accounts.session_ends import IN_WORDS, EndReason
from sshauth.db.engine import Database
from sshauth.db.tables import RecoveryCode, SessionRow, User

CLIENT_LENGTH = 255
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What the list of sessions shows of one."""

    id: UUID
    address: str
    client: str
    started_at: datetime
    last_input_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    is_this: bool


async def open_session(session: AsyncSession, user: User, peer: Peer, node: str, now: datetime) -> Identity:
    """Write the session row of a sign-in and say who signed in, and when they did the time before."""
    before = (
        await session.execute(
            select(SessionRow)
            .where(SessionRow.user_id == user.id)
            .order_by(SessionRow.started_at.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    codes = await session.execute(select(func.count()).where(RecoveryCode.user_id == user.id))
    row = SessionRow(
        id=uuid.uuid4(),
        user_id=user.id,
        address=peer.address[:64],
        client=peer.client[:CLIENT_LENGTH],
        node=node,
        started_at=now,
        last_input_at=now,
        seen_at=now,
    )
    session.add(row)
    return Identity(
        user_id=user.id,
        user_name=user.user_name,
        first_name=user.first_name,
        session_id=row.id,
        last_sign_in=LastSignIn(before.started_at, before.address) if before else None,
        recovery_codes_left=codes.scalar_one(),
        recovery_codes_kept=user.recovery_codes_kept,
        is_admin=user.is_admin,
        theme=user.theme or "",
    )


async def end_sessions(
    session: AsyncSession, reason: EndReason, now: datetime, *which: ColumnElement[bool]
) -> Sequence[UUID]:
    """End live sessions; who is in one is told within two seconds, wherever it runs (ASVS 7.4)."""
    # In one order, for whoever else locks several: Postgres has no deadlock to undo.
    live = (
        select(SessionRow.id)
        .where(SessionRow.ended_at.is_(None), *which)
        .order_by(SessionRow.id)
        .with_for_update()
    )
    ended = await session.execute(
        update(SessionRow)
        .where(SessionRow.id.in_(live), SessionRow.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
        .returning(SessionRow.id)
    )
    return ended.scalars().all()


async def end_other_sessions(
    session: AsyncSession, identity: Identity, reason: EndReason, now: datetime
) -> int:
    """End every live session of a person but the one that this is done in; return how many there were."""
    others = (SessionRow.user_id == identity.user_id, SessionRow.id != identity.session_id)
    return len(await end_sessions(session, reason, now, *others))


async def list_sessions(session: AsyncSession, user_id: UUID, *, this: UUID) -> tuple[SessionInfo, ...]:
    """Give a person's sessions: live ones first, then those that ended, each the newest first."""
    rows = await session.execute(
        select(SessionRow)
        .where(SessionRow.user_id == user_id)
        .order_by(SessionRow.ended_at.is_not(None), SessionRow.started_at.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        SessionInfo(
            row.id,
            row.address,
            row.client,
            row.started_at,
            row.last_input_at,
            row.ended_at,
            IN_WORDS[EndReason(row.end_reason)] if row.end_reason else None,
            row.id == this,
        )
        for row in rows.scalars()
    )


@dataclass(frozen=True, slots=True)
class Sessions:
    """The use cases of the list of sessions."""

    database: Database
    audit: Audit
    clock: Clock

    async def all(self, identity: Identity) -> tuple[SessionInfo, ...]:
        """Give a person's sessions: live ones first, then those that ended, each the newest first."""
        async with self.database.transaction() as session:
            return await list_sessions(session, identity.user_id, this=identity.session_id)

    async def end(self, identity: Identity, session_id: UUID, peer: Peer) -> None:
        """End one of a person's live sessions.

        Raises:
            GoneAway: it has ended already, or the one that this is done in has.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            await require_live(session, identity)
            this_one = (SessionRow.user_id == identity.user_id, SessionRow.id == session_id)
            if not await end_sessions(session, EndReason.ENDED, now, *this_one):
                raise GoneAway
            self.audit.write(
                session, Happened.SESSIONS_ENDED, peer, now, user_id=identity.user_id, sessions=1
            )

    async def end_others(self, identity: Identity, peer: Peer) -> int:
        """End every session of a person but this one; return how many there were.

        Raises:
            GoneAway: this one has ended.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            await require_live(session, identity)
            ended = await end_other_sessions(session, identity, EndReason.ENDED, now)
            if ended:
                self.audit.write(
                    session, Happened.SESSIONS_ENDED, peer, now, user_id=identity.user_id, sessions=ended
                )
        return ended
