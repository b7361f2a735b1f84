"""What is done to an account whose row is held, by whoever may: on a screen or by command."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import NOWHERE, Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_sessions
from sshauth.db.tables import SessionRow, User


async def set_disabled(session: AsyncSession, user: User, now: datetime, *, disabled: bool) -> bool:
    """Disable an account, which ends its sessions (ASVS 7.4), or enable it; False where it is so already."""
    if (user.disabled_at is not None) == disabled:
        return False
    user.disabled_at = now if disabled else None
    if disabled:
        await end_sessions(session, EndReason.DISABLED, now, SessionRow.user_id == user.id)
    mail = MailKind.ACCOUNT_DISABLED if disabled else MailKind.ACCOUNT_ENABLED
    # To its owner it came from an administrator, not from an address.
    queue_mail(session, mail, NOWHERE, now, user_id=user.id)
    return True


async def delete_account(
    session: AsyncSession, user: User, mail: MailKind, peer: Peer, now: datetime
) -> None:
    """Delete an account and all of its rows, end its sessions, and say goodbye by mail."""
    queue_mail(
        session,
        mail,
        peer,
        now,
        user_id=None,
        to=user.email,
        first_name=user.first_name,
        user_name=user.user_name,
    )
    # In the one order: the cascade would lock them in its own.
    await end_sessions(session, EndReason.DELETED, now, SessionRow.user_id == user.id)
    await session.execute(delete(User).where(User.id == user.id))
