"""Filling an empty database from a backup, whole or not at all."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, insert, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.db.backup_file import Backup
from sshauth.db.dump import BackupError
from sshauth.db.engine import Database, DatabaseError, in_one_sentence
from sshauth.db.migrate import go_to, known_revision, known_revisions, lock
from sshauth.db.tables import Node, Table

FLEETING = {"check_values", "nodes", "throttles"}
"""Tables that a service writes into before anybody has an account."""

T = TypeVar("T")


class NotEmptyError(DatabaseError):
    """The database holds something that a restore would overwrite."""

    def __init__(self, name: str, table: str) -> None:
        super().__init__(
            f"The database ({name}) is not empty: it has rows in {table}. A restore goes into an empty one "
            "alone: name another in DATABASE_URL, or move this one away. Nothing was changed."
        )


class InUseError(DatabaseError):
    """A service runs on the database."""

    def __init__(self, name: str, process: str) -> None:
        super().__init__(
            f"A service runs on the database ({name}): {process} said so a moment ago. Stop it; one that "
            "was killed is forgotten within two minutes. Nothing was changed."
        )


async def check_empty(database: Database, served_since: datetime) -> None:
    """See that a database has room for a backup, and that nobody has served from it since some time.

    Raises:
        NotEmptyError: it has not.
        InUseError: a process has said since then that it serves.
        DatabaseError: the database cannot be reached, or a newer version made it.
    """
    await known_revision(database)
    with in_one_sentence(database.name):
        async with database.snapshot() as connection:
            await connection.run_sync(_check_empty, database.name, served_since)


def check_revision(backup: Backup) -> None:
    """See that a backup is of a revision that this version knows.

    Raises:
        BackupError: a newer version made it.
    """
    if backup.about.revision not in known_revisions():
        raise BackupError(
            f"The backup was made by a newer sshauth ({backup.about.version}). Restore it with that one."
        )


async def restore(
    database: Database,
    backup: Backup,
    served_since: datetime,
    afterwards: Callable[[AsyncSession], Awaitable[T]],
) -> T:
    """Put a backup into an empty database, bring it to the present revision, and do what is to follow.

    All in one transaction: whatever fails, the database stays empty.

    Raises:
        BackupError: the file cannot be read, or is damaged.
        NotEmptyError: the database holds something.
        InUseError: a process has said since then that it serves.
        DatabaseError: the database cannot be used.
    """
    check_revision(backup)
    with in_one_sentence(database.name):
        # Not one of the usual transactions: these end after half a minute, and a million rows take longer.
        async with database.engine.begin() as connection:
            await connection.run_sync(_fill, database.name, backup, served_since)
            async with AsyncSession(connection) as session:
                result = await afterwards(session)
                await session.flush()
            return result


def _fill(connection: Connection, name: str, backup: Backup, served_since: datetime) -> None:
    lock(connection)
    _check_empty(connection, name, served_since)
    _remove_tables(connection)
    go_to(connection, backup.about.revision)
    for shape, rows in backup.batches():
        connection.execute(insert(shape.table), rows)
    go_to(connection, "head")
    if connection.dialect.name == "postgresql":
        _count_on(connection)


def _check_empty(connection: Connection, name: str, served_since: datetime) -> None:
    found = inspect(connection)
    for table in Table.metadata.sorted_tables:
        is_there = table.name not in FLEETING and found.has_table(table.name)
        if is_there and connection.scalar(select(func.count()).select_from(table)):
            raise NotEmptyError(name, table.name)
    if found.has_table(Node.__tablename__):
        process = connection.scalar(select(Node.name).where(Node.seen_at > served_since).limit(1))
        if process is not None:
            raise InUseError(name, process)


def _remove_tables(connection: Connection) -> None:
    """Take empty tables away: they may be of another revision than the backup."""
    Table.metadata.drop_all(connection)
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


def _count_on(connection: Connection) -> None:
    """Have Postgres number new rows after those that brought their number."""
    for table in Table.metadata.sorted_tables:
        if (key := table.autoincrement_column) is not None:
            counter = func.pg_get_serial_sequence(table.name, key.name)
            highest = select(func.max(key)).scalar_subquery()
            connection.execute(select(func.setval(counter, func.coalesce(highest, 1), highest.is_not(None))))
