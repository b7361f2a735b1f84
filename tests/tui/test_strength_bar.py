"""The bar that shows how hard a password is to guess."""

import pytest
from textual.widget import Widget

from sshauth.accounts import rules
from sshauth.tui.strength_bar import CELLS, StrengthBar
from tests.accounts.people import PASSWORD, World
from tests.tui.screen_text import cells_of
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import CREATE_ACCOUNT, go_to

WIDTH = 18
"""Columns that labels have at least."""


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0, "[#-------] Weak"),
        (1, "[##------] Weak"),
        (2, "[####----] Weak"),
        (3, "[######--] Good"),
        (4, "[########] Strong"),
    ],
)
def test_each_score_has_a_length_and_a_word(score: int, text: str) -> None:
    """Without a colour it says the same, and it fits below a label."""
    bar = StrengthBar()
    bar.show_score(score, is_enough=score > 2)
    assert bar.text == text
    assert len(text) <= WIDTH
    assert bar.has_class("good") is (score > 2)
    assert bar.has_class("hint") is not (score > 2)


def test_it_counts_what_is_missing_and_keeps_what_was_found() -> None:
    """The last verdict stands until the next, unless the password becomes too short to have one."""
    bar = StrengthBar()
    asked = bar.text
    assert str(rules.PASSWORD_LENGTH[0]) in asked
    said = []
    for length in (1, 11, 12):
        bar.show_length("x" * length)
        said.append(bar.text)
    bar.show_score(1, is_enough=False)
    for length in (13, 11, 12, 0):
        bar.show_length("x" * length)
        said.append(bar.text)
    assert said == [
        "[--------] 11 more",
        "[--------] 1 more",
        "[--------]",
        "[##------] Weak",
        "[--------] 1 more",
        "[--------]",
        asked,
    ]


def test_characters_are_counted_as_the_rules_count_them() -> None:
    """What is written of two code points may be one character."""
    bar = StrengthBar()
    bar.show_length("e\u0301" * 11)
    assert bar.text == "[--------] 1 more"


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_typing_lays_nothing_out_anew(world: World, size: tuple[int, int]) -> None:
    """The bar has its row and its width from the beginning: each key paints it, and that is all."""
    async with visiting(world, size=size) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        bar = visitor.app.screen.query_one(StrengthBar)
        places = {each: each.region for each in visitor.app.screen.walk_children(Widget)}
        visitor.press(*["tab"] * 4)
        visitor.type("correct")
        await visitor.sees("[--------] 5 more")
        assert bar.region.width >= WIDTH
        assert bar.region.height == 1
        assert {each: each.region for each in visitor.app.screen.walk_children(Widget)} == places


async def test_the_bar_says_with_colours_what_it_says_in_words(world: World) -> None:
    """Weak and strong look different, and read different."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.press(*["tab"] * 4)
        visitor.type("passwordpassword")
        await visitor.sees("] Weak")
        weak = colour_of_bar(visitor)
        visitor.press("home", "shift+end")
        visitor.type(PASSWORD)
        await visitor.sees("] Strong")
        assert colour_of_bar(visitor) != weak


def colour_of_bar(visitor: Visitor) -> str:
    """Give the colour of the bar's first character."""
    region = visitor.app.screen.query_one(StrengthBar).region
    cell = cells_of(visitor.app)[region.y][region.x]
    assert cell.data == "["
    assert region.width > CELLS
    return cell.fg
