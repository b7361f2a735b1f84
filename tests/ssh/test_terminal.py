"""What a client's terminal can show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.ssh.colour import Depth
from sshauth.ssh.terminal import (
    Capability,
    accepted_environment,
    capability_of,
    shows_screens,
    wants_lines,
)

ORANGE = "\x1b[38;2;255;175;0m"
QR_CELL = "\x1b[38;2;0;0;0;48;2;255;255;255m▀"


@pytest.mark.parametrize(
    ("term", "environment", "capability"),
    [
        ("xterm-256color", {}, Capability(Depth.EIGHT_BIT)),
        ("xterm-256color", {"COLORTERM": "truecolor"}, Capability(Depth.TRUE)),
        ("xterm-256color", {"LANG": "de_DE.ISO-8859-1"}, Capability(Depth.EIGHT_BIT, "iso8859-1")),
        ("xterm-256color", {"LC_ALL": "C"}, Capability(Depth.EIGHT_BIT)),
        ("xterm-256color", {"NO_COLOR": "1"}, Capability(Depth.EIGHT_BIT, wants_colours=False)),
        ("xterm-256color", {"NO_COLOR": ""}, Capability(Depth.EIGHT_BIT)),
        ("linux", {}, Capability(Depth.SIXTEEN, is_plain=True)),
        ("screen", {}, Capability(Depth.SIXTEEN)),
        ("tmux-256color", {}, Capability(Depth.EIGHT_BIT)),
        ("vt100", {}, Capability(Depth.NONE, "ascii", is_plain=True)),
        ("vt220", {"LANG": "en_GB.UTF-8"}, Capability(Depth.NONE, is_plain=True)),
    ],
)
def test_term_and_locale_tell_what_it_shows(
    term: str, environment: dict[str, str], capability: Capability
) -> None:
    """Colours by TERM, COLORTERM and NO_COLOR, characters by the locale where it names a set."""
    assert capability_of(term, environment) == capability


@pytest.mark.parametrize(
    ("term", "environment", "colours"),
    [
        ("xterm-256color", {}, True),
        ("linux", {}, True),
        ("xterm-256color", {"NO_COLOR": "1"}, False),
        ("vt100", {}, False),
    ],
)
def test_colours_are_shown_where_there_are_some_and_they_are_wanted(
    term: str, environment: dict[str, str], colours: bool
) -> None:
    """Only there people may choose between themes."""
    assert capability_of(term, environment).shows_colours == colours


@pytest.mark.parametrize(
    ("term", "environment", "qr"),
    [
        ("xterm-256color", {}, True),
        ("xterm-256color", {"NO_COLOR": "1"}, True),
        ("linux", {}, True),
        ("xterm-256color", {"LC_ALL": "ru_RU.KOI8-R"}, False),
        ("vt100", {}, False),
        ("vt100", {"LANG": "en_GB.UTF-8"}, False),
    ],
)
def test_a_qr_code_needs_colours_and_half_blocks(term: str, environment: dict[str, str], qr: bool) -> None:
    """Colours that the terminal has, whether its person wants to see them or not."""
    assert capability_of(term, environment).qr is qr


@pytest.mark.parametrize(
    ("term", "environment", "expected"),
    [
        ("xterm-256color", {"COLORTERM": "truecolor"}, f"{ORANGE}é•{QR_CELL}".encode()),
        ("xterm-256color", {}, "\x1b[38;5;214mé•\x1b[38;5;16;48;5;231m▀".encode()),
        ("linux", {}, "\x1b[91mé•\x1b[30;47m▀".encode()),
        ("linux", {"NO_COLOR": "1"}, "é•\x1b[30;47m▀".encode()),
        ("linux", {"LANG": "fr_FR.ISO-8859-1"}, b"\x1b[91m\xe9*\x1b[30;47m-"),
        ("vt100", {}, b"?*\x1b[7m-"),
    ],
)
def test_output_is_written_for_the_terminal(term: str, environment: dict[str, str], expected: bytes) -> None:
    """Its colours, and its characters."""
    assert capability_of(term, environment).render(f"{ORANGE}é•{QR_CELL}") == expected


@pytest.mark.parametrize(
    ("sequence", "kept"),
    [
        ("\x1b[?2026$p", False),
        ("\x1b]22;pointer\x07", False),
        ("\x1b]8;;about:blank\x1b\\", False),
        ("\x1b]52;c;YWRh\x07", False),
        ("\x1b[?1049h", True),
        ("\x1b[?25l", True),
        ("\x1b[2;3H", True),
        ("\x1b[1m", True),
    ],
)
@pytest.mark.parametrize("term", ["linux", "vt100", "xterm-256color"])
def test_plain_terminals_get_nothing_that_they_would_print(term: str, sequence: str, kept: bool) -> None:
    """Questions and strings for the system; all others pass over what they do not know."""
    expected = f"a{sequence}b" if kept or term == "xterm-256color" else "ab"
    assert capability_of(term, {}).render(f"a{sequence}b") == expected.encode()


@given(st.text(max_size=20), st.dictionaries(st.sampled_from(["LANG", "COLORTERM"]), st.text()), st.text())
def test_nothing_that_a_client_claims_breaks_the_output(
    term: str, environment: dict[str, str], text: str
) -> None:
    """Any TERM, any locale, any text."""
    assert isinstance(capability_of(term, environment).render(text), bytes)


# Terminals that show no screens


@pytest.mark.parametrize(
    "term",
    [
        "xterm",
        "xterm-256color",
        "linux",
        "screen",
        "screen-256color",
        "tmux-256color",
        "vt100",
        "xterm-kitty",
    ],
)
def test_most_terminals_show_screens(term: str) -> None:
    """Also those that nobody here has heard of."""
    assert shows_screens(term)
    assert capability_of(term, {}).knows_codes


@pytest.mark.parametrize(
    "term",
    ["dumb", "unknown", "", "x" * 500, "\x1b[2J", "a\x00b", "ansi\n", "xterm 256", "-direct", "é"],
)
def test_others_show_none_and_no_qr_code_either(term: str) -> None:
    """They are spoken with line by line, without any escape sequence."""
    assert not shows_screens(term)
    capability = capability_of(term, {"COLORTERM": "truecolor"})
    assert not capability.knows_codes
    assert not capability.qr


@pytest.mark.parametrize(
    ("user_name", "environment", "wanted"),
    [
        ("plain", {}, True),
        ("Plain", {}, True),
        ("ada", {"PLAIN": "1"}, True),
        ("ada", {"PLAIN": "yes"}, True),
        ("ada", {"PLAIN": "0"}, False),
        ("ada", {"PLAIN": ""}, False),
        ("ada", {}, False),
        ("", {}, False),
    ],
)
def test_lines_are_for_who_says_so(user_name: str, environment: dict[str, str], wanted: bool) -> None:
    """By the SSH user name, or by a variable that the client sends."""
    assert wants_lines(environment, user_name=user_name) is wanted


# The environment


def test_only_what_says_how_to_show_things_is_kept() -> None:
    """Colours, locale, time zone, and whether screens are wanted at all."""
    sent = {
        "COLORTERM": "truecolor",
        "NO_COLOR": "",
        "LANG": "en_GB.UTF-8",
        "LC_ALL": "C",
        "LC_MONETARY": "C",
        "TZ": "Europe/Berlin",
        "PLAIN": "1",
    }
    others = {"PATH": "x", "LD_PRELOAD": "x", "LC_": "x", "LC_a=b": "x", "XLANG": "x", "LANGUAGE": "en"}
    assert accepted_environment({**sent, **others}) == sent


@pytest.mark.parametrize(
    ("value", "kept"),
    [("x" * 256, True), ("x" * 257, False), ("a\x1b[2J", False), ("a\x00", False), ("a\nb", False)],
)
def test_values_are_short_and_printable(value: str, kept: bool) -> None:
    """Nothing else is an honest value."""
    assert accepted_environment({"LANG": value}) == ({"LANG": value} if kept else {})
