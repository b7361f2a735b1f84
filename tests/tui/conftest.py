"""The world of screen tests: real use cases on an SQLite database."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from sshauth.accounts import reset
from sshauth.db.engine import open_database
from tests.accounts.people import World


@pytest.fixture
async def world(
    sqlite_with_tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """Give the use cases on an empty database; what hides who has an account takes no time here."""
    monkeypatch.setattr(reset, "ANSWER_AFTER", timedelta(0))
    path = shutil.copy(sqlite_with_tables, tmp_path / "test.db")
    database = open_database(f"sqlite:///{path}")
    world = World(database)
    yield world
    world.passwords.close()
    await database.close()
