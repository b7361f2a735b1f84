"""Help, the footer, and links."""

import importlib
import pkgutil

import pytest

from sshauth import tui
from sshauth.tui.form import FormScreen
from sshauth.tui.help import KEY_WIDTH, in_columns
from sshauth.tui.links import LinkButton
from tests.accounts.people import World
from tests.tui.rooms import at_home, click_at
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import (
    AUTHENTICATOR,
    CODES,
    CREATE_ACCOUNT,
    FORGOT,
    FORMS,
    SIGN_IN,
    all_forms,
    code_of,
    go_to,
    secret_on,
)

MOST_IN_FOOTER = 3
LONGEST = 350  # characters, about six lines in a small window


def screens() -> set[type[FormScreen]]:
    """Give every screen that there is."""
    for module in pkgutil.iter_modules(tui.__path__):
        importlib.import_module(f"sshauth.tui.{module.name}")
    kinds, found = [FormScreen], set()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__.startswith("sshauth.") and "HEADING" in vars(kind):
            found.add(kind)
    return found


async def opens_help(visitor: Visitor, about: str) -> None:
    visitor.press("f1")
    await visitor.comes_to(f"Help: {about}")


async def shows_line(visitor: Visitor, beginning: str) -> None:
    """Wait until a line begins with something."""
    await visitor.until(
        lambda: any(line.strip().startswith(beginning) for line in visitor.text.split("\n")), beginning
    )


# What there is


def test_no_screen_lacks_help() -> None:
    """Each says in a few sentences what it is for."""
    assert [kind.__name__ for kind in screens() if not kind.HELP.endswith(".")] == []
    assert [kind.__name__ for kind in screens() if len(kind.HELP) > LONGEST] == []


def test_footers_hold_three_links_at_most() -> None:
    """And those of a screen fit beside F1 Help into 60 columns."""
    for kind in screens():
        footer = [link.label for link in kind.LINKS if not link.beside]
        assert len(footer) <= MOST_IN_FOOTER, kind
        assert len(" ".join([*footer, "F1 Help"])) <= 58, kind


def test_no_key_of_a_screen_means_two_things() -> None:
    """Nor one that a form itself needs."""
    for kind in screens():
        keys = [link.key for link in (*kind.LINKS, *kind.MORE_KEYS)]
        assert len(keys) == len(set(keys)), kind
        assert not {"f1", "enter", "tab"} & set(keys), kind


def test_labels_begin_with_their_key() -> None:
    """As people call it."""
    names = {"escape": "Esc", "ctrl+q": "Ctrl+Q", "ctrl+t": "Ctrl+T", "ctrl+o": "Ctrl+O"}
    for kind in screens():
        for link in kind.LINKS:
            assert link.label.split(" ")[0] == names.get(link.key, link.key.upper()), kind


# The help screen


@pytest.mark.parametrize("size", [(80, 24), (60, 20)], ids=["80x24", "60x20"])
async def test_every_form_tells_its_keys(world: World, size: tuple[int, int]) -> None:
    """F1 shows what it is for and all its keys; Escape, F1 and Enter go back to it as it was."""
    async with visiting(world, size=size) as visitor:
        keys = iter(["escape", "f1", "enter"] * 5)
        async for form in all_forms(visitor):
            visitor.type("12")
            await visitor.until(lambda: "12" in visitor.fields.values(), "what was typed")
            typed = visitor.fields
            await opens_help(visitor, form)
            for label in FORMS[form][1]:
                key, _, words = label.partition(" ")
                if key in {"F2", "F3", "F4", "F5", "F6", "Esc"}:
                    await shows_line(visitor, f"{key:{KEY_WIDTH}}{words}")
            visitor.press(next(keys))
            await visitor.comes_to(form)
            assert visitor.fields == typed


async def test_a_key_that_help_names_does_what_it_says(world: World) -> None:
    """At once, also while help is open."""
    async with visiting(world) as visitor:
        await opens_help(visitor, SIGN_IN)
        visitor.press("f2")
        await visitor.comes_to(CREATE_ACCOUNT)


async def test_keys_of_help_can_be_pressed_with_the_mouse_and_without_f_keys(world: World) -> None:
    """Each is a button."""
    async with visiting(world) as visitor:
        await opens_help(visitor, SIGN_IN)
        await visitor.click("F2 Create account")
        await visitor.comes_to(CREATE_ACCOUNT)
        visitor.press("escape")
        await visitor.comes_to(SIGN_IN)
        await opens_help(visitor, SIGN_IN)
        while visitor.focused != "F3 Forgot password":
            visitor.press("down")
            await visitor.rests()
        visitor.press("enter")
        await visitor.comes_to(FORGOT)


async def test_keys_that_only_the_keyboard_has_cannot_be_pressed(world: World) -> None:
    """Help stays."""
    async with visiting(world) as visitor:
        await opens_help(visitor, SIGN_IN)
        await visitor.click("Tab Next field or button; Shift+Tab goes back")
        await visitor.rests()
        assert visitor.heading == f"Help: {SIGN_IN}"


async def test_help_tells_only_of_links_that_are_there(world: World) -> None:
    """F5 is for who has shown a key; F5 and F6 change places on the way through the recovery codes."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        await opens_help(visitor, CREATE_ACCOUNT)
        assert "Create account" in visitor.text
        assert "F5" not in visitor.text


async def test_what_is_typed_fast_behind_the_way_to_help_and_back_arrives(world: World) -> None:
    """No key is lost, and none goes into another screen."""
    async with visiting(world) as visitor:
        visitor.type("ad")
        visitor.press("f1", "escape")
        visitor.type("a\tsecret")
        await visitor.has(user_name="ada", password="secret")
        assert visitor.heading == SIGN_IN


async def test_quitting_from_help_is_asked_as_without(world: World) -> None:
    """Who has not kept their codes is told so, and sees it."""
    async with visiting(world) as visitor:
        await to_codes(visitor, world)
        await opens_help(visitor, CODES)
        visitor.press("ctrl+q")
        await visitor.sees("You have not shown that you kept your codes.")
        assert visitor.heading == CODES


async def to_codes(visitor: Visitor, world: World) -> None:
    await go_to(visitor, AUTHENTICATOR)
    visitor.fill(code_of(secret_on(visitor), world))
    await visitor.comes_to(CODES)


async def test_a_session_that_ends_while_help_is_open_ends(world: World) -> None:
    """The words over the screen hold nobody back."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await opens_help(visitor, "Welcome")
        visitor.app.session_ended("Over.")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
        assert visitor.app.return_value == "Over."


@pytest.mark.parametrize("width", [30, 49, 80])
def test_what_a_key_does_stands_in_a_column(width: int) -> None:
    """However many lines it takes."""
    first, *others = in_columns("F9 Sort by the next column, or by the same one the other way", width)
    assert first.startswith(f"{'F9':{KEY_WIDTH}}Sort")
    assert all(line.startswith(" " * KEY_WIDTH) and line[KEY_WIDTH] != " " for line in others)
    assert all(len(line) <= width for line in (first, *others))


# The footer


async def test_the_footer_works_with_the_mouse(world: World) -> None:
    """On every form."""
    async with visiting(world) as visitor:
        await visitor.click("F1 Help")
        await visitor.comes_to(f"Help: {SIGN_IN}")
        await visitor.click("Close")
        await visitor.comes_to(SIGN_IN)
        await visitor.click("F3 Forgot password")
        await visitor.comes_to(FORGOT)
        await visitor.click("Esc Back")
        await visitor.comes_to(SIGN_IN)


async def test_the_footer_works_beneath_the_help_too(world: World) -> None:
    """A click on it does on the screen below what it says; one on nothing does nothing."""
    async with visiting(world, size=(120, 40)) as visitor:
        await opens_help(visitor, SIGN_IN)
        click_at(visitor, 60, 39)
        click_at(visitor, 10, 5)
        await visitor.rests()
        assert visitor.heading == f"Help: {SIGN_IN}"
        click_below(visitor, "F1 Help")
        await visitor.comes_to(SIGN_IN)
        await opens_help(visitor, SIGN_IN)
        click_below(visitor, "F3 Forgot password")
        await visitor.comes_to(FORGOT)
        await opens_help(visitor, FORGOT)
        click_below(visitor, "Esc Back")
        await visitor.comes_to(SIGN_IN)


def click_below(visitor: Visitor, label: str) -> None:
    """Click on a button of the screen below the help, in the last row."""
    (button,) = (each for each in visitor.app.screen_stack[-2].query(LinkButton) if str(each.label) == label)
    assert button.region.y == visitor.app.size.height - 1
    click_at(visitor, *button.region.offset)


async def test_the_footer_is_the_last_row_in_every_window(world: World) -> None:
    """It takes one, and no more."""
    async with visiting(world) as visitor:
        for size in ((60, 20), (80, 24), (250, 80)):
            await visitor.resize(*size)
            last = visitor.text.split("\n")[-1]
            assert " ".join(last.split()) == "F2 Create account F3 Forgot password Ctrl+Q Quit F1 Help"


async def test_left_and_right_go_from_button_to_button(world: World) -> None:
    """In a field they move the cursor."""
    async with visiting(world) as visitor:
        visitor.type("ac")
        visitor.press("left")
        visitor.type("b")
        await visitor.has(user_name="abc")
        visitor.press("tab", "tab", "tab")
        await visitor.focuses("Sign in")
        visitor.press("right")
        await visitor.focuses("F4 Show")
        visitor.press("left", "left")
        await visitor.focuses("F1 Help")
