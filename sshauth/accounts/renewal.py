"""Setting up anew after an authenticator was reset: password and mailed code open the way to a new one.

The two are judged together, as at every sign-in (row 9), and sign nobody in: the new authenticator's first
code does that. An account that an operator made has no password yet: there the mailed code stands alone, and
its person chooses names and a password before the first code.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import totp
from sshauth.accounts.audit import Happened
from sshauth.accounts.authenticator_resets import live_reset, subject_of
from sshauth.accounts.clock import Clock
from sshauth.accounts.code_shapes import Shape, shape_of
from sshauth.accounts.enrolment import Enrolment, FirstNames, Registered
from sshauth.accounts.errors import RenewalGone, SignInRefused
from sshauth.accounts.first_code import step_of_first_code
from sshauth.accounts.first_steps import Chosen, FirstSteps
from sshauth.accounts.judging import WARN_AFTER, Attempt, Judge
from sshauth.accounts.lookup import NOBODY, canonical_login, find_account
from sshauth.accounts.mail_limits import WRONG_MAILED_CODES
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.new_user import FIRST_AUTHENTICATOR
from sshauth.accounts.outbox import MailKind, queue_mail, queue_mail_if_there
from sshauth.accounts.outcomes import REGISTERED, SIGNED_IN, Outcomes
from sshauth.accounts.peer import Peer
from sshauth.accounts.recovery import make_codes
from sshauth.accounts.sessions import open_session
from sshauth.accounts.throttle import Limit, Reservation
from sshauth.accounts.vault import Vault
from sshauth.db.tables import Authenticator, AuthenticatorReset, User

WRONG_WITH_PASSWORD = Limit("wrong enrolment codes", WARN_AFTER, timedelta(days=1))
"""By account and password, and only to warn its owner of a thief: 80 bits are not guessed, and who has no
authenticator has no other way in that a thief with the password could leave open."""


def looks_like_one(typed: str) -> bool:
    """Tell an enrolment code, right or wrong, from all else that stands in a field for codes."""
    return shape_of(typed) is Shape.MAILED


@dataclass(frozen=True, slots=True)
class Renewal:
    """The use cases of who has no authenticator any more."""

    judge: Judge
    vault: Vault
    mailed_codes: MailedCodes
    first_steps: FirstSteps
    clock: Clock
    app_name: str
    node: str
    outcomes: Outcomes
    mail_is_waiting: Callable[[], None]

    async def begin(self, login: str, password: str, code: str, peer: Peer) -> Enrolment:
        """Make a secret for who gives the password and the mailed code. Neither is used up by this.

        Where there is no password yet, whatever is typed for it will do. Nothing is kept until the first
        code. Nothing tells which part was wrong, or whether anything waits for such a code.

        Raises:
            SignInRefused: something was wrong, or has expired, or was used or replaced.
            TooManyTries: too many were wrong; this one was not judged.
            Busy: too many passwords wait to be checked; this one was not.
        """
        with self.outcomes.of_a_try(peer):
            return await self._begin(login, password, code, peer)

    async def _begin(self, login: str, password: str, code: str, peer: Peer) -> Enrolment:
        now = self.clock()
        attempt = await self.judge.admit(
            partial(find_account, login=login),
            canonical_login(login),
            peer,
            now,
            also=((WRONG_MAILED_CODES, peer.source),),
        )
        # The work is done all the same: time must not tell that there is none.
        password_right = await self.judge.is_password(attempt, password) or _has_none(attempt.found.user)
        async with self.judge.database.transaction() as session:
            enrolment = await self._judge(session, attempt, code, now, password_right=password_right)
        self.mail_is_waiting()
        if enrolment is None:
            raise SignInRefused
        return enrolment

    async def confirm(
        self, enrolment: Enrolment, code: str, peer: Peer, chosen: Chosen | None = None
    ) -> Registered:
        """Take the new authenticator for its first code, use that code and the mailed one up, and sign in.

        ``chosen`` is what the person of a new account has chosen, and nothing for all others.

        Raises:
            WrongCode: the code is not the authenticator's.
            ClockOff: it is, but of another time.
            RenewalGone: the mailed code was used, replaced or has expired meanwhile, or the account disabled.
        """
        now = self.clock()
        step = step_of_first_code(enrolment.secret, code, now)
        async with self.judge.database.transaction() as session:
            user = await _use_up(session, enrolment, now)
            if _has_none(user) is (chosen is None):
                raise RenewalGone
            session.add(
                Authenticator(
                    id=uuid.uuid4(),
                    user_id=user.id,
                    name=FIRST_AUTHENTICATOR,
                    # Sealed now that nothing is waited for: keys may have been rotated meanwhile.
                    secret_encrypted=self.vault.seal(user.id, enrolment.secret),
                    last_step=step,
                    created_at=now,
                )
            )
            recovery_codes = await make_codes(session, user.id)
            user.recovery_codes_kept = False
            await self.judge.known_sources.remember(session, user.id, peer, now)
            if chosen is None:
                self.judge.audit.write(session, Happened.AUTHENTICATOR_SET_UP, peer, now, user_id=user.id)
                queue_mail(session, MailKind.AUTHENTICATOR_SET_UP, peer, now, user_id=user.id)
            else:
                user.first_name, user.last_name = chosen.first_name, chosen.last_name
                user.password_hash = chosen.password_hash
                self.judge.audit.write(session, Happened.REGISTERED, peer, now, user_id=user.id, made=True)
            await session.flush()
            identity = await open_session(session, user, peer, self.node, now)
        self.mail_is_waiting()
        self.outcomes.signed_in(peer, user.id, outcome=SIGNED_IN if chosen is None else REGISTERED)
        return Registered(identity, recovery_codes)

    async def _judge(
        self, session: AsyncSession, attempt: Attempt, code: str, now: datetime, *, password_right: bool
    ) -> Enrolment | None:
        user = await self.judge.holder(session, attempt, password_right=password_right)
        counted = await self._count(session, attempt, user, now)
        # Neither can be right here: the work is that of every try.
        self.judge.codes.match(attempt.found, code, now)
        waiting = await live_reset(session, attempt.found.user, now)
        code_right = self.mailed_codes.matches(code, subject_of(attempt.found.user, waiting))
        if user is not None and waiting is not None and code_right:
            await self.judge.was_right(session, attempt, counted)
            return self._enrolment_of(user, waiting)
        await self.judge.was_wrong(session, attempt, now, Happened.SIGN_IN_FAILED)
        is_told = any(each.tries == WARN_AFTER for each in counted)
        owner = user.id if user and user.password_hash and is_told else NOBODY
        # Where nobody is mailed, this is the same work.
        await queue_mail_if_there(session, MailKind.WRONG_CODES, attempt.peer, now, user_id=owner)
        return None

    async def _count(
        self, session: AsyncSession, attempt: Attempt, user: User | None, now: datetime
    ) -> list[Reservation]:
        """Count a wrong code in advance; where enough were counted to warn of them, nothing."""
        subject = f"{user.id} {user.password_generation}" if user else f"nobody {attempt.peer.source}"
        return await self.judge.throttles.reserve_if_possible(session, now, (WRONG_WITH_PASSWORD, subject))

    def _enrolment_of(self, user: User, waiting: AuthenticatorReset) -> Enrolment:
        secret = totp.new_secret()
        uri = totp.otpauth_uri(secret, user_name=user.user_name, app_name=self.app_name)
        # By the id of the reset: whatever was begun for one before cannot be finished.
        first_steps = FirstNames(user.first_name, user.last_name) if _has_none(user) else None
        return Enrolment(
            waiting.request_id,
            user.user_name,
            user.email,
            address_confirmed=True,
            secret=secret,
            uri=uri,
            first_steps=first_steps,
        )


def _has_none(user: User | None) -> bool:
    """Tell an account that has no password yet."""
    return user is not None and not user.password_hash


async def _use_up(session: AsyncSession, enrolment: Enrolment, now: datetime) -> User:
    """Use up a reset and give its account, whose row is held; of any number of parallel tries one succeeds.

    Raises:
        RenewalGone: it was used, replaced or has expired, or the account is disabled.
    """
    held = await session.execute(
        select(User)
        .join(AuthenticatorReset, AuthenticatorReset.user_id == User.id)
        .where(AuthenticatorReset.request_id == enrolment.id, User.disabled_at.is_(None))
        .with_for_update(of=User)
    )
    user = held.scalar_one_or_none()
    used = await session.execute(
        delete(AuthenticatorReset)
        .where(AuthenticatorReset.request_id == enrolment.id, AuthenticatorReset.expires_at > now)
        .returning(AuthenticatorReset.user_id)
    )
    if user is None or used.one_or_none() is None:
        raise RenewalGone
    return user
