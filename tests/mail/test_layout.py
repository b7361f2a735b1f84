"""What every mail is made of."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sshauth.mail.layout import Block, clock_time, lay_out, moment, one_line
from tests.mail.page import Page

AT = datetime(2026, 11, 24, 3, 15, 30, tzinfo=UTC)


def test_prose_is_wrapped_and_what_must_be_copied_is_not() -> None:
    """A literal block is one line however long it is."""
    long = "word " * 30
    prose, literal = lay_out("s", [Block(long), Block(long, literal=True)]).text.split("\n\n")
    assert max(len(line) for line in prose.splitlines()) <= 76
    assert literal == long.strip() + "\n"


def test_html_in_a_block_is_shown_and_not_obeyed() -> None:
    """Foreign text is escaped in HTML, subject included (row 26)."""
    foreign = '<img src=x onerror="alert(1)">&amp;</p>'
    page = Page(lay_out(foreign, [Block(foreign), Block(foreign, literal=True)]).html)
    assert page.tags == Page(lay_out("s", [Block("a"), Block("b", literal=True)]).html).tags
    assert page.words.count(foreign) == 3


def test_the_html_part_loads_nothing_and_sets_no_colours_of_text() -> None:
    """No picture, link, script or style sheet; and a dark mail client may choose its own colours."""
    html = lay_out("s", [Block("a"), Block("b", literal=True)]).html
    page = Page(html)
    assert set(page.tags) == {"html", "head", "meta", "title", "body", "div", "p"}
    assert {name for name, _ in page.attributes} <= {"lang", "charset", "name", "content", "style"}
    assert not re.search(r"url\(|[ ;\"]color: |background", html)


def test_a_line_break_in_a_block_makes_no_new_line() -> None:
    """Nobody can write lines of their own into a mail, say a second code (row 26)."""
    content = lay_out("a\r\nBcc: b", [Block("Hello Grace\r\n\r\nK7M2\r\n\x1b[31m\u202e\u200b,")])
    assert (content.subject, content.text) == ("a Bcc: b", "Hello Grace K7M2 [31m,\n")


def test_times_are_shown_in_utc() -> None:
    """A time of another zone is turned into UTC."""
    here = AT.astimezone(timezone(timedelta(hours=-5)))
    assert (moment(here), clock_time(here)) == ("2026-11-24 at 03:15 UTC", "03:15 UTC")


@pytest.mark.parametrize("write", [moment, clock_time])
def test_a_time_without_a_zone_is_a_mistake(write: Callable[[datetime], str]) -> None:
    """A naive time would be shown as UTC and be wrong by hours."""
    with pytest.raises(ValueError, match="without a zone"):
        write(AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("foreign", "expected"),
    [
        ("Jürgen Müller", "Jürgen Müller"),
        ("  two\t words\n", "two words"),
        ("a\x00\x1b\x7f\x9bb", "ab"),
        ("\u202eevil\u2066", "evil"),
        ("z\u200be\u200dr\ufeffo", "zero"),
        ("\U000e0041tag", "tag"),
        ("half \ud83d surrogate", "half  surrogate"),
        ("山田 太郎 👍", "山田 太郎 👍"),
    ],
)
def test_one_line_keeps_what_prints(foreign: str, expected: str) -> None:
    """Letters of every script stay; controls, bidirectional and zero-width characters go (row 26)."""
    assert one_line(foreign) == expected
