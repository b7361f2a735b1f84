"""Mail queue: what waits to be sent, and what was given up."""

from collections.abc import Hashable
from datetime import datetime, tzinfo
from typing import ClassVar

from sshauth.accounts.administration import QueuedMail
from sshauth.accounts.errors import spoken
from sshauth.times import ago, exactly
from sshauth.tui.admin_room import AdminRoom, number
from sshauth.tui.list_room import TIME_HELP, ListRoom
from sshauth.tui.rows import REST, Column, Row, visible

GIVEN_UP = "It was refused for good, or for a whole day; the server's log says why. Nobody got it."


class MailQueueScreen(ListRoom, AdminRoom):
    """Lists the mails that wait, then those that nobody will send any more."""

    HEADING = "Mail queue"
    HELP: ClassVar[str] = (
        "Mails that wait to be sent, then those that were given up: a mail that cannot be sent is tried "
        "again for a day. What mails say is shown nowhere: they may hold codes. "
        f"{TIME_HELP}"
    )
    COLUMNS = (
        Column("About", REST, REST),
        Column("To", 16, 12),
        Column("Asked for", 14, 0),
        Column("Tries", 5, 5),
        Column("Next try", 14, 14),
    )
    EMPTY = "No mail waits: all that was asked for is sent."

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._mails: dict[Hashable, QueuedMail] = {}

    async def load(self) -> None:
        """Show the queue as it is now."""
        mails = await self.administration.mail_queue(self.me)
        now = self.accounts.security.clock()
        self._mails = {each.id: each for each in mails}
        self.rows.show([_row(each, now, self.zone) for each in mails])
        if dead := sum(each.dead_at is not None for each in mails):
            self.say(f"{number(dead, 'mail was', 'mails were')} given up.", error=True)

    def details(self, row: Row) -> str:
        """Tell all about a mail but what it says."""
        each = self._mails[row.key]
        words = f"{visible(each.about)}, to {_whom(each)}. Asked for {exactly(each.created_at, self.zone)}"
        tried = f"tried {number(each.tries, 'time', 'times')}" if each.tries else "not tried yet"
        if each.dead_at is not None:
            return f"{words}, {tried}. Given up {exactly(each.dead_at, self.zone)}. {GIVEN_UP}"
        is_due = each.due_at <= self.accounts.security.clock()
        return f"{words}, {tried}. Next try {'now' if is_due else exactly(each.due_at, self.zone)}."


def _row(each: QueuedMail, now: datetime, zone: tzinfo) -> Row:
    cells = (
        each.about,
        _whom(each),
        ago(each.created_at, now, zone),
        str(each.tries),
        "given up" if each.dead_at is not None else _soon(each.due_at, now),
    )
    sort = (None, None, each.created_at, each.tries, each.due_at)
    return Row(each.id, cells, quiet=each.dead_at is not None, sort=sort)


def _whom(each: QueuedMail) -> str:
    return visible(each.user_name) or "no account"


def _soon(at: datetime, now: datetime) -> str:
    return f"in {spoken(at - now)}" if at > now else "now"
