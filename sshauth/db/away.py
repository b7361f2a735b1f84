"""A database that is away for a while: one looks whether it is back, and whoever needs it waits."""

import asyncio
import contextvars
import sqlite3
import time
from collections.abc import Awaitable, Callable

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
LOOK_MAY_TAKE = 10.0

READ_ONLY = "25006"
"""After a failover, what was the first of several servers may take connections and change nothing."""
LET_GO = frozenset({"40001", "40P01", "55P03", "57014", READ_ONLY})
"""What Postgres answers when it has undone a transaction that may well work the next time."""
LOST = frozenset({"25P03", "53300", "57P01", "57P02", "57P03", "57P05"})
"""What it answers when it stops, starts, fails over, or has no room for a connection."""
LOST_CLASS = "08"
SQLITE_BUSY = 5

log = structlog.get_logger(__name__)


def was_let_go(error: BaseException) -> bool:
    """Tell whether the database has undone a transaction, and said so."""
    return _state(error) in LET_GO or _is_busy(error)


def is_away(error: BaseException) -> bool:
    """Tell whether an error says that the database cannot be reached now, or that a line to it broke."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        return False
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = _state(error)
    if state in LOST or state[:2] == LOST_CLASS or state == READ_ONLY:
        return True
    # What the driver itself says is nobody's state.
    lines = (OSError, TimeoutError, PoolTimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    return isinstance(error, lines) and not state


def _state(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", None) or error, "sqlstate", None) or "")


def _is_busy(error: BaseException) -> bool:
    return getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) & 0xFF == SQLITE_BUSY


class Lookout:
    """Knows whether the database is away. While it is, one task looks for it, however many wait."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        """Take what fails as long as the database cannot be used."""
        self._look = look
        self._looking: asyncio.Task[None] | None = None

    def lost(self, error: BaseException) -> None:
        """Begin to look."""
        if self._looking is None:
            # For all, whoever was the first to notice: the log must not name them.
            nobody = contextvars.Context()
            nobody.run(log.warning, "database.away", reason=type(error).__name__)
            self._looking = asyncio.create_task(self._until_back(), context=nobody)

    async def until_back(self) -> None:
        """Wait as long as it is away."""
        if self._looking is not None:
            await asyncio.shield(self._looking)

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _until_back(self) -> None:
        began, pause = time.monotonic(), FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(LOOK_MAY_TAKE):
                    await self._look()
            except Exception:  # noqa: BLE001 - whatever it is, it is not back
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                break
        self._looking = None
        log.info("database.back", seconds=round(time.monotonic() - began, 1))
