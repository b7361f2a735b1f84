"""Who is an administrator. Only a command on the server gives that and takes it: no screen does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.lookup import hold_by_name
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_sessions
from sshauth.db.engine import Database
from sshauth.db.tables import SessionRow, User


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
            user = await hold_by_name(session, user_name)
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
            user = await hold_by_name(session, user_name)
            if not user.is_admin:
                return False
            user.is_admin = False
            await end_sessions(session, EndReason.DEMOTED, now, SessionRow.user_id == user.id)
            self._tell(
                session, user, peer, now, Happened.ADMIN_UNMADE, MailKind.DEMOTED, MailKind.ADMIN_UNMADE
            )
        return True

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
