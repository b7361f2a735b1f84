"""Terminals that do not speak UTF-8."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sshauth.ssh.charset import ASCII, UTF_8, charset_of, encode

CODECS = [ASCII, "iso8859-1", "iso8859-15", "koi8-r", "cp1252", "euc_jp", "gb2312", "big5"]


@pytest.mark.parametrize(
    ("locale", "charset"),
    [
        ("en_GB.UTF-8", "utf-8"),
        ("C.utf8", "utf-8"),
        ("de_DE.ISO-8859-1", "iso8859-1"),
        ("de_DE.iso88591", "iso8859-1"),
        ("de_DE.ISO8859-15@euro", "iso8859-15"),
        ("ru_RU.KOI8-R", "koi8-r"),
        ("ru_RU.CP1251", "cp1251"),
        ("ja_JP.eucJP", "euc_jp"),
        ("zh_CN.GB18030", "gb2312"),
        ("zh_TW.Big5", "big5"),
        ("en_US.US-ASCII", "ascii"),
        ("en_US.ISO-8859-12", "ascii"),
        ("en_US.none-that-we-know", "ascii"),
        ("en_US.rot13", "ascii"),
        ("C", None),
        ("POSIX", None),
        ("UTF-8", None),
        ("en_US", None),
        ("de_DE@euro", None),
        ("", None),
    ],
)
def test_a_locale_names_a_character_set(locale: str, charset: str | None) -> None:
    """Or none, which says nothing of the terminal."""
    assert charset_of({"LANG": locale}) == charset
    if charset is not None:
        assert codecs.lookup(charset)


@pytest.mark.parametrize(
    ("environment", "charset"),
    [
        ({}, None),
        ({"LC_ALL": "x.KOI8-U", "LC_CTYPE": "x.ISO-8859-2", "LANG": "x.UTF-8"}, "koi8-u"),
        ({"LC_ALL": "", "LC_CTYPE": "x.ISO-8859-2", "LANG": "x.UTF-8"}, "iso8859-2"),
        ({"LC_ALL": "C", "LANG": "x.ISO-8859-2"}, None),
        ({"LC_TIME": "x.ISO-8859-2", "LANG": "x.UTF-8"}, "utf-8"),
    ],
)
def test_the_first_of_three_variables_counts(environment: dict[str, str], charset: str | None) -> None:
    """In the order of POSIX."""
    assert charset_of(environment) == charset


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        (UTF_8, "Zoë • ┌─┐ █ … → Ж 東京".encode()),
        (ASCII, b"Zo? * +-+ # . > ? ????"),
        ("iso8859-1", b"Zo\xeb * +-+ # . > ? ????"),
        ("koi8-r", b"Zo? * +-+ # . > \xf6 ????"),
        ("euc_jp", b"Zo? * +-+ # . > ? \xc5\xec\xb5\xfe"),
    ],
)
def test_what_a_set_lacks_has_a_stand_in(codec: str, expected: bytes) -> None:
    """Letters that it has are written in it; lines and bullets become ASCII; all takes the cells it took."""
    assert encode("Zoë • ┌─┐ █ … → Ж 東京", codec) == expected


def test_every_line_of_a_box_has_one() -> None:
    """Horizontal, vertical, corner or crossing."""
    drawn = encode("".join(map(chr, range(0x2500, 0x2580))), ASCII).decode()
    assert set(drawn) == set("-=|+/\\x")


@given(st.text(), st.sampled_from(CODECS))
def test_everything_keeps_its_cells_and_commands_nothing(text: str, codec: str) -> None:
    """One byte a cell, and none that is a control character to some terminals."""
    beyond = "".join(character for character in text if character > "\x7f")
    encoded = encode(beyond, codec)
    assert len(encoded) == cell_len(beyond)
    assert not any(byte < 0x20 or 0x7F <= byte < 0xA0 for byte in encoded)


@given(st.text(st.characters(max_codepoint=127)), st.sampled_from([UTF_8, *CODECS]))
def test_ascii_is_the_same_in_all(text: str, codec: str) -> None:
    """Escape sequences among it."""
    assert encode(text, codec) == text.encode()
