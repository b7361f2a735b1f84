"""Confirm your address: the code that was mailed to it, before the authenticator."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.peer import Peer
from sshauth.accounts.registration import Registration
from sshauth.tui.code_field import MAILED, CodeField
from sshauth.tui.form import BACK, FormScreen, Link

SENT_AGAIN = "Sent again, if your address can have mail. It may take a minute; look among the spam too."


class ConfirmAddressScreen(FormScreen):
    """Asks for the code from the mail. Nothing here tells whether the address has an account already."""

    HEADING = "Confirm your address"
    HELP = (
        "Here you show that the address is yours, by the code that we mailed to it. Look among the spam too; "
        "it may take a minute to arrive. Is the address mistyped? Escape leads back to it."
    )
    FIELDS = (CodeField("mail_code", "Code from the mail", takes=MAILED),)
    SUBMIT = "Confirm"
    LINKS: ClassVar[tuple[Link, ...]] = (Link("f5", "F5 Send it again", "send_again", beside=True), BACK)
    waits = True

    def __init__(self, registration: Registration, enrolment: Enrolment, peer: Peer) -> None:
        """Take the use case, the registration that waits, and the peer."""
        super().__init__(intro=f"We sent a code to {enrolment.email}. Type it here.")
        self._registration = registration
        self._enrolment = enrolment
        self._peer = peer
        self._finished = False

    async def submit(self, values: Mapping[str, str]) -> None:
        """Confirm the address and go on to the authenticator."""
        await self._registration.confirm_address(self._enrolment, values["mail_code"], self._peer)
        self._finished = True
        self.auth_app.go_to_first_authenticator(self._enrolment)

    def action_send_again(self) -> None:
        """Have the code sent once more."""
        self.attempt(self._send_again)

    async def _send_again(self) -> None:
        await self._registration.send_again(self._enrolment, self._peer)
        self.say(SENT_AGAIN)
        self.focus_field("mail_code")

    async def on_unmount(self) -> None:
        """Free the user name of a registration that was left, by whatever way: keys, connection, server."""
        if not self._finished:
            await self._registration.abandon(self._enrolment)
