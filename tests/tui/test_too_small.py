"""A window that is too small for the screens."""

import pytest

from tests.accounts.people import PASSWORD, World
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import ADA, AUTHENTICATOR, CREATE_ACCOUNT, HOME, SIGN_IN, go_to

WORDS = "Make this window at least 60 by 20. What you had typed is kept."


@pytest.mark.parametrize("size", [(59, 20), (60, 19), (20, 5)])
async def test_it_says_which_size_is_needed_and_nothing_else(world: World, size: tuple[int, int]) -> None:
    """However small it is."""
    async with visiting(world, size=size) as visitor:
        await visitor.sees(WORDS)
        assert visitor.prose == WORDS


async def test_it_goes_on_where_it_was_once_the_window_is_larger(world: World) -> None:
    """What was typed is there, and the focus where it was."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("Ada\tLove")
        await visitor.has(first_name="Ada", last_name="Love")
        for size in ((59, 24), (30, 6)):
            await visitor.resize(*size)
            await visitor.sees(WORDS)
        await visitor.resize(60, 20)
        await visitor.comes_to(CREATE_ACCOUNT)
        assert visitor.focused == "Last name"
        visitor.type("lace")
        await visitor.has(first_name="Ada", last_name="Lovelace")


@pytest.mark.parametrize("size", [(80, 24), (40, 10)], ids=["made small", "small from the beginning"])
async def test_keys_do_nothing_until_then(world: World, size: tuple[int, int]) -> None:
    """Nobody types into what they do not see: a name that is selected there is not replaced either."""
    async with visiting(world, user_name="ada", size=size) as visitor:
        visitor.press("f5")
        await visitor.resize(40, 10)
        await visitor.sees(WORDS)
        visitor.type("zzz\tsecret")
        visitor.paste("pasted")
        visitor.press("f2")
        await visitor.rests()
        assert visitor.prose == WORDS
        await visitor.resize(80, 24)
        await visitor.comes_to(SIGN_IN)
        await visitor.rests()
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
        visitor.type("\tsecret" if visitor.focused == "User name" else "secret")
        await visitor.has(user_name="ada", password="secret")


async def test_ctrl_q_quits(world: World) -> None:
    """Who cannot make it larger can leave."""
    async with visiting(world, size=(40, 10)) as visitor:
        await visitor.sees(WORDS)
        visitor.press("ctrl+q")
        await visitor.until(lambda: not visitor.app.is_running, "the end")


async def test_what_goes_on_meanwhile_goes_on_below(world: World) -> None:
    """Somebody who makes the window small while they sign in is at home when it is large again."""
    ada = await world.register()
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.resize(40, 10)
        await visitor.sees(WORDS)
        await visitor.until(lambda: visitor.app.identity is not None, "signed in")
        await visitor.resize(80, 24)
        await visitor.comes_to(HOME)


async def test_words_that_lie_over_a_screen_wait_too(world: World) -> None:
    """They are there when there is room for them."""
    async with visiting(world, size=(40, 10)) as visitor:
        visitor.app.notice("Still there?")
        await visitor.rests()
        assert visitor.prose == WORDS
        await visitor.resize(80, 24)
        await visitor.sees("Still there?")


async def test_the_picture_of_the_code_comes_back(world: World) -> None:
    """The QR code is laid out for the size that there is then."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(*ADA)
        await visitor.comes_to(AUTHENTICATOR)
        code = visitor.scan()
        assert code is not None
        await resize_to_and_fro(visitor)
        await visitor.comes_to(AUTHENTICATOR)
        assert visitor.scan() == code


async def resize_to_and_fro(visitor: Visitor) -> None:
    for size in ((40, 10), (61, 21), (59, 24), (120, 40)):
        await visitor.resize(*size)
