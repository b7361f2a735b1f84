"""The app: from stranger to signed-in person, one screen at a time."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from sshauth.accounts.bundle import Accounts
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.registration import Enrolment
from sshauth.tui.authenticator import AuthenticatorScreen
from sshauth.tui.create_account import CreateAccountScreen
from sshauth.tui.forgot_password import ForgotPasswordScreen
from sshauth.tui.form import FormScreen
from sshauth.tui.home import HomeScreen
from sshauth.tui.reset_password import ResetPasswordScreen
from sshauth.tui.sign_in import SignInScreen

LEAVING_KEYS = frozenset({"ctrl+q", "ctrl+c"})


class AuthApp(App[None]):
    """Holds the way between the screens, and the keys that came before their screen was ready."""

    CSS_PATH = "sshauth.tcss"
    ENABLE_COMMAND_PALETTE = False
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority, as in the forms: letters and Tabs of one burst stay in their order.
        Binding("tab", "app.focus_next", priority=True, show=False),
        Binding("shift+tab", "app.focus_previous", priority=True, show=False),
    ]

    def __init__(self, accounts: Accounts, peer: Peer, *, app_name: str) -> None:
        """Take the use cases, who is at the other end, and what this place is called."""
        super().__init__()
        self.title = app_name
        self.animation_level = "none"
        self._accounts = accounts
        self._peer = peer
        self._app_name = app_name
        self._held_keys: list[events.Key | events.Paste] = []
        self._drafts: dict[type[Screen[Any]], Mapping[str, str]] = {}

    def get_default_screen(self) -> Screen[Any]:
        """Begin with Sign in, filled with the SSH user name. A screen pushed later would cost twice."""
        return self._sign_in_screen(login=printable(self._peer.user_name))

    def _sign_in_screen(self, *, login: str, notice: str = "") -> SignInScreen:
        return SignInScreen(
            self._accounts.sign_in, self._peer, app_name=self._app_name, login=login, notice=notice
        )

    # Ways

    def go_to_create_account(self) -> None:
        """Go to Create account, with what was typed there before."""
        values = self._drafts.get(CreateAccountScreen, {})
        self.push_screen(CreateAccountScreen(self._accounts.registration, values=values))

    def go_to_authenticator(self, enrolment: Enrolment) -> None:
        """Go on to the authenticator of a registration."""
        self.push_screen(AuthenticatorScreen(self._accounts.registration, enrolment, self._peer))

    def go_to_forgot_password(self, login: str) -> None:
        """Go to Forgot password, filled with the user name from Sign in."""
        self.push_screen(ForgotPasswordScreen(self._accounts.reset, self._peer, values={"login": login}))

    def go_to_reset(self, login: str, *, notice: str) -> None:
        """Go to the form for the reset code, with what was typed there before."""
        values = {**self._drafts.get(ResetPasswordScreen, {}), "login": login}
        self.push_screen(ResetPasswordScreen(self._accounts.reset, self._peer, notice=notice, values=values))

    def go_to_sign_in(self, *, login: str, notice: str) -> None:
        """Begin anew."""
        self.call_later(self._begin_anew_with, self._sign_in_screen(login=login, notice=notice))

    def go_home(self, identity: Identity) -> None:
        """Let a signed-in person in."""
        self.call_later(self._begin_anew_with, HomeScreen(identity))

    def go_back(self, draft: Mapping[str, str]) -> None:
        """Leave a screen for the one before, keeping what was typed."""
        self._drafts[type(self.screen)] = draft
        self.pop_screen()

    async def _begin_anew_with(self, screen: Screen[Any]) -> None:
        self._drafts.clear()
        left = self.screen_stack[1:]
        await self.switch_screen(screen)
        for other in left:
            await other.remove()

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Hold keys that arrive before their screen is ready for them, and hand them over later."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and self._must_wait(event):
            self._held_keys.append(event)
            return
        await super().on_event(event)

    def _must_wait(self, event: events.Key | events.Paste) -> bool:
        if isinstance(event, events.Key) and event.key in LEAVING_KEYS:
            return False
        screen = self.screen
        return not screen.is_mounted or (isinstance(screen, FormScreen) and screen.busy)

    def release_keys(self) -> None:
        """Hand over the keys that were held, in their order."""
        held, self._held_keys = self._held_keys, []
        for event in held:
            self.post_message(event)

    async def action_quit(self) -> None:
        """Leave; nothing of a secret stays on the screen."""
        if isinstance(self.screen, AuthenticatorScreen):
            self.screen.overwrite()
        self.exit()


def printable(text: str) -> str:
    """Keep what can be shown of text that is not ours, within what a user name or email may be."""
    return "".join(character for character in text if character.isprintable())[:254]
