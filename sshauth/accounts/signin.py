"""Signing in with password and code, or with a remembered SSH key and code, judged together."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import AccountError, Busy, KeyOfAnother, NoKey, SignInRefused, TooManyKeys
from sshauth.accounts.judging import Attempt, Judge
from sshauth.accounts.key_rows import id_of_key
from sshauth.accounts.key_rows import remember_key as remember_key_of
from sshauth.accounts.lookup import canonical_login, find_account, find_by_key, lock_account
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.outcomes import Outcomes
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.sessions import open_session
from sshauth.db.tables import SSHKey, User

REFUSED_BY_KEY = "The code is wrong, or this key is not remembered any more."


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use case. The database is not held while the password is hashed."""

    judge: Judge
    clock: Clock
    node: str
    outcomes: Outcomes
    mail_is_waiting: Callable[[], None]

    async def __call__(
        self, login: str, password: str, code: str, peer: Peer, *, remember_key: bool = False
    ) -> Identity:
        """Sign in with a user name or email, the password, and the authenticator's code or a recovery code.

        Neither words nor waits nor time tell which part was wrong (ASVS 6.3.8). The key of the connection is
        remembered where that is wished and possible.

        Raises:
            SignInRefused: something was wrong.
            CodeAlreadyUsed: the password was right and the code genuine, but used (RFC 6238 5.2).
            ClockOff: the password was right and the code genuine, but of another time.
            TooManyTries: too many were wrong; this one was not judged.
            Busy: too many passwords wait to be checked; this one was not.
        """
        with self.outcomes.of_a_try(peer):
            attempt, identity = await self._by_password(
                login, password, code, peer, remember_key=remember_key
            )
        self.outcomes.signed_in(peer, identity.user_id)
        await self._rehash(attempt, password)
        return identity

    async def by_key(self, code: str, peer: Peer) -> Identity:
        """Sign in with the key of the connection, which stands for the password, and a code.

        Raises:
            SignInRefused: the code is wrong, or the key is not remembered any more.
            CodeAlreadyUsed, ClockOff, TooManyTries: as with the password.
        """
        with self.outcomes.of_a_try(peer):
            identity = await self._by_key(code, peer)
        self.outcomes.signed_in(peer, identity.user_id)
        return identity

    async def _by_password(
        self, login: str, password: str, code: str, peer: Peer, *, remember_key: bool
    ) -> tuple[Attempt, Identity]:
        now = self.clock()
        find = partial(find_account, login=login)
        attempt = await self.judge.admit(find, canonical_login(login), peer, now)
        password_right = await self.judge.is_password(attempt, password)
        async with self.judge.database.transaction() as session:
            outcome = await self._judge(session, attempt, code, now, password_right=password_right)
            if remember_key and isinstance(outcome, Identity):
                with suppress(NoKey, KeyOfAnother, TooManyKeys):
                    await remember_key_of(session, self.judge.audit, outcome.user_id, peer, now)
        self.mail_is_waiting()
        if isinstance(outcome, AccountError):
            raise outcome
        return attempt, outcome

    async def _by_key(self, code: str, peer: Peer) -> Identity:
        now = self.clock()
        find = partial(find_by_key, key=peer.key)
        fingerprint = peer.key.fingerprint if peer.key else ""
        attempt = await self.judge.admit(find, fingerprint, peer, now, key=peer.key)
        async with self.judge.database.transaction() as session:
            key_id = await self._hold_key(session, attempt)
            outcome = await self._judge(session, attempt, code, now, password_right=key_id is not None)
            if isinstance(outcome, Identity):
                await session.execute(update(SSHKey).where(SSHKey.id == key_id).values(last_used_at=now))
        self.mail_is_waiting()
        if isinstance(outcome, SignInRefused):
            raise SignInRefused(REFUSED_BY_KEY)
        if isinstance(outcome, AccountError):
            raise outcome
        return outcome

    async def _hold_key(self, session: AsyncSession, attempt: Attempt) -> UUID | None:
        """Give the id of a try's key, if the account still remembers it: who removes one holds its row."""
        if attempt.key is None or not await lock_account(session, attempt.found.user):
            return None
        return await id_of_key(session, attempt.found.user_id, attempt.key)

    async def _judge(
        self, session: AsyncSession, attempt: Attempt, code: str, now: datetime, *, password_right: bool
    ) -> Identity | AccountError:
        verdict = await self.judge.decide(
            session, attempt, code, now, password_right=password_right, failure=Happened.SIGN_IN_FAILED
        )
        if isinstance(verdict, AccountError):
            return verdict
        known_sources = self.judge.known_sources
        if not attempt.known and not await known_sources.has_seen(session, verdict.id, attempt.peer, now):
            queue_mail(session, MailKind.NEW_SOURCE, attempt.peer, now, user_id=verdict.id)
        await known_sources.remember(session, verdict.id, attempt.peer, now)
        how = {"by": "key"} if attempt.key else {}
        self.judge.audit.write(session, Happened.SIGNED_IN, attempt.peer, now, user_id=verdict.id, **how)
        return await open_session(session, verdict, attempt.peer, self.node, now)

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
