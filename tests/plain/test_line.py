"""A line while it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sshauth.plain.line import Line

FAMILY = "\U0001f469\u200d\U0001f467"


def typed(*keys: str, longest: int = 100, is_secret: bool = False) -> tuple[Line, str]:
    """Type keys into a line; give it, and what was written."""
    line = Line(longest=longest, is_secret=is_secret)
    return line, "".join([line.take(each) for each in keys])


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("ada",), "ada"),
        (("ada", "\x7f"), "ad"),
        (("ada", "\x08"), "ad"),
        (("\x7f",), ""),
        (("e\u0301", "\x7f"), ""),
        (("ae\u0301\u0302", "\x7f"), "a"),
        ((f"a{FAMILY}", "\x7f"), "a"),
        (("a\U0001f44d\U0001f3fd", "\x7f"), "a"),
        (("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", "\x7f"), "\U0001f1e9\U0001f1ea"),
        (("\U0001f1e9\U0001f1ea\U0001f1eb", "\x7f"), "\U0001f1e9\U0001f1ea"),
        (("ada lovelace", "\x17"), "ada "),
        (("ada lovelace ", "\x17"), "ada "),
        (("ada", "\x17"), ""),
        (("ada lovelace", "\x15"), ""),
        (("a", "\x1b[D", "b"), "ab"),
        (("a", "\x07", "b"), "ab"),
        (("a", "\u0085", "b"), "ab"),
    ],
)
def test_keys_edit_at_the_end(keys: tuple[str, ...], text: str) -> None:
    """Backspace, Ctrl+W and Ctrl+U; keys that mean nothing here do nothing."""
    assert typed(*keys)[0].text == text


def test_what_goes_is_wiped_off_cell_by_cell() -> None:
    """Without any escape sequence."""
    assert typed("世", "\x7f")[1] == "世\b \b\b \b"
    assert typed("ab", "\x15")[1] == "ab\b \b\b \b"


def test_of_a_secret_nothing_is_shown() -> None:
    """Neither what it is nor how long."""
    line, written = typed("open sesame", "\x7f", "\x17", "\x15", "abc", is_secret=True)
    assert (line.text, line.shown, written) == ("abc", "", "")


def test_what_cannot_be_shown_is_kept_and_not_written() -> None:
    """A rule may have something to say about it; a terminal must not get it."""
    line, written = typed("a\u202eb\u200b")
    assert (line.text, written, line.shown) == ("a\u202eb\u200b", "ab", "ab")


def test_what_would_be_too_long_is_refused_whole() -> None:
    """Nobody enters half of a paste without knowing; Ctrl+U begins anew."""
    line, written = typed("abc", "def", longest=5)
    assert (line.text, line.is_too_long, written) == ("abc", True, "abc")
    line.take("\x15")
    assert not line.is_too_long


LETTERS = st.text(st.sampled_from("ab é世\u202e\u200b\x07"), min_size=1, max_size=5)


@given(st.lists(st.one_of(LETTERS, st.sampled_from(["\x7f", "\x17", "\x15"]))))
def test_the_terminal_shows_what_the_line_holds(keys: list[str]) -> None:
    """Whatever is typed: as many cells stand there as the line takes, and it is never too long."""
    line, written = typed(*keys, longest=20)
    assert len(line.text) <= 20
    assert cell_len(written.replace("\b \b", "")) - written.count("\b \b") == cell_len(line.shown)
    assert "\x1b" not in written
