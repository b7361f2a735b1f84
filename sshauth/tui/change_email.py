"""Change email: the new address, and the code that was mailed to it."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.accounts import rules
from sshauth.tui.code_field import MAILED, CodeField
from sshauth.tui.form import BACK, Link
from sshauth.tui.live_form import RuledField
from sshauth.tui.room import Room

SENT_AGAIN = "Sent again. It may take a minute; look among the spam too."


class ChangeEmailScreen(Room):
    """Asks for the new address; what it says does not tell whether that has an account."""

    HEADING = "Change email"
    HELP = (
        "Here you change the address that mail about your account goes to. You can sign in with it too, and "
        "a forgotten password is reset by a mail to it."
    )
    FIELDS = (RuledField("email", "New email", 254, rule=rules.check_email),)
    SUBMIT = "Go on"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)

    def __init__(self, *, values: Mapping[str, str], needs_code: bool) -> None:
        """Take what the field holds at first, and whether a code will be mailed."""
        how = "A code goes to the new address." if needs_code else "It is changed at once."
        super().__init__(
            intro=f"{how} Other sessions of yours are ended when it is changed, and the old address is told.",
            values=values,
        )
        self._needs_code = needs_code

    async def submit(self, values: Mapping[str, str]) -> None:
        """Have a code sent to the address; where no mail goes out, change it at once."""
        email = values["email"]
        await self.accounts.email_change.request(self.me, email, self.peer)
        if self._needs_code:
            self.auth_app.replace(EmailCodeScreen(email))
        else:
            self.finish(_changed(email))


class EmailCodeScreen(Room):
    """Asks for the code from the mail."""

    HEADING = "Confirm your new address"
    HELP = (
        "A code from the mail shows that the new address is yours. It is good for ten minutes; the old "
        "address stays until you have typed it."
    )
    FIELDS = (CodeField("mail_code", "Code from the mail", takes=MAILED),)
    SUBMIT = "Confirm"
    LINKS: ClassVar[tuple[Link, ...]] = (Link("f5", "F5 Send it again", "send_again", beside=True), BACK)

    def __init__(self, email: str) -> None:
        """Take the new address."""
        super().__init__(intro=f"A code went to {email}. Type it here.")
        self._email = email

    async def submit(self, values: Mapping[str, str]) -> None:
        """Change the address."""
        await self.accounts.email_change.confirm(self.me, values["mail_code"], self.peer)
        self.finish(_changed(self._email))

    def action_send_again(self) -> None:
        """Have another code sent; the one before is good no more."""
        self.attempt(self._send_again)

    async def _send_again(self) -> None:
        await self.accounts.email_change.request(self.me, self._email, self.peer)
        self.say(SENT_AGAIN)

    async def action_back(self) -> None:
        """Go back to the address, for who mistyped it."""
        self.auth_app.replace(ChangeEmailScreen(values={"email": self._email}, needs_code=True))


def _changed(email: str) -> str:
    return f"Your email address is {email.strip()} now. Your other sessions are ended."
