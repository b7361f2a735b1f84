"""Forgot password: asking for a reset code."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.accounts.peer import Peer
from sshauth.accounts.reset import PasswordReset
from sshauth.tui.fields import Field
from sshauth.tui.form import BACK, FormScreen, Link

ON_ITS_WAY = "If that account exists, a code is on its way"


class ForgotPasswordScreen(FormScreen):
    """Asks whose password was forgotten, and answers the same whoever it is."""

    HEADING = "Forgot password"
    HELP = (
        "Here you ask for a code by mail, and set a new password with it and with your authenticator or a "
        "recovery code. The answer is the same whether there is such an account or not."
    )
    FIELDS = (Field("login", "User name or email", 254),)
    SUBMIT = "Send code"
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 I have a code", "have_code", beside=True),
        BACK,
    )

    def __init__(self, reset: PasswordReset, peer: Peer, *, values: Mapping[str, str]) -> None:
        """Take the use case, the peer, and what to show at first."""
        super().__init__(
            intro="A code goes to your email address. You will also need your authenticator app, "
            "or a recovery code.",
            values=values,
        )
        self._reset = reset
        self._peer = peer

    async def submit(self, values: Mapping[str, str]) -> None:
        """Have the code sent, and go on to the form that asks for it."""
        await self._reset.request(values["login"], self._peer)
        self.auth_app.go_to_reset(values["login"], notice=f"{ON_ITS_WAY}. Look into your mail.", waits=True)

    async def action_have_code(self) -> None:
        """Go to the form for somebody who has a code already."""
        await self.let_keys_arrive()
        login = self.values()["login"]
        self.auth_app.go_to_reset(login, notice="Type the code from the mail.", waits=False)
