"""Confirming who is there before a sensitive change: password and an unused code, good for five minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import AccountError, ConfirmationNeeded, GoneAway, SignInRefused
from sshauth.accounts.judging import Judge
from sshauth.accounts.lookup import find_by_id
from sshauth.accounts.peer import Identity, Peer
from sshauth.db.tables import SessionRow, User

GOOD_FOR = timedelta(minutes=5)
CLOCKS_DIFFER = timedelta(minutes=1)
REFUSED = "Password or code is wrong."


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The use cases. They share every counter with signing in (ASVS 7.5.1)."""

    judge: Judge
    clock: Clock
    mail_is_waiting: Callable[[], None]

    async def is_recent(self, identity: Identity) -> bool:
        """Tell whether this session confirmed within the last five minutes."""
        async with self.judge.database.transaction() as session:
            return await _confirmed_recently(session, identity, self.clock())

    async def __call__(self, identity: Identity, password: str, code: str, peer: Peer) -> None:
        """Confirm with the password and an unused code, or a recovery code.

        Raises:
            GoneAway: the session has ended.
            SignInRefused, CodeAlreadyUsed, ClockOff, TooManyTries, Busy: as when signing in.
        """
        now = self.clock()
        find = partial(find_by_id, user_id=identity.user_id)
        attempt = await self.judge.admit(find, str(identity.user_id), peer, now)
        password_right = await self.judge.is_password(attempt, password)
        async with self.judge.database.transaction() as session:
            verdict = await self.judge.decide(
                session, attempt, code, now, password_right=password_right, failure=Happened.CONFIRM_FAILED
            )
            if not isinstance(verdict, AccountError):
                await _mark_confirmed(session, identity, now)
                self.judge.audit.write(session, Happened.CONFIRMED, peer, now, user_id=identity.user_id)
        self.mail_is_waiting()
        if isinstance(verdict, SignInRefused):
            raise SignInRefused(REFUSED)
        if isinstance(verdict, AccountError):
            raise verdict


def _own(identity: Identity) -> tuple[ColumnElement[bool], ...]:
    """Pick the session of somebody, which is theirs."""
    return SessionRow.id == identity.session_id, SessionRow.user_id == identity.user_id


async def require_live(session: AsyncSession, identity: Identity) -> User:
    """Hold the account's row for a change, and give the account.

    Raises:
        GoneAway: the session has ended, or the account is gone.
    """
    user = (
        await session.execute(select(User).where(User.id == identity.user_id).with_for_update())
    ).scalar_one_or_none()
    live = await session.execute(select(SessionRow.id).where(*_own(identity), SessionRow.ended_at.is_(None)))
    if user is None or live.one_or_none() is None:
        raise GoneAway
    return user


async def require_confirmation(session: AsyncSession, identity: Identity, now: datetime) -> User:
    """Hold the account's row for a sensitive change, and give the account.

    Raises:
        ConfirmationNeeded: this session did not confirm within the last five minutes.
        GoneAway: the session has ended, or the account is gone.
    """
    user = await require_live(session, identity)
    if not await _confirmed_recently(session, identity, now):
        raise ConfirmationNeeded
    return user


async def _confirmed_recently(session: AsyncSession, identity: Identity, now: datetime) -> bool:
    rows = await session.execute(
        select(SessionRow.id).where(
            *_own(identity),
            SessionRow.ended_at.is_(None),
            SessionRow.confirmed_at > now - GOOD_FOR,
            # Of a clock that was put back since, it would be good for longer.
            SessionRow.confirmed_at < now + CLOCKS_DIFFER,
        )
    )
    return rows.one_or_none() is not None


async def _mark_confirmed(session: AsyncSession, identity: Identity, now: datetime) -> None:
    marked = await session.execute(
        update(SessionRow)
        .where(*_own(identity), SessionRow.ended_at.is_(None))
        .values(confirmed_at=now)
        .returning(SessionRow.id)
    )
    if marked.one_or_none() is None:
        raise GoneAway
