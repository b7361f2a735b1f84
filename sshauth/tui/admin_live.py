"""Live sessions: who is signed in, from where and to which process; ending one."""

import os
from collections.abc import Hashable, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import ClassVar

from textual.screen import Screen
from textual.widgets import Static

from sshauth.accounts.administration import LiveInfo, NodeLoad
from sshauth.accounts.peer import client_in_a_list, client_name
from sshauth.times import ago, exactly
from sshauth.tui.admin_person import PersonScreen
from sshauth.tui.admin_questions import EndSessionScreen
from sshauth.tui.admin_room import AdminRoom, listed, number
from sshauth.tui.fields import literally
from sshauth.tui.form import BACK, Link
from sshauth.tui.list_room import TIME_HELP, ListRoom
from sshauth.tui.rows import REST, Column, Row, visible
from sshauth.tui.sessions import THIS_ONE

NOTHING_SELECTED = "No session is selected."
MOST_PROCESSES = 4


class LiveScreen(ListRoom, AdminRoom):
    """Lists the live sessions of everybody."""

    HEADING = "Live sessions"
    HELP: ClassVar[str] = (
        "Everybody who is signed in now, and how many each process of the service looks after. Enter opens "
        f"the person; F5 ends the selected session, after a question. {TIME_HELP}"
    )
    ON_ENTER = "open_person"
    COLUMNS = (
        Column("User name", 14, 14, wide=20),
        Column("From", 15, 15, wide=39),
        Column("Client", 0, 0, wide=12),
        Column("Process", REST, 0),
        Column("Last typed", 24, REST),
    )
    EMPTY = "Nobody is signed in."
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f2", "F2 Person", "open_person"),
        Link("f5", "F5 End", "end", beside=True),
        Link("f6", "F6 Look again", "look_again", beside=True),
        BACK,
    )

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._sessions: dict[Hashable, LiveInfo] = {}

    async def load(self) -> None:
        """Show the sessions as they are now, and the load they make."""
        live = await self.administration.live(self.me)
        load = await self.administration.load(self.me)
        now = self.accounts.security.clock()
        self._sessions = {each.id: each for each in live}
        self.rows.show([_row(each, now, self.zone) for each in live])
        self.query_one("#intro", Static).update(literally(in_words(load)))

    def details(self, row: Row) -> str:
        """Tell all about a session."""
        each = self._sessions[row.key]
        return (
            f"{visible(each.user_name)} from {visible(each.address)} by {client_name(each.client)}, in "
            f"process {visible(each.node)}. Started {exactly(each.started_at, self.zone)}. "
            f"Last typed {exactly(each.last_input_at, self.zone)}."
        )

    async def action_open_person(self) -> None:
        """Open the person of the selected session."""
        await self.let_keys_arrive()
        if self.selected is None:
            self.say(NOTHING_SELECTED, error=True)
        else:
            self.auth_app.open(PersonScreen(self._sessions[self.selected.key].user_id))

    def action_end(self) -> None:
        """Ask whether the selected session is to end."""
        self.attempt(self._end)

    async def _end(self) -> None:
        each = self._sessions.get(self.selected.key) if self.selected else None
        if each is None:
            self.say(NOTHING_SELECTED, error=True)
        elif each.is_this:
            self.say(THIS_ONE, error=True)
        else:
            await self.enter(partial(self._question, each))

    async def _question(self, each: LiveInfo) -> Screen[None]:
        return EndSessionScreen(each.id, each.user_name, each.address)

    def action_look_again(self) -> None:
        """Show the sessions as they are by now."""
        self.attempt(self._look_again)

    async def _look_again(self) -> None:
        await self.load()
        self.say("That is how it is now.")


def in_words(load: Sequence[NodeLoad]) -> str:
    """Say how many sessions each process looks after, the busiest first, and how busy this machine is."""
    busiest = sorted(load, key=lambda each: (-each.sessions, each.node))
    processes = listed([f"{each.sessions} in {visible(each.node)}" for each in busiest], most=MOST_PROCESSES)
    return f"Sessions: {processes}. This machine: {load_of_machine()}."


def load_of_machine() -> str:
    """Say how busy this machine is: how many programs waited for a processor, in three stretches of time."""
    try:
        minutes = " ".join(f"{each:.2f}" for each in os.getloadavg())
    except OSError:
        return "unknown"
    return f"load in 1, 5 and 15 minutes {minutes}, {number(os.cpu_count() or 1, 'processor', 'processors')}"


def _row(each: LiveInfo, now: datetime, zone: tzinfo) -> Row:
    last = ago(each.last_input_at, now, zone)
    cells = (
        each.user_name,
        each.address,
        client_in_a_list(each.client),
        each.node,
        f"this one, {last}" if each.is_this else last,
    )
    return Row(each.id, cells, sort=(None, None, None, None, each.last_input_at))
