"""Set up your account: names and a password, for somebody whose account an operator made."""

from collections.abc import Mapping

from sshauth.accounts import rules
from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.first_steps import FirstForm, FirstSteps
from sshauth.accounts.peer import Peer
from sshauth.accounts.strength import Strength
from sshauth.tui.fields import Field
from sshauth.tui.live_form import RuledField
from sshauth.tui.new_password import NewPasswordForm


class FirstStepsScreen(NewPasswordForm):
    """Asks for names and a password, and goes on to the authenticator. Nothing is kept before its code."""

    HEADING = "Set up your account"
    HELP = (
        "Here you make the account yours that was made for you. Later you sign in with your user name or "
        "email, the password that you choose here, and a code from an authenticator app, which comes next."
    )
    FIELDS = (
        RuledField("first_name", "First name", 64, rule=rules.check_name),
        RuledField("last_name", "Last name", 64, rule=rules.check_name),
        RuledField("password", "Password", 256, secret=True, rule=rules.check_password),
        Field("repeat_password", "Repeat password", 256, secret=True),
    )
    SUBMIT = "Go on"
    OWN_WORDS = ("first_name", "last_name")
    waits = True

    def __init__(
        self,
        first_steps: FirstSteps,
        strength: Strength,
        enrolment: Enrolment,
        peer: Peer,
        *,
        names: Mapping[str, str],
    ) -> None:
        """Take the use case, the account to set up, the peer, and what the fields hold at first."""
        super().__init__(
            strength,
            intro=f"Welcome, {enrolment.user_name}. Next you will need an authenticator app on your phone: "
            "FreeOTP, Aegis or Google Authenticator, for example.",
            values=names,
        )
        self._first_steps = first_steps
        self._enrolment = enrolment
        self._peer = peer

    def first_field(self) -> str:
        """Skip the names where they are known already."""
        return "password" if all(self._first_values.values()) else "first_name"

    def own_words(self) -> tuple[str, ...]:
        """Count user name and address too among what the password must not be made of."""
        return (*super().own_words(), self._enrolment.user_name, self._enrolment.email)

    async def submit(self, values: Mapping[str, str]) -> None:
        """Have all checked and go on to the authenticator."""
        chosen = await self._first_steps.choose(self._enrolment, FirstForm(**values), self._peer)
        self.auth_app.go_on_renewing(self._enrolment, chosen)
