"""The app: from stranger to signed-in person, one screen at a time."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
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
        # Two widgets less on every screen: words stand in the forms, and nothing has a tooltip.
        self._disable_notifications = self._disable_tooltips = True
        self._accounts = accounts
        self._peer = peer
        self._app_name = app_name
        self._held_keys: deque[events.Key | events.Paste] = deque()
        self._moving = True
        self._drafts: dict[type[Screen[Any]], Mapping[str, str]] = {}

    def get_default_screen(self) -> Screen[Any]:
        """Begin with Sign in, filled with the SSH user name. A screen pushed later would cost twice."""
        self._sign_in = SignInScreen(
            self._accounts.sign_in,
            self._peer,
            app_name=self._app_name,
            login=printable(self._peer.user_name),
        )
        return self._sign_in

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:  # noqa: FBT002 - Textual's signature
        """Style what is on a screen; anything else gets its styles when it is put there."""
        if node is self or node.parent is not None:
            super().update_styles(node, animate)

    def on_ready(self) -> None:
        """Hand over what was typed before the first picture."""
        self._arrived()

    # Ways

    def go_to_create_account(self) -> None:
        """Go to Create account, with what was typed there before."""
        values = self._drafts.get(CreateAccountScreen, {})
        self._go(self.push_screen, CreateAccountScreen(self._accounts.registration, values=values))

    def go_to_authenticator(self, enrolment: Enrolment) -> None:
        """Go on to the authenticator of a registration."""
        screen = AuthenticatorScreen(self._accounts.registration, enrolment, self._peer)
        self._go(self.push_screen, screen)

    def go_to_forgot_password(self, login: str) -> None:
        """Go to Forgot password, filled with the user name from Sign in, or what was typed there before."""
        login = login or self._drafts.get(ForgotPasswordScreen, {}).get("login", "")
        screen = ForgotPasswordScreen(self._accounts.reset, self._peer, values={"login": login})
        self._go(self.push_screen, screen)

    def go_to_reset(self, login: str, *, notice: str) -> None:
        """Go to the form for the reset code, with what was typed there before."""
        values = {**self._drafts.get(ResetPasswordScreen, {}), "login": login}
        screen = ResetPasswordScreen(self._accounts.reset, self._peer, notice=notice, values=values)
        self._go(self.push_screen, screen)

    def go_to_sign_in(self, *, login: str, notice: str) -> None:
        """Begin anew."""
        self._go(self._begin_anew, login, notice)

    def go_home(self, identity: Identity) -> None:
        """Let a signed-in person in."""
        self._go(self._enter, identity)

    def go_back(self, draft: Mapping[str, str]) -> None:
        """Leave a screen for the one before, keeping what was typed."""
        self._drafts[type(self.screen)] = draft
        self._go(self.pop_screen)

    async def _begin_anew(self, login: str, notice: str) -> None:
        """Go back to Sign in, which always lies below; nothing of what was typed is kept."""
        self._drafts.clear()
        self._sign_in.begin_anew(login, notice)
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    async def _enter(self, identity: Identity) -> None:
        await self._begin_anew("", "")
        await self.push_screen(HomeScreen(identity))

    def _go(self, way: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Set out in the app's own queue; keys that come meanwhile are for where we arrive."""
        self._moving = True
        self.call_later(self._travel, way, *arguments)

    async def _travel(self, way: Callable[..., Awaitable[object]], *arguments: object) -> None:
        await way(*arguments)
        self._arrived()

    def _arrived(self) -> None:
        self._moving = False
        self.release_keys()

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Hold keys that arrive before their screen is ready for them, and hand them over later."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded or _leaves(event):
            await super().on_event(event)
        elif self._held_keys or self._must_wait:
            # An Enter right behind the one that submitted was one too many, and not for the next screen.
            if self._held_keys or self._moving or not _is_enter(event):
                self._held_keys.append(event)
        else:
            await self._deliver(event)

    @property
    def _must_wait(self) -> bool:
        return self._moving or (isinstance(self.screen, FormScreen) and self.screen.busy)

    def release_keys(self) -> None:
        """Hand over the keys that were held: in the app's own queue, before any that come later."""
        self.call_later(self._deliver_held)

    async def _deliver_held(self) -> None:
        while self._held_keys and not self._must_wait:
            await self._deliver(self._held_keys.popleft())

    async def _deliver(self, event: events.Key | events.Paste) -> None:
        if isinstance(self.screen, FormScreen) and (isinstance(event, events.Paste) or event.is_printable):
            self.screen.before_typing()
        await super().on_event(event)

    def action_help_quit(self) -> None:
        """Tell who pressed Ctrl+C, out of habit, how to leave."""
        if isinstance(self.screen, FormScreen):
            self.screen.say("Press Ctrl+Q to quit.")

    async def action_quit(self) -> None:
        """Leave; nothing of a secret stays on the screen."""
        if isinstance(self.screen, AuthenticatorScreen):
            self.screen.overwrite()
            self.call_after_refresh(self.exit)
        else:
            self.exit()


def _leaves(event: events.Key | events.Paste) -> bool:
    return isinstance(event, events.Key) and event.key in LEAVING_KEYS


def _is_enter(event: events.Key | events.Paste) -> bool:
    return isinstance(event, events.Key) and event.key == "enter"


def printable(text: str) -> str:
    """Keep what can be shown of text that is not ours, within what a user name or email may be."""
    return "".join(character for character in text if character.isprintable())[:254]
