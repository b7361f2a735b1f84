"""Activity of everyone: what happened to all accounts."""

from collections.abc import Hashable
from typing import ClassVar

from sshauth.accounts.administration import PersonHappening
from sshauth.accounts.peer import client_name
from sshauth.times import ago, exactly
from sshauth.tui.admin_room import AdminRoom
from sshauth.tui.list_room import TIME_HELP, ListRoom
from sshauth.tui.rows import REST, Column, Row, visible


class EverybodysActivityScreen(ListRoom, AdminRoom):
    """Lists what happened to everybody, the newest first."""

    HEADING = "Activity of everyone"
    HELP: ClassVar[str] = (
        "What happened to all accounts, the newest first. Who typed a name that is nobody's is called "
        f"unknown: the name itself is not kept. {TIME_HELP}"
    )
    COLUMNS = (
        Column("When", 14, 14),
        Column("Who", 14, 12, wide=20),
        Column("What", REST, REST),
        Column("From", 15, 0, wide=39),
    )
    EMPTY = "Nothing has happened yet."

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._happenings: dict[Hashable, PersonHappening] = {}

    async def load(self) -> None:
        """Show what happened until now."""
        self._happenings = dict(enumerate(await self.administration.activity(self.me)))
        now = self.accounts.security.clock()
        self.rows.show(
            [
                Row(
                    key,
                    (ago(each.at, now, self.zone), each.user_name, each.words, each.address),
                    sort=(each.at, None, None, None),
                    also=client_name(each.client),
                )
                for key, each in self._happenings.items()
            ]
        )

    def details(self, row: Row) -> str:
        """Tell all about what happened."""
        each = self._happenings[row.key]
        where = f", from {visible(each.address)} by {client_name(each.client)}" if each.address else ""
        return f"{visible(each.user_name)}: {visible(each.words)}{where}. {exactly(each.at, self.zone)}."
