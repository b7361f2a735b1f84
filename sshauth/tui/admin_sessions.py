"""Somebody's sessions, as administrators see them; ending one, or all."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.screen import Screen
from textual.widgets import Static

from sshauth.accounts.administration import Person
from sshauth.accounts.sessions import SessionInfo
from sshauth.tui.admin_questions import EndAllScreen, EndSessionScreen
from sshauth.tui.admin_room import AdminRoom
from sshauth.tui.fields import literally
from sshauth.tui.form import BACK, Link
from sshauth.tui.list_room import TIME_HELP
from sshauth.tui.sessions import SessionsScreen


class SessionsOfScreen(SessionsScreen, AdminRoom):
    """Lists a person's sessions, live ones first."""

    HELP: ClassVar[str] = (
        "From where a person is signed in, and was before. F5 ends the selected session, F6 all of them, "
        f"each after a question. {TIME_HELP}"
    )
    EMPTY = "This person was never signed in, or so long ago that it is not kept."
    NOTHING_TO_END = "No session of theirs is live."
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 End", "end", beside=True),
        Link("f6", "F6 End all", "end_others", beside=True),
        BACK,
    )

    def __init__(self, person: Person) -> None:
        """Take whose sessions they are."""
        super().__init__()
        self._person = person

    def on_mount(self) -> None:
        """Say whose sessions they are."""
        super().on_mount()
        self.query_one("#heading", Static).update(literally(f"Sessions of {self._person.user_name}"))

    async def look_up(self) -> Sequence[SessionInfo]:
        """Give the sessions as they are now."""
        return await self.administration.sessions_of(self.me, self._person.id)

    async def end_session(self, each: SessionInfo) -> None:
        """Ask whether a session is to end."""
        await self.enter(partial(self._question, each))

    async def _question(self, each: SessionInfo) -> Screen[None]:
        return EndSessionScreen(each.id, self._person.user_name, each.address)

    async def end_all(self) -> None:
        """Ask whether all are to end, those too that began after the list was made."""
        await self.load()
        if self.can_end:
            await self.enter(self._question_about_all)

    async def _question_about_all(self) -> Screen[None]:
        return EndAllScreen(await self.administration.person(self.me, self._person.id))
