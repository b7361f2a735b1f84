"""Home: what a signed-in person sees."""

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Static

from sshauth.accounts.peer import Identity
from sshauth.tui.fields import literally

if TYPE_CHECKING:
    from sshauth.tui.app import AuthApp


class HomeScreen(Screen[None]):
    """Says who is signed in, and when and from where they were the time before."""

    def __init__(self, identity: Identity) -> None:
        """Take who is signed in."""
        super().__init__()
        self._identity = identity

    def compose(self) -> ComposeResult:
        """Lay the words and buttons out."""
        with VerticalScroll(id="panel", can_focus=False):
            yield Static(literally(f"Welcome, {self._identity.first_name}"), id="heading")
            yield Static(literally(f"Signed in as {self._identity.user_name}"))
            yield Static(literally(self._last_time()), id="last-time")
            with Horizontal(id="buttons"):
                yield Button("Sign out", id="sign-out", variant="primary", compact=True)
                yield Button("Ctrl+Q Quit", id="quit", classes="link", compact=True)

    def on_mount(self) -> None:
        """Put the focus on Sign out."""
        self.query_one("#sign-out", Button).focus()

    def _last_time(self) -> str:
        last = self._identity.last_sign_in
        if last is None:
            return "This is your first time here."
        return (
            f"Last time: {last.at:%A, %d %B %Y, %H:%M} UTC from {last.address}. "
            "Not you? Sign out, and reset your password with F3."
        )

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        if event.button.id == "sign-out":
            cast("AuthApp", self.app).go_to_sign_in(
                login=self._identity.user_name, notice="You are signed out."
            )
        else:
            await self.app.run_action("app.quit")
