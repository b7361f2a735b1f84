"""Admin: how things stand, and the ways to the rooms of administrators."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.screen import Screen

from sshauth.accounts.admin_views import MOST_SHOWN
from sshauth.accounts.administration import NodeLoad, QueuedMail
from sshauth.tui.admin_activity import EverybodysActivityScreen
from sshauth.tui.admin_announce import AnnounceScreen
from sshauth.tui.admin_invite import InviteScreen
from sshauth.tui.admin_live import LiveScreen, load_of_machine
from sshauth.tui.admin_mail import MailQueueScreen
from sshauth.tui.admin_people import PeopleScreen, how_many
from sshauth.tui.admin_room import AdminRoom, number
from sshauth.tui.links import Link
from sshauth.tui.menu import Action, MenuScreen

WAYS: tuple[tuple[str, type[AdminRoom]], ...] = (
    ("F2 People", PeopleScreen),
    ("F3 Live sessions", LiveScreen),
    ("F4 Activity of everyone", EverybodysActivityScreen),
    ("F5 Mail queue", MailQueueScreen),
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
    MORE_KEYS: ClassVar[tuple[Link, ...]] = tuple(
        Link(label.split()[0].lower(), label, f"choose({index})")
        for index, label in enumerate((*(label for label, _ in WAYS), ANNOUNCE))
    )

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
                *(Action(label, partial(self._go_to, room)) for label, room in WAYS),
                Action(ANNOUNCE, partial(self.enter, self._announce)),
                *([Action(INVITE.label, partial(self.enter, self._invite))] if self._may_invite else []),
            ]
        )
        people = await self.administration.people(self.me)
        load = await self.administration.load(self.me)
        mails = await self.administration.mail_queue(self.me)
        self.show_facts(
            [
                ("People", how_many(people)),
                ("Live sessions", _spread(load)),
                ("Mail", _mail(mails)),
                ("This machine", load_of_machine()),
            ]
        )

    async def _go_to(self, room: type[AdminRoom]) -> None:
        self.auth_app.open(room())

    async def _announce(self) -> Screen[None]:
        sessions = sum(each.sessions for each in await self.administration.load(self.me))
        return AnnounceScreen(sessions - 1, values=self.auth_app.draft_of(AnnounceScreen))

    async def _invite(self) -> Screen[None]:
        lifetime = self.accounts.invitations.inviting.policy.lifetime
        return InviteScreen(lifetime, values=self.auth_app.draft_of(InviteScreen))


def _spread(load: Sequence[NodeLoad]) -> str:
    sessions = sum(each.sessions for each in load)
    return f"{sessions} in {number(len(load), 'process', 'processes')}"


def _mail(mails: Sequence[QueuedMail]) -> str:
    if len(mails) >= MOST_SHOWN:
        return f"{MOST_SHOWN} or more wait, or were given up"
    dead = sum(each.dead_at is not None for each in mails)
    waiting = len(mails) - dead
    words = "1 waits" if waiting == 1 else f"{waiting or 'none'} wait"
    return f"{words}, {dead} given up" if dead else words
