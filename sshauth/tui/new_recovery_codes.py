"""New recovery codes: what that means, before the old ones die."""

from functools import partial

from sshauth.tui.menu import Action, MenuScreen
from sshauth.tui.recovery_codes import RecoveryCodesScreen
from sshauth.tui.room import Room

KEPT = "Thank you: you have kept the new codes."


class NewRecoveryCodesScreen(MenuScreen):
    """Says what happens, and does it when told."""

    HEADING = "New recovery codes"
    HELP = (
        "Here you replace your recovery codes, which stand in for the phone when it is lost: because few are "
        "left, or because somebody else may have seen them."
    )

    def __init__(self) -> None:
        """Know the words."""
        super().__init__(
            intro="You get ten new codes, shown once. The old ones are good no more from then on: "
            "throw them away. Have paper or a password manager at hand."
        )

    async def load(self) -> None:
        """Offer it."""
        await self.show_actions([Action("Make new codes", self._make)])

    async def _make(self) -> None:
        security = self.accounts.security
        codes = await security.remake_recovery_codes(self.me, self.peer)
        self.auth_app.replace(
            RecoveryCodesScreen(
                codes,
                kept=partial(security.recovery_codes_were_kept, self.me),
                done=self._done,
            )
        )

    def _done(self) -> None:
        """Go back, where it is said."""
        behind = self.app.screen_stack[-2]
        if isinstance(behind, Room):
            behind.tell(KEPT)
        self.auth_app.go_back({})
