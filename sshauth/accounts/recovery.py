"""The rows of recovery codes: making them anew, using one up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import recovery_codes
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Peer
from sshauth.db.tables import RecoveryCode, User


async def make_codes(session: AsyncSession, user_id: UUID) -> tuple[str, ...]:
    """Give a person ten new codes; the old ones die. Only their hashes are kept (ASVS 6.5.2)."""
    codes = recovery_codes.new_codes()
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=recovery_codes.hash_of(code)) for code in codes)
    return codes


async def count_codes(session: AsyncSession, user_id: UUID) -> int:
    """Count the codes that a person has left."""
    return (await session.execute(select(func.count()).where(RecoveryCode.user_id == user_id))).scalar_one()


async def burn_code(session: AsyncSession, user_id: UUID, typed: str) -> bool:
    """Use up a recovery code; tell whether it was one. Of any number of parallel tries one succeeds."""
    burnt = await session.execute(
        delete(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == recovery_codes.hash_of(typed))
        .returning(RecoveryCode.user_id)
    )
    return burnt.one_or_none() is not None


async def say_code_used(
    session: AsyncSession, audit: Audit, user_id: UUID, peer: Peer, now: datetime
) -> None:
    """Write down that a code was used, and so that they were kept; mail its owner how many are left."""
    await session.execute(update(User).where(User.id == user_id).values(recovery_codes_kept=True))
    left = await count_codes(session, user_id)
    audit.write(session, Happened.RECOVERY_CODE_USED, peer, now, user_id=user_id, left=left)
    queue_mail(session, MailKind.RECOVERY_CODE_USED, peer, now, user_id=user_id, left=left)
