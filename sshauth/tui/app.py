"""The app: from stranger to signed-in person, one screen at a time."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import structlog
from textual.dom import DOMNode
from textual.screen import Screen

from sshauth.accounts.again import again_if_lost
from sshauth.accounts.bundle import Accounts
from sshauth.accounts.enrolment import Enrolment, Registered
from sshauth.accounts.entrance import Entrance
from sshauth.accounts.first_steps import Chosen
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.session_watch import LiveSession
from sshauth.accounts.ssh_keys import Recognised
from sshauth.leaving import ENDED_ELSEWHERE, SERVER_STOPS, TIME_IS_UP, goodbye
from sshauth.patience import Allowance, Patience
from sshauth.tui.authenticator import AuthenticatorScreen
from sshauth.tui.confirm_address import ConfirmAddressScreen
from sshauth.tui.create_account import CreateAccountScreen
from sshauth.tui.entrances import SIGN_IN, InvitedScreen, words_without_account
from sshauth.tui.first_steps import FirstStepsScreen
from sshauth.tui.forgot_password import ForgotPasswordScreen
from sshauth.tui.form import FormScreen
from sshauth.tui.home import AdministratorsHomeScreen, HomeScreen
from sshauth.tui.passage import PassageApp
from sshauth.tui.recognise import recognise
from sshauth.tui.recovery_codes import RecoveryCodesScreen
from sshauth.tui.reset_password import ResetPasswordScreen
from sshauth.tui.themes import NAMES

SIGNED_OUT = "You are signed out."

log = structlog.get_logger(__name__)


class AuthApp(PassageApp):
    """Holds the way between the screens, and how long anybody may take for it."""

    CSS_PATH = "sshauth.tcss"
    ENABLE_COMMAND_PALETTE = False
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-wide")]

    def __init__(
        self,
        accounts: Accounts,
        peer: Peer,
        *,
        app_name: str,
        motd: str = "",
        recognised: Recognised | None = None,
        signed_in: Callable[[bool], None] = lambda _is_signed_in: None,
    ) -> None:
        """Take the use cases, who is at the other end and whose remembered key that peer has proven.

        Then what this place is called and what its operator has to say, and whom to tell that somebody has
        signed in (True), or is a stranger again (False).
        """
        super().__init__()
        self.title = app_name
        self.animation_level = "none"
        # Two widgets less on every screen: words stand in the forms, and nothing has a tooltip.
        self._disable_notifications = self._disable_tooltips = True
        self.accounts = accounts
        self.peer = peer
        self.app_name = app_name
        self._motd = motd
        self._recognised = recognised
        self._signed_in = signed_in
        self.identity: Identity | None = None
        """Who is signed in."""
        self.first_name = ""
        """What to call them."""
        self._live: LiveSession | None = None
        self._patience = Patience(warn=self.notice, end=self._end)
        self._drafts: dict[type[Screen[Any]], Mapping[str, str]] = {}
        self.enrolment_shown: Enrolment | None = None
        """Whose secret was shown, until the way leads back to Sign in: an app may have scanned it."""

    def get_default_screen(self) -> Screen[Any]:
        """Begin with Sign in, filled with the SSH user name. A screen pushed later would cost twice."""
        entrance = self.accounts.registration.entrance
        self._sign_in = SIGN_IN[entrance.entrance](
            self.accounts.sign_in,
            self.accounts.renewal,
            self.accounts.ssh_keys,
            self.peer,
            app_name=self.app_name,
            motd=self._motd,
            login=printable(self.peer.user_name),
            recognised=self._recognised,
        )
        self._sign_in.intro += words_without_account(entrance)
        return self._sign_in

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:  # noqa: FBT002 - Textual's signature
        """Style what is on a screen; anything else gets its styles when it is put there."""
        if node is self or node.parent is not None:
            super().update_styles(node, animate)

    def on_ready(self) -> None:
        """Begin to count the time."""
        self._begin_patience()

    def on_unmount(self) -> None:
        """Let go of the session, however the app came to its end."""
        self._patience.stop()
        self._let_go(EndReason.CLOSED)

    # Ways of a stranger

    def go_to_create_account(self) -> None:
        """Go to Create account, with what was typed there before."""
        registration = self.accounts.registration
        takes_invitation = registration.entrance.entrance is Entrance.INVITE
        screen = InvitedScreen if takes_invitation else CreateAccountScreen
        self.open(screen(registration, self.accounts.strength, self.peer, values=self.draft_of(screen)))

    def go_on_registering(self, enrolment: Enrolment) -> None:
        """Go on from Create account: to the code from the mail, or to the authenticator."""
        if enrolment.address_confirmed:
            self.open(self._first_authenticator(enrolment))
        else:
            self.open(ConfirmAddressScreen(self.accounts.registration, enrolment, self.peer))

    def go_to_first_authenticator(self, enrolment: Enrolment) -> None:
        """Go on from the code of the mail; the way back leads to Create account all the same."""
        self.replace(self._first_authenticator(enrolment))

    def _first_authenticator(self, enrolment: Enrolment) -> AuthenticatorScreen:
        registration = self.accounts.registration
        self.enrolment_shown = enrolment

        async def confirm(values: Mapping[str, str]) -> None:
            self._go_to_first_codes(await registration.confirm(enrolment, values["code"], self.peer))

        return AuthenticatorScreen(
            enrolment, confirm=confirm, abandon=partial(registration.abandon, enrolment)
        )

    def go_on_renewing(self, enrolment: Enrolment, chosen: Chosen | None = None) -> None:
        """Go on from Sign in to a new authenticator: of somebody whose old one was reset, or of a new person.

        New ones, whose account an operator made, first choose their names and a password.
        """
        renewal = self.accounts.renewal
        if enrolment.first_steps and chosen is None:
            names = asdict(enrolment.first_steps)
            steps, strength = renewal.first_steps, self.accounts.strength
            self.open(FirstStepsScreen(steps, strength, enrolment, self.peer, names=names))
            return

        async def confirm(values: Mapping[str, str]) -> None:
            self._go_to_first_codes(await renewal.confirm(enrolment, values["code"], self.peer, chosen))

        self.open(AuthenticatorScreen(enrolment, confirm=confirm))

    def _go_to_first_codes(self, registered: Registered) -> None:
        """Let in who has just set up an authenticator, once they have seen their recovery codes."""
        identity = registered.identity
        self._let_in(identity)

        async def kept() -> None:
            nonlocal identity
            await self.accounts.security.recovery_codes_were_kept(identity)
            identity = replace(identity, recovery_codes_kept=True)

        self.replace(
            RecoveryCodesScreen(registered.recovery_codes, kept=kept, done=lambda: self.go_home(identity))
        )

    def go_to_forgot_password(self, login: str) -> None:
        """Go to Forgot password, filled with the user name from Sign in, or what was typed there before."""
        login = login or self.draft_of(ForgotPasswordScreen).get("login", "")
        self.open(ForgotPasswordScreen(self.accounts.reset, self.peer, values={"login": login}))

    def go_to_reset(self, login: str, *, notice: str, waits: bool) -> None:
        """Go to the form for the reset code, with what was typed there before."""
        values = {**self.draft_of(ResetPasswordScreen), "login": login}
        screen = ResetPasswordScreen(
            self.accounts.reset, self.accounts.strength, self.peer, notice=notice, waits=waits, values=values
        )
        self.open(screen)

    def go_to_sign_in(self, *, login: str, notice: str) -> None:
        """Begin anew."""
        self._go(self._begin_anew, login, notice)

    def go_back(self, draft: Mapping[str, str]) -> None:
        """Leave a screen for the one before, keeping what was typed."""
        self._drafts[type(self.place)] = draft
        self._go(self.pop_screen)

    def draft_of(self, screen: type[Screen[Any]]) -> Mapping[str, str]:
        """Give what was typed on a screen that was left by ``go_back``."""
        return self._drafts.get(screen, {})

    async def _begin_anew(self, login: str, notice: str) -> None:
        """Go back to Sign in; a key may have been remembered or forgotten since the last time."""
        await self._go_down(login, notice, await recognise(self.accounts.ssh_keys, self.peer))

    async def _go_down(self, login: str, notice: str, recognised: Recognised | None) -> None:
        """Go back to Sign in, which always lies below; nothing of what was typed is kept."""
        self._drafts.clear()
        self.enrolment_shown = None
        self._sign_in.begin_anew(login, notice, recognised)
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        if self.identity is None:
            self._begin_patience()

    # Ways of who is signed in

    def go_home(self, identity: Identity) -> None:
        """Let a signed-in person in."""
        self._let_in(identity)
        self._go(self._enter, identity)

    def sign_out(self, notice: str = SIGNED_OUT) -> None:
        """End the session and go back to Sign in."""
        login = self.identity.user_name if self.identity else ""
        self._let_go(EndReason.SIGNED_OUT)
        self.go_to_sign_in(login=login, notice=notice)

    async def _enter(self, identity: Identity) -> None:
        await self._go_down("", "", None)
        home = AdministratorsHomeScreen if identity.is_admin else HomeScreen
        await self.push_screen(home(identity))

    # The session

    def typed(self) -> None:
        """Count from anew how long there was no key."""
        self._patience.touch()
        if self._live is not None:
            self._live.touch()

    def session_ended(self, words: str) -> None:
        """Hear that the session is over."""
        self.farewell(words, ENDED_ELSEWHERE)

    def announced(self, words: str) -> None:
        """Hear what an administrator has to say to everybody."""
        self.announce(f"From the administrators: {words}")

    def server_stops(self, words: str) -> None:
        """Hear that the server stops, and the session with it."""
        self._let_go(EndReason.LOST)
        self.farewell(words, SERVER_STOPS)

    def farewell(self, words: str, status: int = 0) -> None:
        """End the app, wherever the person is; they read the words once the terminal is theirs again."""
        self.call_later(self._close, words, status)

    def copy(self, text: str) -> None:
        """Send a text to the terminal's clipboard (OSC 52). Whether it got there nobody can tell."""
        self.copy_to_clipboard(text)
        self._clipboard = ""

    def _arrived(self) -> None:
        """Allow what is allowed where we arrive."""
        if self.identity is None:
            waits = isinstance(self.place, FormScreen) and self.place.waits
            self._has_waited |= waits
            self._patience.allow(
                Allowance.of_stranger(self.accounts.limits, waits=waits, has_waited=self._has_waited)
            )
        super()._arrived()

    def _begin_patience(self) -> None:
        self._has_waited = False
        self._patience.begin(Allowance.of_stranger(self.accounts.limits))

    def _let_in(self, identity: Identity) -> None:
        if self._live is None:
            self.identity = identity
            self.first_name, self._signed_in_at = identity.first_name, self.accounts.sessions.clock()
            if identity.theme in NAMES and self.peer.shows_colours:
                self.theme = identity.theme
            self._live = self.accounts.watch.join(identity, self.peer, self)
            self._signed_in(True)  # noqa: FBT003 - there is nothing else that it could mean
            self._patience.begin(Allowance.of_signed_in(self.accounts.limits))

    def _let_go(self, reason: EndReason) -> None:
        self.identity = None
        if self._live is not None:
            self._live.leave(reason)
            self._live = None
            self._signed_in(False)  # noqa: FBT003 - the same

    def _end(self, reason: EndReason, words: str) -> None:
        self._let_go(reason)
        self.farewell(words, TIME_IS_UP)

    def action_next_theme(self) -> None:
        """Go on to the next theme, and keep the choice for who is signed in.

        Without colours only the dark one has all that tells things apart.
        """
        if not self.peer.shows_colours:
            self.say_here("This terminal shows no colours, or you want none.")
            return
        super().action_next_theme()
        if self.identity is not None:
            keep = partial(self._keep_theme, self.identity, self.theme)
            self.run_worker(keep, group="theme", exclusive=True)  # type: ignore[arg-type]  # its types know no methods

    async def _keep_theme(self, identity: Identity, theme: str) -> None:
        try:
            await again_if_lost(partial(self.accounts.security.choose_theme, identity, theme))
        except Exception:
            # It is there for now: no reason to disturb anybody, and none to end the session.
            log.exception("theme.not_kept")

    # Leaving

    def action_help_quit(self) -> None:
        """Tell who pressed Ctrl+C, out of habit, how to leave."""
        self.say_here("Press Ctrl+Q to quit.")

    def say_here(self, words: str) -> None:
        """Say something below the form where the person is."""
        if isinstance(self.place, FormScreen):
            self.place.say(words)
            self.close_help()

    async def action_quit(self) -> None:
        """Leave, unless there is something to be said first."""
        if isinstance(self.place, FormScreen) and not self._database_is_lost and not self.place.may_quit():
            self.close_help()
            return
        words = self._goodbye() if self.identity else None
        self._let_go(EndReason.LEFT)
        self._close(words)

    def _goodbye(self) -> str:
        return goodbye(printable(self.first_name), self.accounts.sessions.clock() - self._signed_in_at)

    def _close(self, words: str | None, status: int = 0) -> None:
        """End the app; nothing of a secret stays on the screen."""
        for screen in self.screen_stack:
            if isinstance(screen, FormScreen):
                screen.overwrite()
        # The widgets ask for a new picture in their own time, which may be after the end.
        self.screen._refresh_layout()  # noqa: SLF001 - call_after_refresh calls sometimes before
        self._display(self.screen, self.screen._compositor.render_update(full=True))  # noqa: SLF001 - the same
        self.exit(words, return_code=status)


def printable(text: str) -> str:
    """Keep what can be shown of text that is not ours, within what a user name or email may be."""
    return "".join(character for character in text if character.isprintable())[:254]
