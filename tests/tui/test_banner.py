"""The word mark, and the operator's words, above Sign in."""

import pytest
from textual.geometry import Size

from sshauth.tui.app import AuthApp
from sshauth.tui.banner import Banner
from tests.accounts.people import PASSWORD, World
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import FORGOT, HOME, SIGN_IN, go_to

MARKUP = "[@click=app.quit]maintenance[/] on [bold Sunday"
NAME = "A name of 20 letters"


def lines_of(motd: str, size: tuple[int, int]) -> list[str]:
    """Give what a banner shows in a window."""
    banner = Banner("sshauth", motd, Size(*size))
    return str(banner.content).split("\n") if banner.display else []


# What there is room for


@pytest.mark.parametrize(("rows", "mark"), [(20, 0), (23, 0), (24, 1), (29, 1), (30, 3), (80, 3)])
def test_the_word_mark_shrinks_away(rows: int, mark: int) -> None:
    """Drawn, on one line, not at all."""
    lines = lines_of("", (80, rows))
    assert len(lines) == mark
    assert ("sshauth" in "".join(lines).replace(" ", "")) == bool(mark)


@pytest.mark.parametrize(("rows", "most"), [(20, 2), (24, 5), (25, 5), (29, 5), (30, 7), (40, 12), (80, 12)])
def test_the_operators_words_get_what_the_form_leaves(rows: int, most: int) -> None:
    """The last line tells that there are more."""
    lines = lines_of("\n".join(f"line {n}" for n in range(20)), (80, rows))[-most:]
    assert lines == [*(f"line {n}" for n in range(most - 1)), "…"]


def test_long_lines_are_wrapped() -> None:
    """In a narrow window into more of them."""
    words = " ".join(["word"] * 20)
    assert len(lines_of(words, (60, 20))) == 2
    assert all(len(line) <= 56 for line in lines_of(words, (60, 20)))
    assert len(lines_of(words, (80, 24))) == 1 + 1 + 2


# On the screen


async def test_it_stands_above_sign_in_and_is_no_markup(world: World) -> None:
    """Nobody is made to click on what an operator has copied from somewhere."""
    async with visiting(world, motd=MARKUP, app_name=NAME) as visitor:
        assert MARKUP in visitor.text
        assert NAME in visitor.text
        await go_to(visitor, FORGOT)
        assert MARKUP not in visitor.text


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=["60x20", "80x24", "120x40"])
async def test_the_form_stays_whole(world: World, size: tuple[int, int]) -> None:
    """With words about every field, and below it."""
    async with visiting(world, motd="Maintenance on Sunday.\n" * 20, size=size) as visitor:
        visitor.fill("", "", "")
        await visitor.until(lambda: len(visitor.words) == 3, "words about all fields")
        visitor.press("f6")
        await visitor.sees("recovery codes")
        assert seen_whole(visitor)
        assert "Maintenance on Sunday." in visitor.text


async def test_it_shrinks_and_grows_with_the_window(world: World) -> None:
    """At any moment."""
    async with visiting(world, motd="Maintenance on Sunday.") as visitor:
        drawn = []
        for size in ((80, 24), (120, 40), (60, 20), (120, 40), (80, 24)):
            await visitor.resize(*size)
            await visitor.sees("Maintenance on Sunday.")
            drawn.append(("╭───╮" in visitor.text, "●──┬┬" in visitor.text))
            assert seen_whole(visitor)
        assert drawn == [(False, True), (True, False), (False, False), (True, False), (False, True)]


async def test_who_comes_back_sees_it_again(world: World) -> None:
    """After signing out."""
    ada = await world.register()
    async with visiting(world, motd="Maintenance on Sunday.") as visitor:
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to(HOME)
        assert "Maintenance" not in visitor.text
        visitor.app.sign_out()
        await visitor.comes_to(SIGN_IN)
        await visitor.sees("Maintenance on Sunday.")


def seen_whole(visitor: Visitor) -> bool:
    """Tell whether everything from the heading to the buttons is on the screen."""
    app: AuthApp = visitor.app
    panel = app.screen.query_one("#panel")
    return panel.virtual_size.height <= panel.container_size.height and "Sign in" in visitor.text
