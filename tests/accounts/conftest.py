"""The world of account tests, on SQLite and on Postgres."""

from collections.abc import AsyncIterator

import pytest

from sshauth.db.engine import open_database
from tests.accounts.people import World
from tests.support.secrets import assert_nothing_secret_in


@pytest.fixture
async def world(url_with_tables: str) -> AsyncIterator[World]:
    """Give the use cases on a fresh database of each kind."""
    database = open_database(url_with_tables)
    world = World(database)
    try:
        yield world
        await assert_nothing_secret_in(database)
    finally:
        world.passwords.close()
        world.strength.close()
        await database.close()
