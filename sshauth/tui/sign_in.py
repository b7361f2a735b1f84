"""Sign in: the first screen."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.accounts.peer import Peer
from sshauth.accounts.signin import SignIn
from sshauth.tui.fields import Field
from sshauth.tui.form import SHOW_SECRETS, FormScreen, Link

LOST_PHONE = (
    "Type one of your recovery codes into Code: six groups of four characters. It is used up by this. "
    "They were shown when you created the account."
)


class SignInScreen(FormScreen):
    """Asks for user name, password and code, and judges none of them by itself."""

    HEADING = "Sign in"
    FIELDS = (
        Field("login", "User name", 254),
        Field("password", "Password", 256, secret=True),
        Field("code", "Code", 64),
    )
    SUBMIT = "Sign in"
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f2", "F2 Create account", "create_account"),
        Link("f3", "F3 Forgot password", "forgot_password"),
        SHOW_SECRETS,
        Link("f6", "F6 Lost your phone?", "lost_phone"),
        Link("ctrl+q", "Ctrl+Q Quit", "app.quit"),
    )

    def __init__(self, sign_in: SignIn, peer: Peer, *, app_name: str, login: str) -> None:
        """Take the use case, the peer, and what to show at first."""
        super().__init__(
            intro=f"Welcome to {app_name}. Your user name or email, your password, "
            "and the code your authenticator app shows.",
            values={"login": login},
        )
        self._sign_in = sign_in
        self._peer = peer

    def begin_anew(self, login: str, notice: str) -> None:
        """Forget what was typed, for the next to sign in here."""
        for field_input in self.inputs():
            field_input.value = login if field_input.field.name == "login" else ""
            field_input.password = field_input.field.secret
        self.clear_words()
        self.say(notice)
        self.focus_field("login")

    async def submit(self, values: Mapping[str, str]) -> None:
        """Sign in and go home."""
        identity = await self._sign_in(values["login"], values["password"], values["code"], self._peer)
        self.auth_app.go_home(identity)

    def action_create_account(self) -> None:
        """Go to Create account."""
        self.auth_app.go_to_create_account()

    async def action_forgot_password(self) -> None:
        """Go to Forgot password, with the user name."""
        await self.let_keys_arrive()
        self.auth_app.go_to_forgot_password(self.values()["login"])

    def action_lost_phone(self) -> None:
        """Say what stands in for the code, and where it goes."""
        self.say(LOST_PHONE)
        self.focus_field("code")
