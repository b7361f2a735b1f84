"""Change names: first and last name."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.tui.fields import Field
from sshauth.tui.form import BACK, Link
from sshauth.tui.room import Room


class ChangeNamesScreen(Room):
    """Changes what a person is called; the user name stays."""

    HEADING = "Change names"
    FIELDS = (Field("first_name", "First name", 64), Field("last_name", "Last name", 64))
    SUBMIT = "Change names"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)

    def __init__(self, *, values: Mapping[str, str]) -> None:
        """Take the names there are."""
        super().__init__(intro="What we call you. Your user name stays as it is.", values=values)

    async def submit(self, values: Mapping[str, str]) -> None:
        """Change the names."""
        await self.accounts.security.change_names(self.me, **values, peer=self.peer)
        self.finish("Names changed.")
