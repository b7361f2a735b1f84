"""The database that test after test uses."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from tests.support.kept import KeptDatabase
from tests.support.postgres import Postgres
from tests.support.test_postgres import ask

ADD = "INSERT INTO throttles VALUES ('x', 1, now(), now())"
COUNT = "SELECT count(*) FROM throttles"
MAIL = "INSERT INTO outbox (kind, data, created_at, due_at, tries) VALUES ('x', '{}', now(), now(), 0)"


@pytest.fixture
def kept(postgres: Postgres, postgres_with_tables: str) -> Iterator[KeptDatabase]:
    """Give a database of its own kind, not the one that the other tests use."""
    kept = KeptDatabase(postgres, like=postgres_with_tables)
    yield kept
    kept.remove()


def test_the_next_test_finds_no_rows_and_the_same_database(kept: KeptDatabase) -> None:
    """And numbers begin at 1 again."""
    url = kept.lend()
    for _ in range(2):
        assert asyncio.run(ask(url, f"{MAIL} RETURNING id")) == 1
        asyncio.run(ask(url, ADD))
        kept.take_back()
        assert kept.lend() == url
        assert asyncio.run(ask(url, COUNT)) == 0


def test_the_revision_stays(kept: KeptDatabase) -> None:
    """An emptied database is not taken for one without tables."""
    url = kept.lend()
    revision = asyncio.run(ask(url, "SELECT version_num FROM alembic_version"))
    kept.take_back()
    assert asyncio.run(ask(kept.lend(), "SELECT version_num FROM alembic_version")) == revision


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE throttles RENAME TO gone",
        "ALTER TABLE throttles DROP CONSTRAINT pk_throttles",
        "CREATE INDEX extra ON throttles (tries)",
        "CREATE TABLE extra (n int)",
        "DROP TABLE throttles",
    ],
)
def test_changed_tables_are_nobody_elses(kept: KeptDatabase, change: str) -> None:
    """The next test gets another database, with the tables as they should be."""
    url = kept.lend()
    asyncio.run(ask(url, change))
    kept.take_back()
    assert kept.lend() != url
    assert asyncio.run(ask(kept.lend(), COUNT)) == 0


async def test_who_stays_connected_reaches_no_other_test(kept: KeptDatabase) -> None:
    """Their transaction is lost with their database."""
    url = kept.lend()
    stays = await asyncpg.connect(url)
    await stays.execute(f"BEGIN; {ADD}")
    await asyncio.to_thread(kept.take_back)
    assert kept.lend() != url
    assert await ask(kept.lend(), COUNT) == 0
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await stays.execute("COMMIT")
    stays.terminate()
