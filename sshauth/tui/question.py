"""Questions before something is done that cannot be undone at once."""

from abc import abstractmethod
from typing import ClassVar

from sshauth.tui.menu import Action, MenuScreen

NO = "No, leave it as it is"


class QuestionScreen(MenuScreen):
    """Says what will happen, and does it when told to. What has the focus at first changes nothing."""

    HELP: ClassVar[str] = (
        "Read what will happen, then choose. Nothing changes before you do; Escape goes back as well."
    )

    def __init__(self, intro: str, yes: str) -> None:
        """Take what will happen, and what the button that does it says."""
        super().__init__(intro=intro)
        self._yes = yes

    @abstractmethod
    async def do(self) -> None:
        """Do what is asked about."""

    async def load(self) -> None:
        """Offer to leave it, and to do it."""
        await self.show_actions([Action(NO, self._leave_it), Action(self._yes, self.do)])

    async def _leave_it(self) -> None:
        self.auth_app.go_back({})
