"""A person, as administrators see them, and what can be done about their account."""

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import ClassVar
from uuid import UUID

from textual.screen import Screen

from sshauth.accounts.administration import Person
from sshauth.accounts.errors import GoneAway
from sshauth.times import date, exactly
from sshauth.tui.admin_questions import DisableScreen, EnableScreen, EndAllScreen
from sshauth.tui.admin_reset import ResetAuthenticatorScreen
from sshauth.tui.admin_room import AdminRoom
from sshauth.tui.admin_sessions import SessionsOfScreen
from sshauth.tui.menu import Action, MenuScreen

GONE = "That account is not there any more."
YOURSELF = "This is you: what you may do about your own account is in the rooms behind Home."

FIRST_ENABLE = "Nobody can sign in to a disabled account. Its authenticator can be reset once it is enabled."


class PersonScreen(MenuScreen, AdminRoom):
    """Shows an account, and leads to what changes it."""

    HEADING = "Person"
    HELP: ClassVar[str] = (
        "One person's account, and what you can do about it. Each way says first what will happen, and asks "
        "for your own password and code. Nobody's password is shown or set here."
    )

    def __init__(self, user_id: UUID) -> None:
        """Take whose account it is."""
        super().__init__()
        self._user_id = user_id

    async def load(self) -> None:
        """Show the account as it is now; where it is gone, the room behind says so."""
        try:
            person = await self.administration.person(self.me, self._user_id)
        except GoneAway:
            self.finish(GONE)
            return
        is_me = person.id == self.me.user_id
        self.show_facts(_facts(person, self.zone), words=_words(person, is_me=is_me))
        ways = [self._way(label, room, person) for label, room in _ways(person)]
        sessions = Action("Sessions", partial(self._open_sessions, person))
        await self.show_actions([] if is_me else [sessions, *ways])

    def _way(self, label: str, room: Callable[[Person], AdminRoom], person: Person) -> Action:
        async def make() -> Screen[None]:
            return room(person)

        return Action(label, partial(self.enter, make))

    async def _open_sessions(self, person: Person) -> None:
        self.auth_app.open(SessionsOfScreen(person))


def _ways(person: Person) -> list[tuple[str, Callable[[Person], AdminRoom]]]:
    """Give what can be done about an account: the names of the ways, and the rooms behind them."""
    ways: list[tuple[str, Callable[[Person], AdminRoom]]] = []
    if person.live_sessions:
        ways.append(("End all sessions", EndAllScreen))
    if person.disabled_at is not None:
        return [*ways, ("Enable account", EnableScreen)]
    return [*ways, ("Disable account", DisableScreen), ("Reset authenticator", ResetAuthenticatorScreen)]


def _words(person: Person, *, is_me: bool) -> str:
    """Say why something cannot be done here."""
    if is_me:
        return YOURSELF
    return FIRST_ENABLE if person.disabled_at is not None else ""


def _facts(person: Person, zone: tzinfo) -> list[tuple[str, str]]:
    disabled, last = person.disabled_at, person.last_sign_in_at
    authenticators = str(person.authenticators or "none")
    if person.reset_waits:
        authenticators += ": a code to set one up was mailed"
    return [
        ("User name", person.user_name),
        ("Names", f"{person.first_name} {person.last_name}".strip() or "not chosen yet"),
        ("Email", person.email),
        ("Administrator", "yes" if person.is_admin else "no"),
        ("State", f"disabled since {exactly(disabled, zone)}" if disabled else _in_use(person)),
        ("Account since", date(person.created_at, zone)),
        ("Last sign-in", exactly(last, zone) if last else "never"),
        ("Live sessions", str(person.live_sessions or "none")),
        ("Authenticators", authenticators),
    ]


def _in_use(person: Person) -> str:
    return "in use" if person.is_set_up else "made for its person, who has not set it up yet"
