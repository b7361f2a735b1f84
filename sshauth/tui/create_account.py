"""Create account: the form before the authenticator."""

from collections.abc import Mapping

from sshauth.accounts.registration import NewAccount, Registration
from sshauth.tui.fields import Field
from sshauth.tui.form import FormScreen


class CreateAccountScreen(FormScreen):
    """Asks for names, email and a password."""

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

    def __init__(self, registration: Registration, *, values: Mapping[str, str]) -> None:
        """Take the use case, and what was typed before, if anything."""
        super().__init__(
            intro="Next you will need an authenticator app on your phone: FreeOTP, Aegis or "
            "Google Authenticator, for example.",
            values=values,
        )
        self._registration = registration

    async def submit(self, values: Mapping[str, str]) -> None:
        """Begin the registration and go on to the authenticator."""
        enrolment = await self._registration.begin(NewAccount(**values))
        self.auth_app.go_to_authenticator(enrolment)
