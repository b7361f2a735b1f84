"""Home: what a signed-in person sees."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from sshauth.accounts.errors import AccountError
from sshauth.accounts.peer import LastSignIn, Peer
from sshauth.db.tables import User
from tests.accounts.people import PASSWORD, Person, World
from tests.tui.rooms import (
    HOSTILE,
    KEY,
    OTHER_KEY,
    at_home,
    is_home,
    register_who_kept_codes,
    remember,
    rests,
)
from tests.tui.visitor import ADDRESS, Visitor, visiting
from tests.tui.ways import HOME, SIGN_IN, register


async def sign_in(visitor: Visitor, person: Person) -> None:
    """Sign somebody in, on the screen."""
    visitor.fill("ada", PASSWORD, person.code())
    await visitor.comes_to(HOME)


async def sign_out(visitor: Visitor) -> None:
    """Press the key that signs out."""
    await visitor.sees("Ctrl+O Sign out")
    visitor.press("ctrl+o")
    await visitor.comes_to(SIGN_IN)


async def test_the_first_time_is_called_so(world: World) -> None:
    """Whoever has just registered was never here before."""
    async with visiting(world) as visitor:
        await register(visitor, world)
        assert "Signed in as ada" in visitor.text
        assert "This is your first time here." in visitor.text


async def test_it_says_when_and_from_where_they_last_signed_in(world: World) -> None:
    """So that somebody notices who else has their password and phone."""
    ada = await world.register()
    await ada.sign_in(peer=Peer("198.51.100.7"))
    world.wait(24 * 60 * 60)
    async with visiting(world) as visitor:
        await sign_in(visitor, ada)
        assert "Last time: 1 March 2026, 12:00:45 UTC, from 198.51.100.7." in visitor.prose
        assert "Not you? Change your password under Security" in visitor.prose


async def test_who_kept_enough_recovery_codes_is_not_warned(world: World) -> None:
    """Warnings are for those who need them."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        await rests(visitor)
        assert "!" not in visitor.prose


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (4, None),
        (3, "Only 3 recovery codes are left."),
        (1, "Only 1 recovery code is left."),
        (0, "No recovery codes are left."),
    ],
)
async def test_few_recovery_codes_are_warned_of(world: World, left: int, words: str | None) -> None:
    """At three left, with what to do about it."""
    ada = await register_who_kept_codes(world)
    for code in ada.recovery_codes[left:]:
        await ada.sign_in(code=code)
    async with at_home(world, ada) as visitor:
        if words is not None:
            await visitor.sees(f"{words} Make new ones under Security.")
        await rests(visitor)
        assert ("left. Make new ones" in visitor.prose) == (words is not None)


async def test_failures_since_the_last_time_are_said(world: World) -> None:
    """So that somebody notices who tries."""
    ada = await register_who_kept_codes(world)
    for seconds in (60, 60):
        with pytest.raises(AccountError):
            await ada.sign_in(password="wrong password", peer=Peer("198.51.100.7"))
        world.wait(seconds)
    async with at_home(world, ada) as visitor:
        await visitor.sees("2 tries to sign in failed since then. Activity says from where.")


async def test_a_clock_that_runs_ahead_is_said(world: World) -> None:
    """Before its codes are refused."""
    ada = await register_who_kept_codes(world)
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, ada.code(1))
        await visitor.comes_to(HOME)
        await visitor.sees("Your phone's clock runs ahead.")


async def test_times_are_those_of_the_person(world: World) -> None:
    """Where their client says which time zone theirs is."""
    ada = await world.register()
    world.wait(7200)
    async with visiting(world, time_zone="Asia/Tokyo") as visitor:
        await sign_in(visitor, ada)
        assert "Last time: 1 March 2026, 21:00:15 JST" in visitor.prose


@pytest.mark.parametrize(
    ("key", "label", "heading"),
    [
        ("f2", "F2 Profile", "Profile"),
        ("f3", "F3 Security", "Security"),
        ("f4", "F4 Keys", "Keys"),
        ("f5", "F5 Sessions", "Sessions"),
        ("f6", "F6 Activity", "Activity"),
    ],
)
async def test_rooms_by_key_by_arrow_and_by_mouse(world: World, key: str, label: str, heading: str) -> None:
    """And Escape leads back to where the focus was."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await rests(visitor)
        assert visitor.focused.startswith("F2 Profile")
        visitor.press(key)
        await visitor.comes_to(heading)
        visitor.press("escape")
        await is_home(visitor)
        visitor.press(*["down"] * (int(key[1]) - 2), "enter")
        await visitor.comes_to(heading)
        visitor.press("escape")
        await is_home(visitor)
        await visitor.click(label)
        await visitor.comes_to(heading)
        visitor.press("escape")
        await is_home(visitor)
        await visitor.until(lambda: visitor.focused.startswith(label), f"the focus on {label}")


async def test_only_administrators_find_their_rooms(world: World) -> None:
    """For all others there is no such way, by key either."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        visitor.press("f8", "f6")
        await visitor.comes_to("Activity")
    async with world.database.transaction() as session:
        await session.execute(update(User).values(is_admin=True))
    async with at_home(world, ada) as visitor:
        visitor.press("f8")
        await visitor.comes_to("Admin")


async def test_what_the_rooms_hold_stands_beside_them(world: World) -> None:
    """Keys and sessions are counted."""
    ada = await world.register()
    await remember(world, ada)
    async with at_home(world, ada) as visitor:
        await visitor.sees("1 remembered")
        await visitor.sees("This one, and 2 elsewhere")
    async with at_home(world, ada, key=OTHER_KEY) as visitor:
        await visitor.sees("1 remembered; this one could be")
    async with at_home(world, ada, key=KEY) as visitor:
        await visitor.sees("1 remembered, this one too")


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_signing_out_returns_to_sign_in(world: World, way: str) -> None:
    """The user name is filled in, nothing else is left, and it can be used again at once."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        if way == "keys":
            await sign_out(visitor)
        else:
            await visitor.click("Ctrl+O Sign out")
        await visitor.comes_to(SIGN_IN)
        await visitor.sees("You are signed out.")
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
        assert visitor.focused == "Password"
        visitor.fill(PASSWORD, ada.code())
        await visitor.comes_to(HOME)
        assert f"from {ADDRESS}" in visitor.text


async def test_the_next_person_finds_nothing_of_the_last(world: World) -> None:
    """What was typed before signing in is gone after signing out, behind every link too."""
    ada = await world.register()
    async with visiting(world) as visitor:
        visitor.press("f2")
        visitor.type("somebody\telse")
        visitor.press("escape")
        await visitor.comes_to(SIGN_IN)
        await sign_in(visitor, ada)
        await sign_out(visitor)
        visitor.press("f2")
        await visitor.sees("First name")
        assert set(visitor.fields.values()) == {""}


@pytest.mark.parametrize("way", ["key", "button"])
async def test_quitting(world: World, way: str) -> None:
    """Ctrl+Q, and its button, end the app."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        if way == "key":
            visitor.press("ctrl+q")
        else:
            await visitor.click("Ctrl+Q Quit")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
        assert visitor.app.return_value == "Goodbye Ada. Less than a minute, nothing left running."


async def test_goodbye_says_how_long_it_was(world: World) -> None:
    """In whole minutes, to the name that they have by now."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await rests(visitor)
        world.wait(12 * 60)
        visitor.press("ctrl+q")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
        assert visitor.app.return_value == "Goodbye Ada. 12 minutes, nothing left running."


@pytest.mark.parametrize("text", [f"{HOSTILE} [bold", "ラブレス"])
async def test_names_and_addresses_are_text(world: World, text: str) -> None:
    """Markup in them does nothing."""
    ada = await world.register(first_name=text)
    last = LastSignIn(world.now, text)
    identity = replace(ada.identity, first_name=text, user_name=text, last_sign_in=last)
    async with visiting(world) as visitor:
        visitor.app.go_home(identity)
        await visitor.comes_to(f"Welcome, {text}")
        assert f"Signed in as {text}" in visitor.text
        assert f"from {text}." in visitor.prose


async def test_control_characters_in_an_address_are_marked(world: World) -> None:
    """They move no cursor, and what was there can be told from what was not."""
    ada = await world.register()
    last = LastSignIn(world.now, "192.0.2.1\x1b[2J\u202e")
    async with visiting(world) as visitor:
        visitor.app.go_home(replace(ada.identity, last_sign_in=last))
        await visitor.sees("from 192.0.2.1\ufffd[2J\ufffd.")


async def test_it_fits_windows_of_any_size(world: World) -> None:
    """And a change of size ends nothing."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        for size in ((60, 20), (200, 60), (80, 24)):
            await visitor.resize(*size)
            assert visitor.focused.startswith("F2 Profile")
        await sign_out(visitor)
