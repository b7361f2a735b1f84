"""Signing in with password and code, judged together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import AccountError, Busy
from sshauth.accounts.judging import Attempt, Judge
from sshauth.accounts.lookup import canonical_login, find_account
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.sessions import open_session
from sshauth.db.tables import User


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use case. The database is not held while the password is hashed."""

    judge: Judge
    clock: Clock
    node: str
    mail_is_waiting: Callable[[], None]

    async def __call__(self, login: str, password: str, code: str, peer: Peer) -> Identity:
        """Sign in with a user name or email, the password, and the authenticator's code or a recovery code.

        Neither words nor waits nor time tell which part was wrong (ASVS 6.3.8).

        Raises:
            SignInRefused: something was wrong.
            CodeAlreadyUsed: the password was right and the code genuine, but used (RFC 6238 5.2).
            ClockOff: the password was right and the code genuine, but of another time.
            TooManyTries: too many were wrong; this one was not judged.
            Busy: too many passwords wait to be checked; this one was not.
        """
        now = self.clock()
        find = partial(find_account, login=login)
        attempt = await self.judge.admit(find, canonical_login(login), peer, now)
        password_right = await self.judge.is_password(attempt, password)
        async with self.judge.database.transaction() as session:
            verdict = await self.judge.decide(
                session, attempt, code, now, password_right=password_right, failure=Happened.SIGN_IN_FAILED
            )
            outcome = (
                verdict
                if isinstance(verdict, AccountError)
                else await self._let_in(session, attempt, verdict, now)
            )
        self.mail_is_waiting()
        if isinstance(outcome, AccountError):
            raise outcome
        await self._rehash(attempt, password)
        return outcome

    async def _let_in(self, session: AsyncSession, attempt: Attempt, user: User, now: datetime) -> Identity:
        if not attempt.known:
            queue_mail(session, MailKind.NEW_SOURCE, attempt.peer, now, user_id=user.id)
        await self.judge.known_sources.remember(session, user.id, attempt.peer, now)
        self.judge.audit.write(session, Happened.SIGNED_IN, attempt.peer, now, user_id=user.id)
        return await open_session(session, user, attempt.peer, self.node, now)

    async def _rehash(self, attempt: Attempt, password: str) -> None:
        """Hash the password anew where the parameters have risen since (OWASP Password Storage)."""
        user = attempt.found.user
        passwords = self.judge.passwords
        if user is None or not passwords.needs_rehash(user.password_hash):
            return
        try:
            rehashed = await passwords.hash(password, source=attempt.peer.source, known=True)
        except Busy:
            return  # The next sign-in will do.
        async with self.judge.database.transaction() as session:
            await session.execute(
                update(User)
                .where(User.id == user.id, User.password_hash == user.password_hash)
                .values(password_hash=rehashed)
            )
