"""Cancelled transactions: people leave in the middle of a query, and nothing of theirs may stay.

SQLAlchemy closes the connection of a cancelled query. On SQLite that alone leaves the lock on the file, and,
cancelled once more while it closes, a task that never ends.
"""

import asyncio
import sqlite3
from contextlib import suppress
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util.concurrency import await_, in_greenlet


def let_go_when_cancelled(engine: AsyncEngine) -> None:
    """Make an SQLite engine give the lock back, and end what it began, when a query is cancelled."""
    event.listen(engine.sync_engine, "invalidate", _roll_back)
    engine.sync_engine.dialect.do_terminate = _terminate  # type: ignore[assignment]  # it is no class of ours


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
