"""Announce: words to everybody who is signed in."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.tui.admin_room import AdminRoom, number
from sshauth.tui.fields import Field
from sshauth.tui.form import BACK, Link

LONGEST = 200
SURE = "Everybody who is signed in will read that. Press Enter once more to send it, or go on writing."


class AnnounceScreen(AdminRoom):
    """Sends words to all live sessions."""

    HEADING = "Announce"
    HELP: ClassVar[str] = (
        "Write what everybody who is signed in shall read now, whatever they are doing: that the server "
        "stops tonight, say. The next key they press takes it away; who signs in later does not see it."
    )
    FIELDS = (Field("words", "Your words", LONGEST),)
    SUBMIT = "Announce"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)

    def __init__(self, others: int, *, values: Mapping[str, str] | None = None) -> None:
        """Take how many other sessions are live, and what was typed here before."""
        readers = f"{number(others, 'other session is', 'other sessions are')} live: who is in one reads this"
        super().__init__(
            intro=f"{readers if others else 'Nobody else is signed in: only you read this'} at once, over "
            f"whatever they do. At most {LONGEST} characters.",
            values=values,
        )
        self._asked = ""

    async def submit(self, values: Mapping[str, str]) -> None:
        """Announce it, when asked to a second time: it cannot be taken back."""
        if values["words"] != self._asked:
            self._asked = values["words"]
            self.say(SURE)
            return
        await self.administration.announce(self.me, values["words"], self.peer)
        self.finish("Announced: it is on its way to everybody.")
