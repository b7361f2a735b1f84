"""A person, as administrators see them, and what can be done about their account."""

from collections.abc import Awaitable, Callable
from datetime import tzinfo
from functools import partial
from typing import ClassVar
from uuid import UUID

from textual.screen import Screen

from sshauth.accounts.administration import Person
from sshauth.accounts.errors import AccountError, GoneAway
from sshauth.times import date, exactly
from sshauth.tui.admin_questions import DisableScreen, EnableScreen, EndAllScreen
from sshauth.tui.admin_reset import ResetAuthenticatorScreen
from sshauth.tui.admin_room import AdminRoom
from sshauth.tui.admin_sessions import SessionsOfScreen
from sshauth.tui.menu import Action, MenuScreen, Way

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
        """Show the account as it is now."""
        person = await self._look_up()
        is_me = person.id == self.me.user_id
        self.show_facts(_facts(person, self.zone), words=_words(person, is_me=is_me))
        acts = [Action(label, partial(self.enter, self._room(room))) for label, room in _acts(person)]
        sessions = Way("Sessions", partial(SessionsOfScreen, person))
        await self.show_actions([] if is_me else [sessions, *acts])

    def show_problem(self, error: AccountError) -> None:
        """Leave where the account is gone: the room behind says so. Else as everywhere."""
        if isinstance(error, GoneAway):
            self.finish(GONE)
        else:
            super().show_problem(error)

    async def _look_up(self) -> Person:
        return await self.administration.person(self.me, self._user_id)

    def _room(self, room: Callable[[Person], AdminRoom]) -> Callable[[], Awaitable[Screen[None]]]:
        async def make() -> Screen[None]:
            return room(await self._look_up())  # who has signed in meanwhile is counted too

        return make


def _acts(person: Person) -> list[tuple[str, Callable[[Person], AdminRoom]]]:
    """Give what can be done about an account: what it is called, and the room that asks about it."""
    acts: list[tuple[str, Callable[[Person], AdminRoom]]] = []
    if person.live_sessions:
        acts.append(("End all sessions", EndAllScreen))
    if person.disabled_at is not None:
        return [*acts, ("Enable account", EnableScreen)]
    return [*acts, ("Disable account", DisableScreen), ("Reset authenticator", ResetAuthenticatorScreen)]


def _words(person: Person, *, is_me: bool) -> str:
    """Say why something cannot be done here."""
    if is_me:
        return YOURSELF
    return FIRST_ENABLE if person.disabled_at is not None else ""


def _facts(person: Person, zone: tzinfo) -> list[tuple[str, str]]:
    disabled, last = person.disabled_at, person.last_sign_in_at
    authenticators = str(person.authenticators or "none")
    if person.reset_waits:
        authenticators += ": a code to set one up waits to be used"
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
