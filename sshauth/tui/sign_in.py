"""Sign in: the first screen."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual import events
from textual.widget import Widget
from textual.widgets import Button, Static

from sshauth.accounts.errors import SignInRefused
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.renewal import Renewal, looks_like_one
from sshauth.accounts.signin import SignIn
from sshauth.accounts.ssh_keys import Recognised, SSHKeys
from sshauth.tui.banner import Banner
from sshauth.tui.code_field import SIGN_IN, CodeField, CodeInput
from sshauth.tui.fields import Field, FieldInput, literally
from sshauth.tui.form import SHOW_SECRETS, FormScreen, Link, Tone
from sshauth.tui.tick import Tick

LOST_PHONE = (
    "Type one of your recovery codes into Code: six groups of four characters. Each works once. "
    "You were asked to keep them when they were made."
)
REMEMBERED = "Next time this key stands for your password; the code is still asked."
REFUSED = (
    "That code is wrong, or refused for now. Type the one your app shows now; F5 asks for your password."
)
FORGOTTEN = "This key signs you in no more. Please use your password."
REFUSED_AGAIN = 3
SURE = "Sure of them? Look into your mail, or use a recovery code."
OTHERWISE = "F5 Use my password"
BY_KEY_AGAIN = "F5 Use my key"
SOMEBODY_ELSE = Link("f5", "F5 Another user name", "other_way")
LONGEST_NAME = 20
"""Characters of a name that fit into the line below it, with what is said there."""
SHORT = 16
"""Characters of a fingerprint that are shown: enough to tell one's keys apart."""


HELP = (
    "Here you sign in with your user name or email, your password, and the code that your authenticator "
    "app shows now. Without an account, {}; without the phone, a recovery code stands for the code."
)


class SignInScreen(FormScreen):
    """Asks for user name, password and code, and judges none of them by itself.

    A remembered key stands for the password: then only the code is asked, unless the person wants otherwise.
    """

    HEADING = "Sign in"
    HELP = HELP.format("F2 makes one")
    FIELDS = (
        Field("login", "User name", 254),
        Field("password", "Password", 256, secret=True),
        CodeField("code", "Code", takes=SIGN_IN),
    )
    SUBMIT = "Sign in"
    submit_when_full = True
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f2", "F2 Create account", "create_account"),
        Link("f3", "F3 Forgot password", "forgot_password"),
        SHOW_SECRETS,
        Link("f5", OTHERWISE, "other_way", beside=True),
        Link("f6", "F6 Lost your phone?", "lost_phone", beside=True),
        Link("ctrl+q", "Ctrl+Q Quit", "app.quit"),
    )

    def __init__(
        self,
        sign_in: SignIn,
        renewal: Renewal,
        ssh_keys: SSHKeys,
        peer: Peer,
        *,
        app_name: str,
        motd: str = "",
        login: str,
        recognised: Recognised | None,
    ) -> None:
        """Take the use cases, the peer and whose key it has proven, and what to show at first."""
        super().__init__(
            intro=f"Welcome to {app_name}. Your user name or email, your password, "
            "and the code your authenticator app shows.",
            values={"login": login},
        )
        self._sign_in = sign_in
        self._renewal = renewal
        self._ssh_keys = ssh_keys
        self._peer = peer
        self._app_name = app_name
        self._motd = motd
        self._recognised = recognised
        self._by_key = recognised is not None
        self._refusals = 0

    def above(self) -> Iterator[Widget]:
        """Show where this is, and what the operator has to say."""
        yield Banner(self._app_name, self._motd, self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """Show as much of that as there is room for."""
        self.query_one(Banner).fit(event.size)

    def ticks(self) -> Iterator[Tick]:
        """Offer to remember a key that was proven."""
        if self._peer.key is not None:
            yield Tick(f"Remember this key {_short(self._peer.key.fingerprint)}", id="remember")

    def link_buttons(self) -> Iterator[Widget]:
        """Offer another way only to who has proven a key."""
        buttons = super().link_buttons()
        yield from buttons if self._peer.key else (each for each in buttons if each.id != "other_way")

    def on_mount(self) -> None:
        """Show what is asked."""
        self._show_way()
        super().on_mount()
        self._say_whose_name()
        self.say(self._peer.remark)

    def begin_anew(self, login: str, notice: str, recognised: Recognised | None = None) -> None:
        """Forget what was typed, for the next to sign in here."""
        for field_input in super().inputs():
            field_input.value = login if field_input.field.name == "login" else ""
        self.show_secrets(shown=False)
        self._code.forget()
        self._refusals = 0
        self._recognised = recognised
        self._by_key = recognised is not None and login in {"", recognised.user_name}
        self._show_way()
        self.clear_words()
        self._say_whose_name()
        self.say(notice)
        self.focus_at_first()

    # By key or by password

    def _show_way(self) -> None:
        """Show what is asked of who signs in this way."""
        if self._peer.key is None:
            return
        recognised, by_key = self._recognised, self._by_key
        intro = self.intro
        login = self.input_of("login")
        login.disabled = by_key
        if by_key and recognised is not None:
            login.value = recognised.user_name
            intro = (
                f"Recognised by your key {_short(recognised.fingerprint)}\n"
                f"Welcome to {self._app_name}. Type the code your app shows."
            )
        self.query_one("#intro", Static).update(literally(intro))
        for name in ("password-label", "password", "password-words", "toggle_secrets"):
            self.query_one(f"#{name}").display = not by_key
        remember = self.query_one("#remember", Tick)
        remember.display, remember.ticked = recognised is None, False
        other_way = self.query_one("#other_way", Button)
        other_way.display, other_way.label = recognised is not None, OTHERWISE if by_key else BY_KEY_AGAIN
        other_way.refresh(layout=True)  # a new label alone keeps the old width

    def inputs(self) -> list[FieldInput]:
        """Give the inputs for what is asked."""
        inputs = super().inputs()
        return inputs[-1:] if self._by_key else inputs

    @property
    def focus_chain(self) -> list[Widget]:
        """Go in the order of the form: what was shown a moment ago has no place on the screen yet."""
        chain = set(super().focus_chain)
        return [each for each in self.walk_children(Widget) if each in chain]

    def first_field(self) -> str:
        """Begin with what is not known yet: a password that is typed at once must not stand readable."""
        if self._by_key:
            return "code"
        return "password" if self.input_of("login").value else "login"

    async def action_other_way(self) -> None:
        """Ask for the password after all, or for the code alone again; without a key, for the user name."""
        if self.busy:
            return
        if self._recognised is not None:
            self._go_other_way()
        else:
            self.focus_field("login")

    def keys(self) -> list[Link]:
        """Tell of the key that has no button, too."""
        return [*super().keys(), *(() if self._recognised else (SOMEBODY_ELSE,))]

    def _say_whose_name(self) -> None:
        """Say how somebody else signs in, where a name stands that nobody has typed here."""
        name = self.input_of("login").value
        if not name:
            return
        whose = f"Not {name}?" if len(name) <= LONGEST_NAME else "Somebody else?"
        key = "Shift+Tab" if self._recognised is not None and not self._by_key else "F5"
        self._judged = {**self._judged, "login": name}
        self.say_beside("login", f"{whose} Press {key}.", Tone.HINT)

    def _go_other_way(self) -> None:
        self.input_of("password").value = ""
        self._by_key = not self._by_key
        self._show_way()
        self.clear_words()
        self._say_whose_name()
        self.focus_field("code" if self._by_key else "password")

    def on_tick_changed(self, event: Tick.Changed) -> None:
        """Say what it means to remember a key."""
        self.say(REMEMBERED if event.tick.ticked else "")

    # Signing in

    async def problems(self) -> dict[str, str]:
        """Miss no password beside a mailed code: an account that was made for somebody has none yet."""
        problems = await super().problems()
        if looks_like_one(self._code.value) and not self.input_of("password").value:
            problems.pop("password", None)
        return problems

    async def submit(self, values: Mapping[str, str]) -> None:
        """Sign in and go home; with the mailed code of a reset, go on to a new authenticator."""
        if not self._by_key and looks_like_one(values["code"]):
            await self._begin_renewing(values)
            return
        sign_in = self._by_key_and_code if self._by_key else self._by_password_and_code
        self.auth_app.go_home(await sign_in(values))

    async def _begin_renewing(self, values: Mapping[str, str]) -> None:
        self.auth_app.go_on_renewing(
            await self._renewal.begin(values["login"], values["password"], values["code"], self._peer)
        )

    async def _by_password_and_code(self, values: Mapping[str, str]) -> Identity:
        """Sign in; who is refused again and again is told where to look, whoever they are."""
        remember_key = self._peer.key is not None and self.query_one("#remember", Tick).ticked
        try:
            return await self._sign_in(
                values["login"], values["password"], values["code"], self._peer, remember_key=remember_key
            )
        except SignInRefused as refused:
            self._refusals += 1
            if self._refusals < REFUSED_AGAIN:
                raise
            raise SignInRefused(f"{refused.message} {SURE}") from None

    async def _by_key_and_code(self, values: Mapping[str, str]) -> Identity:
        """Sign in; who has proven the key may know whether it is the code or the key that is not taken."""
        try:
            return await self._sign_in.by_key(values["code"], self._peer)
        except SignInRefused:
            if await self._ssh_keys.recognise(self._peer) == self._recognised:
                raise SignInRefused(REFUSED, field="code") from None
        self._recognised = None
        self._go_other_way()
        raise SignInRefused(FORGOTTEN, field="password")

    # Ways

    def action_create_account(self) -> None:
        """Go to Create account."""
        self.auth_app.go_to_create_account()

    async def action_forgot_password(self) -> None:
        """Go to Forgot password, with the user name."""
        await self.let_keys_arrive()
        self.auth_app.go_to_forgot_password(self.input_of("login").value)

    async def action_lost_phone(self) -> None:
        """Say what stands in for the code, and where it goes: behind the password, which comes first."""
        await self.let_keys_arrive()
        self.say(LOST_PHONE)
        self._code.show_places(shown=False)
        password_is_missing = not self._by_key and not self.input_of("password").value
        self.focus_field("password" if password_is_missing else "code")

    @property
    def _code(self) -> CodeInput:
        return self.query_one("#code", CodeInput)


def _short(fingerprint: str) -> str:
    return f"{fingerprint.removeprefix('SHA256:')[:SHORT]}…"
