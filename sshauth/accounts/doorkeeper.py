"""Who is let in to create an account."""

from dataclasses import dataclass, replace
from datetime import datetime

from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.entrance import Entrance, EntrancePolicy
from sshauth.accounts.errors import InvitationWrong, RegistrationClosed
from sshauth.accounts.invitation_rows import find_by_code
from sshauth.accounts.mail_limits import WRONG_MAILED_CODES
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.peer import Peer
from sshauth.accounts.throttle import Throttles
from sshauth.db.engine import Database
from sshauth.db.tables import Invitation

WRONG_INVITATIONS = replace(WRONG_MAILED_CODES, field=InvitationWrong.field)
"""Counted with all other mailed codes."""


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Judges invitations. What it says tells nobody which addresses were invited."""

    database: Database
    codes: MailedCodes
    throttles: Throttles
    audit: Audit
    policy: EntrancePolicy

    async def admit(self, code: str, peer: Peer, now: datetime) -> Invitation | None:
        """Let somebody in, by the code of an invitation where it takes one; it is not used up by this.

        Raises:
            RegistrationClosed: nobody is let in.
            InvitationWrong: the code is wrong, used, withdrawn, replaced or expired.
            TooManyTries: the source gave too many wrong ones.
        """
        if self.policy.entrance is Entrance.CLOSED:
            raise RegistrationClosed(f"Nobody can create an account here: ask {self.policy.ask} for one.")
        if self.policy.entrance is Entrance.OPEN:
            return None
        async with self.database.transaction() as session:
            tried = await self.throttles.reserve(session, now, (WRONG_INVITATIONS, peer.source))
            invitation = await find_by_code(session, self.codes, code, now)
        async with self.database.transaction() as session:
            if invitation is None:
                await self.audit.count_failure(session, Happened.INVITATION_FAILED, peer, now, user_id=None)
            else:
                await self.throttles.give_back(session, *tried)
        if invitation is None:
            raise InvitationWrong
        return invitation
