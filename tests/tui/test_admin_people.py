"""People: finding somebody among all who have an account."""

import pytest
from textual import events
from textual.geometry import Offset

from tests.accounts.people import World
from tests.tui.admins import (
    BENS,
    PEOPLE,
    PERSON,
    add_people,
    at_admin,
    disable,
    go_to,
    register_admin,
    register_ben,
)
from tests.tui.rooms import HOSTILE, rests
from tests.tui.test_rooms_lists import line_with
from tests.tui.visitor import Visitor


def place_of(visitor: Visitor, words: str) -> Offset:
    """Give where on the screen some words begin."""
    lines = visitor.text.split("\n")
    row = next(index for index, line in enumerate(lines) if words in line)
    return Offset(lines[row].index(words), row)


def double_click(visitor: Visitor, at: Offset) -> None:
    """Press the mouse twice in one place."""
    for _ in range(2):
        for event in (events.MouseDown, events.MouseUp):
            visitor.app.post_message(event(None, *at, 0, 0, 1, shift=False, meta=False, ctrl=False))


async def test_people_are_listed(world: World) -> None:
    """The newest account first: who they are, when they were last here, and what is special."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    await world.register(user_name="cleo", email="cleo@example.org", first_name="Cleo")
    await disable(world, "cleo")
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, PEOPLE)
        assert line_with(visitor, "cleo") == "▸ cleo Cleo Lovelace 1 minute ago disabled"
        assert line_with(visitor, "Nevis") == "ben Ben Nevis 6 minutes ago 2 live"
        assert line_with(visitor, "Ada") == "ada Ada Lovelace just now admin, 1 live"
        visitor.press("down")
        await visitor.sees("Ben Nevis, ben@example.org. Last signed in: 1 March 2026, 12:01:15 UTC.")


async def test_one_is_found_by_typing(world: World) -> None:
    """Also by what is not in the list: the email address."""
    ada = await register_admin(world)
    await register_ben(world)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, PEOPLE)
        visitor.type("ben@ex")
        await visitor.sees("Filter: ben@ex (1 of 2)")
        assert "Ada Lovelace" not in visitor.text
        visitor.press("escape")
        await visitor.sees("Ada Lovelace")


@pytest.mark.parametrize("way", ["enter", "key", "button", "double click"])
async def test_one_is_opened(world: World, way: str) -> None:
    """By Enter, by the key, by its button, or by the mouse alone."""
    ada = await register_admin(world)
    await register_ben(world)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, PEOPLE)
        if way == "double click":
            double_click(visitor, place_of(visitor, "Ada Lovelace"))
        elif way == "button":
            visitor.press("down")
            await visitor.click("F2 Person")
        else:
            visitor.press("down", {"enter": "enter", "key": "f2"}[way])
        await visitor.comes_to(PERSON)
        await visitor.sees("User name ada")
        visitor.press("escape")
        await visitor.comes_to(PEOPLE)
        await rests(visitor)
        assert line_with(visitor, "▸").startswith("▸ ada")


async def test_nobody_is_opened_where_none_is_found(world: World) -> None:
    """It is said."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, PEOPLE)
        visitor.type("zzz")
        visitor.press("enter")
        await visitor.sees("Nobody is selected.")
        visitor.press("f2")
        await visitor.sees("Nobody is selected.")
        assert visitor.heading == PEOPLE


async def test_of_very_many_the_newest_are_shown_and_all_are_found(world: World) -> None:
    """The filter looks among all people then; the selected one is who is opened."""
    ada = await register_admin(world)
    await add_people(world, 505)
    async with at_admin(world, ada) as visitor:
        await visitor.sees("People 506")
        await go_to(visitor, PEOPLE)
        await visitor.sees("The newest 500 are shown. Type to find others.")
        visitor.type("person2@")
        await visitor.sees("Filter: person2@ (1 of 1)")
        await visitor.loses("The newest 500")
        assert line_with(visitor, "▸") == "▸ person2 Person Number 2 never"
        visitor.press("enter")
        await visitor.comes_to(PERSON)
        await visitor.sees("Last sign-in never")
        visitor.press("escape")
        await visitor.comes_to(PEOPLE)
        await visitor.sees("Filter: person2@ (1 of 1)")
        visitor.press("escape")
        await visitor.sees("The newest 500 are shown.")
        await visitor.sees("person504")


async def test_names_are_text(world: World) -> None:
    """Markup in them does nothing, on any screen that shows them."""
    ada = await register_admin(world)
    await world.register(first_name=HOSTILE, last_name="[bold", user_name="mal", email="mal@example.org")
    async with at_admin(world, ada, size=(120, 40)) as visitor:
        await go_to(visitor, PEOPLE)
        await visitor.sees(f"{HOSTILE} [bold, mal@example.org.")
        visitor.press("enter")
        await visitor.comes_to(PERSON)
        await visitor.sees(f"Names {HOSTILE} [bold")


@pytest.mark.parametrize("size", [(60, 20), (120, 40)])
async def test_sizes(world: World, size: tuple[int, int]) -> None:
    """The list stays whole, its titles and its footer too."""
    ada = await register_admin(world)
    async with at_admin(world, ada, size=size) as visitor:
        await go_to(visitor, PEOPLE)
        await visitor.sees("State")
        await visitor.sees("admin, 1 live")
        await visitor.sees("F2 Person")
        await visitor.sees("Esc Back")
