"""Judging password and code together, for signing in and for confirming who is there.

Whatever was wrong, the same work is done, the same counters move and the same words are said (row 9): the
password check, the opening of the secret, one code reservation. On a dummy where there is nothing to judge.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import recovery_codes
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.errors import AccountError, Busy, SignInRefused
from sshauth.accounts.known_sources import KnownSources
from sshauth.accounts.lookup import NOBODY, CodeCheck, Found, StepUse, lock_account, use_step
from sshauth.accounts.outbox import MailKind, queue_mail_if_there
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.accounts.recovery import burn_code, say_code_used
from sshauth.accounts.throttle import Delay, Limit, Reservation, Rule, Throttles
from sshauth.db.engine import Database
from sshauth.db.tables import User

FAILED = "failed sign-ins"
FAILURES_BY_SOURCE = Limit("failures by source", 10, timedelta(minutes=5), FAILED)
FAILURES_BY_NAME = Delay(
    "failures by name", free=3, longest=timedelta(minutes=15), forgotten_after=timedelta(days=1), what=FAILED
)
WRONG_CODES = (
    Limit("wrong codes", 5, timedelta(minutes=15)),
    Limit("wrong codes of the day", 10, timedelta(days=1)),
)
WRONG_RECOVERY_CODES = (
    Limit("wrong recovery codes", 5, timedelta(minutes=15)),
    Limit("wrong recovery codes of the day", 10, timedelta(days=1)),
)
WARN_AFTER = 3
"""Wrong codes with the right password, after which the owner is mailed (ASVS 6.3.5)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was let in to be judged, and what was counted for it."""

    found: Found
    known: bool
    peer: Peer
    reservations: list[Reservation]
    key: ProvenKey | None = None
    """What stands for the password, where it is not typed."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Lets tries in, and judges them. A try is judged in one transaction, after its password was hashed."""

    database: Database
    passwords: Passwords
    codes: CodeCheck
    throttles: Throttles
    known_sources: KnownSources
    audit: Audit

    async def admit(
        self,
        find: Callable[[AsyncSession], Awaitable[Found]],
        name: str,
        peer: Peer,
        now: datetime,
        *,
        key: ProvenKey | None = None,
        also: tuple[tuple[Rule, str], ...] = (),
    ) -> Attempt:
        """Find the account and count the try as failed, by source and by name, until it turns out right.

        ``also`` names what else counts it, whatever part turns out to be wrong. Unknown sources are counted
        together, each known one by itself: strangers cannot hold the owner up.

        Raises:
            TooManyTries: there were too many; this one is not judged and changes nothing.
        """
        async with self.database.transaction() as session:
            found = await find(session)
            place = await self.known_sources.place_of(session, found.user_id, peer, now)
            who = f"user {found.user_id}" if found.user else f"name {name}"
            reservations = await self.throttles.reserve(
                session,
                now,
                *also,
                (FAILURES_BY_SOURCE, peer.source),
                (FAILURES_BY_NAME, f"{who} {place or 'strangers'}"),
            )
        return Attempt(found, place is not None, peer, reservations, key)

    async def is_password(self, attempt: Attempt, password: str) -> bool:
        """Check the password, outside of any transaction.

        Raises:
            Busy: too many wait already; the try was not judged, so it does not count.
        """
        hashed = attempt.found.user.password_hash if attempt.found.user else None
        try:
            return await self.passwords.verify(
                hashed, password, source=attempt.peer.source, known=attempt.known
            )
        except Busy:
            async with self.database.transaction() as session:
                await self.throttles.give_back(session, *attempt.reservations)
            raise

    async def decide(
        self,
        session: AsyncSession,
        attempt: Attempt,
        code: str,
        now: datetime,
        *,
        password_right: bool,
        failure: Happened,
    ) -> User | AccountError:
        """Judge the code, and with it the try; give the account, or the refusal to raise after the commit.

        The code is reserved before its result may be used, so that of parallel tries no more are judged
        than the limit allows, on any number of nodes.
        """
        user = await self.holder(session, attempt, password_right=password_right)
        reserved = await self._reserve_code(session, attempt, user, code, now)
        use = self.codes.match(attempt.found, code, now)
        judged = user if reserved else None
        if await self._use_up(session, attempt, judged, use, code, now) and judged is not None:
            await self.was_right(session, attempt, reserved)
            return judged
        await self.was_wrong(session, attempt, now, failure)
        await _warn_owner(session, user, reserved, attempt, now)
        return use.refusal(now) if judged is not None and use is not None else SignInRefused()

    async def holder(self, session: AsyncSession, attempt: Attempt, *, password_right: bool) -> User | None:
        """Hold and give the account of a try whose password was right, if it is still what was judged."""
        user = attempt.found.user if password_right else None
        return user if await lock_account(session, user) else None

    async def was_right(self, session: AsyncSession, attempt: Attempt, reserved: list[Reservation]) -> None:
        """Take back what was counted for a try in advance."""
        await self.throttles.give_back(session, *reserved, *attempt.reservations)
        if attempt.known:
            # The mistypes of this place, which are nobody's but the owner's now.
            await self.throttles.clear(session, attempt.reservations[-1])

    async def was_wrong(
        self, session: AsyncSession, attempt: Attempt, now: datetime, failure: Happened
    ) -> None:
        """Write a failed try down."""
        user_id = attempt.found.user.id if attempt.found.user else None
        await self.audit.count_failure(session, failure, attempt.peer, now, user_id=user_id)

    async def _reserve_code(
        self, session: AsyncSession, attempt: Attempt, user: User | None, code: str, now: datetime
    ) -> list[Reservation]:
        """Count a wrong code in advance; nothing where the counter is used up, by the same work."""
        limits = WRONG_RECOVERY_CODES if recovery_codes.looks_like_one(code) else WRONG_CODES
        # A new password begins a new counter: who guessed the old one has nothing any more. Who stole a key
        # uses up none but that of keys: the password still signs in.
        place = "keys" if attempt.key else "known" if attempt.known else "strangers"
        subject = f"{user.id} {user.password_generation} {place}" if user else f"nobody {attempt.peer.source}"
        return await self.throttles.reserve_if_possible(session, now, *((limit, subject) for limit in limits))

    async def _use_up(
        self, session: AsyncSession, attempt: Attempt, user: User | None, use: StepUse | None, code: str,
        now: datetime,
    ) -> bool:  # fmt: skip
        """Use up the time step or recovery code of a try; tell whether that was possible."""
        if not recovery_codes.looks_like_one(code):
            acceptable = user is not None and use is not None and use.is_acceptable(now)
            return await use_step(session, use if acceptable else None)
        burnt = await burn_code(session, user.id if user else NOBODY, code)
        if burnt and user is not None:
            await say_code_used(session, self.audit, user.id, attempt.peer, now)
        return burnt


async def _warn_owner(
    session: AsyncSession, user: User | None, reserved: list[Reservation], attempt: Attempt, now: datetime
) -> None:
    """Mail the owner whose right password, or key, comes with wrong codes: a thief has it (ASVS 6.3.5).

    A try that nobody is mailed about costs the same.
    """
    tries = [reservation.tries for reservation in reserved]
    used_up = any(count == limit.tries for count, limit in zip(tries, WRONG_CODES, strict=False))
    is_told = used_up or WARN_AFTER in tries  # of the quarter of an hour, or of the day
    user_id = user.id if user is not None and is_told else NOBODY
    if attempt.key:
        kind = MailKind.CODES_WITH_KEY_USED_UP if used_up else MailKind.WRONG_CODES_WITH_KEY
        data = {"fingerprint": attempt.key.fingerprint}
    else:
        kind = MailKind.CODES_USED_UP if used_up else MailKind.WRONG_CODES
        data = {}
    await queue_mail_if_there(session, kind, attempt.peer, now, user_id=user_id, **data)
