"""A backup, line by line: JSON, the same whichever database it comes from or goes to.

The first line says what the others are. Each table begins with its name and the kinds of its columns, a row a
line follows, and the last line says how many rows there were: a file that was cut short is noticed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, JSON, Boolean, DateTime, Integer, String, TableClause, Uuid, column, table
from sqlalchemy.types import TypeEngine

from sshauth.db.types import UTCDateTime

MARK, FORMAT = "sshauth-backup", 1
ROWS_AT_ONCE = 500


class BackupError(Exception):
    """A backup cannot be written, read or used; the text says why, for the operator."""


class Kind(StrEnum):
    """What a column holds, on either database."""

    ID = "id"
    MOMENT = "moment"
    OBJECT = "object"
    SWITCH = "switch"
    NUMBER = "number"
    TEXT = "text"


TYPES: Mapping[Kind, TypeEngine[Any]] = {
    Kind.ID: Uuid(),
    Kind.MOMENT: UTCDateTime(),
    Kind.OBJECT: JSON(none_as_null=True),
    Kind.SWITCH: Boolean(),
    Kind.NUMBER: Integer(),
    Kind.TEXT: String(),
}
_FOUND_AS: Sequence[tuple[type[TypeEngine[Any]], Kind]] = (
    (Uuid, Kind.ID),
    (CHAR, Kind.ID),  # what SQLite has for them, and nothing else of ours is
    (DateTime, Kind.MOMENT),
    (JSON, Kind.OBJECT),
    (Boolean, Kind.SWITCH),
    (Integer, Kind.NUMBER),
    (String, Kind.TEXT),
)
_WRITE: Mapping[Kind, Callable[[Any], Any]] = {Kind.ID: str, Kind.MOMENT: datetime.isoformat}
_READ: Mapping[Kind, Callable[[Any], Any]] = {Kind.ID: UUID, Kind.MOMENT: datetime.fromisoformat}


def kind_of(found: TypeEngine[Any]) -> Kind:
    """Say what a column holds, by the type that its database gives it."""
    return next(kind for each, kind in _FOUND_AS if isinstance(found, each))


@dataclass(frozen=True, slots=True)
class About:
    """What a backup is of. Whatever was written afterwards is not in it."""

    version: str
    """Of the sshauth that made it."""
    revision: str
    made_at: datetime
    rows: Mapping[str, int]
    """How many each table has."""

    @property
    def when(self) -> str:
        """When it was made, in words."""
        return f"{self.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    def line(self) -> str:
        """Write the first line."""
        values = {
            MARK: FORMAT,
            "version": self.version,
            "revision": self.revision,
            "made_at": self.made_at.isoformat(),
            "rows": self.rows,
        }
        return json.dumps(values)


@dataclass(frozen=True)
class Shape:
    """A table and the kinds of its columns, whatever revision they are of."""

    name: str
    kinds: Mapping[str, Kind]

    @cached_property
    def table(self) -> TableClause:
        """The table, as statements want it."""
        return table(self.name, *(column(name, TYPES[kind]) for name, kind in self.kinds.items()))

    def line(self) -> str:
        """Write the line that begins the table."""
        return json.dumps({"table": self.name, "columns": self.kinds})

    def line_of(self, row: Sequence[Any]) -> str:
        """Write a row."""
        values = zip(self.kinds.values(), row, strict=True)
        return json.dumps([_written(kind, value) for kind, value in values], ensure_ascii=False)

    def read(self, values: Sequence[Any]) -> dict[str, Any]:
        """Read a row."""
        columns = zip(self.kinds.items(), values, strict=True)
        return {name: None if value is None else _as_read(kind, value) for (name, kind), value in columns}


def last_line(rows: int) -> str:
    """Write the last line."""
    return json.dumps({"rows": rows})


def _written(kind: Kind, value: object) -> object:
    return value if value is None or kind not in _WRITE else _WRITE[kind](value)


def _as_read(kind: Kind, value: object) -> object:
    return _READ[kind](value) if kind in _READ else value
