"""Somebody's sessions, as administrators see them; ending one, or all."""

from datetime import datetime, tzinfo
from functools import partial
from typing import ClassVar

from textual.screen import Screen
from textual.widgets import Static

from sshauth.accounts.administration import Person
from sshauth.accounts.peer import client_in_a_list
from sshauth.accounts.sessions import SessionInfo
from sshauth.times import ago
from sshauth.tui.admin_questions import EndAllScreen, EndSessionScreen
from sshauth.tui.admin_room import AdminRoom
from sshauth.tui.fields import literally
from sshauth.tui.form import BACK, Link
from sshauth.tui.list_room import TIME_HELP
from sshauth.tui.rows import Row
from sshauth.tui.sessions import OVER, SessionsScreen


class SessionsOfScreen(SessionsScreen, AdminRoom):
    """Lists a person's sessions, live ones first."""

    HELP: ClassVar[str] = (
        "From where a person is signed in, and was before. F5 ends the selected session, F6 all of them, "
        f"each after a question. {TIME_HELP}"
    )
    EMPTY = "This person was never signed in, or so long ago that it is not kept."
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 End", "end", beside=True),
        Link("f6", "F6 End all", "end_others", beside=True),
        BACK,
    )

    def __init__(self, person: Person) -> None:
        """Take whose sessions they are."""
        super().__init__()
        self._person = person

    async def load(self) -> None:
        """Show the sessions as they are now, and whose they are."""
        self.query_one("#heading", Static).update(literally(f"Sessions of {self._person.user_name}"))
        sessions = await self.administration.sessions_of(self.me, self._person.id)
        now = self.accounts.security.clock()
        self._sessions = {each.id: each for each in sessions}
        self.rows.show([_row(each, now, self.zone) for each in sessions])

    async def _end(self) -> None:
        each = self._sessions.get(self.selected.key) if self.selected else None
        if each is None or each.ended_at is not None:
            self.say(OVER, error=True)
        else:
            await self.enter(partial(self._question, each))

    async def _question(self, each: SessionInfo) -> Screen[None]:
        return EndSessionScreen(each.id, self._person.user_name, each.address)

    async def _end_others(self) -> None:
        await self.enter(self._question_about_all)

    async def _question_about_all(self) -> Screen[None]:
        return EndAllScreen(await self.administration.person(self.me, self._person.id))


def _row(each: SessionInfo, now: datetime, zone: tzinfo) -> Row:
    cells = (
        each.address,
        client_in_a_list(each.client),
        ago(each.started_at, now, zone),
        each.end_reason or ago(each.last_input_at, now, zone),
    )
    sort = (None, None, each.started_at, each.ended_at or each.last_input_at)
    return Row(each.id, cells, quiet=each.ended_at is not None, sort=sort)
