"""Commands in this process, which is quicker, on a database with people in it."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sshauth.cli import app
from tests.operating.test_users import move_in


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Give the URL of a database in which Ada and Bob have accounts."""
    url = f"sqlite:///{tmp_path / 'accounts.db'}"
    asyncio.run(move_in(url))
    return url


@pytest.fixture
def run(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Run a command on it, with nobody at a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    before = os.umask(0o077)
    yield lambda *words: CliRunner().invoke(app, words)
    os.umask(before)
