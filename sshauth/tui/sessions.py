"""Sessions: from where one is and was signed in; ending one, or all others."""

from collections.abc import Hashable, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from sshauth.accounts.peer import client_in_a_list, client_name
from sshauth.accounts.sessions import SessionInfo
from sshauth.times import ago, exactly
from sshauth.tui.form import BACK, Link
from sshauth.tui.list_room import LIST_HELP, TIME_HELP, ListRoom
from sshauth.tui.rows import REST, Column, Row, visible

NO_OTHER = "No other session is live."
THIS_ONE = "That is the session you are in. To end it, sign out on the first screen."
NOTHING_SELECTED = "No session is selected."
OVER = "That session is over already."


class SessionsScreen(ListRoom):
    """Lists the sessions of the account, live ones first."""

    HEADING = "Sessions"
    HELP: ClassVar[str] = (
        "From where you are signed in now, and where you were before. End what you do not know, then change "
        f"your password. {LIST_HELP} {TIME_HELP}"
    )
    COLUMNS = (
        Column("From", 17, 16, wide=39),
        Column("Client", 10, 9),
        Column("Started", 14, 0),
        Column("Last typed, or end", REST, REST),
    )
    EMPTY = "No session is live: this one has ended too. Press Esc, and sign in again."
    NOTHING_TO_END: ClassVar[str] = NO_OTHER
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 End", "end", beside=True),
        Link("f6", "F6 End all others", "end_others", beside=True),
        BACK,
    )

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._sessions: dict[Hashable, SessionInfo] = {}

    async def load(self) -> None:
        """Show the sessions as they are now."""
        sessions = await self.look_up()
        now = self.accounts.sessions.clock()
        self._sessions = {each.id: each for each in sessions}
        self.rows.show([_row(each, now, self.zone) for each in sessions])
        self.offer("end", "end_others", there=self.can_end)
        if not self.can_end:
            self.say(self.NOTHING_TO_END)

    async def look_up(self) -> Sequence[SessionInfo]:
        """Give the sessions as they are now."""
        return await self.accounts.sessions.all(self.me)

    @property
    def can_end(self) -> bool:
        """Whether there is a session that can be ended here."""
        return any(each.ended_at is None and not each.is_this for each in self._sessions.values())

    def on_mount(self) -> None:
        """Offer nothing before it is known what there is."""
        super().on_mount()
        self.offer("end", "end_others", there=False)

    def details(self, row: Row) -> str:
        """Tell all about a session."""
        each = self._sessions[row.key]
        where = f"From {visible(each.address)} by {client_name(each.client)}"
        words = f"{where}. Started {exactly(each.started_at, self.zone)}."
        if each.ended_at is not None:
            return f"{words} Over since {exactly(each.ended_at, self.zone)}: {each.end_reason}."
        return f"{words} Last typed {exactly(each.last_input_at, self.zone)}."

    def action_end(self) -> None:
        """End the selected session."""
        self.attempt(self._end)

    async def _end(self) -> None:
        each = self._sessions[self.selected.key] if self.selected else None
        if each is None:
            self.say(NOTHING_SELECTED, error=True)
        elif each.ended_at is not None:
            self.say(OVER, error=True)
        elif each.is_this:
            self.say(THIS_ONE, error=True)
        else:
            await self.end_session(each)

    async def end_session(self, each: SessionInfo) -> None:
        """End a session that is live, and not this one."""
        await self.accounts.sessions.end(self.me, each.id, self.peer)
        await self.load()
        self.say("Ended.")

    def action_end_others(self) -> None:
        """End all sessions but this one."""
        self.attempt(self.end_all)

    async def end_all(self) -> None:
        """End all sessions that can be."""
        ended = await self.accounts.sessions.end_others(self.me, self.peer)
        await self.load()
        if ended:
            self.say("One session ended." if ended == 1 else f"{ended} sessions ended.")


def _row(each: SessionInfo, now: datetime, zone: tzinfo) -> Row:
    live = each.ended_at is None
    last = f"{'this one, ' if each.is_this else ''}{ago(each.last_input_at, now, zone)}"
    cells = (
        each.address,
        client_in_a_list(each.client),
        ago(each.started_at, now, zone),
        last if live else each.end_reason or "over",
    )
    return Row(
        each.id,
        cells,
        quiet=not live,
        sort=(None, None, each.started_at, each.ended_at or each.last_input_at),
    )
