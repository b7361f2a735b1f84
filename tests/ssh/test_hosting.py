"""Hosting: real apps, many in one process, that cannot touch each other or the server."""

import asyncio
import io
import re
import sys
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from sshauth.ssh.colour import Depth
from sshauth.ssh.driver import SSHDriver
from sshauth.ssh.hosting import Host
from sshauth.ssh.turns import Turns
from tests.ssh.fake_terminal import FakeTerminal
from tests.ssh.waiting import LONG_ENOUGH, eventually

MARKER = "locals-are-secret"
BURST = "ada\tsecret\t123456\r"


class Form(App[None]):
    """Three fields, and words that make it do things."""

    CSS = "Screen { layout: vertical; } Static { background: #123456; color: #fedcba; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", priority=True),
        Binding("ctrl+q", "quit", priority=True),
        Binding("f5", "crash", priority=True),
    ]

    def __init__(self, name: str = "form") -> None:
        super().__init__()
        self.label = name
        self.printed: list[str] = []

    def compose(self) -> ComposeResult:
        """Show a line and three fields."""
        yield Static(f"hello from {self.label}", id="label")
        for name in ("first", "second", "third"):
            yield Input(id=name, compact=True)

    def on_mount(self) -> None:
        """Take no more than one frame for anything, and listen to what is printed."""
        self.animation_level = "none"
        for field in self.query(Input):
            field.cursor_blink = False
        self.begin_capture_print(self)

    def on_print(self, event: events.Print) -> None:
        """Remember what was printed where this app could hear it."""
        self.printed.append(event.text)

    def on_input_submitted(self) -> None:
        """Show all fields."""
        self.query_one("#label", Static).update(" | ".join(field.value for field in self.query(Input)))

    def action_crash(self) -> None:
        """Break, with a password at hand."""
        password = MARKER
        raise ZeroDivisionError(len(password))


class Started(NamedTuple):
    """An app that runs."""

    app: Form
    terminal: FakeTerminal
    running: asyncio.Task[Exception | None]

    async def end(self, keys: str = "\x11") -> Exception | None:
        self.terminal.type(keys)
        return await asyncio.wait_for(self.running, LONG_ENOUGH)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> tuple[io.StringIO, io.StringIO]:
    """Give the process a standard output and error of its own, as it has them when it starts."""
    streams = io.StringIO(), io.StringIO()
    for name, stream in zip(("stdout", "stderr"), streams, strict=True):
        monkeypatch.setattr(sys, name, stream)
        monkeypatch.setattr(sys, f"__{name}__", stream)
    return streams


def begin(host: Host, app: App[None], terminal: FakeTerminal) -> asyncio.Task[Exception | None]:
    return asyncio.create_task(host.run(app, terminal))


async def start(
    host: Host, name: str = "form", terminal: FakeTerminal | None = None, kind: type[Form] = Form
) -> Started:
    """Start a form, and wait until it can be seen."""
    app, terminal = kind(name), terminal or FakeTerminal()
    running = begin(host, app, terminal)
    await terminal.shows(f"hello from {name}")
    return Started(app, terminal, running)


# Apart from each other


async def test_standard_streams_stay_as_they_were(streams: tuple[io.StringIO, io.StringIO]) -> None:
    """A starts, B starts, A ends, B ends: then the streams are the process's own."""
    host = Host()
    first = await start(host, "A")
    second = await start(host, "B")
    assert await first.end() is None
    assert await second.end() is None
    assert (sys.stdout, sys.stderr) == streams
    assert [stream.getvalue() for stream in streams] == ["", ""]


async def test_prints_of_one_app_reach_no_other(streams: tuple[io.StringIO, io.StringIO]) -> None:
    """What is printed while several run goes to the process's own output, and to none of the apps."""
    host = Host()
    apps = [await start(host, name) for name in "AB"]
    for each in apps:
        each.app.call_later(print, f"printed by {each.app.label}")
        each.app.call_later(print, "a warning", file=sys.stderr)
    await eventually(lambda: streams[0].getvalue().count("\n") == 2, "both prints")
    await eventually(lambda: streams[1].getvalue().count("\n") == 2, "both warnings")
    for each in apps:
        assert await each.end() is None
        assert each.app.printed == []
        assert "printed by" not in each.terminal.text
    print("printed after the end")  # noqa: T201 - is what is tested
    assert streams[0].getvalue().splitlines()[-1] == "printed after the end"


# Crashes


class BrokenInCompose(Form):
    """Breaks before there is a picture."""

    def compose(self) -> ComposeResult:
        """Break, with a password at hand."""
        self.action_crash()
        yield Static("never seen")


class BrokenOnMount(Form):
    """Breaks when it is about to be seen."""

    def on_mount(self) -> None:
        """Break, with a password at hand."""
        self.action_crash()


class BrokenWorker(Form):
    """Breaks beside its messages."""

    def on_mount(self) -> None:
        """Start what breaks."""
        self.run_worker(self._break())

    async def _break(self) -> None:
        self.action_crash()


class BrokenOnKey(Form):
    """Breaks while it is used."""

    def on_ready(self) -> None:
        """Press the key."""
        self.set_timer(0.001, self.action_crash)


BROKEN = [BrokenInCompose, BrokenOnMount, BrokenWorker, BrokenOnKey]


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_crash_is_given_back_and_not_told(
    broken: type[Form], capfd: pytest.CaptureFixture[str]
) -> None:
    """Host.run returns what broke the app; no stream and no terminal gets a word of it."""
    terminal = FakeTerminal()
    try:
        error = await asyncio.wait_for(Host().run(broken(), terminal), LONG_ENOUGH)
    except Exception as raised:  # noqa: BLE001 - whether it is raised or returned, the session tells it apart
        error = raised
    assert "ZeroDivisionError" in repr(error)
    for stream in (sys.__stdout__, sys.__stderr__):
        assert stream is not None
        stream.flush()
    assert tuple(capfd.readouterr()) == ("", "")
    for word in (MARKER, "ZeroDivision", "Traceback"):
        assert word.encode() not in terminal.written


async def test_a_crash_ends_no_other_app() -> None:
    """While one breaks the other goes on."""
    host = Host()
    first = await start(host, "A")
    second = await start(host, "B")
    assert isinstance(await first.end("\x1b[15~"), ZeroDivisionError)
    second.terminal.type("still here\r")
    await second.terminal.shows("still here |")
    assert await second.end() is None


async def test_an_app_with_a_broken_style_sheet_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Not even errors that have a picture of their own are drawn on the server's terminal."""

    class Unstyled(Form):
        CSS = "Static { colour: }"

    assert await Host().run(Unstyled(), FakeTerminal()) is not None
    assert tuple(capfd.readouterr()) == ("", "")


async def test_last_words_of_an_app_are_not_printed_on_the_server(capfd: pytest.CaptureFixture[str]) -> None:
    """A message given to exit was for the person, not for the server's operator."""

    class Talkative(Form):
        def on_ready(self) -> None:
            """Leave, with words."""
            self.exit(message="goodbye, ada")

    assert await Host().run(Talkative(), FakeTerminal()) is None
    assert tuple(capfd.readouterr()) == ("", "")


# The terminal


@pytest.mark.parametrize(("keys", "crashes"), [("\x11", False), ("\x1b[15~", True)], ids=["left", "crashed"])
async def test_all_modes_of_the_terminal_are_reset_at_the_end(keys: str, crashes: bool) -> None:
    """What was switched on is switched off, the cursor is shown, and the alternate screen is left last."""
    started = await start(Host())
    # It can draw whole frames, and its pointer is moved to a field.
    started.terminal.type("\x1b[?2026;2$y\x1b[<0;3;3M\x1b[<0;3;3mtyped\r")
    await started.terminal.shows("typed")
    assert (await started.end(keys) is not None) == crashes
    written = started.terminal.written.decode()
    modes = re.findall(r"\x1b\[\?(\d+)([hl])", written)
    on = [mode for mode, state in modes if state == "h" and mode not in {"25", "2026"}]
    off = [mode for mode, state in modes if state == "l" and mode not in {"25", "2026"}]
    assert on[0] == off[-1] == "1049"
    assert off == on[::-1]
    assert {mode: state for mode, state in modes if mode in {"25", "2026"}} == {"25": "h", "2026": "l"}
    assert written.endswith("\x1b[?25h\x1b[?1049l")


async def test_the_picture_is_wiped_before_the_alternate_screen_is_left() -> None:
    """Terminals that keep the alternate screen keep an empty one."""
    started = await start(Host())
    await started.end()
    last = started.terminal.written.decode().removesuffix("\x1b[?1049l")
    assert "hello" not in last.rpartition("\x1b[2J")[2]
    assert last.count("\x1b[2J") == 1
    assert re.sub(r"\x1b\[[?\d]*[A-Za-z]", "", last.rpartition("\x1b[2J")[2]) == ""


@pytest.mark.parametrize("keys", ["\x11", "\x1b[15~"], ids=["left", "crashed"])
async def test_the_shape_of_the_pointer_is_the_default_at_the_end(keys: str) -> None:
    """Some terminals can change the mouse pointer, and keep what they were told last."""
    started = await start(Host())
    started.terminal.type("\x1b[<0;3;3M\x1b[<0;3;3m")
    await started.terminal.until(lambda: b"\x1b]22;text\x07" in started.terminal.written, "another pointer")
    await started.end(keys)
    assert re.findall(rb"\x1b\]22;(\w*)", started.terminal.written)[-1] == b"default"


async def test_an_app_is_told_of_a_new_size() -> None:
    """The picture follows the window."""
    started = await start(Host())
    started.terminal.resize(33, 11)
    await started.terminal.shows("hello")
    assert started.app.size == (33, 11)
    await started.end()


async def test_a_size_that_is_typed_is_not_believed() -> None:
    """Only the terminal's own requests, which are clamped, change the size of the picture."""
    started = await start(Host())
    started.terminal.type("\x1b[48;300;600;1;1t\x1b[<0;3;3M\x1b[<0;3;3mtyped\r")
    await started.terminal.shows("typed |")
    assert started.app.size == started.terminal.size
    assert await started.end() is None


async def test_an_app_begins_with_the_size_of_its_terminal() -> None:
    """It is drawn right from the first picture on."""
    started = await start(Host(), terminal=FakeTerminal((44, 12)))
    assert started.app.size == (44, 12)
    await started.end()


# Keys


@pytest.mark.parametrize("typed", [[BURST], list(BURST)], ids=["one packet", "a packet a key"])
async def test_keys_before_the_first_picture_land_in_their_fields(typed: Iterable[str]) -> None:
    """What is typed as soon as the driver is there is kept until the fields are."""
    terminal = FakeTerminal(typed_ahead=typed)
    running = begin(Host(), Form(), terminal)
    await terminal.shows("ada | secret | 123456")
    terminal.type("\x11")
    assert await running is None


async def test_keys_around_the_first_picture_keep_their_order() -> None:
    """A packet that is at hand when the first picture goes out does not overtake those before it."""

    class Eager(FakeTerminal):
        """Has another packet at hand when it is first drawn on."""

        def write(self, data: bytes) -> None:
            super().write(data)
            if self.driver and not self.typed_on:
                self.typed_on = True
                asyncio.get_running_loop().call_soon(self.type, "second\r")

        typed_on = False

    terminal = Eager(typed_ahead=["first "])
    running = begin(Host(), Form(), terminal)
    await terminal.shows(" |  |")
    assert "first second |" in terminal.text
    terminal.type("\x11")
    assert await running is None


async def test_a_burst_lands_in_its_fields() -> None:
    """Name, Tab, password, Tab, code and Enter in one packet fill three fields."""
    started = await start(Host())
    started.terminal.type(BURST)
    await started.terminal.shows("ada | secret | 123456")
    await started.end()


async def test_a_lone_escape_arrives_by_itself() -> None:
    """Nothing has to follow for it to be the Escape key."""

    class Leaving(Form):
        BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "quit", priority=True)]

    terminal = FakeTerminal()
    running = begin(Host(), Leaving(), terminal)
    await terminal.shows("hello")
    terminal.type("\x1b")
    assert await asyncio.wait_for(running, LONG_ENOUGH) is None


async def test_the_rest_of_a_sequence_may_come_a_little_later() -> None:
    """A key whose packet was cut behind its escape character is that key, and no Escape."""
    started = await start(Host())
    started.terminal.type("\x1b")
    assert isinstance(await started.end("[15~"), ZeroDivisionError)


async def test_an_app_may_end_before_an_escape_is_decided() -> None:
    """Nothing is sent to an app that has ended."""
    started = await start(Host())
    assert await started.end("\x11\x1b") is None
    assert not started.app.is_running


async def test_text_before_the_first_picture_is_merged_like_any_other() -> None:
    """Typed ahead, it costs a few events, not one a character."""

    class Counting(Form):
        def post_message(self, message: Message) -> bool:
            """Count the characters among what happens."""
            self.characters += isinstance(message, events.Key) and message.is_printable
            return super().post_message(message)

        characters = 0

    app, terminal = Counting(), FakeTerminal(typed_ahead=["x" * 500, "y" * 500 + "\r"])
    running = begin(Host(), app, terminal)
    await terminal.shows(" |  |")
    assert app.characters == 0
    terminal.type("\x11")
    assert await running is None


async def test_input_without_end_before_the_first_picture_is_capped() -> None:
    """No more than 64 KiB wait for an app to start."""
    driver = SSHDriver(Form(), terminal=FakeTerminal(), turns=Turns(), debug=False, mouse=True, size=None)
    for _ in range(100):
        driver.feed(b"x" * 1000)
    assert driver._intake._waiting is not None
    assert 60 * 1024 < len(driver._intake._waiting) <= 64 * 1024


# What an app may not do to the server


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_an_app_opens_no_browser_and_writes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links and deliveries would land on the server."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.chdir(tmp_path)
    started = await start(Host())
    started.app.open_url("https://example.org/")
    delivered = io.BytesIO(b"data")
    started.app.deliver_binary(delivered, save_directory=tmp_path, save_filename="file")
    await started.end()
    assert delivered.closed
    assert opened == []
    assert names_in(tmp_path) == []


# Colours


@pytest.mark.parametrize(
    "environment",
    [{"TERM": "dumb"}, {"TERM": "linux", "COLORTERM": ""}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}],
    ids=["dumb", "console", "no colour", "256"],
)
async def test_apps_are_rendered_in_true_colour_whatever_the_servers_environment(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The terminal that the server was started from, or its absence, changes nothing."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    started = await start(Host())
    assert started.terminal.colours_of("hello") == ("fedcba", "123456")
    await started.end()


@pytest.mark.parametrize(
    ("depth", "code"),
    [(Depth.TRUE, b"48;2;18;52;86"), (Depth.EIGHT_BIT, b"48;5;"), (Depth.SIXTEEN, b";44m")],
)
async def test_each_terminal_gets_the_colours_that_it_can_show(depth: Depth, code: bytes) -> None:
    """Side by side with one of 24 bits, no other gets 24-bit codes."""
    host = Host()
    true = await start(host, "A")
    other = await start(host, "B", FakeTerminal(depth=depth))
    assert code in other.terminal.written
    assert b"48;2;18;52;86" in true.terminal.written
    assert (b";2;" in other.terminal.written) == (depth is Depth.TRUE)
    await true.end()
    await other.end()


class Themed(Form):
    """A form coloured by its theme."""

    CSS = "Static { background: $primary; color: $foreground; }"


async def themed() -> Themed:
    return Themed()


async def test_a_theme_chosen_in_one_app_colours_no_other() -> None:
    """Parsed style sheets are shared, what an app makes of them at run time is its own."""
    host = Host()
    await host.warm_up(themed)
    first = await start(host, "A", kind=Themed)
    colours = first.terminal.colours_of("hello")
    second = await start(host, "B", kind=Themed)
    second.app.theme = "gruvbox"
    await second.terminal.until(lambda: second.terminal.colours_of("hello") != colours, "the theme")
    third = await start(host, "C", kind=Themed)
    for each in (first, second, third):
        each.terminal.resize(61, 21)
        await each.terminal.shows("hello")
    assert first.terminal.colours_of("hello") == colours
    assert second.terminal.colours_of("hello") != colours
    assert third.terminal.colours_of("hello") == colours
    for each in (first, second, third):
        assert await each.end() is None


async def test_a_warm_up_shares_what_was_parsed() -> None:
    """The next app of the kind parses nothing again."""
    host = Host()
    await host.warm_up(themed)
    app = Themed()
    host._prepare(app)
    assert len(app.stylesheet._parse_cache) > 0
    assert app.stylesheet._parse_cache is not Themed().stylesheet._parse_cache


async def test_a_warm_up_leaves_no_app_behind() -> None:
    """The app that nobody saw is gone before memory is frozen."""
    made: list[weakref.ref[Form]] = []

    async def make() -> Form:
        app = Form()
        made.append(weakref.ref(app))
        return app

    await Host().warm_up(make)
    assert [app() for app in made] == [None]


# Floods


async def test_a_flood_of_keys_leaves_others_their_turn() -> None:
    """A handful is handed over at once; the rest waits, with the client, until everybody had a turn."""
    host = Host()
    one, other = await start(host, "one"), await start(host, "other")
    one.terminal.type("x\t" * 3000)
    assert one.terminal.pauses[-1:] == [True]
    began = len(one.terminal.pauses)
    for word in ("ada", "grace"):
        other.terminal.type(word)
        await other.terminal.shows(word)
    assert False not in one.terminal.pauses[began:], "the flood was over before the others had their turn"
    one.running.cancel()
    await asyncio.gather(one.running, return_exceptions=True)
    assert await other.end() is None


async def test_what_waited_arrives_whole_and_in_order() -> None:
    """Nothing of a long burst is lost, and the client may send again after it."""
    one = await start(Host())
    words = [f"{number:02} " for number in range(40)]
    for word in words:
        one.terminal.type(word)
        one.terminal.type("\x1b[C")
    await one.terminal.until(lambda: one.terminal.pauses[-1:] == [False], "the end of the burst")
    field = one.app.query_one("#first", Input)
    await eventually(lambda: field.value == "".join(words), "the whole burst")
    assert await one.end() is None
