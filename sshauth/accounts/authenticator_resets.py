"""Taking a lost authenticator away, and the mailed code that lets its owner set up a new one (row 14)."""

import uuid
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import mailed_codes
from sshauth.accounts.key_rows import forget_all_keys
from sshauth.accounts.lookup import NOBODY
from sshauth.accounts.mailed_codes import Subject
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import NOWHERE
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_sessions
from sshauth.db.tables import (
    Authenticator,
    AuthenticatorReset,
    EmailChangeRequest,
    RecoveryCode,
    ResetRequest,
    SessionRow,
    User,
)
from sshauth.db.upsert import upsert

CODE_LIFETIME = timedelta(hours=24)


async def take_away(session: AsyncSession, user: User, now: datetime, *, is_shown: bool = False) -> int:
    """Take away all that stands for the second factor, end every session and mail the code of a new start.

    What else is under way dies too: a thief may have begun it. Whoever calls this holds the account's row.
    A code that is shown to an operator is not mailed; its owner hears of it. Return how many SSH keys were
    forgotten.
    """
    for table in (Authenticator, RecoveryCode, ResetRequest, EmailChangeRequest):
        await session.execute(delete(table).where(table.user_id == user.id))
    forgotten = await forget_all_keys(session, user.id)
    await end_sessions(session, EndReason.AUTHENTICATOR_RESET, now, SessionRow.user_id == user.id)
    await ask_for_code(
        session, user, MailKind.AUTHENTICATOR_RESET, now, is_shown=is_shown, keys_forgotten=forgotten
    )
    return forgotten


async def ask_for_code(
    session: AsyncSession, user: User, mail: MailKind, now: datetime, *, is_shown: bool, keys_forgotten: int
) -> None:
    """Begin the one setting up of an account, and leave the mail of it; the code of one before is dead."""
    request_id = await _replace_request(session, user, now)
    shown = {"shown": True} if is_shown else {}
    queue_mail(
        session,
        mail,
        NOWHERE,  # to its owner it came from an administrator, not from an address
        now,
        user_id=user.id,
        request_id=str(request_id),
        keys_forgotten=keys_forgotten,
        **shown,
    )


async def _replace_request(session: AsyncSession, user: User, now: datetime) -> UUID:
    """Write the one request of an account."""
    request_id = uuid.uuid4()
    values = {"request_id": request_id, "requested_at": now, "expires_at": now + CODE_LIFETIME}
    await upsert(
        session,
        AuthenticatorReset,
        values={"user_id": user.id, **values},
        on=["user_id"],
        update=values,
        returning=(AuthenticatorReset.user_id,),
    )
    return request_id


async def live_reset(session: AsyncSession, user: User | None, now: datetime) -> AuthenticatorReset | None:
    """Give the reset of an account that waits for its code; for nobody ask the same of no row."""
    rows = await session.execute(
        select(AuthenticatorReset).where(
            AuthenticatorReset.user_id == (user.id if user else NOBODY), AuthenticatorReset.expires_at > now
        )
    )
    return rows.scalar_one_or_none()


def subject_of(user: User | None, waiting: AuthenticatorReset | None) -> Subject:
    """Say what the code must be bound to; where nothing waits, a subject that no code was made for."""
    if user is None or waiting is None:
        return mailed_codes.for_enrolment(uuid.uuid4(), NOBODY, "")
    return mailed_codes.for_enrolment(waiting.request_id, user.id, user.email_canonical)
