"""Small pure things of the rooms: times in words, widths of columns, parts of a text."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sshauth.tui.ago import ago, exactly
from sshauth.tui.own_data import parts_of
from sshauth.tui.rows import GAP, REST, Column, fitted, visible, widths_in

NOON = datetime(2026, 3, 10, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=3, seconds=59), "3 minutes ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=1, hours=11), "yesterday"),
        (timedelta(days=1, hours=13), "2 days ago"),
        (timedelta(days=5), "5 days ago"),
        (timedelta(days=7), "7 days ago"),
        (timedelta(days=8), "2 March 2026"),
        (timedelta(days=400), "3 February 2025"),
    ],
)
def test_how_long_ago_it_was(passed: timedelta, words: str) -> None:
    """The way people say it, until it is so long ago that the date says more."""
    assert ago(NOON - passed, NOON) == words


def test_an_exact_time_says_that_it_is_utc() -> None:
    """To the second, as it stands in logs."""
    assert exactly(NOON) == "10 March 2026, 12:00:05 UTC"


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
    """And a narrow window hides one."""
    columns = (Column("A", 10, 8), Column("B", REST, REST), Column("C", 12, 0))
    assert widths_in(columns, 60, narrow=False) == [10, 60 - 10 - 12 - 2 * GAP, 12]
    assert widths_in(columns, 40, narrow=True) == [8, 40 - 8 - GAP, 0]
    assert widths_in(columns, 5, narrow=True) == [8, 1, 0]


@given(st.text(alphabet="ab\n"), st.integers(min_value=1, max_value=20))
def test_parts_make_the_whole_again(text: str, longest: int) -> None:
    """None is too long, and each but the last ends with a line where one of its lines does."""
    *parts, last = parts_of(text, longest)
    assert "".join([*parts, last]) == text
    assert len(last) <= longest
    for part in parts:
        assert 0 < len(part) <= longest
        assert part.endswith("\n") or "\n" not in part
