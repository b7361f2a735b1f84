"""Create account: the form before the authenticator."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.accounts import rules
from sshauth.accounts.errors import TooManyTries
from sshauth.accounts.new_account import NewAccount
from sshauth.accounts.peer import Peer
from sshauth.accounts.registration import Registration
from sshauth.accounts.strength import Strength
from sshauth.tui.fields import Field, FieldInput
from sshauth.tui.form import Tone
from sshauth.tui.live_form import RuledField
from sshauth.tui.new_password import NewPasswordForm

FREE = "That name is free."


class CreateAccountScreen(NewPasswordForm):
    """Asks for names, email and a password. Whether a user name can be had is said once its field is left."""

    HEADING = "Create account"
    HELP = (
        "Here you make an account. Later you sign in with your user name or email, your password, and a code "
        "from an authenticator app, which comes next. There is no account before that is set up."
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        RuledField("first_name", "First name", 64, rule=rules.check_name),
        RuledField("last_name", "Last name", 64, rule=rules.check_name),
        Field("user_name", "User name", 32),
        # Of an address only its form: whether it has an account is nobody's business.
        RuledField("email", "Email", 254, rule=rules.check_email),
        RuledField("password", "Password", 256, secret=True, rule=rules.check_password),
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

    async def find_out(self, left: FieldInput) -> None:
        """Ask about the user name, and where the address is, once their fields are left."""
        if left.field.name == "user_name":
            await self._ask_about(left.value)
        elif left.field.name == "email" and (problem := self._registration.email_problem(left.value)):
            self.say_live("email", left.value, problem)
        else:
            await super().find_out(left)

    async def _ask_about(self, name: str) -> None:
        try:
            problem = await self._registration.user_name_problem(name, self._peer)
        except TooManyTries:
            return  # It is looked up again when the form is submitted.
        if problem:
            self.say_live("user_name", name, problem)
        else:
            self.say_live("user_name", name, FREE, Tone.GOOD)

    async def problems(self) -> dict[str, str]:
        """Ask about the user name too where the form stays: a form without faults asks by being sent."""
        problems = await super().problems()
        if "email" not in problems and (problem := self._registration.email_problem(self._email)):
            problems["email"] = problem
        name, known = self.input_of("user_name").value, self.error_beside("user_name")
        if "user_name" in problems or not (problems or known):
            return problems
        try:
            problem = await self._registration.user_name_problem(name, self._peer)
        except TooManyTries:
            problem = known
        if known and not problem:
            self.say_beside("user_name", "")
        return problems | {"user_name": problem} if problem else problems

    @property
    def _email(self) -> str:
        return self.input_of("email").value

    async def submit(self, values: Mapping[str, str]) -> None:
        """Begin the registration and go on to the address or the authenticator."""
        enrolment = await self._registration.begin(
            NewAccount(**values), self._peer, shown_before=self.auth_app.enrolment_shown
        )
        self.auth_app.go_on_registering(enrolment)
