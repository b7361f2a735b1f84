"""Forgot password, and the form for the mailed code."""

import pytest

from tests.accounts.people import ELSEWHERE, NEW_PASSWORD, PASSWORD, World
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import FORGOT, HOME, RESET, SIGN_IN, go_back, go_to

ON_ITS_WAY = "If that account exists, a code is on its way"


async def ask_for_code(visitor: Visitor, login: str = "ada") -> None:
    """Ask on Forgot password, and go on to the form for the code."""
    await go_to(visitor, FORGOT)
    visitor.fill(login)
    await visitor.comes_to(RESET)


@pytest.mark.parametrize("login", ["ada", "ada@example.org", "nobody", "[/]" + "x" * 251])
async def test_the_answer_is_always_the_same(world: World, login: str) -> None:
    """Whoever asks learns nothing, and goes on with the name filled in and the focus behind it."""
    await world.register()
    async with visiting(world) as visitor:
        await ask_for_code(visitor, login)
        assert ON_ITS_WAY in visitor.text
        assert visitor.fields["User name or email"] == login
        assert visitor.focused == "Reset code"
    assert len(await world.mailed()) == login.startswith("ada")


async def test_the_mailed_code_and_the_authenticator_change_the_password(world: World) -> None:
    """Then Sign in says so, with the name filled in, and takes the new password."""
    ada = await world.register()
    async with visiting(world) as visitor:
        await ask_for_code(visitor)
        visitor.fill(await world.mailed_code(), ada.code(), NEW_PASSWORD, NEW_PASSWORD)
        await visitor.comes_to(SIGN_IN)
        await visitor.sees("Password changed")
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
        world.wait(30)
        visitor.type(f"{NEW_PASSWORD}\t{ada.code()}\r")
        await visitor.comes_to(HOME)


async def test_a_code_asked_for_on_another_connection_is_taken(world: World) -> None:
    """F3 on Sign in, then "I have a code", reach the form at any time."""
    ada = await world.register()
    await world.accounts.reset.request("ada", ELSEWHERE)
    async with visiting(world, user_name="ada") as visitor:
        await go_to(visitor, RESET)
        assert visitor.focused == "Reset code"
        visitor.fill((await world.mailed_code()).lower(), ada.code(), NEW_PASSWORD, NEW_PASSWORD)
        await visitor.sees("Password changed")


async def test_i_have_a_code_can_be_pressed(world: World) -> None:
    """By Tab and Enter too, without a name: then the name comes first."""
    async with visiting(world) as visitor:
        await go_to(visitor, FORGOT)
        visitor.press("tab", "tab", "enter")
        await visitor.comes_to(RESET)
        assert visitor.focused == "User name or email"
        assert ON_ITS_WAY not in visitor.text
    assert await world.mailed() == []


WRONG_FIELDS = {
    "reset code": (
        {"reset_code": "0000-0000-0000-0000"},
        {"Reset code": "That reset code is wrong or has expired."},
    ),
    "user name": ({"login": "eve"}, {"Reset code": "That reset code is wrong or has expired."}),
    "authenticator code": (
        {"code": "000000"},
        {"App or recovery": "That code is wrong. Type the one your app shows now."},
    ),
    "short password": (
        {"password": "short", "repeat_password": "short"},
        {"New password": "Use 12 characters or more: a few words."},
    ),
    "differing passwords": (
        {"repeat_password": "another wrong password"},
        {"Repeat password": "The passwords differ."},
    ),
}


@pytest.mark.parametrize(("changes", "words"), WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys())
async def test_what_is_wrong_is_said_beside_the_field(
    world: World, changes: dict[str, str], words: dict[str, str]
) -> None:
    """The field gets the focus, and nothing that was typed is lost."""
    ada = await world.register()
    async with visiting(world) as visitor:
        await ask_for_code(visitor)
        values = {
            "login": "ada",
            "reset_code": await world.mailed_code(),
            "code": ada.code(),
            "password": NEW_PASSWORD,
            "repeat_password": NEW_PASSWORD,
        } | changes
        visitor.press("shift+tab")
        visitor.fill(*values.values())
        await visitor.is_told(words)
        assert [visitor.focused] == list(words)
        assert list(visitor.fields.values()) == list(values.values())


async def test_a_used_authenticator_code_is_said_beside_it(world: World) -> None:
    """A code that signed somebody in resets nothing; the next one does."""
    ada = await world.register()
    code = ada.code()
    await ada.sign_in(code=code)
    async with visiting(world) as visitor:
        await ask_for_code(visitor)
        visitor.fill(await world.mailed_code(), code, NEW_PASSWORD, NEW_PASSWORD)
        await visitor.is_told({"App or recovery": "That code was already used. Wait for the next one."})
        world.wait(30)
        visitor.type(f"{ada.code()}\t\t\r")
        await visitor.sees("Password changed")


async def test_a_recovery_code_resets_too(world: World) -> None:
    """For who lost the phone and the password; each but once."""
    ada = await world.register()
    async with visiting(world) as visitor:
        await ask_for_code(visitor)
        visitor.fill(await world.mailed_code(), ada.recovery_codes[0].lower(), NEW_PASSWORD, NEW_PASSWORD)
        await visitor.sees("Password changed")
        await ask_for_code(visitor)
        code = await world.mailed_code()
        visitor.fill(code, ada.recovery_codes[0], "a third long passphrase", "a third long passphrase")
        await visitor.is_told({"App or recovery": "That code is wrong. Type the one your app shows now."})


async def test_the_strength_of_the_new_password_is_said(world: World) -> None:
    """As in Create account; the name that was typed counts for nothing."""
    async with visiting(world) as visitor:
        await ask_for_code(visitor, "lovelace")
        visitor.type("\t\tlovelace lovelace")
        await visitor.is_told({"New password": "Do not use your name, email address or sshauth in it."})
        assert "[#-------] Weak" in visitor.text


async def test_back_from_the_form_is_forgot_password(world: World) -> None:
    """A mistyped name is asked for again there; the old password still signs in."""
    ada = await world.register()
    async with visiting(world) as visitor:
        await ask_for_code(visitor, "adda")
        await go_back(visitor, FORGOT)
        assert visitor.fields == {"User name or email": "adda"}
        visitor.press("home", "shift+end")
        await visitor.until(lambda: visitor.selected == "adda", "all selected")
        visitor.fill("ada")
        await visitor.comes_to(RESET)
        assert visitor.fields["User name or email"] == "ada"
        await go_back(visitor, FORGOT, SIGN_IN)
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to(HOME)


async def test_the_name_that_was_typed_is_there_again(world: World) -> None:
    """After Escape and F3, if Sign in holds none."""
    async with visiting(world) as visitor:
        await go_to(visitor, FORGOT)
        visitor.type("ada")
        await visitor.holds("ada")
        await go_back(visitor, SIGN_IN)
        await go_to(visitor, FORGOT)
        assert visitor.fields == {"User name or email": "ada"}
        assert visitor.selected == "ada"
