"""Making sure that who acts as an administrator is one at this moment, in the transaction of the act."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.confirmation import require_confirmation
from sshauth.accounts.errors import GoneAway, NotAdministrator
from sshauth.accounts.peer import Identity
from sshauth.db.tables import SessionRow, User


async def require_admin(session: AsyncSession, admin: Identity) -> None:
    """Let an administrator look.

    Raises:
        NotAdministrator: the account is none, or is no longer.
        GoneAway: the session has ended.
    """
    found = await session.execute(
        select(SessionRow.ended_at)
        .select_from(User)
        .outerjoin(SessionRow, (SessionRow.user_id == User.id) & (SessionRow.id == admin.session_id))
        .add_columns(SessionRow.id)
        .where(User.id == admin.user_id, User.is_admin, User.disabled_at.is_(None))
    )
    row = found.one_or_none()
    if row is None:
        raise NotAdministrator
    if row.id is None or row.ended_at is not None:
        raise GoneAway


async def hold_as_admin(session: AsyncSession, admin: Identity, user_id: UUID, now: datetime) -> User:
    """Let an administrator act on an account: hold its row and the administrator's own, and give it.

    Raises:
        NotAdministrator: who acts is no administrator, or no longer.
        ConfirmationNeeded: their session did not confirm within the last five minutes.
        GoneAway: their session has ended, or there is no such account.
    """
    # In one order: of two administrators who act on each other, one waits, and the database has no
    # deadlock to undo.
    held = await session.execute(
        select(User).where(User.id.in_((admin.user_id, user_id))).order_by(User.id).with_for_update()
    )
    users = {user.id: user for user in held.scalars()}
    me = users.get(admin.user_id)
    if me is None or not me.is_admin or me.disabled_at is not None:
        raise NotAdministrator
    await require_confirmation(session, admin, now)
    if user_id not in users:
        raise GoneAway
    return users[user_id]
