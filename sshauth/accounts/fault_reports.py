"""Telling those who look after the place that something went wrong: by mail, and seldom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import TooManyTries
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Peer
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.db.engine import Database
from sshauth.faults import Fault

OF_ONE_KIND = Limit("mails about one fault", 1, timedelta(hours=1))
OF_ALL = Limit("mails about faults", 20, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class FaultReports:
    """The use case. The counters are in the database: one mail is meant for all nodes."""

    database: Database
    throttles: Throttles
    clock: Clock
    admins: Sequence[str]
    """Addresses of mail."""
    node: str
    mail_is_waiting: Callable[[], None]

    async def __call__(self, fault: Fault, *, before: int = 0) -> bool:
        """Mail about a fault; False where the same one was mailed about within the hour, by any node.

        ``before`` says how often this process had it since the last mail.
        """
        now = self.clock()
        here = Peer(self.node)
        try:
            async with self.database.transaction() as session:
                await self.throttles.reserve(session, now, (OF_ONE_KIND, fault.sameness), (OF_ALL, "all"))
                for address in self.admins:
                    queue_mail(
                        session,
                        MailKind.FAULT,
                        here,
                        now,
                        user_id=None,
                        to=address,
                        first_name="",
                        user_name="",
                        event=fault.event,
                        error=fault.error,
                        places=list(fault.places),
                        facts=dict(fault.facts),
                        before=before,
                    )
        except TooManyTries:
            return False
        self.mail_is_waiting()
        return True
