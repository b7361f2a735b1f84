"""A database that goes away: who begins something waits, and who is in the middle of it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import TextClause, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.db import away, engine
from sshauth.db.engine import Database, DatabaseLost, open_database
from sshauth.db.tables import Throttle
from tests.support.line import Line
from tests.support.postgres import Postgres

END_ME = text("SELECT pg_terminate_backend(pg_backend_pid())")
PID = text("SELECT pg_backend_pid()")


@pytest.fixture
async def line(postgres: Postgres, postgres_with_tables: str) -> AsyncIterator[Line]:
    """Lay a line to a database with tables."""
    url = postgres.create_database(like=postgres_with_tables)
    async with Line.to(url) as line:
        yield line
    postgres.drop_database(url)


@pytest.fixture
async def database(line: Line) -> AsyncIterator[Database]:
    """Open it as a server does."""
    database = open_database(line.url)
    database.is_waited_for = True
    yield database
    await database.close()


@pytest.fixture
async def beside(line: Line) -> AsyncIterator[Database]:
    """Open it a second time, by a line of its own."""
    async with Line.to(line._far.geturl()) as other:
        database = open_database(other.url)
        yield database
        await database.close()


async def use(database: Database) -> int:
    async with database.transaction() as session:
        return int(await session.scalar(text("SELECT 1")) or 0)


async def write(session: AsyncSession, key: str = "k") -> None:
    await session.execute(
        text("INSERT INTO throttles VALUES (:key, 1, now(), now())").bindparams(key=key),
    )


async def write_and(
    database: Database, *statements: TextClause, before_the_end: Callable[[], None] = lambda: None
) -> DatabaseLost:
    """Write something, and do more in the same transaction; give what it is lost by."""
    try:
        async with database.transaction() as session:
            await write(session)
            for statement in statements:
                await session.execute(statement)
            before_the_end()
    except DatabaseLost as lost:
        return lost
    raise AssertionError("nothing was lost")


async def keys_in(database: Database) -> list[str]:
    async with database.transaction() as session:
        return list(await session.scalars(select(Throttle.key)))


@pytest.mark.parametrize("many", [1, 30])
async def test_who_begins_while_it_is_away_waits(line: Line, database: Database, many: int) -> None:
    """However many there are: all are served when it is back, and one alone has looked for it."""
    assert await use(database) == 1
    await line.cut()
    waiting = [asyncio.create_task(use(database)) for _ in range(many)]
    _, still = await asyncio.wait(waiting, timeout=0.5)
    assert len(still) == many
    assert sum("_until_back" in repr(task) for task in asyncio.all_tasks()) == 1
    await line.mend()
    async with asyncio.timeout(20):
        assert await asyncio.gather(*waiting) == [1] * many
    assert database._lookout._looking is None


async def test_who_is_not_waited_for_is_told_at_once(line: Line, database: Database) -> None:
    """Commands say a sentence instead of waiting."""
    database.is_waited_for = False
    await line.cut()
    with pytest.raises(OSError, match=r"Connect call failed|refused"):
        await use(database)


async def test_a_pool_full_of_dead_connections_holds_up_nobody(line: Line, database: Database) -> None:
    """After a restart all are dead, and nothing has said so."""
    together = asyncio.Barrier(8)

    async def use_together() -> None:
        async with database.transaction() as session:
            await session.execute(PID)
            await together.wait()

    await asyncio.gather(*(use_together() for _ in range(8)))
    line.break_all()
    assert await asyncio.gather(*(use(database) for _ in range(20))) == [1] * 20


async def test_lost_in_the_middle_it_was_not_done(database: Database, beside: Database) -> None:
    """Whoever did it may do it again."""
    lost = await write_and(database, END_ME)
    assert "Cannot use the database" in str(lost)
    assert not lost.perhaps_done
    assert await keys_in(beside) == []
    assert await use(database) == 1


async def test_lost_between_the_last_word_and_the_end_nobody_knows(database: Database, line: Line) -> None:
    """Nothing says whether the COMMIT had come through."""
    lost = await write_and(database, before_the_end=line.break_all)
    assert lost.perhaps_done
    assert await use(database) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_cancel_backend(pg_backend_pid())",
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '55P03'; END $$",
    ],
    ids=["cancelled", "not serialisable", "deadlock", "no lock"],
)
async def test_what_was_let_go_was_not_done_and_nobody_looks_for_the_database(
    database: Database, statement: str
) -> None:
    """It is there: only this was undone."""
    lost = await write_and(database, text(statement), text("SELECT pg_sleep(5)"))
    assert not lost.perhaps_done
    assert database._lookout._looking is None
    assert await keys_in(database) == []


async def test_a_server_that_takes_no_changes_is_away(database: Database, beside: Database) -> None:
    """After a failover the old one may still answer: what reads is fine there, what writes is not."""
    name = "current_database()"
    async with beside.transaction() as session:
        name = await session.scalar(text("SELECT current_database()")) or ""
        await session.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    lost = await write_and(database)
    assert not lost.perhaps_done

    async def write_one() -> None:
        async with database.transaction() as session:
            await write(session)

    writing = asyncio.create_task(write_one())
    _, still = await asyncio.wait([writing], timeout=0.6)
    assert still
    async with beside.transaction() as session:
        await session.execute(text("SET TRANSACTION READ WRITE"))
        await session.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))
    async with asyncio.timeout(20):
        await writing
    assert await keys_in(database) == ["k"]


async def test_a_dead_line_is_not_waited_for_for_ever(
    line: Line, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not even say no; what comes after is served once it lives again."""
    monkeypatch.setattr(engine, "TRANSACTION_SECONDS", 0.3)
    monkeypatch.setattr(away, "LOOK_MAY_TAKE", 0.3)
    lost = await write_and(database, PID, before_the_end=line.die)
    assert "no answer in time" in str(lost)
    using = asyncio.create_task(use(database))
    _, still = await asyncio.wait([using], timeout=0.6)
    assert still
    line.revive()
    async with asyncio.timeout(20):
        assert await using == 1


async def test_what_is_wrong_otherwise_is_raised_as_it_is(database: Database) -> None:
    """Nobody waits for a table that is not there."""
    with pytest.raises(DBAPIError, match="does not exist"):
        await write_and(database, text("SELECT * FROM nowhere"))
    assert database._lookout._looking is None


async def test_closing_ends_the_looking(line: Line, database: Database) -> None:
    """Who waits is told."""
    await line.cut()
    using = asyncio.create_task(use(database))
    await asyncio.wait([using], timeout=0.3)
    await database.close()
    async with asyncio.timeout(5):
        await asyncio.gather(using, return_exceptions=True)
    assert using.done()


async def test_a_busy_file_is_waited_for(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another program keeps SQLite locked for longer than it has patience."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    database, other = open_database(sqlite_url), open_database(sqlite_url)
    database.is_waited_for = True
    async with other.transaction() as session:
        using = asyncio.create_task(use(database))
        _, still = await asyncio.wait([using], timeout=0.4)
        assert still
        await session.execute(text("SELECT 1"))
    async with asyncio.timeout(20):
        assert await using == 1
    database.is_waited_for = False
    async with other.transaction():
        with pytest.raises(OperationalError, match="locked"):
            await use(database)
    for each in (database, other):
        await each.close()
