"""Home: what a signed-in person sees first."""

from collections.abc import Iterator
from typing import ClassVar

from textual.widget import Widget
from textual.widgets import Button, Static

from sshauth.accounts.peer import Identity
from sshauth.tui.activity import ActivityScreen
from sshauth.tui.fields import literally
from sshauth.tui.form import Link
from sshauth.tui.keys import KeysScreen
from sshauth.tui.menu import MenuScreen
from sshauth.tui.security import SecurityScreen
from sshauth.tui.sessions import SessionsScreen

FEW = 3
"""Recovery codes that are few enough to say so."""

NOT_KEPT = "You have not shown that you kept your recovery codes. Make new ones under Security."


class HomeScreen(MenuScreen):
    """Says who is signed in, when and from where they were the time before, and what needs attention."""

    HEADING = "Welcome"
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f2", "F2 Security", "security"),
        Link("f3", "F3 Sessions", "sessions"),
        Link("f4", "F4 Activity", "activity"),
        Link("f5", "F5 Keys", "keys"),
        Link("ctrl+q", "Ctrl+Q Quit", "app.quit"),
    )

    def __init__(self, identity: Identity) -> None:
        """Take who is signed in."""
        super().__init__(intro=f"Signed in as {identity.user_name}\n{_last_time(identity)}")
        self._identity = identity

    def more(self) -> Iterator[Widget]:
        """Add room for what needs attention."""
        yield Static(id="warnings")

    def link_buttons(self) -> Iterator[Widget]:
        """Offer to sign out, before the last link."""
        *others, leave = super().link_buttons()
        yield from others
        yield Button("Sign out", id="sign-out", name="sign_out", classes="link", compact=True)
        yield leave

    def on_mount(self) -> None:
        """Show at once what is known from signing in."""
        super().on_mount()
        me = self._identity
        self._show(me.first_name, left=me.recovery_codes_left, kept=me.recovery_codes_kept)

    async def load(self) -> None:
        """Look whether something has changed since."""
        profile = await self.accounts.security.profile(self._identity)
        self._show(profile.first_name, left=profile.recovery_codes_left, kept=profile.recovery_codes_kept)

    def _show(self, first_name: str, *, left: int, kept: bool) -> None:
        self.query_one("#heading", Static).update(literally(f"Welcome, {first_name}"))
        words = [_few(left)] if left <= FEW else []
        words += [] if kept else [NOT_KEPT]
        warnings = self.query_one("#warnings", Static)
        warnings.update("\n".join(words))
        warnings.display = bool(words)

    def action_security(self) -> None:
        """Go to Security."""
        self.auth_app.open(SecurityScreen())

    def action_sessions(self) -> None:
        """Go to Sessions."""
        self.auth_app.open(SessionsScreen())

    def action_activity(self) -> None:
        """Go to Activity."""
        self.auth_app.open(ActivityScreen())

    def action_keys(self) -> None:
        """Go to Keys."""
        self.auth_app.open(KeysScreen())

    def action_sign_out(self) -> None:
        """Sign out."""
        self.auth_app.sign_out()


def _last_time(identity: Identity) -> str:
    last = identity.last_sign_in
    if last is None:
        return "This is your first time here."
    return (
        f"Last time: {last.at:%A, %d %B %Y, %H:%M} UTC from {last.address}. "
        "Not you? Change your password under Security: that ends every other session."
    )


def _few(left: int) -> str:
    codes = "code is" if left == 1 else "codes are"
    return f"{f'Only {left}' if left else 'No'} recovery {codes} left. Make new ones under Security."
