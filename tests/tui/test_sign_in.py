"""Sign in: the first screen."""

import pytest

from tests.accounts.people import PASSWORD, World
from tests.tui.visitor import visiting
from tests.tui.ways import CREATE_ACCOUNT, FORGOT, FORMS, HOME, SIGN_IN, go_back

WRONG = "User name, password or code is wrong."

LINKS = (("f2", "F2 Create account", CREATE_ACCOUNT), ("f3", "F3 Forgot password", FORGOT))

SSH_NAMES = {
    "usual": ("ada", "ada"),
    "email": ("ada@example.org", "ada@example.org"),
    "controls": ("a\x1b[2Jd\r\na\x00\x7f\x9b", "a[2Jda"),
    "turned text": ("\u202eada\u2066\u200b", "ada"),
    "markup": ("[@click=app.quit]x[/] [/]", "[@click=app.quit]x[/] [/]"),
    "endless": ("x" * 5000, "x" * 254),
    "none": ("", ""),
}


@pytest.mark.parametrize(("ssh_name", "shown"), SSH_NAMES.values(), ids=SSH_NAMES.keys())
async def test_the_ssh_user_name_fills_the_first_field(world: World, ssh_name: str, shown: str) -> None:
    """Cleaned of what cannot be shown, literally, and selected."""
    async with visiting(world, user_name=ssh_name) as visitor:
        assert visitor.fields["User name"] == shown
        assert visitor.selected == shown
        assert shown[:50] in visitor.text


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.org"])
async def test_user_name_or_email_with_password_and_code_sign_in(world: World, login: str) -> None:
    """The email is taken in place of the user name too, and letters of either case."""
    ada = await world.register()
    async with visiting(world) as visitor:
        visitor.fill(login, PASSWORD, ada.code())
        await visitor.comes_to(HOME)


async def test_the_code_is_taken_as_apps_show_it(world: World) -> None:
    """With a space in the middle, and pasted with a line break behind it."""
    ada = await world.register()
    async with visiting(world, user_name="ada") as visitor:
        visitor.type(f"\t{PASSWORD}\t")
        visitor.paste(f"{ada.code()[:3]} {ada.code()[3:]}\n")
        visitor.press("enter")
        await visitor.comes_to(HOME)


@pytest.mark.parametrize("wrong", ["user name", "password", "code"])
async def test_wrong_sign_ins_are_told_the_same(world: World, wrong: str) -> None:
    """Which part was wrong is not said; what was typed stays, and the code is selected to be typed anew."""
    ada = await world.register()
    values = {"user name": "ada", "password": PASSWORD, "code": ada.code()}
    values |= {"user name": "eve"} if wrong == "user name" else {wrong: "000000"}
    async with visiting(world) as visitor:
        visitor.fill(*values.values())
        await visitor.sees(WRONG)
        assert list(visitor.fields.values()) == list(values.values())
        assert (visitor.focused, visitor.selected) == ("Code", values["code"])
        to_the_first_field = "\t" * (1 + len(FORMS[SIGN_IN][1]))
        visitor.type(f"{to_the_first_field}ada\t{PASSWORD}\t{ada.code()}\r")
        await visitor.comes_to(HOME)


async def test_words_about_a_wrong_sign_in_vanish_when_it_is_changed(world: World) -> None:
    """They are about what was typed before."""
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees(WRONG)
        visitor.type("1")
        await visitor.loses(WRONG)


async def test_a_used_code_is_said_beside_it(world: World) -> None:
    """To whoever has the password."""
    ada = await world.register()
    code = ada.code()
    await ada.sign_in(code=code)
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, code)
        await visitor.is_told({"Code": "That code was already used. Wait for the next one."})
        assert (visitor.focused, visitor.selected) == ("Code", code)
        world.wait(30)
        visitor.type(f"{ada.code()}\r")
        await visitor.comes_to(HOME)


async def test_who_waits_is_told_how_long(world: World) -> None:
    """Below the form; nothing that was typed is lost, and the code is selected to be typed anew."""
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        for number in range(1, 4):
            await visitor.sees(WRONG)
            visitor.type(f"00000{number}\r")
        await visitor.sees("Too many failed sign-ins. Try again in ")
        assert list(visitor.fields.values()) == ["ada", PASSWORD, "000003"]
        assert (visitor.focused, visitor.selected) == ("Code", "000003")


@pytest.mark.parametrize("way", ["key", "mouse"])
async def test_who_lost_the_phone_is_told_what_to_type(world: World, way: str) -> None:
    """One of the recovery codes, in the field for the code, in any writing."""
    ada = await world.register()
    async with visiting(world) as visitor:
        visitor.type(f"ada\t{PASSWORD}")
        if way == "key":
            visitor.press("f6")
        else:
            await visitor.click("F6 Lost your phone?")
        await visitor.sees("Type one of your recovery codes into Code")
        assert visitor.focused == "Code"
        visitor.fill(ada.recovery_codes[4].lower().replace("-", " "))
        await visitor.comes_to(HOME)


@pytest.mark.parametrize("way", ["key", "tab", "mouse"])
async def test_links_lead_on_and_escape_back(world: World, way: str) -> None:
    """By their key, by Tab and Enter, and by the mouse."""
    async with visiting(world) as visitor:
        for key, button, form in LINKS:
            if way == "key":
                visitor.press(key)
            elif way == "mouse":
                await visitor.click(button)
            else:
                visitor.press("shift+tab")
                while visitor.focused != button:
                    visitor.press("tab")
                    await visitor.rests()
                visitor.press("enter")
            await visitor.comes_to(form)
            await go_back(visitor, SIGN_IN)


async def test_forgot_password_takes_the_user_name_along(world: World) -> None:
    """Nobody types it twice."""
    async with visiting(world) as visitor:
        visitor.type("ada")
        visitor.press("f3")
        await visitor.comes_to(FORGOT)
        assert visitor.fields == {"User name or email": "ada"}
        assert visitor.selected == "ada"


@pytest.mark.parametrize("way", ["key", "mouse"])
async def test_quitting(world: World, way: str) -> None:
    """Ctrl+Q, and its button, end the app."""
    async with visiting(world) as visitor:
        if way == "key":
            visitor.press("ctrl+q")
        else:
            await visitor.click("Ctrl+Q Quit")
        await visitor.until(lambda: not visitor.app.is_running, "the end")


async def test_escape_does_not_leave(world: World) -> None:
    """There is nothing behind Sign in, and nobody is thrown out by one key."""
    async with visiting(world) as visitor:
        visitor.type("ada")
        visitor.press("escape")
        await visitor.rests()
        assert visitor.heading == SIGN_IN
        assert visitor.fields["User name"] == "ada"


async def test_the_name_of_the_place_is_text(world: World) -> None:
    """Markup in APP_NAME does nothing."""
    async with visiting(world, app_name="[bold]A[/] [/] &co") as visitor:
        assert "Welcome to [bold]A[/] [/] &co." in visitor.text
