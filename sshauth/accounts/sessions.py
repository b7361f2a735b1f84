"""Sessions: each sign-in is a row."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.peer import Identity, LastSignIn, Peer
from sshauth.db.tables import SessionRow, User

CLIENT_LENGTH = 255


async def open_session(session: AsyncSession, user: User, peer: Peer, now: datetime) -> Identity:
    """Write the session row of a sign-in and say who signed in, and when they did the time before."""
    before = (
        await session.execute(
            select(SessionRow)
            .where(SessionRow.user_id == user.id)
            .order_by(SessionRow.started_at.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    row = SessionRow(
        id=uuid.uuid4(),
        user_id=user.id,
        address=peer.address[:64],
        client=peer.client[:CLIENT_LENGTH],
        started_at=now,
    )
    session.add(row)
    return Identity(
        user_id=user.id,
        user_name=user.user_name,
        first_name=user.first_name,
        session_id=row.id,
        last_sign_in=LastSignIn(before.started_at, before.address) if before else None,
    )
