"""People who leave in the middle of a query leave nothing behind: no lock, no task."""

import asyncio
import gc
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from sshauth.db.engine import Database, open_database

TRIALS = 60
SLOW = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT count(*) FROM n"
)


async def query(database: Database) -> None:
    """Ask several things in one transaction."""
    async with database.transaction() as session:
        for _ in range(3):
            await session.execute(SLOW)


@pytest.mark.parametrize("times", [1, 2, 3], ids=["once", "twice", "three times"])
async def test_a_cancelled_transaction_holds_up_nobody(url_with_tables: str, times: int) -> None:
    """Wherever in it the cancelling falls, the next one works at once."""
    database = open_database(url_with_tables)
    for trial in range(TRIALS):
        task = asyncio.create_task(query(database))
        await asyncio.sleep(trial * 0.0001)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5):
            await query(database)
    await database.close()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    _, still_there = await asyncio.wait(left, timeout=5) if left else (set(), set())
    assert not still_there


async def test_a_database_that_is_closed_has_no_threads(sqlite_url: str) -> None:
    """Wherever a query was cancelled, also twice: a thread that answers a closed event loop fails unheard."""
    before = set(threading.enumerate())
    for trial in range(TRIALS):
        database = open_database(sqlite_url)
        task = asyncio.create_task(query(database))
        await asyncio.sleep(trial * 0.0001)
        for _ in range(1 + trial % 2):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(task, return_exceptions=True)
        await database.close()
        assert set(threading.enumerate()) <= before


async def test_what_is_in_use_is_closed_too(sqlite_url: str) -> None:
    """Its holder is told; nothing is left for the garbage collector to complain about, nor made anew."""
    before = set(threading.enumerate())
    database = open_database(sqlite_url)

    async def ask_and_close() -> None:
        async with database.transaction() as session:
            await session.execute(SLOW)
            await database.close()
            await session.execute(SLOW)

    with pytest.raises(OperationalError):
        await ask_and_close()
    with pytest.raises(OperationalError, match="it is closed"):
        await query(database)
    assert set(threading.enumerate()) <= before
    gc.collect()
