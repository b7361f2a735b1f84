"""Fixtures for all tests: the databases that everything must run on."""

import asyncio
import gc
import shutil
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from tests.support.kept import KeptDatabase
from tests.support.postgres import Postgres
from tests.support.secrets import forget, secrets_in

UNMEASURED = (
    "tests/accounts/test_clock_jumps",
    "tests/accounts/test_machine",
    "tests/drills",
    "tests/ssh/test_driver_fuzz",
    "tests/ssh/test_hygiene",
    "tests/e2e",
    "tests/service",
)
"""What these do again and again, or in other processes, other tests do once, and here."""
ON_BOTH = ("tests/accounts", "tests/operating", "tests/mail", "tests/plain")
WAITING = ("tests/e2e", "tests/service", "tests/bench")
"""Tests of other processes: they mostly wait for them."""
LONG = ("tests/tui/test_every_size", "tests/tui/test_snapshots", "tests/tui/test_rooms_snapshots")
"""Files that take longest: at the end, one process would wait for them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with those that mostly wait, and the long ones; measure few."""
    for item in items:
        if item.nodeid.startswith(UNMEASURED) or _is_measured_on_sqlite(item):
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, files in enumerate((WAITING, LONG)) if item.nodeid.startswith(files)), 2)


def _is_measured_on_sqlite(item: pytest.Item) -> bool:
    """Tell whether it does on Postgres what the same test does on SQLite, where it is measured."""
    return item.nodeid.startswith(ON_BOTH) and "[postgres" in item.nodeid


def pytest_configure() -> None:
    """Have what the tests start end by SIGHUP, also where they are run by nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_finish() -> None:
    """Collect garbage as rarely as the server does, and never go through all that was imported again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, bool, bool]:
    """Forget the secrets of a file's tests after its last one."""
    ran = yield
    if nextitem is None or nextitem.path != item.path:
        forget()
    return ran


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail every test that passes but has printed or logged a password, a code or a key."""
    report = yield
    found = secrets_in("\n".join(text for _, text in report.sections)) if report.passed else []
    if found:
        report.outcome = "failed"
        report.longrepr = f"printed or logged: {found}"
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one PostgreSQL server, started by the first test that needs it."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the URL of an SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an SQLite database with all tables, once, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "tables.db"
    asyncio.run(make_tables(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_with_tables(postgres: Postgres) -> str:
    """Make a PostgreSQL database with all tables, once, to be copied."""
    url = postgres.create_database()
    asyncio.run(make_tables(url))
    return url


@pytest.fixture(scope="session")
def kept_postgres(postgres: Postgres, postgres_with_tables: str) -> Iterator[KeptDatabase]:
    """Keep one PostgreSQL database for all tests that want one with tables."""
    kept = KeptDatabase(postgres, like=postgres_with_tables)
    yield kept
    kept.remove()


async def make_tables(url: str) -> None:
    """Migrate an empty database."""
    database = open_database(url)
    await upgrade(database)
    await database.close()


# Measuring coverage doubles the time that a test takes; the second time would add next to nothing.
@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.no_cover)])
def url_with_tables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database with all tables and no rows, once of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path}/test.db"
        return
    kept: KeptDatabase = request.getfixturevalue("kept_postgres")
    yield kept.lend()
    kept.take_back()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database, once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
