"""Setting up an account that an operator made: the code alone on Sign in, then names and a password."""

import pytest

from sshauth.accounts.console import Newcomer
from tests.accounts.operators import agree, console, make, settle
from tests.accounts.people import PASSWORD, World
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import AUTHENTICATOR, CODES, SIGN_IN, code_of, go_back, keep_codes, secret_on

FIRST_STEPS = "Set up your account"
HOME = "Welcome, Grace"
NAMES = ("Grace", "Hopper")


async def to_first_steps(visitor: Visitor, code: str) -> None:
    """Give the code with the user name alone."""
    visitor.fill("grace", "", code)
    await visitor.comes_to(FIRST_STEPS)


async def to_secret(visitor: Visitor) -> str:
    """Come to the authenticator; give its secret."""
    await visitor.comes_to(AUTHENTICATOR)
    await visitor.until(lambda: visitor.scan() is not None, "a QR code")
    return secret_on(visitor)


async def test_the_whole_way(world: World) -> None:
    """As after registering, from the authenticator on; and the next time as everybody."""
    made = await make(world)
    async with visiting(world, user_name="grace") as visitor:
        visitor.fill("", made.code)
        await visitor.comes_to(FIRST_STEPS)
        assert visitor.focused == "First name"
        assert visitor.app.identity is None
        visitor.fill(*NAMES, PASSWORD, PASSWORD)
        secret = await to_secret(visitor)
        visitor.fill(code_of(secret, world))
        await visitor.comes_to(CODES)
        await keep_codes(visitor)
        await visitor.comes_to(HOME)
    world.wait(30)
    async with visiting(world) as visitor:
        visitor.fill("grace", PASSWORD, code_of(secret, world))
        await visitor.comes_to(HOME)


async def test_names_that_an_operator_gave_are_filled_in(world: World) -> None:
    """The password is what is missing."""
    made = await make(world, Newcomer("grace", "grace@example.org", *NAMES))
    async with visiting(world) as visitor:
        await to_first_steps(visitor, made.code)
        assert visitor.focused == "Password"
        assert (visitor.fields["First name"], visitor.fields["Last name"]) == NAMES


async def test_what_cannot_be_accepted_is_said_beside_its_field(world: World) -> None:
    """The password also where it is made of user name or address, which no field here holds."""
    made = await make(world)
    async with visiting(world) as visitor:
        await to_first_steps(visitor, made.code)
        visitor.fill("\u00a0", "Hopper", "grace@example", "grace@example")
        await visitor.until(lambda: {"First name", "Password"} <= visitor.words.keys(), "words about both")
        assert visitor.heading == FIRST_STEPS


async def test_the_way_back_loses_nothing(world: World) -> None:
    """From the authenticator to the form, and on again with the same secret: an app may have it by now."""
    made = await make(world)
    async with visiting(world) as visitor:
        await to_first_steps(visitor, made.code)
        visitor.fill(*NAMES, PASSWORD, PASSWORD)
        secret = await to_secret(visitor)
        await go_back(visitor, FIRST_STEPS)
        await visitor.holds(*NAMES, PASSWORD, PASSWORD)
        visitor.press("enter")
        assert await to_secret(visitor) == secret
        await go_back(visitor, FIRST_STEPS, SIGN_IN)
        await visitor.holds("grace", "", made.code)


@pytest.mark.parametrize("what", ["used", "replaced"])
async def test_what_was_too_late_is_said(world: World, what: str) -> None:
    """Nobody is signed in."""
    made = await make(world)
    async with visiting(world) as visitor:
        await to_first_steps(visitor, made.code)
        visitor.fill(*NAMES, PASSWORD, PASSWORD)
        secret = await to_secret(visitor)
        if what == "used":
            await settle(world, made.code)
        else:
            await console(world).reset_authenticator("grace", agree, is_shown=True)
        visitor.fill(code_of(secret, world))
        await visitor.sees("was used, replaced or has expired")
        assert visitor.app.identity is None


@pytest.mark.parametrize("code", ["123456", "0000-0000-0000-0000-0000-0000", ""])
async def test_a_password_is_missed_beside_any_other_code(world: World, code: str) -> None:
    """Nothing is judged without it."""
    await make(world)
    async with visiting(world) as visitor:
        visitor.fill("grace", "", code)
        await visitor.until(lambda: "Password" in visitor.words, "words about the password")
    assert await world.audited() == ["account-created"]


async def test_a_wrong_code_is_refused_in_the_words_of_sign_in(world: World) -> None:
    """Whether there is such an account or not."""
    await make(world)
    for name in ("grace", "nobody"):
        async with visiting(world) as visitor:
            visitor.fill(name, "", "0000-0000-0000-0000")
            await visitor.sees("User name, password or code is wrong.")


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_it_fits_a_small_window(world: World, size: tuple[int, int]) -> None:
    """All four fields and the button are to be seen."""
    made = await make(world)
    async with visiting(world, size=size) as visitor:
        await to_first_steps(visitor, made.code)
        await visitor.rests()
        for words in ("First name", "Last name", "Repeat password", "Go on", "F4 Show", "Esc Back"):
            assert words in visitor.text
