"""Every screen in every size, half filled, while the window changes under the person's hands."""

from contextlib import aclosing
from dataclasses import dataclass
from typing import Self

import pytest
from rich.cells import cell_len
from textual import events
from textual.containers import VerticalScroll
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Button, Static

from sshauth.tui.fields import FieldInput
from sshauth.tui.form import FormScreen
from sshauth.tui.rows import MARK, Rows
from tests.accounts.people import World
from tests.tui.journeys import WALKS, Walk
from tests.tui.screen_text import strips_of, text_in
from tests.tui.test_help import screens
from tests.tui.test_too_small import WORDS
from tests.tui.visitor import Visitor

LARGE, SMALL, TOO_SMALL, USUAL = (200, 60), (60, 20), (40, 10), (80, 24)

# Each walk takes seconds, and reaches hardly a line that other tests do not.
pytestmark = pytest.mark.no_cover


@dataclass(frozen=True)
class Work:
    """What a person has before them, and must find again."""

    screen: object
    fields: dict[str, str]
    ticks: dict[str, bool]
    focused: Widget | None
    selection: object
    filter: str
    row: object

    @classmethod
    def of(cls, visitor: Visitor) -> Self:
        """Look at the screen."""
        focused = visitor.app.focused
        rows = next(iter(visitor.app.screen.query(Rows)), None)
        return cls(
            visitor.app.screen,
            visitor.fields,
            visitor.ticks,
            focused,
            focused.selection if isinstance(focused, FieldInput) else None,
            rows.filter if rows else "",
            rows.selected if rows else None,
        )


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
async def test_nothing_is_lost_in_any_size(world: World, walk: Walk) -> None:
    """What was typed is there, and the focus in view; in a small window Tab leads to all there is."""
    seen = set()
    async with aclosing(walk(world)) as visits:
        async for visitor in visits:
            seen.add(type(visitor.app.screen).__name__)
            work = Work.of(visitor)
            for size in (LARGE, SMALL, LARGE, TOO_SMALL, USUAL, SMALL):
                await resize(visitor, size)
                await stays(visitor, work, size)
            await goes_round(visitor)
            if any(panel.max_scroll_y for panel in visitor.app.screen.query(VerticalScroll)):
                await follows_focus(visitor)
            work = Work.of(visitor)
            await resize(visitor, LARGE, SMALL, TOO_SMALL, USUAL)
            await stays(visitor, work, USUAL)
    assert seen == set(WALKS[walk])


def test_the_walks_come_by_every_screen() -> None:
    """So that none is forgotten."""
    assert {kind.__name__ for kind in screens()} <= set().union(*WALKS.values())


async def resize(visitor: Visitor, *sizes: tuple[int, int]) -> None:
    """Change the window, and wait no longer than until it is laid out anew: there are hundreds of changes."""
    driver = visitor.app._driver
    assert isinstance(driver, HeadlessDriver)
    for size in sizes:
        driver._size = size
        visitor.app.post_message(events.Resize(Size(*size), Size(*size)))
    await visitor.until(lambda: painted(visitor) == sizes[-1], f"a picture of {sizes[-1]}")


def painted(visitor: Visitor) -> tuple[int, int]:
    """Give the size of what is painted."""
    lines = visitor.text.split("\n")
    return cell_len(lines[0]), len(lines)


async def stays(visitor: Visitor, work: Work, size: tuple[int, int]) -> None:
    """Find all as it was, or no room for it."""
    if size == TOO_SMALL:
        await visitor.until(lambda: visitor.prose == WORDS, f"nothing but {WORDS!r}")
        return
    screen = visitor.app.screen
    await visitor.until(lambda: Work.of(visitor) == work, f"{work} at {size}")
    await comes_into_view(visitor, screen.query_one("#heading"))
    await comes_into_view(visitor, work.focused, focused=True)
    if isinstance(screen, FormScreen):
        await visitor.until(lambda: visitor.text.split()[-2:] == ["F1", "Help"], f"the footer at {size}")


async def comes_into_view(visitor: Visitor, widget: Widget | None, *, focused: bool = False) -> None:
    """Wait until all of something is seen, and has the focus if it should."""

    def is_there() -> bool:
        return (not focused or visitor.app.focused is widget) and is_in_view(visitor, widget)

    await visitor.until(is_there, f"{widget} in view at {visitor.app.size}")


def is_in_view(visitor: Visitor, widget: Widget | None) -> bool:
    """Tell whether all of something is seen, and not only half."""
    if widget is None:
        return True
    place = visitor.app.screen.find_widget(widget)
    label = " ".join(str(widget.label).split()) if isinstance(widget, Button) else ""
    mark = MARK.strip() if isinstance(widget, Rows) and widget.selected else ""
    shown = text_in(strips_of(visitor.app), place.region)
    return label in shown and mark in shown and place.visible_region == place.region


async def goes_round(visitor: Visitor) -> None:
    """Go round with Tab, meet all that can be pressed or filled, and see every line there is."""
    texts = [each for each in visitor.app.screen.query(Static) if each.region]
    unseen = {text: lines_of(text) - seen_of(visitor, text) for text in texts}
    for _ in visitor.app.screen.focus_chain:
        await goes_on(visitor)
        unseen = {text: lines - seen_of(visitor, text) for text, lines in unseen.items()}
    assert {str(each.render()): lines for each, lines in unseen.items() if lines} == {}


async def goes_on(visitor: Visitor, *, back: bool = False) -> None:
    """Press Tab, or Shift+Tab, and see what has the focus now."""
    chain, focused = visitor.app.screen.focus_chain, visitor.app.focused
    assert focused is not None
    visitor.press("shift+tab" if back else "tab")
    there = chain[(chain.index(focused) + (-1 if back else 1)) % len(chain)]
    await comes_into_view(visitor, there, focused=True)


async def follows_focus(visitor: Visitor) -> None:
    """Find what has the focus in view also where that is the last button above the footer, far down."""
    begun = visitor.app.focused
    links = visitor.app.screen.query("Footer Button")
    steps = 0
    while visitor.app.focused in (begun, *links):
        await goes_on(visitor, back=True)
        steps += 1
        if visitor.app.focused is begun:
            return
    last = visitor.app.focused
    for size in (LARGE, SMALL):
        await resize(visitor, size)
        await comes_into_view(visitor, last, focused=True)
    for _ in range(steps):
        await goes_on(visitor)


def lines_of(text: Static) -> set[int]:
    """Give the numbers of a text's lines."""
    return set(range(text.size.height))


def seen_of(visitor: Visitor, text: Static) -> set[int]:
    """Tell which lines of a text are in view, whole."""
    place = visitor.app.screen.find_widget(text)
    region, seen = place.region, place.visible_region
    is_whole = (seen.x, seen.width) == (region.x, region.width)
    return set(range(seen.y - region.y, seen.bottom - region.y)) if is_whole else set()
