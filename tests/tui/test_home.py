"""Home: what a signed-in person sees."""

import uuid

import pytest

from sshauth.accounts.peer import Identity, LastSignIn, Peer
from tests.accounts.people import PASSWORD, Person, World
from tests.tui.visitor import ADDRESS, Visitor, visiting
from tests.tui.ways import HOME, SIGN_IN, register


async def sign_in(visitor: Visitor, person: Person) -> None:
    """Sign somebody in, on the screen."""
    visitor.fill("ada", PASSWORD, person.code())
    await visitor.comes_to(HOME)


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


@pytest.mark.parametrize("way", ["enter", "mouse"])
async def test_signing_out_returns_to_sign_in(world: World, way: str) -> None:
    """The user name is filled in, nothing else is left, and it can be used again at once."""
    ada = await world.register()
    async with visiting(world) as visitor:
        await sign_in(visitor, ada)
        assert visitor.focused == "Sign out"
        if way == "enter":
            visitor.press("enter")
        else:
            await visitor.click("Sign out")
        await visitor.comes_to(SIGN_IN)
        await visitor.sees("You are signed out.")
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
        assert (visitor.focused, visitor.selected) == ("User name", "ada")
        world.wait(30)
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
        visitor.press("enter")
        await visitor.comes_to(SIGN_IN)
        visitor.press("f2")
        await visitor.sees("First name")
        assert set(visitor.fields.values()) == {""}


@pytest.mark.parametrize("way", ["key", "tab"])
async def test_quitting(world: World, way: str) -> None:
    """Ctrl+Q, and its button, end the app."""
    ada = await world.register()
    async with visiting(world) as visitor:
        await sign_in(visitor, ada)
        if way == "key":
            visitor.press("ctrl+q")
        else:
            visitor.press("tab", "enter")
        await visitor.until(lambda: not visitor.app.is_running, "the end")


@pytest.mark.parametrize("text", ["[@click=app.quit]x[/] [bold", "ラブレス"])
async def test_names_and_addresses_are_text(world: World, text: str) -> None:
    """Markup in them does nothing."""
    identity = Identity(uuid.uuid4(), text, text, uuid.uuid4(), LastSignIn(world.now, text))
    async with visiting(world) as visitor:
        visitor.app.go_home(identity)
        await visitor.comes_to(f"Welcome, {text}")
        assert f"Signed in as {text}" in visitor.text
        assert f"from {text}." in visitor.prose


async def test_it_fits_windows_of_any_size(world: World) -> None:
    """And a change of size ends nothing."""
    ada = await world.register()
    async with visiting(world) as visitor:
        await sign_in(visitor, ada)
        for size in ((60, 20), (20, 5), (200, 60)):
            await visitor.resize(*size)
            assert visitor.focused == "Sign out"
        visitor.press("enter")
        await visitor.comes_to(SIGN_IN)
