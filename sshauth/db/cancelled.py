"""Cancelled transactions: people leave in the middle of a query, and nothing of theirs may stay.

SQLAlchemy closes the connection of a cancelled query. On SQLite that alone leaves the lock on the file, and,
cancelled once more while it closes, a task that never ends. What ends later than the event loop fails in a
thread that nobody hears: so whoever closes the database waits for these threads. What is still held then is
closed under its holder, who would otherwise leave it open.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

LONGEST_END, SHORT = 5.0, 0.001
"""Seconds to wait for a thread, and between two looks: it tells the loop, which must run meanwhile."""
ROWS_AT_ONCE = 64


def let_go_when_cancelled(engine: AsyncEngine) -> None:
    """Make an SQLite engine give the lock back, and end what it began, when a query is cancelled."""
    event.listen(engine.sync_engine, "invalidate", _roll_back)


class Connection(aiosqlite.Connection):
    """A connection and its thread, that several may tell to stop."""

    _stopped: asyncio.Future[Any] | None = None

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        """Be ready to connect; a process need not wait for the thread."""
        super().__init__(connector, ROWS_AT_ONCE)
        self._thread.daemon = True

    @property
    def runs(self) -> bool:
        """Whether its thread is there."""
        return self._thread.is_alive()

    @property
    def is_open(self) -> bool:
        """Whether it is connected, and nobody has told it to stop."""
        return self._connection is not None and self._stopped is None

    def stop(self) -> asyncio.Future[Any] | None:
        """Close, and end the thread; give what tells its end."""
        # The thread answers the first only: whoever waited for a second answer would wait for ever.
        if self._stopped is None:
            self._stopped = super().stop()
        return self._stopped


class Connections:
    """The connections of an SQLite engine."""

    def __init__(self) -> None:
        """Know none yet."""
        self._known: WeakSet[Connection] = WeakSet()
        self._closed = False

    def connect(self, database: str, **options: Any) -> Connection:  # noqa: ANN401 - the driver's own
        """Begin to connect, as SQLAlchemy would.

        Raises:
            sqlite3.OperationalError: these are closed.
        """
        if self._closed:
            message = "it is closed"
            raise sqlite3.OperationalError(message)
        connection = Connection(partial(sqlite3.connect, database, **options))
        self._known.add(connection)
        return connection

    async def close(self) -> None:
        """Close those that somebody still holds, and wait until all threads have ended; not for ever."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_END):
                while any(each.runs for each in self._known):
                    for each in self._known:
                        if each.is_open:
                            each.stop()
                    await asyncio.sleep(SHORT)


def _roll_back(connection: Any, _record: Any, _exception: BaseException | None) -> None:  # noqa: ANN401 - the driver's own types
    if connection is not None:
        with suppress(sqlite3.Error):
            connection.rollback()
