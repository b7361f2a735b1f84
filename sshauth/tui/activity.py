"""Activity: what happened to one's account."""

from collections.abc import Hashable

from sshauth.accounts.activity import Happening
from sshauth.accounts.peer import client_name
from sshauth.tui.ago import ago, exactly
from sshauth.tui.list_room import ListRoom
from sshauth.tui.rows import REST, Column, Row, visible


class ActivityScreen(ListRoom):
    """Lists what happened, the newest first."""

    HEADING = "Activity"
    COLUMNS = (
        Column("When", 14, 14),
        Column("What", REST, REST),
        Column("From", 15, 15),
        Column("Client", 9, 0),
    )
    EMPTY = "Nothing has happened yet."

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._happenings: dict[Hashable, Happening] = {}

    async def load(self) -> None:
        """Show what happened until now."""
        self._happenings = dict(enumerate(await self.accounts.activity.recent(self.me)))
        now = self.accounts.sessions.clock()
        self.rows.show(
            [
                Row(key, (ago(each.at, now), each.words, each.address, client_name(each.client)))
                for key, each in self._happenings.items()
            ]
        )

    def details(self, row: Row) -> str:
        """Tell all about what happened."""
        each = self._happenings[row.key]
        where = f"from {visible(each.address)} by {client_name(each.client)}"
        return f"{visible(each.words)}, {where}. {exactly(each.at)}."
