"""A world whose database is at the end of a line that tests can cut."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from sshauth.accounts import reset
from sshauth.db.engine import open_database
from tests.accounts.people import World
from tests.support.line import Line
from tests.support.postgres import Postgres


@dataclass(frozen=True)
class Far:
    """The use cases, and the line to their database."""

    world: World
    line: Line


@asynccontextmanager
async def far_away(postgres: Postgres, with_tables: str) -> AsyncIterator[Far]:
    """Make a world on a fresh database, which it waits for as a server does."""
    url = postgres.create_database(like=with_tables)
    async with Line.to(url) as line:
        database = open_database(line.url)
        database.is_waited_for = True
        world = World(database)
        try:
            yield Far(world, line)
        finally:
            await line.mend()
            await database.close()
            world.passwords.close()
            world.strength.close()
    postgres.drop_database(url)


@pytest.fixture
async def far(
    postgres: Postgres, postgres_with_tables: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Far]:
    """Give a world far away; what hides who has an account takes no time here."""
    monkeypatch.setattr(reset, "ANSWER_AFTER", timedelta(0))
    async with far_away(postgres, postgres_with_tables) as far:
        yield far
