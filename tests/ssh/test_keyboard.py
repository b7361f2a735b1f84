"""The keyboard: whatever bytes a client sends, in whatever pieces, become the events of keys and pastes."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from textual import events
from textual.constants import ESCAPE_DELAY
from textual.message import Message

from sshauth.ssh.keyboard import LONGEST_PASTE, PASTE_SECONDS, Keyboard

Seen = tuple[str, ...]

BEGIN, END = b"\x1b[200~", b"\x1b[201~"
PASTE = BEGIN + "naïve 漢字".encode() + END

# What clients send, whole and in ruins; concatenated, these make most of what can go wrong.
PIECES = [
    *(character.encode() for character in "abé漢😀[~\t\r\x00\x7f\x1b"),
    *(b"\x1b[A", b"\x1bOP", b"\x1b[Z", b"\x1b[1;5C", b"\x1b[97;5u", b"\x1b[<0;3;4M", b"\x1b[I", b"\x1bx"),
    *(BEGIN, END, PASTE, b"\x1b[20", b"\x1b[201", b"\xff", b"\xe2\x82", b"\xf0\x9f"),
]
anything = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)


def somewhere() -> bool:
    """Say that the focus is not in a text field."""
    return False


def in_a_field() -> bool:
    """Say that the focus is in a text field."""
    return True


def seen(messages: Iterable[Message | None]) -> list[Seen]:
    return [described(message) for message in messages if message is not None]


def described(message: Message) -> Seen:
    match message:
        case events.Key():
            return ("key", message.key, message.character or "")
        case events.Paste():
            return ("paste", message.text)
        case events.MouseEvent():
            return (type(message).__name__, f"{message.x},{message.y}")
        case _:
            return (type(message).__name__,)


def key(name: str, character: str = "") -> Seen:
    return ("key", name, character)


def fed(keyboard: Keyboard, *packets: bytes) -> list[Seen]:
    return [event for packet in packets for event in seen(keyboard.feed(packet))]


def fed_to_the_end(keyboard: Keyboard, *packets: bytes) -> list[Seen]:
    return fed(keyboard, *packets) + seen(keyboard.tick())


def cut(data: bytes, places: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for place in sorted({place % (len(data) + 1) for place in places}):
        yield data[start:place]
        start = place
    yield data[start:]


def one_by_one(data: bytes) -> list[bytes]:
    return [data[place : place + 1] for place in range(len(data))]


def text_of(happened: Iterable[Seen]) -> list[Seen]:
    """Join what was typed or pasted into texts, however many events brought it."""
    joined: list[Seen] = []
    for event in happened:
        if text := _text(event):
            if joined and joined[-1][0] == "text":
                text = joined.pop()[1] + text
            joined.append(("text", text))
        elif event[0] != "paste":
            joined.append(event)
    return joined


def _text(event: Seen) -> str:
    if event[0] == "paste":
        return event[1]
    return event[2] if event[0] == "key" and event[2].isprintable() else ""


# Characters


@pytest.mark.parametrize("character", ["é", "漢", "😀"])
def test_utf8_may_be_cut_anywhere(character: str) -> None:
    """A character that arrives in two packets, or byte by byte, is still one key."""
    data = character.encode()
    expected = fed(Keyboard(somewhere), data)
    assert [event[2] for event in expected] == [character]
    for place in range(1, len(data)):
        assert fed(Keyboard(somewhere), data[:place], data[place:]) == expected
    assert fed(Keyboard(somewhere), *one_by_one(data)) == expected


@pytest.mark.parametrize(
    ("broken", "text"),
    [(b"\xff", "\ufffd"), (b"\xc3a", "\ufffda"), (b"\xe2\x82b", "\ufffdb"), (b"\xc0\xafc", "\ufffd\ufffdc")],
    ids=["never valid", "two bytes", "three bytes", "overlong"],
)
def test_broken_utf8_becomes_replacement_characters(broken: bytes, text: str) -> None:
    """What is no UTF-8 is shown as such, and what follows it is not lost."""
    assert [event[2] for event in fed(Keyboard(somewhere), broken)] == list(text)
    assert fed(Keyboard(somewhere), BEGIN + broken + END) == [("paste", text)]


# Escape


def test_a_lone_escape_is_the_escape_key_after_a_moment() -> None:
    """An escape character alone is undecided until the tick."""
    keyboard = Keyboard(somewhere)
    assert (fed(keyboard, b"\x1b"), keyboard.patience) == ([], ESCAPE_DELAY)
    assert (seen(keyboard.tick()), keyboard.patience) == ([key("escape", "\x1b")], None)
    assert (seen(keyboard.tick()), keyboard.patience) == ([], None)


def test_an_escape_behind_other_keys_is_not_lost() -> None:
    """The last key of a packet may be Escape."""
    assert fed_to_the_end(Keyboard(somewhere), b"\t\x1b") == [key("tab", "\t"), key("escape", "\x1b")]


def test_keys_go_on_after_an_escape() -> None:
    """What is typed after the tick is not taken for the rest of a sequence."""
    keyboard = Keyboard(somewhere)
    assert fed_to_the_end(keyboard, b"\x1b") == [key("escape", "\x1b")]
    assert fed(keyboard, b"[A") == [key("left_square_bracket", "["), key("A", "A")]


def test_an_escape_before_a_paste_comes_before_it() -> None:
    """Escape, then a paste in the same packet, happen in the order that they were done."""
    expected = [key("escape", "\x1b"), ("paste", "pasted")]
    assert fed_to_the_end(Keyboard(in_a_field), b"\x1b" + BEGIN + b"pasted" + END) == expected


# Sequences


@pytest.mark.parametrize(
    ("sequence", "event"),
    [
        (b"\x1b[A", key("up")),
        (b"\x1b[Z", key("shift+tab")),
        (b"\x1bOR", key("f3")),
        (b"\x1b[1;5C", key("ctrl+right")),
        (b"\x1b[3~", key("delete")),
        (b"\x1b[113;5u", key("ctrl+q")),
        (b"\x1b[I", ("AppFocus",)),
        (b"\x1b[<0;10;5M", ("MouseDown", "9,4")),
        (b"\x1b[?2026;2$y", ("TerminalSupportsSynchronizedOutput",)),
    ],
    ids=["arrow", "backtab", "function", "modifier", "tilde", "kitty", "focus", "mouse", "answer"],
)
def test_escape_sequences_may_be_cut_anywhere(sequence: bytes, event: Seen) -> None:
    """A sequence in two packets, or byte by byte, is one event."""
    assert fed(Keyboard(in_a_field), sequence) == [event]
    for place in range(1, len(sequence)):
        assert fed(Keyboard(in_a_field), sequence[:place], sequence[place:]) == [event]
    assert fed(Keyboard(in_a_field), *one_by_one(sequence)) == [event]


@settings(deadline=None)
@given(anything, st.lists(st.integers(0, 200), max_size=12))
@example(PASTE * 2, list(range(200)))
def test_however_the_bytes_are_cut_the_events_are_the_same(data: bytes, places: list[int]) -> None:
    """The network decides what comes in one packet, and that must mean nothing."""
    expected = fed_to_the_end(Keyboard(somewhere), data)
    assert fed_to_the_end(Keyboard(somewhere), *cut(data, places)) == expected


@settings(deadline=None)
@given(anything, st.lists(st.integers(0, 200), max_size=12))
def test_however_the_bytes_are_cut_a_field_gets_the_same_text(data: bytes, places: list[int]) -> None:
    """In a text field the cuts decide which characters are merged, but not what is typed."""
    expected = text_of(fed_to_the_end(Keyboard(in_a_field), data))
    assert text_of(fed_to_the_end(Keyboard(in_a_field), *cut(data, places))) == expected


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=10))
def test_no_bytes_at_all_raise(packets: list[bytes]) -> None:
    """Strangers send what they like."""
    for focus in (somewhere, in_a_field):
        fed_to_the_end(Keyboard(focus), *packets)


@settings(deadline=None)
@given(st.from_regex(r"\A\x1b[\[O][0-9:;<=>?]{0,34}[ -/]?[@-~]\Z"))
@example("\x1b[9999999999u")
@example("\x1b[97:65;2u")
@example("\x1b[1;1:3A")
@example("\x1b[97;1;9999999999u")
@example("\x1b[48;0;0;0;0t")
def test_no_sequence_raises_or_stops_the_keyboard(sequence: str) -> None:
    """Whatever the numbers of a sequence are, keys and mouse still work after it."""
    keyboard = Keyboard(somewhere)
    fed_to_the_end(keyboard, sequence.encode())
    click, enter = ("MouseDown", "9,4"), key("enter", "\r")
    assert fed(keyboard, b"\x1b[<0;10;5M\r")[-2:] == [click, enter]


def test_a_size_that_is_typed_is_not_believed() -> None:
    """Some terminals send their size among the keys; that one would come in without being clamped."""
    assert fed_to_the_end(Keyboard(somewhere), b"\x1b[48;9999;9999;1;1t") == []


# Pastes


def test_a_paste_may_be_cut_anywhere() -> None:
    """One paste is one event, wherever the network cuts it, inside both of its marks too."""
    expected = [("paste", "naïve 漢字"), key("tab", "\t")]
    data = PASTE + b"\t"
    for place in range(len(data) + 1):
        assert fed(Keyboard(somewhere), data[:place], data[place:]) == expected
    assert fed(Keyboard(somewhere), *one_by_one(data)) == expected


def test_a_paste_has_time_between_its_packets() -> None:
    """A slow network does not cut it, not even inside the mark that ends it: it is waited for."""
    keyboard = Keyboard(in_a_field)
    happened: list[Seen] = []
    for packet in (BEGIN + b"slow", b" net\x1b[2"):
        happened += fed(keyboard, packet)
        assert keyboard.patience == PASTE_SECONDS
    assert happened + fed(keyboard, b"01~") == [("paste", "slow net")]
    assert keyboard.patience is None


@pytest.mark.parametrize("half", [b"", b"\x1b", b"\x1b[201"], ids=["no mark", "escape", "half a mark"])
def test_a_paste_whose_end_does_not_come_ends_by_itself(half: bytes) -> None:
    """After some silence it is over, and keys are keys again: Ctrl+Q, for one."""
    keyboard = Keyboard(in_a_field)
    assert fed_to_the_end(keyboard, BEGIN + b"abc" + half) == [("paste", "abc")]
    assert keyboard.patience is None
    assert fed(keyboard, b"\x11") == [key("ctrl+q", "\x11")]


def test_the_end_of_a_paste_that_comes_too_late_is_not_typed() -> None:
    """A mark without a beginning is nothing, in a field and elsewhere."""
    for focus in (somewhere, in_a_field):
        keyboard = Keyboard(focus)
        assert fed_to_the_end(keyboard, BEGIN + b"abc") == [("paste", "abc")]
        assert fed_to_the_end(keyboard, END + b"\t" + END) == [key("tab", "\t")]


@settings(deadline=None)
@given(anything)
def test_after_some_silence_every_key_is_a_key(data: bytes) -> None:
    """Whatever came before, nothing is left that could swallow it."""
    keyboard = Keyboard(in_a_field)
    fed_to_the_end(keyboard, data)
    assert keyboard.patience is None
    assert fed(keyboard, b"\x11")[-1] == key("ctrl+q", "\x11")


def test_an_empty_paste_is_a_paste() -> None:
    """Pasting nothing is an event with no text."""
    assert fed(Keyboard(in_a_field), BEGIN + END) == [("paste", "")]


CONTROLS = [chr(number) for number in (*range(0x20), *range(0x7F, 0xA0))]


def test_pastes_lose_their_control_characters() -> None:
    """Of them lines and tabs stay, which fields and text areas know what to do with."""
    data = "".join(f"{number}{control}" for number, control in enumerate(CONTROLS))
    (event,) = fed(Keyboard(in_a_field), BEGIN + data.encode() + END)
    assert [control for control in CONTROLS if control in event[1]] == ["\t", "\n", "\r"]
    assert event[1].translate(str.maketrans("", "", "\t\n\r")) == "".join(map(str, range(65)))


@settings(deadline=None)
@given(anything | st.text(max_size=50).map(str.encode))
def test_control_characters_are_never_text(data: bytes) -> None:
    """No paste, and no printable key, brings one."""
    for event in fed_to_the_end(Keyboard(in_a_field), data):
        text = _text(event)
        assert [control for control in CONTROLS if control in text and control not in "\t\n\r"] == []


@pytest.mark.parametrize("packet", [32 * 1024, 1000 * 1000], ids=["small packets", "large packets"])
def test_a_paste_of_10_mb_is_capped(packet: int) -> None:
    """Of an enormous paste its beginning is kept, as one event, and typing goes on after it."""
    keyboard = Keyboard(in_a_field)
    happened = fed(keyboard, BEGIN, *[b"x" * packet] * (10_000_000 // packet), END, b"\t")
    assert happened == [("paste", "x" * LONGEST_PASTE), key("tab", "\t")]
    assert LONGEST_PASTE == 64 * 1024


def test_a_paste_without_an_end_takes_no_more_memory_than_the_longest() -> None:
    """The keyboard keeps 64 KiB of it, and waits for the end; what is too much is not typed."""
    keyboard = Keyboard(in_a_field)
    assert fed(keyboard, BEGIN, *[b"x" * 100_000] * 100) == []
    assert len(keyboard._pasted) == LONGEST_PASTE
    assert fed(keyboard, END) == [("paste", "x" * LONGEST_PASTE)]
    assert keyboard._pasted == ""


# Runs of characters


def test_runs_of_characters_in_a_text_field_are_one_paste() -> None:
    """Printable characters that come together go into the field together."""
    assert fed(Keyboard(in_a_field), "pässwörd 漢".encode()) == [("paste", "pässwörd 漢")]


def test_runs_of_characters_elsewhere_are_keys() -> None:
    """Where no text field has the focus each character may be a binding."""
    assert fed(Keyboard(somewhere), b"jk") == [key("j", "j"), key("k", "k")]


def test_one_character_in_a_text_field_is_a_key() -> None:
    """Ordinary typing stays what it is."""
    assert fed(Keyboard(in_a_field), b"a") == [key("a", "a")]


def test_the_focus_is_asked_for_at_each_run() -> None:
    """A key in the middle of a packet may have moved the focus."""
    focus = iter([True, False])
    expected = [("paste", "ab"), key("tab", "\t"), key("c", "c"), key("d", "d")]
    assert fed(Keyboard(lambda: next(focus)), b"ab\tcd") == expected


def test_a_burst_of_a_password_manager_keeps_its_order() -> None:
    """Name, Tab, password, Tab, code and Enter in one write are six events in that order."""
    assert fed(Keyboard(in_a_field), b"ada\tsecret\t123456\r") == [
        ("paste", "ada"),
        key("tab", "\t"),
        ("paste", "secret"),
        key("tab", "\t"),
        ("paste", "123456"),
        key("enter", "\r"),
    ]


@pytest.mark.parametrize("packet", [1000, 20_000], ids=["small packets", "one packet"])
def test_20_kb_of_typed_junk_are_few_events(packet: int) -> None:
    """An event costs the same whether it brings one character or a thousand."""
    junk = ("lorem ïpsum " * 2000).encode()[:20_000]
    happened = fed_to_the_end(Keyboard(in_a_field), *cut(junk, range(0, 20_000, packet)))
    assert len(happened) <= 2 * 20_000 // packet
    assert "".join(event[1] if event[0] == "paste" else event[2] for event in happened) == junk.decode()


def test_input_that_makes_no_event_is_counted_too() -> None:
    """Each piece of it has a price, and who reads the events can tell."""
    for nothing in (b"\x1b[<0;-5;-5M", b"\x1b[48;9;9;1;1t", END, b"\x1b[M   "):
        steps = list(Keyboard(somewhere).feed(nothing * 500))
        assert len(steps) >= 500
        assert seen(steps) == []


def test_what_is_typed_is_in_the_charset_of_the_terminal() -> None:
    """Not all terminals send UTF-8."""
    assert fed(Keyboard(somewhere, "iso8859-1"), b"\xe9") == [key("é", "é")]
