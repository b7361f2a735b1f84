"""Delete account: what goes, and typing one's user name to show that one means it."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.tui.fields import Field
from sshauth.tui.form import BACK, Link
from sshauth.tui.room import Room


class DeleteAccountScreen(Room):
    """Deletes the account of who types its user name."""

    HEADING = "Delete account"
    HELP = (
        "Here you delete your account and all that belongs to it. It cannot be brought back, and anybody may "
        "take your user name then."
    )
    FIELDS = (Field("user_name", "Your user name", 64),)
    SUBMIT = "Delete my account"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)

    def __init__(self, first_name: str) -> None:
        """Take whom to say goodbye to."""
        super().__init__(
            intro="Your account goes, with its authenticators, recovery codes and sessions, at once and for "
            "good: this cannot be undone. The audit log keeps what happened under an id that means nothing "
            "any more. If you are sure, type your user name."
        )
        self._first_name = first_name

    async def submit(self, values: Mapping[str, str]) -> None:
        """Delete the account and say goodbye."""
        await self.accounts.security.delete_account(self.me, values["user_name"], self.peer)
        self.auth_app.farewell(f"Your account is deleted. Goodbye, {self._first_name}.")
