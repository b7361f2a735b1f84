"""A list of rows in columns, of which one is selected. It shows text as it is, whoever wrote it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

REST = -1
"""The width of the column that takes what the others leave."""

GAP = 2
NARROW = 72

PAGE = 10
STEPS = {"up": -1, "down": 1, "pageup": -PAGE, "pagedown": PAGE, "home": -(10**6), "end": 10**6}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title and its width in cells, also in a narrow window; 0 hides it."""

    title: str
    width: int
    narrow: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it is about, and a text for each column. Quiet ones stand back."""

    key: Hashable
    cells: tuple[str, ...]
    quiet: bool = False


class Rows(ScrollView, can_focus=True):
    """Shows rows below a line of titles."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--title", "rows--quiet", "rows--selected"}

    class Selected(Message):
        """Another row is selected, or the same one is about something else now."""

    def __init__(self, columns: Sequence[Column], *, empty: str) -> None:
        """Take the columns, and words for when there are no rows."""
        super().__init__(id="rows")
        self._columns = columns
        self._empty = empty
        self._rows: Sequence[Row] = ()
        self._cursor = 0

    @property
    def selected(self) -> Row | None:
        """The selected row; None if there are no rows."""
        return self._rows[self._cursor] if self._rows else None

    def show(self, rows: Sequence[Row]) -> None:
        """Show rows; the selected one stays selected if it is there still."""
        key = self.selected.key if self.selected else None
        found = [index for index, row in enumerate(rows) if row.key == key]
        self._rows = rows
        self.virtual_size = Size(0, len(rows) + 1)
        self._select(found[0] if found else self._cursor)
        self.call_after_refresh(self._follow)

    def _select(self, index: int) -> None:
        self._cursor = max(0, min(index, len(self._rows) - 1))
        self._follow()
        self.refresh()
        self.post_message(self.Selected())

    def _follow(self) -> None:
        """Scroll to where the selected row is seen below the titles."""
        last = max(0, self.size.height - 2)
        top = min(self._cursor, max(self.scroll_offset.y, self._cursor - last))
        self.scroll_to(y=top, animate=False)

    def on_resize(self) -> None:
        """Keep the selected row in view."""
        self._follow()

    def on_key(self, event: events.Key) -> None:
        """Move in the list's own queue, where keys keep their order."""
        if event.key in STEPS:
            event.stop()
            event.prevent_default()
            self._select(self._cursor + STEPS[event.key])

    def on_click(self, event: events.Click) -> None:
        """Select the row that the mouse is on."""
        index = event.y - 1 + self.scroll_offset.y
        if event.y >= 1 and index < len(self._rows):
            self._select(index)

    def render_line(self, y: int) -> Strip:
        """Draw the titles, or a row."""
        index = y - 1 + self.scroll_offset.y
        if y == 0:
            return self._strip(self._line([column.title for column in self._columns]), "rows--title")
        if index < len(self._rows):
            return self._strip(self._line(self._rows[index].cells), self._look_of(index))
        return self._strip("" if self._rows or y > 1 else self._empty, "rows--quiet")

    def _look_of(self, index: int) -> str:
        if index == self._cursor:
            return "rows--selected"
        return "rows--quiet" if self._rows[index].quiet else ""

    def _strip(self, text: str, look: str) -> Strip:
        style = self.get_component_rich_style(look) if look else self.rich_style
        return Strip([Segment(set_cell_size(text, self.size.width), style)], self.size.width)

    def _line(self, cells: Sequence[str]) -> str:
        widths = widths_in(self._columns, self.size.width, narrow=self.app.size.width < NARROW)
        return (" " * GAP).join(
            fitted(cell, width) for cell, width in zip(cells, widths, strict=True) if width
        )


def widths_in(columns: Sequence[Column], width: int, *, narrow: bool) -> list[int]:
    """Give each column its width; hidden ones have none."""
    wanted = [column.narrow if narrow else column.width for column in columns]
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
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
