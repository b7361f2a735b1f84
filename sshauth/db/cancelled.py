"""Cancelled transactions: people leave in the middle of a query, and nothing of theirs may stay.

SQLAlchemy closes the connection of a cancelled query. On SQLite that alone leaves the lock on the file, and,
cancelled once more while it closes, a task that never ends. What ends later than the event loop fails in a
thread that nobody hears: so whoever closes the database waits for these threads.
"""

import asyncio
import sqlite3
from contextlib import suppress
from threading import Thread
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util.concurrency import await_, in_greenlet

LONGEST_END, SHORT = 5.0, 0.001
"""Seconds to wait for a thread, and between two looks: it tells the loop, which must run meanwhile."""


def let_go_when_cancelled(engine: AsyncEngine) -> None:
    """Make an SQLite engine give the lock back, and end what it began, when a query is cancelled."""
    event.listen(engine.sync_engine, "invalidate", _roll_back)
    engine.sync_engine.dialect.do_terminate = _terminate  # type: ignore[assignment]  # it is no class of ours


class Threads:
    """The threads of an SQLite engine's connections, one each."""

    def __init__(self) -> None:
        """Know none yet."""
        self._threads: WeakSet[Thread] = WeakSet()

    def connect(self, *args: Any, **options: Any) -> aiosqlite.Connection:  # noqa: ANN401 - the driver's own
        """Begin to connect, as SQLAlchemy would."""
        connection = aiosqlite.connect(*args, **options)
        thread = connection._thread  # noqa: SLF001 - there is no public way
        thread.daemon = True
        self._threads.add(thread)
        return connection

    async def have_ended(self) -> None:
        """Wait until what was cancelled has come to its end in every thread; not longer than it may take."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_END):
                while any(thread.is_alive() for thread in self._threads):  # noqa: ASYNC110 - no event tells it
                    await asyncio.sleep(SHORT)


def _roll_back(connection: Any, _record: Any, _exception: BaseException | None) -> None:  # noqa: ANN401 - the driver's own types
    if connection is not None:
        with suppress(sqlite3.Error):
            connection.rollback()


def _terminate(connection: Any) -> None:  # noqa: ANN401 - the driver's own type
    # SQLAlchemy's own, when it is cancelled, stops the thread for whose answer its close still waits.
    if in_greenlet():
        await_(asyncio.shield(connection._terminate_graceful_close()))  # noqa: SLF001 - there is no public way
    else:
        connection._terminate_force_close()  # noqa: SLF001 - the same
