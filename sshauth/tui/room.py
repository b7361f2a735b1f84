"""What all screens behind Home have in common: who is signed in, and asking anew for password and code."""

from collections.abc import Awaitable, Callable
from datetime import tzinfo
from functools import partial
from typing import Any

from textual import events
from textual.screen import Screen

from sshauth.accounts.bundle import Accounts
from sshauth.accounts.errors import AccountError, ConfirmationNeeded
from sshauth.accounts.peer import Identity, Peer
from sshauth.times import zone_of
from sshauth.tui.confirm_it_is_you import ConfirmItIsYouScreen
from sshauth.tui.form import FormScreen

CONFIRMED = "Thank you. Press Enter to go on."


class Room(FormScreen):
    """A form for who is signed in."""

    @property
    def accounts(self) -> Accounts:
        """The use cases."""
        return self.auth_app.accounts

    @property
    def peer(self) -> Peer:
        """Who is at the other end."""
        return self.auth_app.peer

    @property
    def me(self) -> Identity:
        """Who is signed in."""
        identity = self.auth_app.identity
        if identity is None:
            raise RuntimeError("a room is open, and nobody is signed in")
        return identity

    @property
    def zone(self) -> tzinfo:
        """Whose times are shown: those of the person's time zone, or UTC."""
        return zone_of(self.peer.time_zone)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002 - Textual's signature
        """Keep what has the focus in view."""
        self.call_after_refresh(self._show_focus)

    def _show_focus(self) -> None:
        if self.focused is not None:
            self.focused.scroll_visible(animate=False)

    async def enter(self, make: Callable[[], Awaitable[Screen[Any]]]) -> None:
        """Go on to a room that asks first for password and code, unless they were given lately."""
        if await self.accounts.confirmation.is_recent(self.me):
            self.auth_app.open(await make())
        else:
            self._ask(partial(self._enter_instead, make))

    async def _enter_instead(self, make: Callable[[], Awaitable[Screen[Any]]]) -> None:
        self.auth_app.replace(await make())

    def show_problem(self, error: AccountError) -> None:
        """Ask for password and code where the last time is too long ago; else as everywhere."""
        if isinstance(error, ConfirmationNeeded):
            self._ask(self._go_on)
        else:
            super().show_problem(error)

    def _ask(self, then: Callable[[], Awaitable[None]]) -> None:
        self.auth_app.open(ConfirmItIsYouScreen(self.accounts.confirmation, self.me, self.peer, then))

    async def _go_on(self) -> None:
        """Come back to this form, which is as it was."""
        self.tell(CONFIRMED)
        self.auth_app.go_back({})

    async def action_back(self) -> None:
        """Leave for the room behind; what was typed is there again on return, but for secrets."""
        await self.let_keys_arrive()
        secret = {field.name for field in self.FIELDS if field.secret}
        self.auth_app.go_back({name: value for name, value in self.values().items() if name not in secret})

    def tell(self, words: str) -> None:
        """Have something to say when the person is here again."""
        self.say(words)

    def finish(self, words: str) -> None:
        """Go back to the room behind, which says what was done."""
        stack = self.app.screen_stack
        behind = stack[stack.index(self) - 1]
        if isinstance(behind, Room):
            behind.tell(words)
        self.auth_app.go_back({})
