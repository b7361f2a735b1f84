"""Insert-or-update in one statement: the one place where dialects differ in what we ask of them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Row
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.db.tables import Table


async def upsert(
    session: AsyncSession,
    table: type[Table],
    *,
    values: Mapping[str, Any],
    on: str,
    update: Mapping[str, ColumnElement[Any] | Any],
    returning: tuple[Column[Any] | Any, ...],
) -> Row[Any]:
    """Insert a row, or update the one that holds the same value in column ``on``; return columns of it.

    One statement, so that two connections at once cannot both read an old value. Expressions in
    ``update`` see the row that is there, by the table's own columns.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(table)
        .values(**values)
        .on_conflict_do_update(index_elements=[on], set_=dict(update))
        .returning(*returning)
    )
    return (await session.execute(statement)).one()
