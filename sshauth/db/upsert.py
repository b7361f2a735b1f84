"""Insert-or-update in one statement: the one place where dialects differ in what we ask of them."""

from collections.abc import Mapping, Sequence
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
    on: Sequence[str],
    update: Mapping[str, ColumnElement[Any] | Any],
    returning: tuple[Column[Any] | Any, ...],
    where: ColumnElement[bool] | None = None,
) -> Row[Any] | None:
    """Insert a row, or update the one that holds the same values in columns ``on``; return columns of it.

    One statement, so that two connections at once cannot both read an old value. Expressions in
    ``update`` see the row that is there, by the table's own columns. Where that row does not fulfil
    ``where``, nothing is changed and None is returned.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(table)
        .values(**values)
        .on_conflict_do_update(index_elements=list(on), set_=dict(update), where=where)
        .returning(*returning)
    )
    return (await session.execute(statement)).one_or_none()
