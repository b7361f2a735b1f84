"""Change password: a new one, twice."""

from collections.abc import Iterator, Mapping, Sequence

from sshauth.accounts import rules
from sshauth.accounts.strength import Strength
from sshauth.tui.fields import Field
from sshauth.tui.live_form import RuledField
from sshauth.tui.new_password import NewPasswordForm
from sshauth.tui.room import Room
from sshauth.tui.tick import Tick

DONE = "Password changed. Your other sessions are ended."
FORGOTTEN = "Your keys are forgotten."


class ChangePasswordScreen(Room, NewPasswordForm):
    """Sets a new password for who has just confirmed with the old one."""

    HEADING = "Change password"
    HELP = (
        "Here you choose a new password. A few words that do not belong together are easy to remember and "
        "hard to guess."
    )
    FIELDS = (
        RuledField("password", "New password", 256, secret=True, rule=rules.check_password),
        Field("repeat_password", "Repeat password", 256, secret=True),
    )
    SUBMIT = "Change password"

    def __init__(self, strength: Strength, own_words: Sequence[str], *, has_keys: bool) -> None:
        """Take who judges passwords, what they must not be made of, and whether there are remembered keys."""
        super().__init__(strength, intro="Other sessions of yours are ended. This one goes on.")
        self._own_words = tuple(own_words)
        self._has_keys = has_keys

    def own_words(self) -> tuple[str, ...]:
        """Give names and email address."""
        return self._own_words

    def ticks(self) -> Iterator[Tick]:
        """Offer to forget remembered keys: whoever knew the password may have had one remembered."""
        if self._has_keys:
            yield Tick("Forget my remembered keys too", id="forget-keys", ticked=True)

    async def submit(self, values: Mapping[str, str]) -> None:
        """Change the password."""
        forget = not self._has_keys or self.query_one("#forget-keys", Tick).ticked
        await self.accounts.security.change_password(self.me, **values, peer=self.peer, forget_keys=forget)
        self.finish(f"{DONE} {FORGOTTEN}" if self._has_keys and forget else DONE)
