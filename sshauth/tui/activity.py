"""Activity: what happened to one's account."""

from collections.abc import Hashable
from datetime import datetime
from typing import ClassVar

from sshauth.accounts.activity import Happening
from sshauth.accounts.peer import client_in_a_list, client_name
from sshauth.times import ago, exactly
from sshauth.tui.list_room import LIST_HELP, TIME_HELP, ListRoom
from sshauth.tui.rows import REST, Column, Row, visible


class ActivityScreen(ListRoom):
    """Lists what happened, the newest first."""

    HEADING = "Activity"
    HELP: ClassVar[str] = (
        "What happened to your account, the newest first. If you see something that was not you, change your "
        f"password under Security: that ends every other session. {LIST_HELP} {TIME_HELP}"
    )
    COLUMNS = (
        Column("When", 14, 14),
        Column("What", REST, REST),
        Column("From", 15, 15, wide=39),
        Column("Client", 9, 0, wide=14),
    )
    EMPTY = "Nothing has happened yet. What you change, and each sign-in, will stand here."

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._happenings: dict[Hashable, Happening] = {}

    async def load(self) -> None:
        """Show what happened until now."""
        self._happenings = dict(enumerate(await self.accounts.activity.recent(self.me)))
        now = self.accounts.sessions.clock()
        self.rows.show([self._row(key, each, now) for key, each in self._happenings.items()])

    def _row(self, key: Hashable, each: Happening, now: datetime) -> Row:
        client = client_in_a_list(each.client) if each.address else ""
        cells = (ago(each.at, now, self.zone), each.words, each.address, client)
        return Row(key, cells, sort=(each.at, None, None, None))

    def details(self, row: Row) -> str:
        """Tell all about what happened."""
        each = self._happenings[row.key]
        where = f", from {visible(each.address)} by {client_name(each.client)}" if each.address else ""
        return f"{visible(each.words)}{where}. {exactly(each.at, self.zone)}."
