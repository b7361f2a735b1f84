"""Announce: words to everybody who is signed in."""

import pytest

from sshauth.db.tables import Announcement
from sshauth.tui.admin_announce import SURE
from tests.accounts.people import Person, World
from tests.tui.admins import ADMIN, ANNOUNCE, BENS, at_admin, register_admin, register_ben
from tests.tui.rooms import choose, confirm
from tests.tui.visitor import Visitor

WORDS = "The server stops at 18:00. It is back at 19:00."


async def go_to_announce(visitor: Visitor, world: World, ada: Person) -> None:
    """Go there by its key, and confirm that it is Ada."""
    visitor.press("f6")
    await confirm(visitor, world, ada)
    await visitor.comes_to(ANNOUNCE)


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_announcing(world: World, way: str) -> None:
    """It says how many will read it; then it is on its way to all of them."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        if way == "keys":
            visitor.press("f6")
        else:
            await visitor.click("F6 Announce")
        await confirm(visitor, world, ada)
        await visitor.comes_to(ANNOUNCE)
        await visitor.sees("2 other sessions are live: who is in one reads this at once")
        await visitor.sees("At most 200 characters.")
        visitor.type(WORDS)
        for words in (SURE, "Announced: it is on its way to everybody."):
            if way == "keys":
                visitor.press("enter")
            else:
                await visitor.click(ANNOUNCE)
            await visitor.sees(words)
        await visitor.comes_to(ADMIN)
        assert [row.words for row in await world.rows(Announcement)] == [WORDS]


async def test_where_nobody_else_is(world: World) -> None:
    """It is said."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to_announce(visitor, world, ada)
        await visitor.sees("Nobody else is signed in: only you read this at once")


async def test_one_other(world: World) -> None:
    """One is one."""
    ada = await register_admin(world)
    await register_ben(world)
    async with at_admin(world, ada) as visitor:
        await choose(visitor, "F6 Announce")
        await confirm(visitor, world, ada)
        await visitor.comes_to(ANNOUNCE)
        await visitor.sees("1 other session is live")


async def test_what_cannot_be_announced(world: World) -> None:
    """Nothing, more than fits, and what cannot be shown."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to_announce(visitor, world, ada)
        visitor.press("enter")
        await visitor.sees("Please fill this in.")
        visitor.paste("x" * 201)
        await visitor.sees("That is too long: at most 200 characters fit.")
        visitor.paste("Now\N{RIGHT-TO-LEFT OVERRIDE}!")
        visitor.press("enter")
        await visitor.sees(SURE)
        visitor.press("enter")
        await visitor.sees("This holds a character that cannot be shown.")
        assert await world.rows(Announcement) == []


async def test_after_ten_in_an_hour_it_says_when_again(world: World) -> None:
    """What was typed stays."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to_announce(visitor, world, ada)
        for number in range(10):
            identity = visitor.app.identity
            assert identity is not None
            await world.accounts.administration.announce(identity, f"Number {number}.", visitor.app.peer)
        visitor.type(WORDS)
        visitor.press("enter")
        await visitor.sees(SURE)
        visitor.press("enter")
        await visitor.sees("Too many announcements. Try again in 60 minutes.")
        await visitor.holds(WORDS)
        assert len(await world.rows(Announcement)) == 10


async def test_what_was_typed_is_there_again(world: World) -> None:
    """After a look elsewhere; not after it was announced."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to_announce(visitor, world, ada)
        visitor.type(WORDS)
        visitor.press("escape")
        await visitor.comes_to(ADMIN)
        visitor.press("f6")
        await visitor.comes_to(ANNOUNCE)
        await visitor.holds(WORDS)
        visitor.press("enter")
        await visitor.sees(SURE)
        visitor.press("enter")
        await visitor.comes_to(ADMIN)
        visitor.press("f6")
        await visitor.comes_to(ANNOUNCE)
        await visitor.holds("")
