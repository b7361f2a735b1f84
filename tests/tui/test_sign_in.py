"""Sign in: the first screen."""

import pytest

from sshauth.accounts.errors import SignInRefused
from sshauth.tui.sign_in import SURE
from tests.accounts.people import HERE, PASSWORD, World
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
    """Cleaned of what cannot be shown, literally."""
    async with visiting(world, user_name=ssh_name) as visitor:
        assert visitor.fields["User name"] == shown
        assert shown[:50] in visitor.text


async def test_a_password_that_is_typed_at_once_stands_readable_nowhere(world: World) -> None:
    """With the user name filled in, the focus is behind it; without one, the name is asked first."""
    ada = await world.register()
    async with visiting(world, user_name="ada") as visitor:
        assert visitor.focused == "Password"
        visitor.type(PASSWORD)
        await visitor.has(user_name="ada", password=PASSWORD)
        assert PASSWORD not in visitor.text
        visitor.fill("", ada.code())
        await visitor.comes_to(HOME)
        await visitor.click("Ctrl+O Sign out")
        await visitor.comes_to(SIGN_IN)
        assert visitor.focused == "Password"
    async with visiting(world) as visitor:
        assert visitor.focused == "User name"
        assert "F5" not in visitor.text


WHOSE = {
    "usual": ("pc", "Not pc? Press F5."),
    "markup": ("[@click=app.quit]x[/]", "Somebody else? Press F5."),
    "markup, short": ("[b]x[/]", "Not [b]x[/]? Press F5."),
    "endless": ("x" * 5000, "Somebody else? Press F5."),
}


@pytest.mark.parametrize(("ssh_name", "words"), WHOSE.values(), ids=WHOSE.keys())
async def test_a_name_that_is_not_theirs_is_changed_by_one_key(
    world: World, ssh_name: str, words: str
) -> None:
    """It is said below the name, until that is changed; what the name was is selected, to be typed over."""
    ada = await world.register()
    async with visiting(world, user_name=ssh_name) as visitor:
        await visitor.is_told({"User name": words})
        visitor.press("f5")
        await visitor.focuses("User name")
        assert visitor.selected == visitor.fields["User name"]
        visitor.type("ada\t")
        await visitor.is_told({})
        await visitor.has(user_name="ada")
        visitor.fill(PASSWORD, ada.code())
        await visitor.comes_to(HOME)


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
        visitor.type(f"{PASSWORD}\t")
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
    """Below the form, second by second; nothing that was typed is lost, and the code is selected."""
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        for number in range(1, 4):
            await visitor.sees(WRONG)
            visitor.type(f"00000{number}\r")
        await visitor.sees("Too many failed sign-ins. Try again in ")
        assert list(visitor.fields.values()) == ["ada", PASSWORD, "000003"]
        assert (visitor.focused, visitor.selected) == ("Code", "000003")
        await visitor.loses("Try again in")


async def test_a_wait_counts_down(world: World) -> None:
    """Second by second; what is typed meanwhile does not take it away, its end does."""
    for _ in range(4):
        world.wait(1)
        with pytest.raises(SignInRefused):
            await world.accounts.sign_in("ada", PASSWORD, "000000", HERE)
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.sees("Too many failed sign-ins. Try again in 2 s.")
        visitor.type("1")
        await visitor.sees("Try again in 1 s.")
        await visitor.has(code="1")
        await visitor.loses("Try again in")


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


async def test_who_lost_the_phone_types_the_password_first(world: World) -> None:
    """So that it does not stand readable in Code, which shows no six places any more."""
    ada = await world.register()
    async with visiting(world, user_name="ada") as visitor:
        await visitor.shows({"Code": "______"})
        visitor.press("f6")
        await visitor.sees("Type one of your recovery codes into Code")
        assert visitor.focused == "Password"
        await visitor.shows({"Code": ""})
        visitor.fill(PASSWORD, ada.recovery_codes[4])
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


async def test_what_the_keys_do_is_said_on_the_help_screen(world: World) -> None:
    """F5 too, which has no button."""
    async with visiting(world, user_name="pc") as visitor:
        visitor.press("f1")
        await visitor.sees("Here you sign in with your user name or email")
        await visitor.sees("Another user name")
        visitor.press("escape")
        await visitor.comes_to(SIGN_IN)


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


async def test_who_is_refused_again_and_again_is_told_where_to_look(world: World) -> None:
    """The same for everybody: a code that is right may be refused, and only a mail may say why."""
    async with visiting(world) as visitor:
        for _ in range(2):
            visitor.fill("ada", "not her password", "000000")
            await visitor.sees("User name, password or code is wrong.")
            assert SURE not in visitor.prose
            world.wait(60)
            visitor.press("shift+tab", "shift+tab")
        visitor.fill("ada", "not her password", "000000")
        await visitor.sees(SURE)
