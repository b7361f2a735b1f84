"""Sessions: from where one is and was signed in; ending one, or all others."""

from collections.abc import Hashable
from datetime import datetime
from typing import ClassVar

from sshauth.accounts.peer import client_name
from sshauth.accounts.sessions import SessionInfo
from sshauth.tui.ago import ago, exactly
from sshauth.tui.form import BACK, Link
from sshauth.tui.list_room import ListRoom
from sshauth.tui.rows import REST, Column, Row, visible

NO_OTHER = "No other session is live."
THIS_ONE = "That is the session you are in. To end it, sign out on the first screen."
OVER = "That session is over already."


class SessionsScreen(ListRoom):
    """Lists the sessions of the account, live ones first."""

    HEADING = "Sessions"
    COLUMNS = (
        Column("From", 17, 17),
        Column("Client", 12, 9),
        Column("Started", 14, 0),
        Column("Last typed, or end", REST, REST),
    )
    EMPTY = "No session is live."
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 End", "end"),
        Link("f6", "F6 End all others", "end_others"),
        BACK,
    )

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._sessions: dict[Hashable, SessionInfo] = {}

    async def load(self) -> None:
        """Show the sessions as they are now."""
        sessions = await self.accounts.sessions.all(self.me)
        now = self.accounts.sessions.clock()
        self._sessions = {each.id: each for each in sessions}
        self.rows.show([_row(each, now) for each in sessions])
        if not any(each.ended_at is None and not each.is_this for each in sessions):
            self.say(NO_OTHER)

    def details(self, row: Row) -> str:
        """Tell all about a session."""
        each = self._sessions[row.key]
        words = (
            f"From {visible(each.address)} by {client_name(each.client)}. Started {exactly(each.started_at)}."
        )
        if each.ended_at is not None:
            return f"{words} Over since {exactly(each.ended_at)}: {each.end_reason}."
        return f"{words} Last typed {exactly(each.last_input_at)}."

    def action_end(self) -> None:
        """End the selected session."""
        self.attempt(self._end)

    async def _end(self) -> None:
        each = self._sessions.get(self.selected.key) if self.selected else None
        if each is None or each.ended_at is not None:
            self.say(OVER, error=True)
        elif each.is_this:
            self.say(THIS_ONE, error=True)
        else:
            await self.accounts.sessions.end(self.me, each.id, self.peer)
            await self.load()
            self.say("Ended.")

    def action_end_others(self) -> None:
        """End all sessions but this one."""
        self.attempt(self._end_others)

    async def _end_others(self) -> None:
        ended = await self.accounts.sessions.end_others(self.me, self.peer)
        await self.load()
        if ended:
            self.say("One session ended." if ended == 1 else f"{ended} sessions ended.")


def _row(each: SessionInfo, now: datetime) -> Row:
    live = each.ended_at is None
    last = f"{'this one, ' if each.is_this else ''}{ago(each.last_input_at, now)}"
    cells = (
        each.address,
        client_name(each.client),
        ago(each.started_at, now),
        last if live else each.end_reason or "over",
    )
    return Row(each.id, cells, quiet=not live)
