"""Opening the database, SQLite or Postgres, from one URL."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from sshauth.db.away import Lookout, is_away, was_let_go
from sshauth.db.cancelled import Connections, let_go_when_cancelled
from sshauth.db.postgres import place_of, postgres_engine
from sshauth.files import reason_of

BUSY_SECONDS = 10
TRANSACTION_SECONDS = 30
"""What a transaction may take: the line to a database that is dead does not even say no."""
_READS_ONLY = "reads_only"


class DatabaseError(Exception):
    """The database cannot be reached or used; the text says why, in one sentence without secrets."""


class DatabaseLost(DatabaseError):  # noqa: N818 - named for what happened
    """The database was lost, or let go of what was begun. Done again, it may well work."""

    def __init__(self, name: str, error: BaseException, *, perhaps_done: bool = False) -> None:
        """Take what was said, and whether all may have been done in spite of it."""
        self.perhaps_done = perhaps_done
        super().__init__(f"Cannot use the database ({name}): {_reason(error)}.")


@contextmanager
def in_one_sentence(name: str) -> Iterator[None]:
    """Turn what a database that cannot be used says into a ``DatabaseError``."""
    try:
        yield
    except (OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseError(f"Cannot use the database ({name}): {_reason(error)}.") from None


def _reason(error: BaseException) -> str:
    return reason_of(getattr(error, "orig", None) or error)


class Database:
    """One engine and the transactions made from it."""

    def __init__(self, engine: AsyncEngine, name: str, connections: Connections | None = None) -> None:
        """Take an engine that is ready to use, what to call it, and its connections if these need closing."""
        self.engine = engine
        self.name = name
        self.is_waited_for = False
        """Whether a transaction that cannot begin waits until the database is back, however long that is."""
        self._connections = connections
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._lookout = Lookout(self.look)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Give a session whose work is committed at the end, or rolled back by an exception.

        Raises:
            DatabaseLost: the database was lost, or let go of this.
            Exception: it cannot be reached, and is not waited for.
        """
        session = await self._begin()
        commits = False
        try:
            async with asyncio.timeout(TRANSACTION_SECONDS), session:
                yield session
                await session.flush()
                commits = True
                await session.commit()
        except Exception as error:
            was_undone = was_let_go(error)
            if is_away(error):
                self._lookout.lost(error)
            elif not was_undone:
                raise
            raise DatabaseLost(self.name, error, perhaps_done=commits and not was_undone) from error

    async def _begin(self) -> AsyncSession:
        while True:
            if self.is_waited_for:
                await self._lookout.until_back()
            session = self._sessions()
            try:
                async with asyncio.timeout(TRANSACTION_SECONDS):
                    await session.connection()
            except BaseException as error:
                await session.close()
                if not self.is_waited_for or not (is_away(error) or was_let_go(error)):
                    raise
                self._lookout.lost(error)
            else:
                return session

    async def look(self) -> None:
        """See that the database can be reached, and that a Postgres server takes changes; none is made.

        Raises:
            DatabaseError: it takes none.
            Exception: it cannot be reached.
        """
        async with self.engine.connect() as connection:
            if connection.dialect.name != "postgresql":
                return
            if (await connection.execute(text("SHOW transaction_read_only"))).scalar_one() == "on":
                # The next look is by another connection, which may lead elsewhere.
                await connection.invalidate()
                raise DatabaseError(f"The database ({self.name}) takes no changes.")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that reads the database as it is at its first question, and holds up nobody."""
        async with self.engine.connect() as connection:
            on_postgres = connection.dialect.name == "postgresql"
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            yield await connection.execution_options(**(options if on_postgres else {_READS_ONLY: True}))

    async def close(self) -> None:
        """Close every connection; no other can be made in an SQLite file."""
        await self._lookout.close()
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
        return Database(postgres_engine(url), f"Postgres {place_of(url)}")
    message = f"no such kind of database: {scheme}"
    raise ValueError(message)


def sqlite_file(url: str) -> Path | None:
    """Give the file of an SQLite database; None for one on a Postgres server."""
    is_sqlite = urlsplit(url).scheme.partition("+")[0] == "sqlite"
    return Path(make_url(url).database or "") if is_sqlite else None


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
    reads_only = connection.get_execution_options().get(_READS_ONLY)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
