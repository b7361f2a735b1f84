"""Change password: a new one, twice."""

from collections.abc import Mapping, Sequence

from sshauth.accounts.strength import Strength
from sshauth.tui.fields import Field
from sshauth.tui.new_password import NewPasswordForm
from sshauth.tui.room import Room


class ChangePasswordScreen(Room, NewPasswordForm):
    """Sets a new password for who has just confirmed with the old one."""

    HEADING = "Change password"
    FIELDS = (
        Field("password", "New password", 256, secret=True),
        Field("repeat_password", "Repeat password", 256, secret=True),
    )
    SUBMIT = "Change password"

    def __init__(self, strength: Strength, own_words: Sequence[str]) -> None:
        """Take who judges passwords, and what they must not be made of."""
        super().__init__(strength, intro="Other sessions of yours are ended. This one goes on.")
        self._own_words = tuple(own_words)

    def own_words(self) -> tuple[str, ...]:
        """Give names and email address."""
        return self._own_words

    async def submit(self, values: Mapping[str, str]) -> None:
        """Change the password."""
        await self.accounts.security.change_password(self.me, **values, peer=self.peer)
        self.finish("Password changed. Your other sessions are ended.")
