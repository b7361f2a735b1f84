"""Whether a database is whole: its pages, its tables, what its rows refer to. Nothing is changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, ForeignKey, UniqueConstraint, exists, func, inspect, select, text
from sqlalchemy import Table as DatabaseTable
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from sshauth.db.engine import Database, in_one_sentence
from sshauth.db.migrate import head, known_revision, revision_of
from sshauth.db.tables import Table
from sshauth.files import reason_of

Tables = Sequence[DatabaseTable]
Look = Callable[[Connection, Tables], Iterator[str]]

MOST_SAID = 20
"""Problems of one kind."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found."""

    database: str
    revision: str | None
    """None of a database without tables of ours."""
    problems: Mapping[str, tuple[str, ...]]
    """By what was looked at; empty where all is well."""
    rows: Mapping[str, int]


async def examine(database: Database) -> Report:
    """Look at all of a database, as it is at one moment.

    Raises:
        DatabaseError: it cannot be reached, or is too damaged to be looked at, or a newer version made it.
    """
    await known_revision(database)
    with in_one_sentence(database.name):
        async with database.snapshot() as connection:
            return await connection.run_sync(_examine, database.name)


def _examine(connection: Connection, name: str) -> Report:
    revision = revision_of(connection)
    found = inspect(connection)
    tables = [table for table in Table.metadata.sorted_tables if found.has_table(table.name)]
    looks: dict[str, Look] = {"integrity": _damages}
    if revision == head():
        looks |= {"tables": _differences, "references": _orphans, "doubles": _doubles}
    problems = {what: _found_by(look, connection, tables) for what, look in looks.items()}
    is_readable = not problems["integrity"]
    rows = {table.name: _count(connection, table) for table in tables} if is_readable else {}
    return Report(name, revision, problems, rows)


def _found_by(look: Look, connection: Connection, tables: Tables) -> tuple[str, ...]:
    """Look, and go on where a damage breaks that off."""
    found: list[str] = []
    try:
        with connection.begin_nested():
            found += islice(look(connection, tables), MOST_SAID)
    except DBAPIError as error:
        found.append(f"cannot be looked at: {reason_of(error.orig or error)}")
    return tuple(found)


def _damages(connection: Connection, tables: Tables) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        said = connection.execute(text(f"PRAGMA integrity_check({MOST_SAID})")).scalars().all()
        yield from (each for each in said if each != "ok")
        return
    quoted = connection.dialect.identifier_preparer.quote
    for table in tables:
        try:
            with connection.begin_nested():
                # Every value is read, those that Postgres keeps elsewhere too.
                every_row = f"SELECT sum(length(t::text)) FROM {quoted(table.name)} t"  # noqa: S608 - our name
                connection.execute(text(every_row))
        except DBAPIError as error:
            yield f"{table.name} cannot be read: {reason_of(error.orig or error)}"


def _differences(connection: Connection, _tables: Tables) -> Iterator[str]:
    """Say where the tables are not those of this version. Tables of others are nobody's business."""
    for found in compare_metadata(MigrationContext.configure(connection), Table.metadata):
        kind, *about = found[0] if isinstance(found, list) else found
        if kind == "remove_table":
            continue
        if kind.startswith("modify"):
            yield f"{about[1]}.{about[2]} is of another kind"
        else:
            verb, _, what = kind.partition("_")
            names = [str(getattr(part, "name", part)) for part in about if part is not None]
            yield f"{what} {'.'.join(names)} is {'missing' if verb == 'add' else 'not of this version'}"


def _orphans(connection: Connection, tables: Tables) -> Iterator[str]:
    for table in tables:
        for key in table.foreign_keys:
            if count := _count(connection, table, _refers_to_nothing(key)):
                yield f"{count} rows of {table.name} refer to {key.column.table.name} that are not there"


def _refers_to_nothing(key: ForeignKey) -> Any:  # noqa: ANN401 - a condition
    column: Column[Any] = key.parent
    return column.is_not(None) & ~exists().where(key.column == column)


def _doubles(connection: Connection, tables: Tables) -> Iterator[str]:
    """Say where the database let two rows have what only one may: as a damaged index does."""
    for table in tables:
        for unique in table.constraints:
            if isinstance(unique, UniqueConstraint):
                again = select(*unique.columns).group_by(*unique.columns).having(func.count() > 1)
                count = connection.scalar(select(func.count()).select_from(again.subquery()))
                if count:
                    names = ", ".join(column.name for column in unique.columns)
                    yield f"{count} values of {table.name} ({names}) are there more than once"


def _count(connection: Connection, table: DatabaseTable, *which: Any) -> int:  # noqa: ANN401 - conditions
    return connection.scalar(select(func.count()).select_from(table).where(*which)) or 0
