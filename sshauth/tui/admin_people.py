"""People: everybody who has an account; finding one."""

from collections.abc import Hashable
from datetime import datetime, tzinfo
from typing import ClassVar

from sshauth.accounts.admin_views import MOST_SHOWN
from sshauth.accounts.administration import Person
from sshauth.times import ago, exactly
from sshauth.tui.admin_person import PersonScreen
from sshauth.tui.admin_room import AdminRoom
from sshauth.tui.form import BACK, Link
from sshauth.tui.list_room import TIME_HELP, ListRoom
from sshauth.tui.rows import REST, Column, Row, visible

NOBODY = "Nobody is selected."
TOO_MANY = f"The newest {MOST_SHOWN} are shown. Type to find others."


class PeopleScreen(ListRoom, AdminRoom):
    """Lists everybody, the newest account first; Enter opens one."""

    HEADING = "People"
    HELP: ClassVar[str] = (
        f"Everybody who has an account, the newest first. Enter opens the selected person. Typing "
        f"finds parts of user names, names and email addresses. {TIME_HELP}"
    )
    ON_ENTER = "open_person"
    COLUMNS = (
        Column("User name", 18, 16, wide=32),
        Column("Name", REST, REST),
        Column("Last sign-in", 14, 0),
        Column("State", 18, 16),
    )
    EMPTY = "Nobody has an account yet."
    LINKS: ClassVar[tuple[Link, ...]] = (Link("f2", "F2 Person", "open_person"), BACK)

    def __init__(self) -> None:
        """Know nobody yet."""
        super().__init__()
        self._people: dict[Hashable, Person] = {}
        self._searched = ""
        self._are_too_many = False

    async def load(self) -> None:
        """Show the people as they are now; of very many those that are looked for."""
        people = await self.administration.people(self.me, self._searched)
        if not self._searched:
            self._are_too_many = len(people) >= MOST_SHOWN
        if self._are_too_many:
            self.say(TOO_MANY if len(people) >= MOST_SHOWN else "")
        now = self.accounts.security.clock()
        self._people = {each.id: each for each in people}
        self.rows.show([_row(each, now, self.zone) for each in people])

    def on_rows_selected(self) -> None:
        """Look for what is typed among all people, where there are more than the list shows.

        What the base class does is done beside.
        """
        words = max(self.rows.filter.split(), key=len, default="")
        if self._are_too_many and words != self._searched:
            self._searched = words
            self.look_into(self.load, "people")

    def details(self, row: Row) -> str:
        """Tell all about a person."""
        each = self._people[row.key]
        last = exactly(each.last_sign_in_at, self.zone) if each.last_sign_in_at else "never"
        return (
            f"{visible(each.user_name)}: {visible(each.first_name)} {visible(each.last_name)}, "
            f"{visible(each.email)}. Last signed in: {last}."
        )

    async def action_open_person(self) -> None:
        """Open the selected person."""
        await self.let_keys_arrive()
        if self.selected is None:
            self.say(NOBODY, error=True)
        else:
            self.auth_app.open(PersonScreen(self._people[self.selected.key].id))


def _row(each: Person, now: datetime, zone: tzinfo) -> Row:
    cells = (
        each.user_name,
        f"{each.first_name} {each.last_name}".strip(),
        ago(each.last_sign_in_at, now, zone) if each.last_sign_in_at else "never",
        _state(each),
    )
    return Row(
        each.id,
        cells,
        quiet=each.disabled_at is not None,
        sort=(None, None, each.last_sign_in_at or "", None),
        also=each.email,
    )


def _state(each: Person) -> str:
    if each.disabled_at is not None:
        return "disabled"
    if not each.is_set_up:
        return "not set up yet"
    if each.reset_waits:
        return "no authenticator"
    words = [f"{each.live_sessions} live"] if each.live_sessions else []
    return ", ".join([*(["admin"] if each.is_admin else []), *words])
