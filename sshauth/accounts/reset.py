"""Resetting a forgotten password: a mailed code, and the authenticator's code too."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import rules
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import (
    DIFFERENT_PASSWORDS,
    CodeAlreadyUsed,
    InvalidForm,
    ResetCodeWrong,
    WrongCode,
)
from sshauth.accounts.lookup import NOBODY, CodeCheck, find_account, use_step
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.accounts.reset_codes import ResetCodes, ResetSubject
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.db.engine import Database
from sshauth.db.tables import OutgoingMail, ResetRequest, User
from sshauth.db.upsert import upsert

RESET_MAIL = "reset-code"
"""The kind of the mail that carries a reset code."""

ANSWER_AFTER = timedelta(milliseconds=800)
"""Every request is answered this long after it was made, whoever it was for (OWASP Forgot Password)."""

SAME_CODE_FOR = timedelta(minutes=2)
"""So long a request from elsewhere sends the same code again: a stranger cannot kill the owner's code."""

WRONG_RESET_CODES = Limit(
    "reset code by source", 10, timedelta(minutes=15), "wrong reset codes", field="reset_code"
)
WRONG_CODES_A_REQUEST = Limit(
    "code by reset request", 5, timedelta(hours=1), "wrong authenticator codes", field="code"
)
WRONG_CODES_A_DAY = Limit(
    "code by account reset", 25, timedelta(days=1), "wrong authenticator codes", field="code"
)


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
    codes: CodeCheck
    reset_codes: ResetCodes
    throttles: Throttles
    clock: Clock
    code_lifetime: timedelta
    mail_is_waiting: Callable[[], None]

    async def request(self, login: str, peer: Peer) -> None:
        """Have a code mailed to the account's address, if the account exists. The answer tells nothing."""
        answer_at = asyncio.get_running_loop().time() + ANSWER_AFTER.total_seconds()
        now = self.clock()
        async with self.database.transaction() as session:
            found = await find_account(session, login)
            if found.user is not None:
                await self._request_for(session, found.user, peer, now)
        self.mail_is_waiting()
        await asyncio.sleep(max(0.0, answer_at - asyncio.get_running_loop().time()))

    async def change(self, form: NewPassword, peer: Peer) -> None:
        """Set a new password, for who holds the mailed code and the authenticator.

        The authenticator's code is judged, and counted, only after a right reset code (ASVS 6.4.3).
        Wrong reset codes are counted by source and never void the code (OWASP Forgot Password).

        Raises:
            InvalidForm: the new password cannot be accepted; nothing was counted or used up.
            ResetCodeWrong: the reset code is wrong, used, replaced or expired, or there is no such account.
            WrongCode, ClockOff, CodeAlreadyUsed: the authenticator's code cannot be accepted.
            TooManyTries: one of the counters is used up.
        """
        _check_new_password(form)
        now = self.clock()
        async with self.database.transaction() as session:
            tried = await self.throttles.reserve(session, WRONG_RESET_CODES, peer.source, now)
            found = await find_account(session, form.login)
            request = await _live_request(session, found.user, now)
        if not self.reset_codes.matches(form.reset_code, _subject(found.user, request)) or request is None:
            raise ResetCodeWrong
        async with self.database.transaction() as session:
            await self.throttles.give_back(session, tried)
        async with self.database.transaction() as session:
            counted = [
                await self.throttles.reserve(session, limit, str(subject), now)
                for limit, subject in (
                    (WRONG_CODES_A_REQUEST, request.request_id),
                    (WRONG_CODES_A_DAY, request.user_id),
                )
            ]
        use = self.codes.match(found, form.code, now)
        if use is None or not use.is_acceptable(now):
            raise use.refusal(now) if use else WrongCode()
        password_hash = await self.passwords.hash(form.password)
        async with self.database.transaction() as session:
            if not await use_step(session, found.user, use):
                raise CodeAlreadyUsed
            await self._set_password(session, request, password_hash)
            await self.throttles.give_back(session, *counted)

    async def _request_for(self, session: AsyncSession, user: User, peer: Peer, now: datetime) -> None:
        request = await _live_request(session, user, now)
        elsewhere = request is not None and request.source != peer.source
        if request is None or not elsewhere or request.requested_at + SAME_CODE_FOR <= now:
            request_id = uuid.uuid4()
            await self._replace_request(session, user, request_id, peer, now)
        else:
            request_id = request.request_id
        session.add(
            OutgoingMail(
                user_id=user.id,
                kind=RESET_MAIL,
                data={
                    "request_id": str(request_id),
                    "source": peer.address[:64],
                    "requested_at": now.isoformat(),
                },
                created_at=now,
                due_at=now,
                tries=0,
            )
        )

    async def _replace_request(
        self, session: AsyncSession, user: User, request_id: UUID, peer: Peer, now: datetime
    ) -> None:
        values = {
            "request_id": request_id,
            "source": peer.source,
            "requested_at": now,
            "expires_at": now + self.code_lifetime,
        }
        await upsert(
            session,
            ResetRequest,
            values={"user_id": user.id, **values},
            on="user_id",
            update=values,
            returning=(ResetRequest.user_id,),
        )

    async def _set_password(self, session: AsyncSession, request: ResetRequest, password_hash: str) -> None:
        """Consume the request and set the password, together or not at all."""
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
        await session.execute(
            update(User)
            .where(User.id == request.user_id)
            .values(password_hash=password_hash, password_generation=User.password_generation + 1)
        )


async def _live_request(session: AsyncSession, user: User | None, now: datetime) -> ResetRequest | None:
    rows = await session.execute(
        select(ResetRequest).where(
            ResetRequest.user_id == (user.id if user else NOBODY), ResetRequest.expires_at > now
        )
    )
    return rows.scalar_one_or_none()


def _subject(user: User | None, request: ResetRequest | None) -> ResetSubject:
    """Say what the code must be bound to; for an unknown account a subject that no code was made for."""
    return reset_subject(user, request) if user and request else ResetSubject(uuid.uuid4(), NOBODY, "", 0)


def reset_subject(user: User, request: ResetRequest) -> ResetSubject:
    """Say what a request's code is bound to, for checking it and for writing it in the mail."""
    return ResetSubject(request.request_id, user.id, user.email_canonical, user.password_generation)


def _check_new_password(form: NewPassword) -> None:
    problems = {}
    try:
        rules.check_password(form.password)
    except ValueError as error:
        problems["password"] = str(error)
    if form.password != form.repeat_password:
        problems.update(DIFFERENT_PASSWORDS)
    if problems:
        raise InvalidForm(problems)
