"""Confirm it's you: password and code once more, before what matters."""

from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from sshauth.accounts.confirmation import Confirmation
from sshauth.accounts.peer import Identity, Peer
from sshauth.tui.code_field import APP_OR_RECOVERY, CodeField
from sshauth.tui.fields import Field
from sshauth.tui.form import BACK, FormScreen, Link


class ConfirmItIsYouScreen(FormScreen):
    """Asks for password and code, and then goes on to where the person was going."""

    HEADING = "Confirm it's you"
    HELP = (
        "What you are about to do matters, so we make sure that it is you who does it, and not somebody who "
        "found your terminal open. It is asked again after five minutes."
    )
    FIELDS = (
        Field("password", "Password", 256, secret=True),
        CodeField("code", "Code", takes=APP_OR_RECOVERY),
    )
    SUBMIT = "Confirm"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)
    """Nothing shows the password here: it may be another who sits down before a refused form."""

    def __init__(
        self,
        confirmation: Confirmation,
        identity: Identity,
        peer: Peer,
        then: Callable[[], Awaitable[None]],
    ) -> None:
        """Take the use case, who it must be, the peer, and where to go on."""
        super().__init__(
            intro="Your password and the code your authenticator app shows now. One that was used already, "
            "also to sign in, is not taken: wait for the next. A recovery code will do too."
        )
        self._confirmation = confirmation
        self._identity = identity
        self._peer = peer
        self._then = then

    async def submit(self, values: Mapping[str, str]) -> None:
        """Confirm and go on."""
        await self._confirmation(self._identity, values["password"], values["code"], self._peer)
        await self._then()

    async def action_back(self) -> None:
        """Leave; the password is not kept."""
        await self.let_keys_arrive()
        self.auth_app.go_back({})
