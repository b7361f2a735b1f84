"""Reset an authenticator: what that means, and typing the person's user name to show that one means it."""

from collections.abc import Mapping
from typing import ClassVar

from sshauth.accounts.administration import Person
from sshauth.tui.admin_room import AdminRoom
from sshauth.tui.fields import Field
from sshauth.tui.form import BACK, Link
from sshauth.tui.rows import visible


class ResetAuthenticatorScreen(AdminRoom):
    """Takes a person's authenticators away, and has a code mailed with which they set up a new one."""

    HEADING = "Reset an authenticator"
    HELP: ClassVar[str] = (
        "For somebody who has lost phone and recovery codes. They get a code by mail, and with it and their "
        "password they set up a new authenticator. Be sure who asks you for this: it may be a thief."
    )
    FIELDS = (Field("name", "Their user name", 64),)
    SUBMIT = "Reset authenticator"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)

    def __init__(self, person: Person) -> None:
        """Take whose authenticator it is."""
        super().__init__(intro=_what_it_means(person))
        self._person = person

    async def submit(self, values: Mapping[str, str]) -> None:
        """Reset it."""
        await self.administration.reset_authenticator(self.me, self._person.id, values["name"], self.peer)
        self.finish(f"A code for a new authenticator goes to {visible(self._person.email)}.")


def _what_it_means(person: Person) -> str:
    name, email = visible(person.user_name), visible(person.email)
    if not person.is_set_up:
        return (
            f"{name} has not set up the account yet. Another code goes to {email}: for 24 hours it lets them "
            "choose a password and set up an authenticator. One from before works no more. Be sure that it "
            "is they who ask; then type their user name."
        )
    return (
        f"All sessions of {name} end; their authenticators, recovery codes and remembered keys work no more. "
        f"A code goes to {email}: for 24 hours, that code and their password set up a new authenticator. Be "
        "sure that it is they who ask; then type their user name."
    )
