"""What drills are done with: a world on either database, and worker processes on the same one."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from argon2.profiles import CHEAPEST

from sshauth.accounts.passwords import Passwords
from sshauth.db.engine import open_database
from tests.accounts.people import World
from tests.drills.crew import Crew


@pytest.fixture(scope="session")
def workers() -> Iterator[Crew]:
    """Start four worker processes, once."""
    crew = Crew(4)
    try:
        yield crew
    finally:
        crew.kill()


@pytest.fixture
async def world(url_with_tables: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Give the use cases on a fresh database of each kind. Hashing is cheap, resets are answered at once."""
    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(0))
    database = open_database(url_with_tables)
    world = World(database, passwords=Passwords(parameters=CHEAPEST))
    try:
        yield world
    finally:
        world.passwords.close()
        world.strength.close()
        await database.close()


@pytest.fixture
def crew(workers: Crew, world: World, url_with_tables: str) -> Iterator[Crew]:
    """Give the workers, each a node on the database of the test."""
    with workers.at(url_with_tables, key=world.key):
        yield workers
