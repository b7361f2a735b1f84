"""What rooms with a list have in common: the list, and all about its selected row below it."""

import asyncio
from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from textual.widget import Widget
from textual.widgets import Static

from sshauth.tui.fields import literally
from sshauth.tui.menu import MenuScreen
from sshauth.tui.rows import Column, Row, Rows


class ListRoom(MenuScreen):
    """Shows rows; arrows or the mouse select one."""

    COLUMNS: ClassVar[tuple[Column, ...]]
    EMPTY: ClassVar[str]

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
        self.query_one("#details", Static).update(
            literally(self.details(row) if row else self.instead_of_details())
        )

    async def let_keys_arrive(self) -> None:
        """Wait until the list has taken the arrows that were pressed so far."""
        arrived = asyncio.Event()
        self.rows.call_later(arrived.set)
        await arrived.wait()
