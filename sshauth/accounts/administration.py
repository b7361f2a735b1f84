"""What administrators do to accounts."""

from dataclasses import dataclass

from sqlalchemy import update

from sshauth.accounts import rules
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import GoneAway
from sshauth.accounts.peer import Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_sessions
from sshauth.db.engine import Database
from sshauth.db.tables import SessionRow, User


@dataclass(frozen=True, slots=True)
class Administration:
    """The use cases of administrators."""

    database: Database
    audit: Audit
    clock: Clock

    async def disable(self, user_name: str, peer: Peer) -> None:
        """Let nobody sign in to an account any more; its sessions end (ASVS 7.4).

        Raises:
            GoneAway: there is no such account.
        """
        await self._set(user_name, peer, disabled=True)

    async def enable(self, user_name: str, peer: Peer) -> None:
        """Let a disabled account be used again.

        Raises:
            GoneAway: there is no such account.
        """
        await self._set(user_name, peer, disabled=False)

    async def _set(self, user_name: str, peer: Peer, *, disabled: bool) -> None:
        now = self.clock()
        kind = Happened.ACCOUNT_DISABLED if disabled else Happened.ACCOUNT_ENABLED
        async with self.database.transaction() as session:
            changed = await session.execute(
                update(User)
                .where(User.user_name_canonical == rules.canonical(user_name))
                .values(disabled_at=now if disabled else None)
                .returning(User.id)
            )
            user_id = changed.scalar_one_or_none()
            if user_id is None:
                raise GoneAway
            if disabled:
                await end_sessions(session, EndReason.DISABLED, now, SessionRow.user_id == user_id)
            self.audit.write(session, kind, peer, now, user_id=user_id)
