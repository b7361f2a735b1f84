"""Admin: how things stand, the ways to its rooms, and who may be there."""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from sshauth.db.tables import OutgoingMail
from sshauth.tui.admin import AdminScreen
from sshauth.tui.admin_room import AdminRoom
from sshauth.tui.form import SHOW_SECRETS
from tests.accounts.people import World
from tests.tui.admins import (
    ADMIN,
    ANNOUNCE,
    BENS,
    LIVE,
    PEOPLE,
    PERSON,
    WAYS,
    at_admin,
    give_up_mails,
    go_to,
    go_to_person,
    make_admin,
    register_admin,
    register_ben,
)
from tests.tui.rooms import at_home, choose, confirm, is_home, rests
from tests.tui.visitor import Visitor

NO_ADMIN = "You are no administrator any more."


async def test_it_says_how_things_stand(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """People, live sessions, mails, and how busy the machine is."""
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 1.0, 12.345))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await visitor.sees("People 2")
        await visitor.sees("Live sessions 3 in 1 process")
        await visitor.sees("Mail 1 waits")
        await visitor.sees("This machine load in 1, 5 and 15 minutes 0.50 1.00 12.35, 4 processors")


async def test_several_processes_and_mails_that_were_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are counted; a machine that does not tell how busy it is takes nothing away."""

    def nowhere() -> tuple[float, float, float]:
        raise OSError("no /proc")

    monkeypatch.setattr(os, "getloadavg", nowhere)
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    await world.another_node("node/2").sessions.end_others(ben, BENS)
    await give_up_mails(world)
    async with at_admin(world, ada) as visitor:
        await visitor.sees("Live sessions 2 in 1 process")
        await visitor.sees("Mail none wait, 1 given up")
        await visitor.sees("This machine unknown")


async def test_a_long_queue_is_counted_too(world: World) -> None:
    """However many wait."""
    ada = await register_admin(world)
    async with world.database.transaction() as session:
        session.add_all(
            OutgoingMail(
                kind="reset-code",
                data={},
                created_at=world.now,
                due_at=world.now + timedelta(hours=1),
                tries=1,
            )
            for _ in range(501)
        )
    async with at_admin(world, ada) as visitor:
        await visitor.sees("Mail 501 wait")


@pytest.mark.parametrize("room", WAYS)
async def test_what_is_typed_behind_the_key_of_a_room_is_for_there(world: World, room: str) -> None:
    """Enter too, which chooses a row there, or goes on to the buttons."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        visitor.press(WAYS[room], *"ben")
        visitor.press("enter")
        if room in {PEOPLE, LIVE}:
            await visitor.comes_to(PERSON)
            await visitor.sees("User name ben")
        else:
            await visitor.sees("Filter: ben")
            await visitor.until(lambda: visitor.focused != "", "the focus on a button")


async def test_an_enter_right_behind_the_key_of_a_room_is_for_there(world: World) -> None:
    """It opens the selected person."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        visitor.press(WAYS[PEOPLE], "enter")
        await visitor.comes_to(PERSON)


@pytest.mark.parametrize("room", WAYS)
async def test_rooms_by_key_by_arrows_and_by_mouse(world: World, room: str) -> None:
    """And Escape leads back to where the focus was."""
    ada = await register_admin(world)
    label = f"{WAYS[room].upper()} {room}"
    async with at_admin(world, ada) as visitor:
        await visitor.focuses("F2 People")
        visitor.press(WAYS[room])
        await visitor.comes_to(room)
        await back_to_admin(visitor)
        await choose(visitor, label)
        await visitor.comes_to(room)
        await back_to_admin(visitor)
        await visitor.click(label)
        await visitor.comes_to(room)
        await back_to_admin(visitor)
        await visitor.focuses(label)
        visitor.press("escape")
        await is_home(visitor)


async def back_to_admin(visitor: Visitor) -> None:
    """Go back from a room."""
    await rests(visitor)
    visitor.press("escape")
    await visitor.comes_to(ADMIN)
    await rests(visitor)


async def test_help_names_the_ways(world: World) -> None:
    """A key pressed there leads on."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        visitor.press("f1")
        await visitor.sees("Nothing here shows or sets a password.")
        await visitor.sees("Activity of everyone")
        visitor.press("f3")
        await visitor.comes_to(LIVE)


# Who is no administrator any more


async def is_led_home(visitor: Visitor) -> None:
    """Wait for the words, and take them away: below them is Home, and below that Sign in."""
    await visitor.sees(NO_ADMIN)
    await visitor.rests()
    visitor.press("left")
    await visitor.until(lambda: len(visitor.app.screen_stack) == 2, "nothing over Home")
    await is_home(visitor)
    await visitor.loses(NO_ADMIN)
    await visitor.rests()


async def look(visitor: Visitor) -> None:
    """Go to a list."""
    visitor.press("f2")


async def announce(visitor: Visitor) -> None:
    """Go to Announce."""
    visitor.press("f6")


@pytest.mark.parametrize("act", [look, announce])
async def test_who_is_no_administrator_any_more_is_led_home(
    world: World, act: Callable[[Visitor], Awaitable[None]]
) -> None:
    """With a word about it, that the next key takes away; and the rooms stay shut."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await make_admin(world, ada, is_admin=False)
        await act(visitor)
        if act is announce:
            await confirm(visitor, world, ada)
        await is_led_home(visitor)


async def test_what_they_began_is_not_done(world: World) -> None:
    """Not even from the question, where all but one key was pressed."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await choose(visitor, "Disable account")
        await confirm(visitor, world, ada)
        await visitor.comes_to("Disable an account")
        await make_admin(world, ada, is_admin=False)
        await choose(visitor, "Disable ben")
        await is_led_home(visitor)
        assert (await world.user("ben")).disabled_at is None


async def test_who_never_was_one_is_not_let_in(world: World) -> None:
    """Wherever the screen came from."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        visitor.app.open(AdminScreen())
        await is_led_home(visitor)


@pytest.mark.parametrize("size", [(60, 20), (120, 40)])
async def test_resizing_keeps_the_place(world: World, size: tuple[int, int]) -> None:
    """And the focus."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        visitor.press("down", "down")
        await visitor.focuses("F4 Activity of everyone")
        await visitor.resize(*size)
        await visitor.focuses("F4 Activity of everyone")
        await visitor.sees("F6 Announce")
        await go_to(visitor, PEOPLE)
        visitor.press("enter")
        await visitor.comes_to(PERSON)
        assert ANNOUNCE not in visitor.prose


def test_nothing_shows_or_sets_a_password() -> None:
    """No form of these rooms asks for one, and each room says what it is for."""
    rooms = [each for each in every_room(AdminRoom) if each.__module__ != AdminRoom.__module__]
    assert AdminScreen in rooms
    for room in rooms:
        assert room.HELP
        assert not any(field.secret for field in room.FIELDS)
        assert SHOW_SECRETS not in room.LINKS


def every_room(kind: type[Any]) -> list[type[AdminRoom]]:
    """Give the rooms of a kind."""
    return [kind, *(room for each in kind.__subclasses__() for room in every_room(each))]
