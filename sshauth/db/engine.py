"""Opening the database, SQLite or Postgres, from one URL."""

import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from sshauth.db.cancelled import Connections, let_go_when_cancelled
from sshauth.files import reason_of

CONNECT_SECONDS = 10
BUSY_SECONDS = 10


class DatabaseError(Exception):
    """The database cannot be reached or used; the text says why, in one sentence without secrets."""


@contextmanager
def in_one_sentence(name: str) -> Iterator[None]:
    """Turn what a database that cannot be used says into a ``DatabaseError``."""
    try:
        yield
    except (OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = getattr(error, "orig", None) or error
        raise DatabaseError(f"Cannot use the database ({name}): {reason_of(reason)}.") from None


class Database:
    """One engine and the transactions made from it."""

    def __init__(self, engine: AsyncEngine, name: str, connections: Connections | None = None) -> None:
        """Take an engine that is ready to use, what to call it, and its connections if these need closing."""
        self.engine = engine
        self.name = name
        self._connections = connections
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Give a session whose work is committed at the end, or rolled back by an exception."""
        async with self._sessions.begin() as session:
            yield session

    async def close(self) -> None:
        """Close every connection; no other can be made in an SQLite file."""
        await self.engine.dispose()
        if self._connections is not None:
            await self._connections.close()


def open_database(url: str) -> Database:
    """Make a database from a URL as people and hosting companies write it.

    ``sqlite:///file``, ``postgres://`` and ``postgresql://`` are known. Nothing is connected yet, but
    an SQLite file is there afterwards.

    Raises:
        ValueError: the URL names another kind of database.
        DatabaseError: the SQLite file cannot be opened.
        OSError: its directory cannot be made.
    """
    scheme = urlsplit(url).scheme.partition("+")[0]
    if scheme == "sqlite":
        connections = Connections()
        return Database(_sqlite_engine(url, connections), f"SQLite {make_url(url).database}", connections)
    if scheme in {"postgres", "postgresql"}:
        parts = urlsplit(url)
        where = f"{parts.path.lstrip('/')} at {parts.hostname or 'localhost'}:{parts.port or 5432}"
        return Database(_postgres_engine(url), f"Postgres {where}")
    message = f"no such kind of database: {scheme}"
    raise ValueError(message)


def _sqlite_engine(url: str, connections: Connections) -> AsyncEngine:
    parsed = make_url(url).set(drivername="sqlite+aiosqlite")
    if parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _try_to_open(parsed.database)
    engine = create_async_engine(
        parsed,
        # SQLAlchemy's errors would otherwise quote the values of a statement, secrets among them.
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "async_creator_fn": connections.connect},
        # Only one can write, and every transaction begins as if to write: more would wait for each other
        # in SQLite, which sleeps, in place of here, where the next is woken.
        pool_size=1,
        max_overflow=0,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    let_go_when_cancelled(engine)
    return engine


def _try_to_open(file: str) -> None:
    # Where aiosqlite cannot open a file, its thread outlives the event loop and complains.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            # Of several that begin on a new file at once, SQLite lets one change the mode and turns the
            # others away, without the wait that it makes for everything else.
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise DatabaseError(f"Cannot use the database (SQLite {file}): {error}.") from None
            time.sleep(0.02)
        else:
            return


def _prepare_sqlite(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own types
    # The driver must not begin transactions by itself: _begin_immediate does.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except Exception:
        # The engine forgets a connection that fails here, and its thread would stay.
        connection.close()
        raise


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads first and then writes would otherwise fail at once, without waiting,
    # when another process wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres_engine(url: str) -> AsyncEngine:
    dsn = asyncpg_dsn(url)

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, hide_parameters=True, pool_pre_ping=True
    )


def asyncpg_dsn(url: str) -> str:
    """Turn a Postgres URL into one that asyncpg reads itself, ``sslmode`` and ``sslrootcert`` included.

    SQLAlchemy would hand ``sslmode`` on as an argument that asyncpg does not have. ``channel_binding``,
    which some hosts add for libpq, would be taken for a server setting.
    """
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "channel_binding"]
    return urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(query), ""))
