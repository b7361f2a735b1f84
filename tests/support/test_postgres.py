"""The database server that the tests bring along."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.postgres import Postgres


async def ask(url: str, statement: str) -> object:
    """Send a database one statement and give the first value of its answer."""
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        value: object = result.scalar() if result.returns_rows else None
    await engine.dispose()
    return value


def test_every_test_gets_an_empty_database(postgres: Postgres) -> None:
    """Databases are apart from each other, and start empty."""
    first, second = postgres.create_database(), postgres.create_database()
    asyncio.run(ask(first, "CREATE TABLE mine (n int)"))
    count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert asyncio.run(ask(first, count)) == 1
    assert asyncio.run(ask(second, count)) == 0
    postgres.drop_database(first)
    postgres.drop_database(second)


def test_databases_speak_utf8(postgres_url: str) -> None:
    """Names in any script can be stored."""
    assert asyncio.run(ask(postgres_url, "SELECT 'Łódź 東京'")) == "Łódź 東京"
