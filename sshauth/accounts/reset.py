"""Resetting a forgotten password: a mailed code, and the authenticator's code or a recovery code too."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import recovery_codes
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import (
    Busy,
    ClockOff,
    CodeAlreadyUsed,
    InvalidForm,
    ResetCodeWrong,
    WrongCode,
)
from sshauth.accounts.lookup import CodeCheck, Found, StepUse, find_account, lock_account, use_step
from sshauth.accounts.mail_limits import WRONG_MAILED_CODES
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.new_account import NewPasswordCheck
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.accounts.recovery import burn_code, say_code_used
from sshauth.accounts.reset_requests import ResetRequests, live_request, subject_of
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_sessions
from sshauth.accounts.set_password import set_password
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.db.engine import Database
from sshauth.db.tables import ResetRequest, SessionRow

ANSWER_AFTER = timedelta(milliseconds=800)
"""Every request is answered this long after it was made, whoever it was for (OWASP Forgot Password)."""

WRONG_CODES_A_REQUEST = Limit("code by reset request", 5, timedelta(hours=1), "wrong codes", field="code")
WRONG_CODES_A_DAY = Limit("code by account reset", 25, timedelta(days=1), "wrong codes", field="code")


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What the reset form holds."""

    login: str
    reset_code: str = field(repr=False)
    code: str = field(repr=False)
    password: str = field(repr=False)
    repeat_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """The use cases of resetting. Nothing here signs anybody in or touches an authenticator's binding."""

    database: Database
    passwords: Passwords
    check: NewPasswordCheck
    codes: CodeCheck
    mailed_codes: MailedCodes
    throttles: Throttles
    requests: ResetRequests
    audit: Audit
    clock: Clock
    mail_is_waiting: Callable[[], None]

    async def request(self, login: str, peer: Peer) -> None:
        """Have a code mailed to the account's address, if the account exists. The answer tells nothing."""
        answer_at = asyncio.get_running_loop().time() + ANSWER_AFTER.total_seconds()
        now = self.clock()
        async with self.database.transaction() as session:
            user = (await find_account(session, login)).user
            may_ask = (
                user is not None
                and user.disabled_at is None
                and await self.requests.may_ask(session, user, peer, now)
            )
        if user is not None and may_ask:
            # Apart: who asks without end must not hold the row that a right password waits for.
            async with self.database.transaction() as session:
                if await lock_account(session, user):
                    await self.requests.ask(session, user, peer, now)
        self.mail_is_waiting()
        await asyncio.sleep(max(0.0, answer_at - asyncio.get_running_loop().time()))

    async def change(self, form: NewPassword, peer: Peer) -> None:
        """Set a new password, for who holds the mailed code and the authenticator or a recovery code.

        The second code is judged, and counted, only after a right reset code (ASVS 6.4.3). Wrong reset
        codes are counted by source and never void the code (OWASP Forgot Password).

        Raises:
            InvalidForm: the new password cannot be accepted; nothing was counted or used up.
            ResetCodeWrong: the reset code is wrong, used, replaced or expired, or there is no such account.
            WrongCode, ClockOff, CodeAlreadyUsed: the second code cannot be accepted.
            TooManyTries: one of the counters is used up.
            Busy: too many passwords wait to be hashed; nothing was used up.
        """
        now = self.clock()
        found, request = await self._judge_reset_code(form, peer, now)
        await self._judge_new_password(form, found, peer.source)
        async with self.database.transaction() as session:
            counted = await self.throttles.reserve(
                session,
                now,
                (WRONG_CODES_A_REQUEST, str(request.request_id)),
                (WRONG_CODES_A_DAY, str(request.user_id)),
            )
        try:
            use = self._judge_code(found, form.code, now)
            password_hash = await self.passwords.hash(form.password, source=peer.source, known=True)
            async with self.database.transaction() as session:
                await self._use_up(session, found, use, form.code, peer, now)
                await self._set_password(session, request, password_hash, peer, now)
                await self.throttles.give_back(session, *counted)
        except (WrongCode, ClockOff, CodeAlreadyUsed):
            await self._count_failure(found, peer, now)
            raise
        except Busy:
            async with self.database.transaction() as session:
                await self.throttles.give_back(session, *counted)
            raise
        self.mail_is_waiting()

    async def _judge_reset_code(
        self, form: NewPassword, peer: Peer, now: datetime
    ) -> tuple[Found, ResetRequest]:
        async with self.database.transaction() as session:
            tried = await self.throttles.reserve(session, now, (WRONG_MAILED_CODES, peer.source))
            found = await find_account(session, form.login)
            request = await live_request(session, found.user, now)
        if not self.mailed_codes.matches(form.reset_code, subject_of(found.user, request)) or request is None:
            await self._count_failure(found, peer, now)
            raise ResetCodeWrong
        async with self.database.transaction() as session:
            await self.throttles.give_back(session, *tried)
        return found, request

    async def _judge_new_password(self, form: NewPassword, found: Found, source: str) -> None:
        user = found.user
        own_words = (user.user_name, user.email, user.first_name, user.last_name) if user else ()
        if problems := await self.check.problems(
            form.password, form.repeat_password, *own_words, source=source, known=True
        ):
            raise InvalidForm(problems)

    def _judge_code(self, found: Found, code: str, now: datetime) -> StepUse | None:
        """Find the time step of the authenticator's code; None for a recovery code: using it up judges it."""
        use = self.codes.match(found, code, now)
        if recovery_codes.looks_like_one(code):
            return None
        if use is None or not use.is_acceptable(now):
            raise use.refusal(now) if use else WrongCode()
        return use

    async def _use_up(
        self, session: AsyncSession, found: Found, use: StepUse | None, code: str, peer: Peer, now: datetime
    ) -> None:
        if not await lock_account(session, found.user):
            raise ResetCodeWrong
        if use is not None:
            if not await use_step(session, use):
                raise CodeAlreadyUsed
            return
        if not await burn_code(session, found.user_id, code):
            raise WrongCode
        await say_code_used(session, self.audit, found.user_id, peer, now)

    async def _set_password(
        self, session: AsyncSession, request: ResetRequest, password_hash: str, peer: Peer, now: datetime
    ) -> None:
        """Consume the request and set the password, together or not at all; every session ends (ASVS 7.4)."""
        consumed = await session.execute(
            delete(ResetRequest)
            .where(
                ResetRequest.user_id == request.user_id,
                ResetRequest.request_id == request.request_id,
                ResetRequest.expires_at > self.clock(),
            )
            .returning(ResetRequest.user_id)
        )
        if consumed.one_or_none() is None:
            raise ResetCodeWrong
        user_id = request.user_id
        forgotten = await set_password(session, user_id, password_hash, now, forget_keys=True)
        # Who has shown mailbox and second factor must not wait for strangers when they sign in next.
        await self.requests.known_sources.remember(session, user_id, peer, now)
        await end_sessions(session, EndReason.PASSWORD_RESET, now, SessionRow.user_id == user_id)
        self.audit.write(
            session, Happened.PASSWORD_RESET, peer, now, user_id=user_id, keys_forgotten=forgotten
        )
        queue_mail(session, MailKind.PASSWORD_RESET, peer, now, user_id=user_id, keys_forgotten=forgotten)

    async def _count_failure(self, found: Found, peer: Peer, now: datetime) -> None:
        user_id = found.user.id if found.user else None
        async with self.database.transaction() as session:
            await self.audit.count_failure(session, Happened.RESET_FAILED, peer, now, user_id=user_id)
