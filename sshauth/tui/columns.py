"""Columns of a list, and text that fits them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

REST = -1
"""The width of the column that takes what the others leave."""

GAP = 2
NARROW, WIDE = 72, 110


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title and its width in cells, also in a narrow window, and in a wide one; 0 hides it."""

    title: str
    width: int
    narrow: int
    wide: int | None = None

    def width_in(self, window: int) -> int:
        """Give the width in a window of so many cells."""
        if window < NARROW:
            return self.narrow
        return self.wide if self.wide is not None and window >= WIDE else self.width


def widths_in(columns: Sequence[Column], width: int, *, window: int) -> list[int]:
    """Give each column its part of a width; hidden ones have none."""
    wanted = [column.width_in(window) for column in columns]
    shown = [each for each in wanted if each]
    rest = width - GAP * (len(shown) - 1) - sum(each for each in shown if each != REST)
    return [max(1, rest) if each == REST else each for each in wanted]


def fitted(text: str, width: int) -> str:
    """Give text exactly a width, cut short where it is longer, and nothing that a terminal would obey."""
    text = visible(text)
    if cell_len(text) > width:
        text = f"{set_cell_size(text, width - 1).rstrip()}…"
    return set_cell_size(text, width)


def visible(text: str) -> str:
    """Put a mark for each character that cannot be shown: controls would reach the terminal (CWE-150)."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
