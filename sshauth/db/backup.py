"""All rows of a database as they are at one moment, while others go on writing."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from sqlalchemy import func, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from sshauth import __version__
from sshauth.db.dump import ROWS_AT_ONCE, About, BackupError, Shape, kind_of, last_line
from sshauth.db.engine import Database, in_one_sentence
from sshauth.db.migrate import known_revision, revision_of
from sshauth.db.tables import Table


async def lines_of(database: Database, made_at: datetime) -> AsyncGenerator[str]:
    """Give a backup, line by line. The database may be of any revision that this version knows.

    Raises:
        BackupError: the database holds no tables of ours.
        DatabaseError: the database cannot be reached, or a newer version made it.
    """
    await known_revision(database)
    with in_one_sentence(database.name):
        async with database.snapshot() as connection:
            revision = await connection.run_sync(revision_of)
            shapes = await connection.run_sync(shapes_of)
            if revision is None or not shapes:
                raise BackupError(f"There is nothing to back up: the database ({database.name}) is empty.")
            counts = {shape.name: await _count(connection, shape) for shape in shapes}
            yield About(__version__, revision, made_at, counts).line()
            for shape in shapes:
                yield shape.line()
                rows = await connection.stream(select(*shape.table.columns))
                async for some in rows.partitions(ROWS_AT_ONCE):
                    for row in some:
                        yield shape.line_of(row)
            yield last_line(sum(counts.values()))


def shapes_of(connection: Connection) -> Sequence[Shape]:
    """Give the tables that are there, those that others refer to first."""
    found = inspect(connection)
    return [
        Shape(table.name, {each["name"]: kind_of(each["type"]) for each in found.get_columns(table.name)})
        for table in Table.metadata.sorted_tables
        if found.has_table(table.name)
    ]


async def _count(connection: AsyncConnection, shape: Shape) -> int:
    counted = await connection.scalar(select(func.count()).select_from(shape.table))
    return counted or 0
