"""From a registration under way to an account."""

import uuid
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.errors import RegistrationGone
from sshauth.accounts.invitation_rows import use_up
from sshauth.db.tables import Authenticator, PendingRegistration, User

FIRST_AUTHENTICATOR = "First authenticator"
INVITATION_GONE = "Your invitation was used or withdrawn meanwhile. Ask for another."


async def make_account(
    session: AsyncSession, enrolment: Enrolment, step: int, now: datetime
) -> tuple[User, uuid.UUID | None]:
    """Make the account of a registration whose authenticator gave its first code, of this time step.

    Return the invitation that was used up, too, if it took one.

    Raises:
        RegistrationGone: it was finished, abandoned, or left for too long, its address is not confirmed, or
            its invitation is gone.
        sqlalchemy.exc.IntegrityError: its address got an account meanwhile.
    """
    deleted = await session.execute(
        delete(PendingRegistration)
        .where(
            PendingRegistration.id == enrolment.id,
            PendingRegistration.expires_at > now,
            PendingRegistration.email_confirmed,
        )
        .returning(PendingRegistration)
    )
    pending = deleted.scalar_one_or_none()
    if pending is None:
        raise RegistrationGone
    if pending.invitation_id is not None and not await use_up(session, pending.invitation_id):
        raise RegistrationGone(INVITATION_GONE)
    user = _user_from(pending, now=now)
    session.add(user)
    await session.flush()
    session.add(
        Authenticator(
            id=uuid.uuid4(),
            user_id=user.id,
            name=FIRST_AUTHENTICATOR,
            secret_encrypted=pending.secret_encrypted,
            last_step=step,
            created_at=now,
        )
    )
    return user, pending.invitation_id


def _user_from(pending: PendingRegistration, *, now: datetime) -> User:
    # The id is kept: the secret was sealed for it.
    return User(
        id=pending.id,
        user_name=pending.user_name,
        user_name_canonical=pending.user_name_canonical,
        email=pending.email,
        email_canonical=pending.email_canonical,
        first_name=pending.first_name,
        last_name=pending.last_name,
        password_hash=pending.password_hash,
        password_generation=1,
        recovery_codes_kept=False,
        created_at=now,
    )
