"""Change names: first and last name."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.accounts import rules
from sshauth.tui.form import BACK, Link
from sshauth.tui.live_form import LiveForm, RuledField
from sshauth.tui.room import Room


class ChangeNamesScreen(Room, LiveForm):
    """Changes what a person is called; the user name stays."""

    HEADING = "Change names"
    HELP = (
        "Here you change the names that mail and screens call you by. Any writing will do. The user name, "
        "which you sign in with, cannot be changed."
    )
    FIELDS = (
        RuledField("first_name", "First name", 64, rule=rules.check_name),
        RuledField("last_name", "Last name", 64, rule=rules.check_name),
    )
    SUBMIT = "Change names"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)

    def __init__(self, *, values: Mapping[str, str]) -> None:
        """Take the names there are."""
        super().__init__(intro="What we call you. Your user name stays as it is.", values=values)

    async def submit(self, values: Mapping[str, str]) -> None:
        """Change the names."""
        await self.accounts.security.change_names(self.me, **values, peer=self.peer)
        self.finish("Names changed.")
