"""A database that is away: a screen says so, loses nothing that was typed, and goes on when it is back."""

from collections.abc import Awaitable, Callable

import pytest

from sshauth.accounts import registration
from sshauth.tui.speaking import ONE_MOMENT
from tests.accounts.people import PASSWORD, Person
from tests.support.codes import code_at
from tests.support.far_world import Far, far
from tests.tui.rooms import ACTIVITY, PROFILE, SECURITY, SESSIONS, at_home
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import (
    ADA,
    AUTHENTICATOR,
    CREATE_ACCOUNT,
    FORGOT,
    HOME,
    RESET,
    SIGN_IN,
    go_to,
)

__all__ = ["far"]

Do = Callable[[Visitor, Person], Awaitable[None]]


async def sign_in(visitor: Visitor, ada: Person) -> None:
    visitor.fill("ada", PASSWORD, ada.code())


async def create_account(visitor: Visitor, _ada: Person) -> None:
    await go_to(visitor, CREATE_ACCOUNT)
    visitor.fill("Grace", "Hopper", "grace", "grace@example.org", PASSWORD, PASSWORD)


async def ask_for_reset(visitor: Visitor, _ada: Person) -> None:
    await go_to(visitor, FORGOT)
    visitor.fill("ada")


STRANGERS: dict[str, tuple[Do, str]] = {
    "sign in": (sign_in, HOME),
    "create account": (create_account, AUTHENTICATOR),
    "forgot password": (ask_for_reset, RESET),
}


@pytest.mark.parametrize(("do", "heading"), STRANGERS.values(), ids=STRANGERS)
async def test_what_a_stranger_asks_is_answered_when_it_is_back(far: Far, do: Do, heading: str) -> None:
    """One moment; then as if nothing had been. Keys typed meanwhile are for where it leads."""
    ada = await far.world.register()
    async with visiting(far.world) as visitor:
        await visitor.comes_to(SIGN_IN)
        await far.line.cut()
        await do(visitor, ada)
        await visitor.sees(ONE_MOMENT)
        visitor.press("f1")
        await far.line.mend()
        await visitor.comes_to(f"Help: {heading.partition(',')[0]}")
        visitor.press("escape")
        await visitor.comes_to(heading)


@pytest.mark.parametrize(
    ("key", "heading"), [("f3", SECURITY), ("f5", SESSIONS), ("f6", ACTIVITY), ("f2", PROFILE)]
)
async def test_rooms_open_when_it_is_back(far: Far, key: str, heading: str) -> None:
    """With all that they show."""
    ada = await far.world.register()
    async with at_home(far.world, ada) as visitor:
        await far.line.cut()
        visitor.press(key)
        await visitor.sees(ONE_MOMENT)
        await far.line.mend()
        await visitor.comes_to(heading)
        await visitor.loses(ONE_MOMENT)


async def test_who_waits_may_leave(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """The waiting ends with them; a registration that was begun keeps nobody."""
    monkeypatch.setattr(registration, "ABANDON_MAY_TAKE", 0.1)
    async with visiting(far.world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(*ADA)
        await visitor.comes_to(AUTHENTICATOR)
        await far.line.cut()
        assert visitor.app.enrolment_shown is not None
        visitor.fill(code_at(visitor.app.enrolment_shown.secret, far.world.now.timestamp()))
        await visitor.sees(ONE_MOMENT)
        visitor.press("ctrl+q")
        await visitor.until(lambda: not visitor.app.is_running, "the end")


async def test_typing_goes_on_meanwhile(far: Far) -> None:
    """What looks things up beside the form holds up nobody, and complains of nothing."""
    async with visiting(far.world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        await far.line.cut()
        visitor.type("\t".join(ADA))
        await visitor.holds(*ADA)
        await far.line.mend()
        visitor.press("enter")
        await visitor.comes_to(AUTHENTICATOR)


@pytest.mark.parametrize("is_waited_for", [True, False])
async def test_another_theme_is_no_reason_to_end_a_session(far: Far, is_waited_for: bool) -> None:
    """It is kept when the database is back, or not at all."""
    ada = await far.world.register()
    async with at_home(far.world, ada) as visitor:
        far.world.database.is_waited_for = is_waited_for
        await far.line.cut()
        theme = visitor.app.theme
        visitor.press("ctrl+t")
        await visitor.until(lambda: visitor.app.theme != theme, "another theme")
        await visitor.until(
            lambda: is_waited_for or not [each for each in visitor.app.workers if each.group == "theme"],
            "that it was tried",
        )
        await far.line.mend()
        visitor.press("f5")
        await visitor.comes_to(SESSIONS)
