"""Create account: the form before the authenticator."""

from collections.abc import Mapping

from textual import events

from sshauth.accounts.new_account import NewAccount
from sshauth.accounts.peer import Peer
from sshauth.accounts.registration import Registration
from sshauth.accounts.strength import Strength
from sshauth.tui.fields import Field
from sshauth.tui.new_password import NewPasswordForm


class CreateAccountScreen(NewPasswordForm):
    """Asks for names, email and a password. A user name that is taken is said once its field is left."""

    HEADING = "Create account"
    FIELDS = (
        Field("first_name", "First name", 64),
        Field("last_name", "Last name", 64),
        Field("user_name", "User name", 32),
        Field("email", "Email", 254),
        Field("password", "Password", 256, secret=True),
        Field("repeat_password", "Repeat password", 256, secret=True),
    )
    SUBMIT = "Create account"
    OWN_WORDS = ("first_name", "last_name", "user_name", "email")

    def __init__(
        self, registration: Registration, strength: Strength, peer: Peer, *, values: Mapping[str, str]
    ) -> None:
        """Take the use cases, the peer, and what was typed before, if anything."""
        super().__init__(
            strength,
            intro="Next you will need an authenticator app on your phone: FreeOTP, Aegis or "
            "Google Authenticator, for example.",
            values=values,
        )
        self._registration = registration
        self._peer = peer

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Ask about the user name once its field is left."""
        if event.widget.id == "user_name" and not self.busy:
            self.look_into(self._ask_about_user_name, "user name")

    async def _ask_about_user_name(self) -> None:
        name = self.input_of("user_name").value
        if problem := await self._registration.user_name_problem(name, self._peer):
            self.say_live("user_name", name, problem)

    async def submit(self, values: Mapping[str, str]) -> None:
        """Begin the registration and go on to the address or the authenticator."""
        enrolment = await self._registration.begin(NewAccount(**values), self._peer)
        self.auth_app.go_on_registering(enrolment)
