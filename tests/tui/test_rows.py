"""Lists: what is shown of rows, finding some by typing, and putting them in order."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from sshauth.tui.columns import GAP, REST, Column, fitted, visible, widths_in
from sshauth.tui.row_order import Order, SortValue, in_order, next_order, order_by, wanted_words
from sshauth.tui.rows import LONGEST_FILTER, Row, Rows
from tests.tui.screen_text import text_of

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
FIRST_ORDERS = (Order(0), Order(0, backwards=True), Order(2), Order(2, backwards=True), None)
COLUMNS = (Column("Who", 10, 8), Column("What", REST, REST), Column("When", 9, 0))
NAMES = ("Grace", "Ada", "Édith", "barbara")


class OneList(App[None]):
    """A list and nothing else."""

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__()
        self._first = rows
        self.chosen = 0

    def compose(self) -> ComposeResult:
        yield Rows(COLUMNS, empty="There is nobody here. Invite somebody: people like to be asked, mostly.")

    def on_mount(self) -> None:
        self.rows.show(self._first)
        self.rows.focus()

    def on_rows_chosen(self) -> None:
        self.chosen += 1

    @property
    def rows(self) -> Rows:
        return self.query_one(Rows)

    @property
    def lines(self) -> list[str]:
        """What the screen shows, spaces made one."""
        return [" ".join(line.split()) for line in text_of(self).split("\n")]

    @property
    def names(self) -> list[str]:
        """The first words of the rows in view, and a sign before the selected one."""
        shown = [line.removeprefix("▸ ").split(" ")[0] for line in self.lines[1:-1]]
        return [name for name in shown if name]


def people(names: Sequence[str] = NAMES) -> list[Row]:
    """Give a row for each name; the first is the newest."""
    return [
        Row(
            name,
            (name, f"writes {len(name)}", f"{number} h ago"),
            sort=(None, None, NOON - timedelta(hours=number)),
            also=f"secret-{number}",
        )
        for number, name in enumerate(names)
    ]


@asynccontextmanager
async def looking_at(
    rows: Sequence[Row], size: tuple[int, int] = (80, 10)
) -> AsyncIterator[tuple[OneList, Pilot[None]]]:
    """Show a list."""
    app = OneList(rows)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def selected(app: OneList) -> object:
    """Say what is selected."""
    return app.rows.selected.key if app.rows.selected else None


# Cells


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_a_cell_is_as_wide_as_its_column(text: str, width: int) -> None:
    """Whatever it holds, wide characters and controls included."""
    cell = fitted(text, width)
    assert cell_len(cell) == width
    assert cell.isprintable()


def test_what_is_too_long_is_cut_with_a_sign() -> None:
    """What fits stays as it is."""
    assert fitted("192.0.2.1", 9) == "192.0.2.1"
    assert fitted("2001:db8::1234", 9) == "2001:db8…"


def test_what_cannot_be_shown_is_marked() -> None:
    """Controls, bidi controls and zero-width characters."""
    assert visible("a\x1b[2J\x9b\u202eb\u200b") == "a�[2J��b�"


def test_one_column_takes_what_the_others_leave() -> None:
    """A narrow window hides some, a wide one has more room."""
    columns = (Column("A", 10, 8, wide=30), Column("B", REST, REST), Column("C", 12, 0))
    assert widths_in(columns, 60, window=80) == [10, 60 - 10 - 12 - 2 * GAP, 12]
    assert widths_in(columns, 40, window=60) == [8, 40 - 8 - GAP, 0]
    assert widths_in(columns, 5, window=60) == [8, 1, 0]
    assert widths_in(columns, 100, window=120) == [30, 100 - 30 - 12 - 2 * GAP, 12]


# Order


def test_numbers_in_text_count_as_numbers() -> None:
    """Addresses stand as people expect them."""
    addresses = ["10.0.0.10", "10.0.0.9", "9.9.9.9"]
    assert in_order(addresses, backwards=False) == [2, 1, 0]
    assert in_order(addresses, backwards=True) == [0, 1, 2]


def test_times_begin_with_the_newest() -> None:
    """Numbers likewise with the greatest; equal ones stay as they are."""
    assert in_order([NOON, NOON + timedelta(1), NOON], backwards=False) == [1, 0, 2]
    assert in_order([1, 3, 2], backwards=True) == [0, 2, 1]
    assert in_order([], backwards=False) == []


@given(st.lists(st.text() | st.integers() | st.floats(allow_nan=False)), st.booleans())
def test_nothing_breaks_the_order(values: list[SortValue], backwards: bool) -> None:
    """Strangers write some of it: digits without end, and none that is one in other scripts."""
    assert sorted(in_order(values, backwards=backwards)) == list(range(len(values)))


def test_endless_digits_break_nothing() -> None:
    """Python refuses to read them as a number."""
    assert in_order(["9" * 5000, "1", "²", "٣"], backwards=False)[0] == 1


def test_one_key_goes_through_all_orders() -> None:
    """Each column both ways, then as the rows came; a column that is hidden now is left."""
    order, seen = None, []
    for _ in FIRST_ORDERS:
        order = next_order(order, [0, 2])
        seen.append(order)
    assert tuple(seen) == FIRST_ORDERS
    assert next_order(Order(1), [0, 2]) == Order(0)


def test_a_title_asks_for_its_column_and_then_the_other_way() -> None:
    """And back."""
    order = order_by(Order(1), 0)
    assert order == Order(0)
    assert order_by(order, 0) == Order(0, backwards=True)
    assert order_by(Order(0, backwards=True), 0) == Order(0)


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_sorting(way: str) -> None:
    """The title says by what and which way; the selected row stays selected."""
    async with looking_at(people()) as (app, pilot):
        await pilot.press("down")
        for title, names in (
            ("Who ▼", ["Ada", "barbara", "Grace", "Édith"]),
            ("Who ▲", ["Édith", "Grace", "barbara", "Ada"]),
        ):
            if way == "keys":
                app.rows.sort_next()
            else:
                await pilot.click(Rows, offset=(3, 0))
            await pilot.pause()
            assert app.lines[0].startswith(title)
            assert app.names == names
            assert selected(app) == "Ada"


async def test_sorting_by_what_the_text_does_not_say() -> None:
    """Hours ago: the newest comes first, then, asked once more, the oldest."""
    async with looking_at(people()) as (app, pilot):
        await pilot.click(Rows, offset=(76, 0))
        assert app.names == list(NAMES)
        await pilot.click(Rows, offset=(76, 0))
        assert app.names == list(reversed(NAMES))
        assert "When ▲" in app.lines[0]
        app.rows.show(people(["Zoe", *NAMES]))
        await pilot.pause()
        assert app.names == [*reversed(NAMES), "Zoe"]


# Filter


def test_words_of_a_filter() -> None:
    """In whatever case."""
    assert wanted_words("  Ada LOVE ") == ["ada", "love"]


async def test_typing_filters() -> None:
    """All words in any order and case, wherever they stand; the line below says how many are left."""
    async with looking_at(people()) as (app, pilot):
        assert app.lines[-1] == "4 in all. Type to filter, F9 to sort."
        await pilot.press(*"7 wri")
        assert app.names == ["barbara"]
        assert app.lines[-1] == "Filter: 7 wri (1 of 4)"
        assert selected(app) == "barbara"
        await pilot.press(*["backspace"] * 5)
        assert app.names == list(NAMES)
        assert selected(app) == "barbara"
        await pilot.press("backspace", "space")
        assert app.rows.filter == ""


async def test_what_stands_beside_the_cells_is_found_too() -> None:
    """Pasted for instance: the whole of something that a cell shows cut short."""
    async with looking_at(people()) as (app, pilot):
        app.rows.post_message(events.Paste("SECRET-2\r\n"))
        await pilot.pause()
        assert app.names == ["Édith"]


async def test_nothing_found() -> None:
    """It says so and what to do; nothing is selected."""
    async with looking_at(people()) as (app, pilot):
        await pilot.press(*"zzz")
        assert app.lines[1] == "Nothing has that. Backspace takes letters away, Esc the whole filter."
        assert app.lines[-1] == "Filter: zzz (0 of 4)"
        assert selected(app) is None
        await pilot.press("down", "end", "pageup")
        app.rows.sort_next()
        app.rows.filter_by("")
        await pilot.pause()
        assert app.names[0] == "Ada"


async def test_the_filter_stays_when_rows_are_shown_anew() -> None:
    """They were looked up again: the one that is selected stays, if it is there still."""
    async with looking_at(people(["Edna", "Zoe", "Hanna"])) as (app, pilot):
        await pilot.press("n", "a", "down")
        assert selected(app) == "Hanna"
        app.rows.show(people(["Edna", "Hanna", "Zoe", "Nada"]))
        await pilot.pause()
        assert app.names == ["Edna", "Hanna", "Nada"]
        assert selected(app) == "Hanna"
        app.rows.show(people(["Nadia"]))
        await pilot.pause()
        assert selected(app) == "Nadia"


async def test_a_hostile_filter() -> None:
    """It is text, and not without end."""
    async with looking_at(people()) as (app, pilot):
        app.rows.post_message(events.Paste(f"[@click=app.quit]x[/]\x1b[2J\u202e{'x' * 70_000}"))
        await pilot.pause()
        assert app.lines[-1].startswith("Filter: [@click=app.quit]x[/][2Jxxx")
        assert len(app.rows.filter) <= LONGEST_FILTER
        assert text_of(app).replace("\n", "").isprintable()


async def test_hostile_cells() -> None:
    """They are text in every place where they stand."""
    hostile = "[@click=app.quit]x[/]\x1b[2J\x9b\u202e"
    row = Row(1, (hostile, hostile, hostile), also=hostile)
    async with looking_at([row, *people()], size=(120, 10)) as (app, pilot):
        app.rows.sort_next()
        await pilot.press(*"[/]")
        assert "[@click=app.quit]x[/]" in text_of(app)
        assert text_of(app).replace("\n", "").isprintable()
        await pilot.click(Rows, offset=(4, 1))
        assert app.is_running


# An empty list


async def test_an_empty_list_says_what_to_do() -> None:
    """As many lines as it takes; there is nothing to filter."""
    async with looking_at([], size=(40, 10)) as (app, pilot):
        await pilot.press(*"ada")
        assert " ".join(app.lines).strip() == (
            "Who What There is nobody here. Invite somebody: people like to be asked, mostly."
        )
        assert app.rows.filter == ""
        await pilot.click(Rows, offset=(4, 1))
        assert selected(app) is None


# Moving


async def test_one_row_is_nothing_to_filter_or_sort() -> None:
    """So nothing is said of it."""
    async with looking_at(people(["Ada"])) as (app, _):
        assert app.lines[-1] == ""


async def test_keys_move() -> None:
    """The selected row is in view always, whatever the size becomes."""
    async with looking_at(people([f"n{number}" for number in range(100)]), size=(60, 12)) as (app, pilot):
        for key, name in (
            ("end", "n99"),
            ("pageup", "n90"),
            ("up", "n89"),
            ("home", "n0"),
            ("up", "n0"),
            ("pagedown", "n9"),
            ("down", "n10"),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert selected(app) == name
            assert f"▸ {name} " in text_of(app)
        for size in ((60, 5), (120, 40), (20, 4)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert "▸ n10 " in text_of(app)


async def test_the_wheel_scrolls() -> None:
    """What is selected stays so, out of sight."""
    async with looking_at(people([f"n{number}" for number in range(100)]), size=(60, 12)) as (app, pilot):
        for _ in range(30):
            app.post_message(events.MouseScrollDown(None, 5, 5, 0, 0, 0, shift=False, meta=False, ctrl=False))
        await pilot.pause()
        assert "▸" not in text_of(app)
        assert selected(app) == "n0"
        top = app.names[0]
        await pilot.click(Rows, offset=(4, 1))
        assert selected(app) == top
        await pilot.press("down")
        assert "▸" in text_of(app)


async def test_a_click_selects_and_two_choose() -> None:
    """One below the rows does neither."""
    async with looking_at(people(), size=(80, 10)) as (app, pilot):
        await pilot.click(Rows, offset=(4, 3))
        assert (selected(app), app.chosen) == ("Édith", 0)
        await pilot.click(Rows, offset=(4, 7))
        await pilot.click(Rows, offset=(4, 9), times=2)
        assert (selected(app), app.chosen) == ("Édith", 0)
        await pilot.click(Rows, offset=(4, 2), times=2)
        assert (selected(app), app.chosen) == ("Ada", 1)


# Cost


async def test_500_rows_cost_next_to_nothing() -> None:
    """A letter, or another order, takes a fraction of what everybody else on the loop would notice."""
    rows = people([f"198.51.{number % 7}.{number}" for number in range(500)])
    async with looking_at(rows, size=(120, 40)) as (app, _):
        for work in (lambda: app.rows.show(rows), lambda: app.rows.filter_by("198 w h"), app.rows.sort_next):
            assert min(_seconds_of(work) for _ in range(5)) < 0.01


def _seconds_of(work: Callable[[], None]) -> float:
    begun = time.thread_time()
    work()
    return time.thread_time() - begun
