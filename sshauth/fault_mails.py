"""Having faults mailed, as they come out of the log, without troubling the database for each."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from sshauth.accounts.clock import utc_now
from sshauth.accounts.fault_reports import FaultReports
from sshauth.accounts.keyed_hash import KeyedHash, SecretKey
from sshauth.accounts.throttle import Throttles
from sshauth.config import Settings
from sshauth.db.engine import Database, open_database
from sshauth.faults import Fault, FaultBox
from sshauth.node_name import node_name

ASK_AGAIN_SECONDS = 60.0
"""After the database has said that a fault was mailed about, nobody asks again for so long."""
MOST_KINDS = 500
REPORT_MAY_TAKE = 600.0
"""A database that is away is waited for; then the log must do."""

log = structlog.get_logger(__name__)


class Report(Protocol):
    """Mails about a fault; False where that was done within the hour."""

    def __call__(self, fault: Fault, *, before: int) -> Awaitable[bool]:
        """Mail, or not."""


class FaultMails:
    """Takes faults and has each kind mailed once in a while."""

    def __init__(self, box: FaultBox, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        """Take where faults come from, and what mails about them."""
        self._box = box
        self._report = report
        self._clock = clock
        self._untold: Counter[str] = Counter()
        self._ask_at: dict[str, float] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self.do_one(await self._box.take())

    async def do_one(self, fault: Fault) -> None:
        """Have a fault mailed, or count it for the next mail."""
        kind = fault.sameness
        if len(self._ask_at) > MOST_KINDS:
            self._ask_at.clear()
            self._untold.clear()
        if self._clock() < self._ask_at.get(kind, 0.0) or not await self._is_mailed(fault):
            self._untold[kind] += 1
        else:
            del self._untold[kind]

    async def _is_mailed(self, fault: Fault) -> bool:
        kind = fault.sameness
        try:
            async with asyncio.timeout(REPORT_MAY_TAKE):
                return await self._report(fault, before=self._untold[kind])
        except Exception as error:  # noqa: BLE001 - the log has the fault itself
            # Not as an error, which would come back here.
            log.warning("fault.not_mailed", fault=fault.event, reason=type(error).__name__)
            return False
        finally:
            self._ask_at[kind] = self._clock() + ASK_AGAIN_SECONDS


def box_of(settings: Settings) -> FaultBox | None:
    """Give a box for faults, if there is anybody to hear of them."""
    return FaultBox() if settings.admins else None


async def mail_faults(
    box: FaultBox | None,
    admins: Sequence[str],
    database: Database,
    secret_key: SecretKey,
    mail_is_waiting: Callable[[], None] = lambda: None,
) -> None:
    """Mail about what comes into the box, until cancelled."""
    if box is not None:
        throttles = Throttles(KeyedHash.under(secret_key, "throttle"))
        reports = FaultReports(database, throttles, utc_now, admins, node_name(), mail_is_waiting)
        await FaultMails(box, reports).run()


async def mail_faults_alone(box: FaultBox | None, settings: Settings, secret_key: SecretKey) -> None:
    """Do the same in a process that has no database open."""
    if box is None:
        return
    database = open_database(settings.database)
    try:
        await mail_faults(box, settings.admins, database, secret_key)
    finally:
        await database.close()
