"""A list of rows in columns, of which one is selected. It shows text as it is, whoever wrote it.

Typing filters it, titles sort it.
"""

import textwrap
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sshauth.tui.columns import GAP, REST, Column, fitted, visible, widths_in
from sshauth.tui.row_order import Order, SortValue, in_order, next_order, order_by, wanted_words

__all__ = ["REST", "Column", "Row", "Rows", "visible"]

MARK, NO_MARK = "▸ ", "  "
"""Stand before the selected row, and before each other: colour alone would not do."""
LONGEST_FILTER = 64

STEPS = {"up": -1, "down": 1, "home": -(10**6), "end": 10**6}
PAGES = {"pageup": -1, "pagedown": 1}


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it is about, and a text for each column. Quiet ones stand back.

    ``sort`` has a value for each column, by which it is sorted; None where the text will do. Numbers and
    times come with the greatest first. ``also`` is text that the filter finds beside what stands in cells.
    """

    key: Hashable
    cells: tuple[str, ...]
    quiet: bool = False
    sort: tuple[SortValue | None, ...] | None = None
    also: str = ""

    def sort_value(self, column: int) -> SortValue:
        """Give what to sort by."""
        value = self.sort[column] if self.sort else None
        return self.cells[column] if value is None else value


class Rows(ScrollView, can_focus=True):
    """Shows rows below a line of titles, and below them what is filtered."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--title", "rows--quiet", "rows--selected"}

    class Selected(Message):
        """Another row is selected, or the same one is about something else now."""

    class Chosen(Message):
        """A row was clicked twice."""

    def __init__(self, columns: Sequence[Column], *, empty: str) -> None:
        """Take the columns, and words for when there are no rows."""
        super().__init__(id="rows")
        self._columns = columns
        self._empty = empty
        self._all: Sequence[Row] | None = None
        self._texts: list[str] | None = None
        self._rows: Sequence[Row] = ()
        self._cursor = 0
        self._order: Order | None = None
        self.filter = ""
        """What was typed: rows without it are not shown."""

    @property
    def selected(self) -> Row | None:
        """The selected row; None if none is shown."""
        return self._rows[self._cursor] if self._rows else None

    def show(self, rows: Sequence[Row]) -> None:
        """Show rows; the selected one stays selected if it is there still. Filter and order stay."""
        self._all = rows
        self._texts = None
        self._arrange(otherwise=self._cursor)

    def filter_by(self, typed: str) -> None:
        """Show only rows that have these words."""
        self.filter = typed.lstrip()[:LONGEST_FILTER]
        self._arrange(otherwise=0)

    def sort_next(self) -> None:
        """Sort by the same column the other way, or by the next one, or as the rows came."""
        shown = [index for index, width in enumerate(self._widths()) if width]
        self._sort(next_order(self._order, shown))

    def _sort(self, order: Order | None) -> None:
        self._order = order
        self._arrange(otherwise=self._cursor)

    def _arrange(self, *, otherwise: int) -> None:
        """Find the rows that are wanted, in their order; select what was selected, otherwise a place."""
        key = self.selected.key if self.selected else None
        rows = self._matching(self._all or ())
        if self._order is not None:
            values = [row.sort_value(self._order.column) for row in rows]
            rows = [rows[index] for index in in_order(values, backwards=self._order.backwards)]
        found = next((index for index, row in enumerate(rows) if row.key == key), otherwise)
        self._rows = rows
        self.virtual_size = Size(0, len(rows) + 2)
        self._select(found)
        self.call_after_refresh(self._follow)

    def _matching(self, rows: Sequence[Row]) -> Sequence[Row]:
        words = wanted_words(self.filter)
        if not words:
            return rows
        if self._texts is None:
            self._texts = [" ".join((*row.cells, row.also)).casefold() for row in rows]
        return [
            row for row, text in zip(rows, self._texts, strict=True) if all(word in text for word in words)
        ]

    def _select(self, index: int) -> None:
        self._cursor = max(0, min(index, len(self._rows) - 1))
        self._follow()
        self.refresh()
        self.post_message(self.Selected())

    @property
    def _width(self) -> int:
        """How wide rows are: beside them may be a scroll bar."""
        return self.scrollable_content_region.width

    @property
    def _page(self) -> int:
        """How many rows are in view: titles stand above them, and words below."""
        return max(1, self.size.height - 2)

    def _follow(self) -> None:
        """Scroll to where the selected row is in view."""
        top = min(self._cursor, max(self.scroll_offset.y, self._cursor - self._page + 1))
        self.scroll_to(y=top, animate=False)

    # Keys and mouse

    def on_resize(self) -> None:
        """Keep the selected row in view."""
        self._follow()

    def on_key(self, event: events.Key) -> None:
        """Move and filter in the list's own queue, where keys keep their order."""
        if event.key in STEPS:
            self._select(self._cursor + STEPS[event.key])
        elif event.key in PAGES:
            self._select(self._cursor + PAGES[event.key] * max(1, self._page - 1))
        elif event.key == "backspace" and self.filter:
            self.filter_by(self.filter[:-1])
        elif event.is_printable and event.character:
            self._type(event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Filter by what is pasted."""
        event.stop()
        event.prevent_default()
        self._type(event.text[:LONGEST_FILTER])

    def _type(self, text: str) -> None:
        if self._all:
            self.filter_by(self.filter + "".join(filter(str.isprintable, text)))

    def on_click(self, event: events.Click) -> None:
        """Select the row that the mouse is on, or sort by the title that it is on."""
        index = event.y - 1 + self.scroll_offset.y
        if event.y == 0:
            self._click_on_title(event.x)
        elif event.y <= self._page and index < len(self._rows):
            again = event.chain == 2 and index == self._cursor  # noqa: PLR2004 - a double click
            self._select(index)
            if again:
                self.post_message(self.Chosen())

    def _click_on_title(self, x: int) -> None:
        end = len(MARK)
        for column, width in enumerate(self._widths()):
            end += width + GAP if width else 0
            if width and x < end:
                self._sort(order_by(self._order, column))
                return

    # What is drawn

    def render_line(self, y: int) -> Strip:
        """Draw the titles, a row, or what is filtered."""
        index = y - 1 + self.scroll_offset.y
        if y == 0:
            return self._strip(self._line(NO_MARK, self._titles()), "rows--title")
        if y == self.size.height - 1:
            return self._strip(f"{NO_MARK}{self._below()}", "rows--title" if self.filter else "rows--quiet")
        if index < len(self._rows):
            mark = MARK if index == self._cursor else NO_MARK
            return self._strip(self._line(mark, self._rows[index].cells), self._look_of(index))
        words = "" if self._rows else self._instead_of_rows(y - 1)
        return self._strip(f"{NO_MARK}{words}", "rows--quiet")

    def _look_of(self, index: int) -> str:
        if index == self._cursor:
            return "rows--selected"
        return "rows--quiet" if self._rows[index].quiet else ""

    def _titles(self) -> list[str]:
        titles = [column.title for column in self._columns]
        if self._order is not None:
            title = titles[self._order.column]
            width = self._widths()[self._order.column]
            sign = "▲" if self._order.backwards else "▼"
            titles[self._order.column] = f"{title[: max(0, width - 2)]} {sign}"
        return titles

    def _below(self) -> str:
        """Say what is filtered, or that it can be."""
        count = len(self._all or ())
        if self.filter:
            return f"Filter: {visible(self.filter)}  ({len(self._rows)} of {count})"
        return f"{count} in all. Type to filter, F9 to sort." if count > 1 else ""

    def _instead_of_rows(self, y: int) -> str:
        """Give a line of the words for an empty list; nothing before it is known what there is."""
        words = "" if self._all is None else self._empty
        if self._all:
            words = "Nothing has that. Backspace takes letters away, Esc the whole filter."
        lines = textwrap.wrap(words, max(1, self._width - len(NO_MARK)))
        return lines[y] if y < len(lines) else ""

    def _strip(self, text: str, look: str) -> Strip:
        style = self.get_component_rich_style(look) if look else self.rich_style
        return Strip([Segment(set_cell_size(text, self._width), style)], self._width)

    def _line(self, mark: str, cells: Sequence[str]) -> str:
        columns = zip(cells, self._widths(), strict=True)
        return mark + (" " * GAP).join(fitted(cell, width) for cell, width in columns if width)

    def _widths(self) -> list[int]:
        width = self._width - len(MARK)
        return widths_in(self._columns, width, window=self.app.size.width)
