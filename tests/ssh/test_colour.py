"""Colours: what a terminal shows, and 24-bit codes brought down to it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.ssh.colour import Depth, depth_of, reduce

FEWER = [Depth.NONE, Depth.SIXTEEN, Depth.EIGHT_BIT]
COLOURED = [Depth.SIXTEEN, Depth.EIGHT_BIT]

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
        ("xterm-direct2", Depth.EIGHT_BIT),
        ("linux", Depth.SIXTEEN),
        ("linux-basic", Depth.SIXTEEN),
        ("ansi", Depth.SIXTEEN),
        ("screen", Depth.SIXTEEN),
        ("screen.linux", Depth.SIXTEEN),
        ("screen.xterm-256color", Depth.EIGHT_BIT),
        ("screen-256color-bce", Depth.EIGHT_BIT),
        ("rxvt", Depth.SIXTEEN),
        ("rxvt-unicode-256color", Depth.EIGHT_BIT),
        ("xterm-color", Depth.SIXTEEN),
        ("xterm-16color", Depth.SIXTEEN),
        ("vt100", Depth.NONE),
        ("vt102", Depth.NONE),
        ("vt220-8bit", Depth.NONE),
        ("vt525", Depth.EIGHT_BIT),
        ("xterm-mono", Depth.NONE),
        ("linux-m", Depth.NONE),
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


@pytest.mark.parametrize(("term", "depth"), [("screen", Depth.SIXTEEN), ("screen-256color", Depth.EIGHT_BIT)])
def test_screen_inherits_a_colorterm_that_is_not_its_own(term: str, depth: Depth) -> None:
    """It would take the parts of 24-bit colours for codes of their own."""
    assert depth_of(term, {"COLORTERM": "truecolor"}) is depth


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
        (Depth.SIXTEEN, "\x1b[1;91;44mred on blue\x1b[0m"),
    ],
)
def test_colours_become_near_ones(depth: Depth, expected: str) -> None:
    """Foreground and background are replaced where they stand, the rest of a sequence stays."""
    assert reduce("\x1b[1;38;2;255;0;0;48;2;0;0;238mred on blue\x1b[0m", depth) == expected


# The QR code

BLACK_ON_WHITE = "\x1b[38;2;0;0;0;48;2;255;255;255m"
WHITE_ON_BLACK = "\x1b[38;2;255;255;255;48;2;0;0;0m"
WHITE_ON_WHITE = "\x1b[38;2;255;255;255;48;2;255;255;255m"


@pytest.mark.parametrize(
    ("depth", "black", "white"),
    [
        (Depth.TRUE, "8;2;0;0;0", "8;2;255;255;255"),
        (Depth.EIGHT_BIT, "8;5;16", "8;5;231"),
        (Depth.SIXTEEN, "0", "7"),
    ],
)
@pytest.mark.parametrize("shown", list(Depth))
def test_a_qr_code_stays_black_and_white(depth: Depth, black: str, white: str, shown: Depth) -> None:
    """Above and below alike, in the terminal's own depth, whatever colours its person wants to see."""
    if shown is Depth.TRUE:
        depth, black, white = Depth.TRUE, "8;2;0;0;0", "8;2;255;255;255"
    cells = f"{BLACK_ON_WHITE}▀{WHITE_ON_BLACK}▀▀{WHITE_ON_WHITE}▀\x1b[0m"
    expected = f"\x1b[3{black};4{white}m▀\x1b[3{white};4{black}m▀▀\x1b[3{white};4{white}m▀\x1b[0m"
    assert reduce(cells, shown, depth) == expected


@pytest.mark.parametrize("text", ["black on white", "▄", ""])
def test_only_half_blocks_are_a_qr_code(text: str) -> None:
    """Other text in black and white is emphasised like all text where colours are not wanted."""
    assert reduce(f"{BLACK_ON_WHITE}{text}", Depth.NONE, Depth.TRUE) == f"\x1b[7m{text}"


# Sixteen colours


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        ("38;2;228;228;228;48;2;18;18;18", "97;40"),
        ("38;2;168;168;168;48;2;28;28;28", "37;40"),
        ("38;2;228;228;228;48;2;48;48;48", "97;44"),
        ("38;2;228;228;228;48;2;0;95;135", "30;46"),
        ("38;2;255;135;135", "91"),
        ("38;2;135;215;135", "92"),
        ("38;2;100;100;100", "90"),
        ("38;2;0;0;0;48;2;255;215;135", "30;43"),
        ("38;5;210;48;5;52", "91;41"),
        ("31;107", "31;107"),
        ("39;49", "39;49"),
    ],
)
def test_sixteen_colours_keep_what_is_on_the_screen_apart(colours: str, expected: str) -> None:
    """Fields from the paper, the focus from the others; and text can be read on each."""
    assert reduce(f"\x1b[{colours}m", Depth.SIXTEEN) == f"\x1b[{expected}m"


@given(colour, colour)
def test_backgrounds_are_of_the_eight_that_are_everywhere(one: str, other: str) -> None:
    """The Linux console shows the brighter eight as the others, or not at all."""
    reduced = reduce(f"\x1b[{one};{other}m", Depth.SIXTEEN)
    assert re.fullmatch(r"\x1b\[(?:3[0-7]|9[0-7]|4[0-7])(?:;(?:3[0-7]|9[0-7]|4[0-7]))m", reduced)


# No colours


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("38;2;228;228;228;48;2;18;18;18", ""),
        ("1;38;2;255;215;135;48;2;28;28;28", "\x1b[1m"),
        ("2;3;9;38;2;255;215;135", "\x1b[2;3;9m"),
        ("38;2;228;228;228;48;2;48;48;48", "\x1b[4m"),
        ("38;2;228;228;228;48;2;0;95;135", "\x1b[1;4m"),
        ("1;38;2;228;228;228;48;2;0;95;135", "\x1b[1;4m"),
        ("38;2;18;18;18;48;2;255;215;135", "\x1b[7m"),
        ("31;47", "\x1b[7m"),
        ("97;104", "\x1b[1;4m"),
        ("38;5;16;48;5;231", "\x1b[7m"),
        ("39;49", ""),
        ("0", "\x1b[0m"),
        ("", "\x1b[m"),
        ("1;4", "\x1b[1;4m"),
    ],
)
def test_without_colours_the_background_becomes_emphasis(codes: str, expected: str) -> None:
    """Fields are underlined, the focus is bold too, light backgrounds are reversed; other codes stay."""
    assert reduce(f"\x1b[{codes}m", Depth.NONE) == expected


@given(output)
def test_no_colour_is_left_where_there_are_none(text: str) -> None:
    """Of any kind."""
    colours = r"\x1b\[(?:\d+;)*(?:[34]8;[25];\d+|[349][0-7]|10[0-7]|[34]9)(?:;\d+)*m"
    assert re.search(colours, reduce(text, Depth.NONE)) is None


# What is no colour


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
        "\x1b[0;1m",
        "▀ plain text, 38;2;1;2;3",
    ],
)
def test_what_only_looks_like_a_colour_is_untouched(depth: Depth, text: str) -> None:
    """Only whole sequences that set colours are rewritten."""
    assert reduce(text, depth) == text


@pytest.mark.parametrize("depth", FEWER)
def test_numbers_that_are_no_colours_do_no_harm(depth: Depth) -> None:
    """A component over 255 counts as 255."""
    assert reduce("\x1b[38;2;999;999;999m", depth) == reduce("\x1b[38;2;255;255;255m", depth)


@given(output, st.sampled_from(FEWER))
def test_nothing_of_24_bits_is_left(text: str, depth: Depth) -> None:
    """Whatever the depth is."""
    assert re.search(r"\x1b\[(?:\d+;)*[34]8;2;", reduce(text, depth)) is None


@given(sequence, st.sampled_from(COLOURED))
def test_a_sequence_keeps_its_other_codes(text: str, depth: Depth) -> None:
    """Each colour is replaced by one, and all else stays in its place."""
    before, after = codes(text), codes(reduce(text, depth))
    assert len(before) == len(after)
    kept = [(old, new) for old, new in zip(before, after, strict=True) if not re.match(r"[34]8;", old)]
    assert all(old == new for old, new in kept)


@given(output, st.sampled_from(FEWER))
def test_what_is_written_stays_the_same(text: str, depth: Depth) -> None:
    """Text stays, only sequences change."""
    sgr = re.compile(r"\x1b\[[\d;]*m")
    assert sgr.sub("", reduce(text, depth)) == sgr.sub("", text)
