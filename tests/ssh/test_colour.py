"""Colours: what a terminal shows, and 24-bit codes brought down to it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.ssh.colour import Depth, depth_of, reduce

FEWER = [Depth.SIXTEEN, Depth.EIGHT_BIT]

component = st.integers(0, 255)
colour = st.builds("{};2;{};{};{}".format, st.sampled_from([38, 48]), component, component, component)
code = colour | st.sampled_from(["0", "1", "4", "7", "39", "49", "31", "48;5;17"])
sequence = st.lists(code, max_size=4).map(lambda codes: f"\x1b[{';'.join(codes)}m")
output = st.lists(sequence | st.text(max_size=5), max_size=10).map("".join)


def codes(text: str) -> list[str]:
    """Give the colour codes of one sequence: 38;5;17 and the like whole, the others one by one."""
    return re.findall(r"[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\d+", text.removeprefix("\x1b[").removesuffix("m"))


@pytest.mark.parametrize(
    ("term", "depth"),
    [
        ("xterm-256color", Depth.EIGHT_BIT),
        ("screen-256color", Depth.EIGHT_BIT),
        ("tmux", Depth.EIGHT_BIT),
        ("xterm", Depth.EIGHT_BIT),
        ("alacritty", Depth.EIGHT_BIT),
        ("", Depth.EIGHT_BIT),
        ("xterm-direct", Depth.TRUE),
        ("linux", Depth.SIXTEEN),
        ("screen", Depth.SIXTEEN),
        ("xterm-16color", Depth.SIXTEEN),
        ("vt220", Depth.SIXTEEN),
        ("dumb", Depth.SIXTEEN),
    ],
)
def test_term_tells_the_depth(term: str, depth: Depth) -> None:
    """The TERM of the client is always sent, and is what mostly decides."""
    assert depth_of(term, {}) is depth


@pytest.mark.parametrize("value", ["truecolor", "24bit", "TrueColor"])
def test_colorterm_tells_true_colour(value: str) -> None:
    """COLORTERM, where a client sends it, knows more than TERM."""
    assert depth_of("xterm-256color", {"COLORTERM": value}) is Depth.TRUE


@pytest.mark.parametrize("value", ["", "yes", "gnome-terminal"])
def test_another_colorterm_tells_nothing(value: str) -> None:
    """Only the two values that mean 24 bits mean 24 bits."""
    assert depth_of("xterm-256color", {"COLORTERM": value}) is Depth.EIGHT_BIT


def test_the_servers_own_terminal_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server runs in says nothing about the client."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-direct")
    assert depth_of("xterm-256color", {}) is Depth.EIGHT_BIT


def test_true_colour_stays_as_it_is() -> None:
    """A terminal of 24 bits gets what was rendered."""
    text = "\x1b[1;38;2;1;2;3;48;2;250;251;252mtext\x1b[0m"
    assert reduce(text, Depth.TRUE) == text


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (Depth.EIGHT_BIT, "\x1b[1;38;5;196;48;5;21mred on blue\x1b[0m"),
        (Depth.SIXTEEN, "\x1b[1;31;44mred on blue\x1b[0m"),
    ],
)
def test_colours_become_near_ones(depth: Depth, expected: str) -> None:
    """Foreground and background are replaced where they stand, the rest of a sequence stays."""
    assert reduce("\x1b[1;38;2;255;0;0;48;2;0;0;238mred on blue\x1b[0m", depth) == expected


@pytest.mark.parametrize(
    ("depth", "black_on_white", "white_on_black"),
    [
        (Depth.EIGHT_BIT, "\x1b[38;5;16;48;5;231m", "\x1b[38;5;231;48;5;16m"),
        (Depth.SIXTEEN, "\x1b[30;107m", "\x1b[97;40m"),
    ],
)
def test_black_and_white_stay_black_and_white(depth: Depth, black_on_white: str, white_on_black: str) -> None:
    """QR codes are drawn in them, and must stay readable to a camera."""
    assert reduce("\x1b[38;2;0;0;0;48;2;255;255;255m", depth) == black_on_white
    assert reduce("\x1b[38;2;255;255;255;48;2;0;0;0m", depth) == white_on_black


@pytest.mark.parametrize("depth", FEWER)
@pytest.mark.parametrize(
    "text",
    [
        "38;2;1;2;3m",
        "[38;2;1;2;3m",
        "\x1b 38;2;1;2;3m",
        "\x1b[38;2;1;2;3H",
        "\x1b[38;2;1;2",
        "\x1b]8;;38;2;1;2;3m\x1b\\",
        "\x1b[38;2;1;2;3",
        "\x1b[138;2;1;2;3m",
        "\x1b[48;5;2m",
        "\x1b[0;1;31m",
        "▀ plain text, 38;2;1;2;3",
    ],
)
def test_what_only_looks_like_a_colour_is_untouched(depth: Depth, text: str) -> None:
    """Only whole sequences that set 24-bit colours are rewritten."""
    assert reduce(text, depth) == text


@pytest.mark.parametrize("depth", FEWER)
def test_numbers_that_are_no_colours_do_no_harm(depth: Depth) -> None:
    """A component over 255 counts as 255."""
    assert reduce("\x1b[38;2;999;999;999m", depth) == reduce("\x1b[38;2;255;255;255m", depth)


@given(output, st.sampled_from(FEWER))
def test_nothing_of_24_bits_is_left(text: str, depth: Depth) -> None:
    """After the reduction no sequence holds a 24-bit colour."""
    assert re.search(r"\x1b\[(?:\d+;)*[34]8;2;", reduce(text, depth)) is None


@given(sequence, st.sampled_from(FEWER))
def test_a_sequence_keeps_its_other_codes(text: str, depth: Depth) -> None:
    """Each colour is replaced by one, and all else stays in its place."""
    before, after = codes(text), codes(reduce(text, depth))
    assert len(before) == len(after)
    kept = [(old, new) for old, new in zip(before, after, strict=True) if not re.match(r"[34]8;2;", old)]
    assert all(old == new for old, new in kept)


@given(output, st.sampled_from(FEWER))
def test_what_is_written_stays_the_same(text: str, depth: Depth) -> None:
    """Text and sequences stay, only numbers inside sequences change."""
    sgr = re.compile(r"\x1b\[[\d;]*m")
    assert sgr.sub("*", reduce(text, depth)) == sgr.sub("*", text)
