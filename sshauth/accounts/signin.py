"""Signing in with password and code, judged together."""

from dataclasses import dataclass

from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import SignInRefused
from sshauth.accounts.lookup import CodeCheck, find_account, use_step
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.sessions import open_session
from sshauth.db.engine import Database


@dataclass(frozen=True, slots=True)
class SignIn:
    """The use case. The database is not held while the password is hashed."""

    database: Database
    passwords: Passwords
    codes: CodeCheck
    clock: Clock

    async def __call__(self, login: str, password: str, code: str, peer: Peer) -> Identity:
        """Sign in with a user name or email, the password and the authenticator's present code.

        Password check, opening of the secret and use of the code happen on every try, on a dummy
        where need be, so that neither words nor time tell which part was wrong (ASVS 6.3.8).

        Raises:
            SignInRefused: something was wrong.
            CodeAlreadyUsed: the password was right and the code genuine, but used (RFC 6238 5.2).
            ClockOff: the password was right and the code genuine, but of another time.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            found = await find_account(session, login)
        user = found.user
        password_right = await self.passwords.verify(user.password_hash if user else None, password)
        use = self.codes.match(found, code, now)
        acceptable = password_right and use is not None and use.is_acceptable(now)
        async with self.database.transaction() as session:
            used = await use_step(session, user, use if acceptable else None)
            if used and user is not None:
                return await open_session(session, user, peer, now)
        raise use.refusal(now) if password_right and use else SignInRefused()
