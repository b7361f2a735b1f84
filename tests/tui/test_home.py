"""Home: what a signed-in person sees."""

from dataclasses import replace

import pytest

from sshauth.accounts.peer import LastSignIn, Peer
from tests.accounts.people import PASSWORD, Person, World
from tests.tui.rooms import HOSTILE, at_home, is_home, register_who_kept_codes
from tests.tui.visitor import ADDRESS, Visitor, visiting
from tests.tui.ways import HOME, SIGN_IN, register


async def sign_in(visitor: Visitor, person: Person) -> None:
    """Sign somebody in, on the screen."""
    visitor.fill("ada", PASSWORD, person.code())
    await visitor.comes_to(HOME)


async def sign_out(visitor: Visitor) -> None:
    """Go to the button that signs out, and press it."""
    visitor.press("right", "tab", "tab", "tab", "tab", "enter")
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
        assert "Last time: Sunday, 01 March 2026, 12:00 UTC from 198.51.100.7." in visitor.prose
        assert "Not you? Change your password under Security" in visitor.prose


async def test_who_kept_enough_recovery_codes_is_not_warned(world: World) -> None:
    """Warnings are for those who need them."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        assert "recovery codes" not in visitor.prose


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
        assert ("recovery code" in visitor.prose) == (words is not None)
        assert f"{words} Make new ones under Security." in visitor.prose or words is None


@pytest.mark.parametrize(
    ("key", "label", "heading"),
    [
        ("f2", "F2 Security", "Security"),
        ("f3", "F3 Sessions", "Sessions"),
        ("f4", "F4 Activity", "Activity"),
        ("f5", "F5 Keys", "Keys"),
    ],
)
async def test_rooms_by_key_by_tab_and_by_mouse(world: World, key: str, label: str, heading: str) -> None:
    """And Escape leads back to where the focus was."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        assert visitor.focused == "F2 Security"
        visitor.press(key)
        await visitor.comes_to(heading)
        visitor.press("escape")
        await is_home(visitor)
        visitor.press(*["tab"] * (int(key[1]) - 2), "enter")
        await visitor.comes_to(heading)
        visitor.press("escape")
        await is_home(visitor)
        await visitor.click(label)
        await visitor.comes_to(heading)
        visitor.press("escape")
        await is_home(visitor)
        await visitor.focuses(label)


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_signing_out_returns_to_sign_in(world: World, way: str) -> None:
    """The user name is filled in, nothing else is left, and it can be used again at once."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        if way == "keys":
            await sign_out(visitor)
        else:
            await visitor.click("Sign out")
        await visitor.comes_to(SIGN_IN)
        await visitor.sees("You are signed out.")
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
        assert (visitor.focused, visitor.selected) == ("User name", "ada")
        await sign_in(visitor, ada)
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
            visitor.press("shift+tab", "enter")
        await visitor.until(lambda: not visitor.app.is_running, "the end")


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


async def test_it_fits_windows_of_any_size(world: World) -> None:
    """And a change of size ends nothing."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        for size in ((60, 20), (20, 5), (200, 60)):
            await visitor.resize(*size)
            assert visitor.focused == "F2 Security"
        await sign_out(visitor)
