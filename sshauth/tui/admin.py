"""Admin: how things stand, and the ways to the rooms of administrators."""

from functools import partial
from typing import ClassVar

from textual.screen import Screen

from sshauth.accounts.administration import Standing
from sshauth.tui.admin_activity import EverybodysActivityScreen
from sshauth.tui.admin_announce import AnnounceScreen
from sshauth.tui.admin_invite import InviteScreen
from sshauth.tui.admin_live import LiveScreen, load_of_machine
from sshauth.tui.admin_mail import MailQueueScreen
from sshauth.tui.admin_people import PeopleScreen
from sshauth.tui.admin_room import AdminRoom, number
from sshauth.tui.links import Link
from sshauth.tui.menu import Action, MenuScreen, Way, keys_of

WAYS = (
    Way("F2 People", PeopleScreen),
    Way("F3 Live sessions", LiveScreen),
    Way("F4 Activity of everyone", EverybodysActivityScreen),
    Way("F5 Mail queue", MailQueueScreen),
)
ANNOUNCE = "F6 Announce"
INVITE = Link("f7", "F7 Invite somebody", f"choose({len(WAYS) + 1})")
"""Where it takes an invitation to create an account."""


class AdminScreen(MenuScreen, AdminRoom):
    """Says how many people, sessions and mails there are, and leads to them."""

    HEADING = "Admin"
    HELP: ClassVar[str] = (
        "For administrators: how many people, sessions and mails there are, and the ways to look after them. "
        "Nothing here shows or sets a password."
    )
    MORE_KEYS: ClassVar[tuple[Link, ...]] = keys_of(*(way.label for way in WAYS), ANNOUNCE)

    @property
    def _may_invite(self) -> bool:
        return self.accounts.invitations.are_of_use

    def on_mount(self) -> None:
        """Let the key invite, where the button does."""
        if self._may_invite:
            self._bindings.bind(INVITE.key, INVITE.action, priority=True, show=False)
        super().on_mount()

    def keys(self) -> list[Link]:
        """Tell of the key that has a button."""
        return [*super().keys(), *([INVITE] if self._may_invite else [])]

    async def load(self) -> None:
        """Show how things stand now."""
        await self.show_actions(
            [
                *WAYS,
                Action(ANNOUNCE, partial(self.enter, self._announce)),
                *([Action(INVITE.label, partial(self.enter, self._invite))] if self._may_invite else []),
            ]
        )
        now = await self.administration.standing(self.me)
        self.show_facts(
            [
                ("People", str(now.people)),
                ("Live sessions", f"{now.live_sessions} in {number(now.processes, 'process', 'processes')}"),
                ("Mail", _mail(now)),
                ("This machine", load_of_machine()),
            ]
        )

    async def _announce(self) -> Screen[None]:
        others = (await self.administration.standing(self.me)).live_sessions - 1
        return AnnounceScreen(others, values=self.auth_app.draft_of(AnnounceScreen))

    async def _invite(self) -> Screen[None]:
        lifetime = self.accounts.invitations.inviting.policy.lifetime
        return InviteScreen(lifetime, values=self.auth_app.draft_of(InviteScreen))


def _mail(now: Standing) -> str:
    words = "1 waits" if now.mails_waiting == 1 else f"{now.mails_waiting or 'none'} wait"
    return f"{words}, {now.mails_given_up} given up" if now.mails_given_up else words
