"""Writing a new password: whatever was bound to the old one dies with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.key_rows import forget_all_keys
from sshauth.db.tables import ResetRequest, User


async def set_password(
    session: AsyncSession, user_id: UUID, password_hash: str, now: datetime, *, forget_keys: bool
) -> int:
    """Set the hash and raise the generation: reset codes and counters of the old password are void.

    Return how many SSH keys no longer stand for it.
    """
    await session.execute(
        update(User)
        .where(User.id == user_id)
        .values(
            password_hash=password_hash,
            password_generation=User.password_generation + 1,
            password_changed_at=now,
        )
    )
    await session.execute(delete(ResetRequest).where(ResetRequest.user_id == user_id))
    return await forget_all_keys(session, user_id) if forget_keys else 0
