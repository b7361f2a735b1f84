"""Invite somebody: an address to which the code of an invitation is mailed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from sshauth.accounts import rules
from sshauth.tui.admin_room import AdminRoom, number
from sshauth.tui.fields import Field
from sshauth.tui.form import BACK, Link
from sshauth.tui.live_form import RuledField
from sshauth.tui.rows import visible

MAILED = "An invitation is on its way to {email}."
IN_A_FILE = "The invitation of {email} lies in a file on the server, which has no mail server to send it by."


class InviteScreen(AdminRoom):
    """Invites an address."""

    HEADING = "Invite somebody"
    HELP: ClassVar[str] = (
        "Whoever gets an invitation can create one account. The code is mailed, and shown to nobody else. "
        "The invitations that wait are listed, and withdrawn, by commands on the server."
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (RuledField("email", "Email", 254, rule=rules.check_email),)
    SUBMIT = "Invite"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)

    def __init__(self, lifetime: timedelta, *, values: Mapping[str, str] | None = None) -> None:
        """Take how long an invitation works, and what was typed here before."""
        super().__init__(
            intro=f"A code is mailed to this address. For {number(lifetime.days, 'day', 'days')} it lets one "
            "person create an account. One that was mailed to the address before works no more.",
            values=values,
        )

    async def submit(self, values: Mapping[str, str]) -> None:
        """Have the invitation mailed."""
        invited = await self.accounts.invitations.invite(self.me, values["email"], self.peer)
        words = MAILED if invited.is_mailed else IN_A_FILE
        self.finish(words.format(email=visible(invited.email)))
