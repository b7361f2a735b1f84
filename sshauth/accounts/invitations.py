"""Who invites: administrators on their screens, and operators by command."""

from collections.abc import Callable
from dataclasses import dataclass

from sshauth.accounts.authority import hold_as_admin
from sshauth.accounts.clock import Clock
from sshauth.accounts.entrance import Entrance
from sshauth.accounts.inviting import Invited, Inviting, Standing, standing
from sshauth.accounts.peer import Identity, Peer
from sshauth.db.engine import Database


@dataclass(frozen=True, slots=True)
class AdminInvitations:
    """The use case of administrators. They see no code: it goes to the address alone."""

    database: Database
    inviting: Inviting
    clock: Clock
    mail_is_waiting: Callable[[], None]

    @property
    def are_of_use(self) -> bool:
        """Whether it takes an invitation to create an account."""
        return self.inviting.policy.entrance.entrance is Entrance.INVITE

    async def invite(self, admin: Identity, email: str, peer: Peer) -> Invited:
        """Mail somebody an invitation.

        Raises:
            NotAdministrator, ConfirmationNeeded, GoneAway: who invites may not, or must confirm first.
            NoInvitations: nobody needs one, or could use one.
            InvalidForm: it is no address, or none that accounts may have.
            Taken: it has an account.
            TooManyTries: it was invited too often, or the administrator has invited too many.
        """
        checked, now = self.inviting.check(email), self.clock()
        async with self.database.transaction() as session:
            await hold_as_admin(session, admin, admin.user_id, now)
            invited = await self.inviting.invite(session, checked, peer, now, by=admin.user_id)
        self.mail_is_waiting()
        return invited


@dataclass(frozen=True, slots=True)
class OperatorInvitations:
    """The use cases of operators. Whoever serves people finds the mail by itself."""

    database: Database
    inviting: Inviting
    clock: Clock
    peer: Peer
    """The machine and its command line."""

    async def invite(self, email: str, *, is_shown: bool) -> Invited:
        """Invite somebody: mail the code, or give it.

        Raises:
            NoInvitations: nobody needs one, or could use one.
            InvalidForm: it is no address, or none that accounts may have.
            Taken: it has an account.
            TooManyTries: the address was mailed too many.
        """
        checked, now = self.inviting.check(email), self.clock()
        async with self.database.transaction() as session:
            return await self.inviting.invite(session, checked, self.peer, now, is_shown=is_shown)

    async def standing(self, limit: int) -> tuple[Standing, ...]:
        """Give the invitations that still work, the newest first."""
        async with self.database.transaction() as session:
            return await standing(session, self.clock(), limit=limit)

    async def withdraw(self, email: str) -> None:
        """Take an invitation back.

        Raises:
            GoneAway: there is none for this address.
        """
        async with self.database.transaction() as session:
            await self.inviting.withdraw(session, email, self.peer, self.clock())
