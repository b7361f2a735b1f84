"""The words of the mails."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshauth.mail.messages import Content, Place, one_line, reset_code

PLACE = Place(
    app_name="sshauth",
    ssh_command="ssh -p 2222 auth.example.org",
    host_key_fingerprint="SHA256:" + "n0tAr3aLf1ng3rpr1nt" * 2 + "12345",
)
CODE = "K7M2-9QRX-4TBV-0HJD"
ASKED = datetime(2026, 11, 24, 3, 15, 30, tzinfo=UTC)


def written(
    *,
    first_name: str = "Grace",
    user_name: str = "ghopper",
    source: str = "203.0.113.7",
    requested_at: datetime = ASKED,
    expires_at: datetime = ASKED + timedelta(minutes=10),
) -> Content:
    return reset_code(
        PLACE,
        first_name=first_name,
        user_name=user_name,
        code=CODE,
        source=source,
        requested_at=requested_at,
        expires_at=expires_at,
    )


class Page(HTMLParser):
    """What a mail client makes of the HTML: the elements, and the words between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


def test_what_must_be_copied_stands_alone_on_a_line() -> None:
    """The code, the ssh command and the fingerprint can be taken by selecting a line."""
    lines = written().text.splitlines()
    assert [CODE, PLACE.ssh_command, PLACE.host_key_fingerprint] == [
        line for line in lines if line in {CODE, PLACE.ssh_command, PLACE.host_key_fingerprint}
    ]


def test_both_parts_say_everything_that_the_person_needs() -> None:
    """The way to the form, the life of the code, who asked, the second factor, and what if it was not you."""
    content = written()
    for words in (" ".join(content.text.split()), " ".join(Page(content.html).words.split())):
        for expected in (
            "Hello Grace,",
            "your account ghopper on sshauth",
            CODE,
            PLACE.ssh_command,
            'press F3, then choose "I have a code"',
            "until 03:25 UTC (10 minutes after the request)",
            "from 203.0.113.7 on 2026-11-24 at 03:15 UTC",
            "also be asked for a code from your authenticator app",
            "If that was not you, there is nothing to do. Your password was not changed, the code is useless",
            PLACE.host_key_fingerprint,
        ):
            assert expected in words


def test_the_code_is_not_in_the_subject_nor_in_the_repr() -> None:
    """Subjects show on locked phones, reprs in logs."""
    content = written()
    assert content.subject == "Your password reset code for sshauth"
    assert CODE not in repr(content)


def test_times_are_shown_in_utc() -> None:
    """A time of another zone is turned into UTC."""
    here = timezone(timedelta(hours=-5))
    assert written(requested_at=ASKED.astimezone(here)) == written()


def test_a_code_sent_again_says_how_long_it_still_lives() -> None:
    """A second request sends the same code without lengthening its life (row 16)."""
    assert "03:25 UTC (1 minute after the request)" in written(
        requested_at=ASKED + timedelta(minutes=9, seconds=10)
    ).text.replace("\n", " ")


def test_a_time_without_a_zone_is_a_mistake() -> None:
    """A naive time would be shown as UTC and be wrong by hours."""
    with pytest.raises(ValueError, match="without a zone"):
        written(requested_at=ASKED.replace(tzinfo=None), expires_at=ASKED.replace(tzinfo=None))


def test_html_in_a_name_is_shown_and_not_obeyed() -> None:
    """Foreign text is escaped in HTML (row 26)."""
    name = '<img src=x onerror="alert(1)">&amp;</p>'
    content = written(first_name=name, user_name=name, source=name)
    assert Page(content.html).tags == Page(written().html).tags
    assert Page(content.html).words.count(name) == 3
    assert name in content.text


def test_the_html_part_loads_nothing_and_sets_no_colours_of_text() -> None:
    """No picture, link, script or style sheet; and a dark mail client may choose its own colours."""
    page = Page(written().html)
    assert set(page.tags) == {"html", "head", "meta", "title", "body", "div", "p"}
    assert {name for name, _ in page.attributes} <= {"lang", "charset", "name", "content", "style"}
    assert not re.search(r"url\(|[ ;\"]color: |background", written().html)


def test_a_line_break_in_a_name_makes_no_new_line() -> None:
    """Nobody can write lines of their own into a mail, say a second code (row 26)."""
    name = f"Grace\r\n\r\n{CODE[::-1]}\r\n\x1b[31m\u202e\u200b"
    assert f"Hello Grace {CODE[::-1]} [31m," in written(first_name=name).text.splitlines()


@settings(deadline=None)
@given(name=st.text(max_size=64), source=st.text(max_size=64))
def test_lines_are_short_and_clean_whatever_the_names_are(name: str, source: str) -> None:
    """The text part holds to 78 columns and printable characters, and can always be encoded."""
    content = written(first_name=name, user_name=name, source=source)
    content.html.encode()
    assert max(len(line) for line in content.text.splitlines()) <= 78
    assert content.text.replace("\n", "").isprintable()


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
