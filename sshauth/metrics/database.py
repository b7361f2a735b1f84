"""Looking at the database for those who watch: by a connection of its own, and for a short time only."""

import asyncio
from dataclasses import dataclass

import structlog

from sshauth.accounts.outbox import QueueNow, look_at_queue
from sshauth.db.engine import Database
from sshauth.db.migrate import head, revision_of

LOOK_SECONDS = 2.0
"""A database that has not answered by then is out of reach."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DatabaseNow:
    """What was seen of the database."""

    up: bool
    is_ours: bool = False
    """Whether its tables are those of this version."""
    mails: QueueNow | None = None


AWAY = DatabaseNow(up=False)


class DatabaseLook:
    """Looks at a database. One look at a time: one that hangs is not joined by more."""

    def __init__(self, database: Database, seconds: float = LOOK_SECONDS) -> None:
        """Take the database, which nobody else uses by this object, and how long a look may take."""
        self._database = database
        self._seconds = seconds
        self._looking: asyncio.Task[DatabaseNow] | None = None

    async def __call__(self) -> DatabaseNow:
        """Look now."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        done, _ = await asyncio.wait({self._looking}, timeout=self._seconds)
        if not done:
            # Its end is not waited for: on a line that is dead, that takes time, too.
            self._looking.cancel()
            return AWAY
        return AWAY if self._looking.cancelled() else self._looking.result()

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking}, timeout=self._seconds)
        await self._database.close()

    async def _look(self) -> DatabaseNow:
        try:
            async with self._database.snapshot() as connection:
                if await connection.run_sync(revision_of) != head():
                    return DatabaseNow(up=True)
                return DatabaseNow(up=True, is_ours=True, mails=await look_at_queue(connection))
        except Exception as error:  # noqa: BLE001 - whatever it says, it cannot be used
            log.debug("metrics.database_away", reason=type(error).__name__)
            return AWAY
