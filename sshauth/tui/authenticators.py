"""Authenticators: one or two; adding, replacing and removing one."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from uuid import UUID

from textual.widgets import Static

from sshauth.accounts.authenticators import AuthenticatorInfo
from sshauth.accounts.enrolment import Enrolment
from sshauth.times import date
from sshauth.tui.authenticator import NamedAuthenticatorScreen
from sshauth.tui.fields import literally
from sshauth.tui.menu import Action, MenuScreen
from sshauth.tui.question import QuestionScreen
from sshauth.tui.room import Room

ONE = (
    "A second one, on another device, signs you in when the first is lost. "
    "When you replace one, it works until the new one has given its first code."
)
TWO = "Either signs you in. When you replace one, it works until the new one has given its first code."
ENDED = "Your other sessions are ended."


class AuthenticatorsScreen(MenuScreen):
    """Shows what there is, and what can be done about it."""

    HEADING = "Authenticators"
    HELP = (
        "Here you see which authenticator apps show codes for your account. You can have two, on two "
        "devices, and put a new phone in the place of an old one."
    )

    def __init__(self) -> None:
        """Know of no new authenticator."""
        super().__init__()
        self._there: set[UUID] = set()
        self._shown: dict[UUID | None, Enrolment] = {}
        """Whose secrets were shown, by what they replace: who goes back and comes again gets the same."""

    async def load(self) -> None:
        """Show the authenticators; the last one cannot be removed."""
        infos = await self.accounts.authenticators.all(self.me)
        several = len(infos) > 1
        self.show_facts(
            [(info.name, f"since {date(info.created_at, self.zone)}") for info in infos],
            words=TWO if several else ONE,
        )
        actions = [] if several else [Action("Add a second one", partial(self.enter, self._add))]
        actions += [
            Action(f"Replace {info.name}", partial(self.enter, partial(self._replace, info)))
            for info in infos
        ]
        if several:
            actions += [
                Action(f"Remove {info.name}", partial(self.enter, partial(self._remove, info)))
                for info in infos
            ]
        await self.show_actions(actions)
        if self._there != (there := {info.id for info in infos}):
            self._there = there
            self.focus_at_first()  # an Enter too many would replace what was just made

    async def _add(self) -> "NewAuthenticatorScreen":
        enrolment = await self._begin(None)
        add = partial(self.accounts.authenticators.add, self.me, enrolment)
        name = await self._free_name("Second authenticator")
        return self._ask_for_code(enrolment, add, name, f"Added. {ENDED}", NewAuthenticatorScreen.HEADING)

    async def _replace(self, old: AuthenticatorInfo) -> "NewAuthenticatorScreen":
        enrolment = await self._begin(old.id)
        replace = partial(self.accounts.authenticators.replace, self.me, enrolment, old.id)
        words = f"Replaced: {old.name} works no more. {ENDED}"
        name = await self._free_name("New phone")
        return self._ask_for_code(enrolment, replace, name, words, f"Replace {old.name}")

    async def _free_name(self, name: str) -> str:
        """Give a name that tells the new one apart."""
        taken = {info.name for info in await self.accounts.authenticators.all(self.me)}
        return next(each for each in (name, f"{name} 2", f"{name} 3") if each not in taken)

    async def _begin(self, replaced: UUID | None) -> Enrolment:
        if replaced not in self._shown:
            self._shown[replaced] = await self.accounts.authenticators.begin(self.me)
        return self._shown[replaced]

    def _ask_for_code(
        self, enrolment: Enrolment, use: Callable[..., Awaitable[None]], name: str, done: str, heading: str
    ) -> "NewAuthenticatorScreen":
        async def use_once(*arguments: object) -> None:
            await use(*arguments)
            self._shown.clear()

        return NewAuthenticatorScreen(enrolment, use_once, name, done, heading)

    async def _remove(self, info: AuthenticatorInfo) -> "RemoveAuthenticatorScreen":
        return RemoveAuthenticatorScreen(info)


class NewAuthenticatorScreen(NamedAuthenticatorScreen, Room):
    """Shows a new authenticator's QR code, and puts it to use when its first code is right."""

    HEADING = "New authenticator"

    def __init__(
        self, enrolment: Enrolment, use: Callable[..., Awaitable[None]], name: str, done: str, heading: str
    ) -> None:
        """Take what waits for its first code, how it is put to use, and a name for it.

        Then words for the end, and what this is about: a new one, or which old one it replaces.
        """
        super().__init__(enrolment, confirm=self._put_to_use, values={"name": name})
        self._use = use
        self._done = done
        self._heading = heading

    def on_mount(self) -> None:
        """Say which one it is about."""
        super().on_mount()
        self.query_one("#heading", Static).update(literally(self._heading))

    def first_field(self) -> str:
        """Begin with the code: the name will do, and digits typed into it would not."""
        return "code"

    async def _put_to_use(self, values: Mapping[str, str]) -> None:
        await self._use(values["name"], values["code"], self.peer)
        self.finish(self._done)


class RemoveAuthenticatorScreen(QuestionScreen):
    """Says what it means before one is removed."""

    HEADING = "Remove an authenticator"
    HELP = "Here an authenticator app loses its use for your account. The other one goes on as before."

    def __init__(self, info: AuthenticatorInfo) -> None:
        """Take the one to remove."""
        super().__init__(
            f"{info.name} will not sign you in any more. Your other authenticator does. "
            "Other sessions of yours are ended.",
            f"Remove {info.name}",
        )
        self._info = info

    async def do(self) -> None:
        """Remove it."""
        await self.accounts.authenticators.remove(self.me, self._info.id, self.peer)
        self.finish(f"Removed: {self._info.name} works no more. {ENDED}")
