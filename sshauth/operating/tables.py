"""How commands say what they found: aligned in columns for people, as JSON for programs."""

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from rich.cells import cell_len, chop_cells

from sshauth.tui.columns import visible

GAP = "  "
LEAST = 6
"""Cells of a column that is made narrower, at least."""


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], window: int | None = None) -> str:
    """Align rows below their headings, in cells of several lines where a window is too narrow for one.

    What a terminal would obey is shown as a mark (row 26).
    """
    return _aligned([list(headings), *([visible(cell) for cell in row] for row in rows)], window or room())


def facts(rows: Sequence[tuple[str, str]], window: int | None = None) -> str:
    """Align what is known of one thing: a label and a value."""
    return _aligned([[label, visible(value)] for label, value in rows], window or room())


def room() -> int | None:
    """Give the width of the terminal; None without one: programs want a row to be a line."""
    return shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else None


def as_json(value: object) -> str:
    """Write something in JSON: times in ISO 8601, all but ASCII escaped."""
    return json.dumps(value, indent=2, default=_plain)


def counted(number: int, what: str, several: str = "") -> str:
    """Say how many there are of something."""
    return f"1 {what}" if number == 1 else f"{number} {several or f'{what}s'}"


def moment(at: datetime | None, otherwise: str = "") -> str:
    """Write a time for a column, to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else otherwise


def _aligned(rows: Sequence[Sequence[str]], window: int | None) -> str:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    if window is not None:
        widths = _narrowed(widths, window - len(GAP) * (len(widths) - 1))
    return "\n".join(line for row in rows for line in _lines(row, widths))


def _narrowed(widths: list[int], together: int) -> list[int]:
    """Take from the widest columns what there is no room for."""
    while sum(widths) > together and max(widths) > LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _lines(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    broken = [_broken(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*broken, fillvalue=""):
        padded = (
            f"{part}{' ' * (width - cell_len(part))}" for part, width in zip(parts, widths, strict=True)
        )
        yield GAP.join(padded).rstrip()


def _broken(cell: str, width: int) -> list[str]:
    if cell_len(cell) <= width:
        return [cell]
    return textwrap.wrap(cell, width, break_on_hyphens=False) if cell.isascii() else chop_cells(cell, width)


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, datetime):
        return value.isoformat()
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
