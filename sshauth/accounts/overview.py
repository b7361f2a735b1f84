"""What a person should know of their account when they come in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import totp
from sshauth.accounts.audit import Happened
from sshauth.accounts.errors import GoneAway
from sshauth.accounts.key_rows import id_of_key
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.recovery import count_codes
from sshauth.db.engine import Database
from sshauth.db.tables import AuditEvent, Authenticator, FailureTally, SessionRow, SSHKey, User


@dataclass(frozen=True, slots=True)
class Overview:
    """How an account stands."""

    first_name: str
    recovery_codes_left: int
    recovery_codes_kept: bool
    failures: int
    """Tries that failed since the last sign-in before this one."""
    keys: int
    this_key: bool
    """Whether the key of this connection is remembered."""
    live_sessions: int
    by_recovery_code: bool
    """Whether a recovery code stood in for the phone this time."""
    clock_is_ahead: bool
    """Whether the code of this sign-in was of a time that was still to come."""


@dataclass(frozen=True, slots=True)
class Overviews:
    """The use case of coming in."""

    database: Database

    async def __call__(self, identity: Identity, peer: Peer) -> Overview:
        """Give how the account of who is signed in stands.

        Raises:
            GoneAway: the account or the session was deleted.
        """
        async with self.database.transaction() as session:
            user = await session.get(User, identity.user_id)
            this = await session.get(SessionRow, identity.session_id)
            if user is None or this is None:
                raise GoneAway
            own = SSHKey.user_id == user.id
            live = (SessionRow.user_id == user.id, SessionRow.ended_at.is_(None))
            return Overview(
                first_name=user.first_name,
                recovery_codes_left=await count_codes(session, user.id),
                recovery_codes_kept=user.recovery_codes_kept,
                failures=await _failures(session, identity, user.created_at),
                keys=(await session.execute(select(func.count()).where(own))).scalar_one(),
                this_key=peer.key is not None and bool(await id_of_key(session, user.id, peer.key)),
                live_sessions=(await session.execute(select(func.count()).where(*live))).scalar_one(),
                by_recovery_code=await _used_recovery_code(session, this),
                clock_is_ahead=await _is_ahead(session, this),
            )


async def _failures(session: AsyncSession, identity: Identity, created_at: datetime) -> int:
    """Count what failed since the last time, also in the minutes that are not written down yet."""
    last = identity.last_sign_in
    since = last.at if last else created_at
    written = select(func.coalesce(func.sum(AuditEvent.count), 0)).where(
        AuditEvent.user_id == identity.user_id,
        AuditEvent.kind == Happened.SIGN_IN_FAILED,
        AuditEvent.at > since,
    )
    counted = select(func.coalesce(func.sum(FailureTally.count), 0)).where(
        FailureTally.user_id == identity.user_id,
        FailureTally.kind == Happened.SIGN_IN_FAILED,
        FailureTally.last_at > since,
    )
    return sum([(await session.execute(each)).scalar_one() for each in (written, counted)])


async def _used_recovery_code(session: AsyncSession, this: SessionRow) -> bool:
    """Tell whether a recovery code was used up in the transaction that began the session."""
    used = select(AuditEvent.id).where(
        AuditEvent.user_id == this.user_id,
        AuditEvent.kind == Happened.RECOVERY_CODE_USED,
        AuditEvent.at == this.started_at,
    )
    return bool((await session.execute(used)).scalars().all())


async def _is_ahead(session: AsyncSession, this: SessionRow) -> bool:
    """Tell whether a phone's clock runs ahead: its code was for the step after the one that it was."""
    if this.confirmed_at is not None:
        return False  # Another code has been used since.
    step = totp.step_at(this.started_at) + 1
    ahead = await session.execute(
        select(Authenticator.id).where(Authenticator.user_id == this.user_id, Authenticator.last_step == step)
    )
    return bool(ahead.scalars().all())
