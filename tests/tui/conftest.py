"""The world of screen tests: real use cases on an SQLite database."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from sshauth.accounts import reset
from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from tests.accounts.people import World


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables once; each test takes a copy."""
    path = tmp_path_factory.mktemp("database") / "empty.db"

    async def make() -> None:
        database = open_database(f"sqlite:///{path}")
        await upgrade(database)
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def world(
    empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """Give the use cases on an empty database; what hides who has an account takes no time here."""
    monkeypatch.setattr(reset, "ANSWER_AFTER", timedelta(0))
    path = shutil.copy(empty_database, tmp_path / "test.db")
    database = open_database(f"sqlite:///{path}")
    world = World(database)
    yield world
    world.passwords.close()
    await database.close()
