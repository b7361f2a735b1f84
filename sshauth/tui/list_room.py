"""What rooms with a list have in common: the list, and all about its selected row below it."""

import asyncio
from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Static

from sshauth.tui.fields import literally
from sshauth.tui.form import Link
from sshauth.tui.menu import MenuScreen
from sshauth.tui.rows import Column, Row, Rows

LIST_HELP = "Type words to see only rows that have them; Esc shows all again. F9 or a click on a title sorts."
"""How to find something, for the ``HELP`` of each list."""
TIME_HELP = "Times are in your time zone where your SSH client sends it (SendEnv TZ), else in UTC."
"""Says whose times they are, for the ``HELP`` of a list that has some."""


SELECT = Link("up", "Up/Down Select a row; PageUp, PageDown, Home and End too", "")
SORT = Link("f9", "F9 Sort by the next column, or the other way", "sort")


class ListRoom(MenuScreen):
    """Shows rows; arrows or the mouse select one, typing filters."""

    COLUMNS: ClassVar[tuple[Column, ...]]
    EMPTY: ClassVar[str]
    """What to say, and what to do, where there are no rows."""
    ON_ENTER: ClassVar[str] = ""
    """The action of Enter, or of a double click, on a row. Without one, Enter goes on to the buttons."""
    MORE_KEYS: ClassVar[tuple[Link, ...]] = (SELECT, SORT)
    BINDINGS: ClassVar[list[BindingType]] = [Binding(SORT.key, SORT.action, priority=True, show=False)]

    @property
    def rows(self) -> Rows:
        """The list."""
        return self.query_one(Rows)

    @property
    def selected(self) -> Row | None:
        """The selected row; None if there are no rows."""
        return self.rows.selected

    @abstractmethod
    def details(self, row: Row) -> str:
        """Tell all about a row."""

    def instead_of_details(self) -> str:
        """Tell something where there are no rows."""
        return ""

    def offer(self, *actions: str, there: bool) -> None:
        """Show the buttons of some actions, or take them away where there is nothing to do that with."""
        for action in actions:
            button = self.query_one(f"#{action}", Button)
            button.display = there
            if button.has_focus and not there:
                self.focus_at_first()

    def more(self) -> Iterator[Widget]:
        """Add the list, and room for the selected row."""
        yield Rows(self.COLUMNS, empty=self.EMPTY)
        yield Static(id="details")

    def focus_at_first(self) -> None:
        """Put the focus on the list."""
        self.set_focus(self.rows)

    def on_rows_selected(self) -> None:
        """Tell all about the selected row."""
        row = self.selected
        words = self.details(row) if row else "" if self.rows.filter else self.instead_of_details()
        self.query_one("#details", Static).update(literally(words))

    async def on_rows_chosen(self) -> None:
        """Do with a row that was clicked twice what Enter does."""
        if self.ON_ENTER:
            await self.run_action(self.ON_ENTER)

    async def action_press(self) -> None:
        """Do what a list does on Enter, where it has the focus."""
        if self.ON_ENTER and self.focused is self.rows:
            await self.run_action(self.ON_ENTER)
        else:
            await super().action_press()

    async def action_sort(self) -> None:
        """Sort by the next column, or by the same the other way."""
        await self.let_keys_arrive()
        self.rows.sort_next()

    async def action_back(self) -> None:
        """Take the filter away, or leave."""
        await self.let_keys_arrive()
        if self.rows.filter:
            self.rows.filter_by("")
        else:
            await super().action_back()

    async def let_keys_arrive(self) -> None:
        """Wait until the list has taken the keys that were pressed so far."""
        arrived = asyncio.Event()
        self.rows.call_later(arrived.set)
        await arrived.wait()
