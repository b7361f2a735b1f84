"""Live sessions of everybody, and the load they make."""

import pytest

from sshauth.accounts.admin_views import NodeLoad
from sshauth.accounts.peer import Peer
from sshauth.tui.admin_live import in_words
from sshauth.tui.admin_room import listed, number
from sshauth.tui.question import NO
from tests.accounts.people import World
from tests.tui.admins import (
    BENS,
    END_ONE,
    LIVE,
    PERSON,
    at_admin,
    go_to,
    register_admin,
    register_ben,
)
from tests.tui.rooms import HOSTILE, choose, confirm, rests
from tests.tui.test_rooms_lists import line_with


async def test_everybody_who_is_signed_in(world: World) -> None:
    """The newest first, this one marked; whose, from where, in which process."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, LIVE)
        assert line_with(visitor, "ada") == "▸ ada 192.0.2.1 node/1 this one, just now"
        assert line_with(visitor, "198.51.100.7") == "ben 198.51.100.7 node/1 5 minutes ago"
        visitor.press("down")
        await visitor.sees(
            "ben from 198.51.100.7 by OpenSSH, in process node/1. Started 1 March 2026, 12:01:15 UTC. "
            "Last typed 1 March 2026, 12:01:15 UTC."
        )


async def test_the_load_of_each_process(world: World) -> None:
    """The busiest first."""
    ada = await register_admin(world)
    ben = await world.register(user_name="ben", email="ben@example.org")
    await ben.sign_in_elsewhere("node/2")
    await ben.sign_in_elsewhere("node/2")
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, LIVE)
        await visitor.sees("Sessions: 2 in node/1, 2 in node/2. This machine: load")


def test_of_many_processes_the_busiest_are_named(world: World) -> None:
    """And the others are counted."""
    load = [NodeLoad(f"host/{node}", node, world.now) for node in (1, 2, 3, 4, 5, 6)]
    words = in_words(load)
    assert words.startswith("Sessions: 6 in host/6, 5 in host/5, 4 in host/4, 3 in host/3 and 2 more. ")


def test_numbers_of_things() -> None:
    """None, one and several; a list that is cut short says by how much."""
    assert number(0, "session", "sessions") == "no sessions"
    assert number(1, "session", "sessions") == "1 session"
    assert number(2, "session", "sessions", none="No") == "2 sessions"
    assert listed(["a", "b"], most=2) == "a, b"
    assert listed(["a", "b", "c"], most=2) == "a, b and 1 more"


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_ending_one(world: World, way: str) -> None:
    """After a confirmation and a question; afterwards it is gone from the list."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, LIVE)
        visitor.press("down")
        if way == "keys":
            visitor.press("f5")
        else:
            await visitor.click("F5 End")
        await confirm(visitor, world, ada)
        await visitor.comes_to(END_ONE)
        await visitor.sees("ben is signed in from 198.51.100.7.")
        await visitor.focuses(NO)
        if way == "keys":
            await choose(visitor, "End this session of ben")
        else:
            await visitor.click("End this session of ben")
        await visitor.comes_to(LIVE)
        await visitor.sees("Ended.")
        await visitor.loses("198.51.100.7")
        assert BENS.address not in {row.address for row in await world.live()}


async def test_this_one_is_not_ended_here(world: World) -> None:
    """Words say how to."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, LIVE)
        visitor.press("f5")
        await visitor.sees("That is the session you are in.")
        assert len(await world.live()) == 1


@pytest.mark.parametrize("key", ["enter", "f2"])
async def test_whose_it_is(world: World, key: str) -> None:
    """One key away."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, LIVE)
        visitor.press("down", key)
        await visitor.comes_to(PERSON)
        await visitor.sees("User name ben")


async def test_looking_again(world: World) -> None:
    """Who came meanwhile is there, and who left is not."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, LIVE)
        assert line_with(visitor, "ben") == ""
        await register_ben(world)
        visitor.press("f6")
        await visitor.sees("That is how it is now.")
        assert line_with(visitor, "ben") == "ben 192.0.2.1 node/1 just now"
        await visitor.click("F6 Look again")
        await rests(visitor)


async def test_nothing_is_done_where_nothing_is_found(world: World) -> None:
    """It is said."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, LIVE)
        visitor.type("zzz")
        for key in ("f5", "f2", "enter"):
            visitor.press(key)
            await visitor.sees("No session is selected.")
            visitor.press("f6")
            await visitor.sees("That is how it is now.")


async def test_what_clients_claim_is_text(world: World) -> None:
    """Markup in it does nothing."""
    ada = await register_admin(world)
    await register_ben(world, Peer(HOSTILE, client=f"SSH-2.0-{HOSTILE}"))
    async with at_admin(world, ada, size=(120, 40)) as visitor:
        await go_to(visitor, LIVE)
        visitor.press("down")
        await visitor.sees(f"ben from {HOSTILE} by [@click=app.quit]x")
        visitor.press("f5")
        await confirm(visitor, world, ada)
        await visitor.comes_to(END_ONE)
        await visitor.sees(f"ben is signed in from {HOSTILE}.")


@pytest.mark.parametrize("size", [(60, 20), (120, 40)])
async def test_sizes(world: World, size: tuple[int, int]) -> None:
    """All of it is there."""
    ada = await register_admin(world)
    async with at_admin(world, ada, size=size) as visitor:
        await go_to(visitor, LIVE)
        for words in (
            "Sessions: 1 in node/1.",
            "User name",
            "F5 End",
            "F6 Look again",
            "F2 Person",
            "Esc Back",
        ):
            await visitor.sees(words)
        assert line_with(visitor, "▸").startswith("▸ ada 192.0.2.1")
