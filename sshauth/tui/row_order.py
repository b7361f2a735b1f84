"""Which rows are wanted, and in which order. Pure: what is shown is for ``Rows``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

SortValue = str | int | float | datetime
"""What rows can be put in order by. Those of one column are all of one kind, but for texts among them."""

_DIGITS = re.compile(r"([0-9]{1,18})")

OrderKey = tuple[bool, object]


@dataclass(frozen=True, slots=True)
class Order:
    """By which column rows stand, and whether from its end: text from Z to A, times from the oldest."""

    column: int
    backwards: bool = False


def next_order(order: Order | None, columns: Sequence[int]) -> Order | None:
    """Give what one key steps through: each column this way and that way, then as the rows came."""
    if order is None or order.column not in columns:
        return Order(columns[0])
    if not order.backwards:
        return Order(order.column, backwards=True)
    after = columns.index(order.column) + 1
    return Order(columns[after]) if after < len(columns) else None


def order_by(order: Order | None, column: int) -> Order:
    """Give the order that a column's title asks for: once more turns it round."""
    same = order is not None and order.column == column and not order.backwards
    return Order(column, backwards=same)


def in_order(values: Sequence[SortValue], *, backwards: bool) -> list[int]:
    """Give the places of values in their order: text from A to Z, numbers and times from the greatest.

    Equal ones keep their order. Numbers within text count as numbers: "10.0.0.9" comes before "10.0.0.10".
    """
    keys = [_key(value) for value in values]
    greatest_first = any(not isinstance(value, str) for value in values)
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=greatest_first is not backwards)


def _key(value: SortValue) -> OrderKey:
    if isinstance(value, str):
        parts = _DIGITS.split(value.casefold())
        return (False, [int(part) if place % 2 else part for place, part in enumerate(parts)])
    return (True, value)


def wanted_words(typed: str) -> list[str]:
    """Give the words of a filter; a row that has all of them, in whatever case and order, is wanted."""
    return typed.casefold().split()
