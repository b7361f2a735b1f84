"""Themes: their colours, changing them, and keeping the choice."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.color import Color
from rich.color_triplet import ColorTriplet

from sshauth.accounts.peer import Peer
from sshauth.ssh.downgrade import to_256, to_nothing, to_sixteen
from sshauth.ssh.hosting import Host
from sshauth.tui import themes
from sshauth.tui.app import AuthApp
from tests.accounts.people import PASSWORD, World
from tests.tui.rooms import at_home
from tests.tui.screen_text import cells_of
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import CREATE_ACCOUNT, FORGOT, HOME, SIGN_IN, go_to

TCSS = Path(themes.__file__).with_name("sshauth.tcss").read_text(encoding="utf-8")
AA, AAA = 4.5, 7.0  # WCAG 2.2: 1.4.3 and 1.4.6
WANTED = {themes.DARK: AA, themes.LIGHT: AA, themes.CONTRAST: AAA}

# What stands on what.
PAIRS = [
    *(("ink", ground) for ground in ("canvas", "paper", "input", "focus", "wrong")),
    *((text, ground) for text in ("quiet", "title", "bad", "good") for ground in ("canvas", "paper")),
    *(("canvas", ground) for ground in ("action", "title", "ink")),
]


def triplet(colour: str) -> ColorTriplet:
    return Color.parse(colour).get_truecolor()


def luminance(colour: str) -> float:
    """Compute the relative luminance of WCAG 2.2."""
    parts = [part / 255 for part in triplet(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Compute the contrast of WCAG 2.2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


# Colours


@pytest.mark.parametrize("name", themes.NAMES)
def test_everybody_can_read_it(name: str) -> None:
    """WCAG's level AA, and AAA in high contrast."""
    tokens = themes.TOKENS[name]
    ratios = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < WANTED[name]} == {}


@pytest.mark.parametrize("name", themes.NAMES)
def test_terminals_of_256_colours_have_each_colour_exactly(name: str) -> None:
    """Nothing looks otherwise there."""
    for token, colour in themes.TOKENS[name].items():
        exact = triplet(colour)
        number = to_256(f"\x1b[38;2;{exact.red};{exact.green};{exact.blue}m").removeprefix("\x1b[38;5;")
        assert Color.from_ansi(int(number.removesuffix("m"))).get_truecolor() == exact, token


def painted(name: str, ground: str) -> str:
    """Give the sequence that text on some ground is written with."""
    text, below = (triplet(themes.TOKENS[name][each]) for each in ("ink", ground))
    return f"\x1b[38;2;{text.red};{text.green};{text.blue};48;2;{below.red};{below.green};{below.blue}m"


@pytest.mark.parametrize("name", themes.NAMES)
def test_sixteen_colours_tell_fields_apart(name: str) -> None:
    """From the paper, and from each other where they have the focus or are wrong."""
    grounds = ("paper", "input", "focus", "wrong")
    assert len({to_sixteen(painted(name, ground)) for ground in grounds}) == len(grounds)


def test_no_colours_tell_fields_and_the_focus_apart() -> None:
    """By lines below them, and bold; that a field is wrong stands before its label."""
    shown = [to_nothing(painted(themes.DARK, ground)) for ground in ("paper", "input", "focus")]
    assert shown == ["", "\x1b[4m", "\x1b[1;4m"]


def test_the_stylesheet_names_no_colour() -> None:
    """It uses tokens, and every one is there in each theme."""
    rules = re.sub(r"/\*.*?\*/", "", TCSS, flags=re.DOTALL)
    used = set(re.findall(r"\$([\w-]+)", rules))
    for name in themes.NAMES:
        assert used <= set(themes.TOKENS[name])
    assert not re.findall(r":[^;{]*(?:#[0-9a-f]{3,8}\b|\brgb)", rules)


def test_no_screen_names_a_colour() -> None:
    """Nor does anything else in Python, but for the QR code's black and white."""
    for path in Path(themes.__file__).parent.glob("*.py"):
        if path.name not in {"themes.py", "qr.py"}:
            assert not re.findall(r"#[0-9a-fA-F]{6}\b", path.read_text(encoding="utf-8")), path.name


# Changing them


def colours_of(visitor: Visitor, words: str) -> tuple[str, str]:
    """Give the colours in which words stand on the screen."""
    for row, line in zip(cells_of(visitor.app), visitor.text.split("\n"), strict=True):
        if (column := line.find(words)) >= 0:
            return row[column].fg, row[column].bg
    raise AssertionError(f"no {words!r}")


def tokens(name: str, *names: str) -> tuple[str, ...]:
    return tuple(themes.TOKENS[name][each].removeprefix("#") for each in names)


async def looks(visitor: Visitor, name: str, heading: str) -> None:
    """Wait until a screen's heading and label stand in a theme's colours."""
    await visitor.until(
        lambda: heading in visitor.text and colours_of(visitor, heading) == tokens(name, "title", "paper"),
        f"{heading!r} in the theme {name}",
    )


async def test_ctrl_t_goes_through_the_themes(world: World) -> None:
    """Nothing that was typed is lost, and the focus stays."""
    async with visiting(world) as visitor:
        visitor.type("ada\tsecret")
        for name in (themes.DARK, themes.LIGHT, themes.CONTRAST, themes.DARK):
            await looks(visitor, name, SIGN_IN)
            await visitor.focuses("Password")
            visitor.press("ctrl+t")
        await visitor.has(user_name="ada", password="secret")


async def test_screens_below_have_the_theme_too_once_somebody_comes_back(world: World) -> None:
    """And those that are opened later."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.press("ctrl+t")
        await looks(visitor, themes.LIGHT, CREATE_ACCOUNT)
        visitor.press("escape")
        await visitor.comes_to(SIGN_IN)
        await looks(visitor, themes.LIGHT, SIGN_IN)
        await go_to(visitor, FORGOT)
        await looks(visitor, themes.LIGHT, FORGOT)


async def test_words_that_lie_over_a_screen_change_with_it(world: World) -> None:
    """Help stays open, and what is seen behind it changes as well."""
    async with visiting(world) as visitor:
        visitor.press("f1")
        await visitor.comes_to(f"Help: {SIGN_IN}")
        visitor.press("ctrl+t")
        await looks(visitor, themes.LIGHT, f"Help: {SIGN_IN}")
        visitor.press("escape")
        await looks(visitor, themes.LIGHT, SIGN_IN)


async def test_who_sees_no_colours_keeps_the_theme_that_needs_none(world: World) -> None:
    """In the others everything would look alike to them."""
    async with visiting(world) as visitor:
        visitor.app.peer = replace(visitor.app.peer, shows_colours=False)
        visitor.press("ctrl+t")
        await visitor.sees("This terminal shows no colours, or you want none.")
        assert visitor.app.theme == themes.DARK


# Keeping the choice


async def test_the_choice_is_kept_with_the_account(world: World) -> None:
    """It is there at the next sign-in, which may be anywhere."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        visitor.press("ctrl+t")
        await looks(visitor, themes.LIGHT, HOME)
        await visitor.until(lambda: not visitor.app.workers, "the choice kept")
    world.wait(30)
    async with visiting(world) as visitor:
        await looks(visitor, themes.DARK, SIGN_IN)
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to(HOME)
        await looks(visitor, themes.LIGHT, HOME)


async def test_a_choice_that_there_is_no_more_is_forgotten(world: World) -> None:
    """A theme that an older version had does no harm."""
    ada = await world.register()
    await world.accounts.security.choose_theme(ada.identity, "pink")
    world.wait(30)
    async with at_home(world, ada) as visitor:
        await looks(visitor, themes.DARK, HOME)


# Many at once


async def test_a_change_of_theme_concerns_nobody_else(world: World) -> None:
    """Each has their own, though they share what was parsed."""
    async with visiting(world) as ada, visiting(world) as bob:
        ada.press("ctrl+t")
        await looks(ada, themes.LIGHT, SIGN_IN)
        bob.press("f2")
        await bob.comes_to(CREATE_ACCOUNT)
        await looks(bob, themes.DARK, CREATE_ACCOUNT)


async def test_a_change_of_theme_parses_nothing_once_the_server_is_warm(world: World) -> None:
    """The first app, which nobody sees, has been through all of them."""
    host = Host()

    async def make_app() -> AuthApp:
        return AuthApp(world.accounts, Peer("192.0.2.1"), app_name="sshauth")

    await host.warm_up(make_app)
    app = await make_app()
    host._prepare(app)
    shelves = {}
    for name in themes.NAMES:
        app.stylesheet.set_variables(dict(themes.variables_of(name)))
        shelves[name] = set(app.stylesheet._parse_cache.keys())
    assert set() != shelves[themes.LIGHT] == shelves[themes.CONTRAST] <= shelves[themes.DARK]
