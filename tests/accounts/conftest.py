"""The world of account tests, on SQLite and on Postgres."""

from collections.abc import AsyncIterator

import pytest

from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from tests.accounts.people import World


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """Give the use cases on a fresh database of each kind."""
    database = open_database(database_url)
    await upgrade(database)
    world = World(database)
    yield world
    world.passwords.close()
    await database.close()
