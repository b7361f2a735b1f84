"""Fixtures of tests of what people see: real use cases on an SQLite database. Their conftest imports them."""

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from sshauth.accounts import reset
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.strength import Strength
from sshauth.db.engine import open_database
from tests.accounts.people import CHEAP, World


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """Give what is logged; as tests have not set the log up, it would show the values of variables."""
    with capture_logs() as logs:
        yield logs


@pytest.fixture(scope="package")
def passwords() -> Iterator[Passwords]:
    """Give one pool of threads to all tests."""
    passwords = Passwords(parameters=CHEAP)
    yield passwords
    passwords.close()


@pytest.fixture(scope="package")
def strength() -> Iterator[Strength]:
    """Give one judge of passwords, whose word lists load slowly, to all tests."""
    strength = Strength("sshauth")
    yield strength
    strength.close()


@pytest.fixture
async def world(
    sqlite_with_tables: Path,
    passwords: Passwords,
    strength: Strength,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    """Give the use cases on an empty database; what hides who has an account takes no time here."""
    monkeypatch.setattr(reset, "ANSWER_AFTER", timedelta(0))
    path = shutil.copy(sqlite_with_tables, tmp_path / "test.db")
    database = open_database(f"sqlite:///{path}")
    yield World(database, passwords=passwords, strength=strength)
    await database.close()
