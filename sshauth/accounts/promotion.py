"""Who is an administrator. Only a command on the server gives that and takes it: no screen does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import GoneAway
from sshauth.accounts.lookup import canonical_login
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_sessions
from sshauth.db.engine import Database
from sshauth.db.tables import SessionRow, User


@dataclass(frozen=True, slots=True)
class ListedUser:
    """An account, as an operator sees it."""

    user_name: str
    created_at: datetime
    is_admin: bool
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class Promotion:
    """The use cases. What they change is mailed to the person, and to those who look after the place."""

    database: Database
    audit: Audit
    clock: Clock
    admins: Sequence[str]
    """Addresses of mail. Whoever has one is no administrator by that."""

    async def promote(self, user_name: str, peer: Peer) -> bool:
        """Make somebody an administrator, from their next sign-in on; False where they are one already.

        Raises:
            GoneAway: there is no such account.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            user = await _held(session, user_name)
            if user.is_admin:
                return False
            user.is_admin = True
            self._tell(session, user, peer, now, Happened.ADMIN_MADE, MailKind.PROMOTED, MailKind.ADMIN_MADE)
        return True

    async def demote(self, user_name: str, peer: Peer) -> bool:
        """Make somebody no administrator, and end their sessions; False where they are none already.

        Raises:
            GoneAway: there is no such account.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            user = await _held(session, user_name)
            if not user.is_admin:
                return False
            user.is_admin = False
            await end_sessions(session, EndReason.DEMOTED, now, SessionRow.user_id == user.id)
            self._tell(
                session, user, peer, now, Happened.ADMIN_UNMADE, MailKind.DEMOTED, MailKind.ADMIN_UNMADE
            )
        return True

    async def all(self) -> tuple[ListedUser, ...]:
        """Give all accounts, by user name."""
        async with self.database.transaction() as session:
            rows = await session.execute(
                select(
                    User.user_name, User.created_at, User.is_admin, User.disabled_at.is_not(None)
                ).order_by(User.user_name_canonical)
            )
        return tuple(ListedUser(*row) for row in rows)

    def _tell(
        self,
        session: AsyncSession,
        user: User,
        peer: Peer,
        now: datetime,
        kind: Happened,
        to_person: MailKind,
        to_admins: MailKind,
    ) -> None:
        self.audit.write(session, kind, peer, now, user_id=user.id)
        queue_mail(session, to_person, peer, now, user_id=user.id)
        for address in self.admins:
            queue_mail(
                session,
                to_admins,
                peer,
                now,
                user_id=None,
                to=address,
                first_name="",
                user_name=user.user_name,
            )


async def _held(session: AsyncSession, user_name: str) -> User:
    is_it = User.user_name_canonical == canonical_login(user_name)
    user = await session.scalar(select(User).where(is_it).with_for_update())
    if user is None:
        raise GoneAway
    return user
