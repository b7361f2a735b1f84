"""Output: for a client that does not read little is kept; when it reads, it gets the whole picture."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from sshauth.ssh.driver import SSHDriver
from sshauth.ssh.hosting import Host
from sshauth.ssh.output import HIGH_WATER, LOW_WATER, MOST_PENDING, STUCK_SECONDS, Output
from tests.ssh.fake_terminal import FakeTerminal
from tests.ssh.waiting import LONG_ENOUGH, eventually

END = "\x1b[?1049l"


class Pipe:
    """What an output writes to, and what is read of it."""

    def __init__(self, patience: float = STUCK_SECONDS) -> None:
        self.buffer = bytearray()
        self.received = b""
        self.happened: list[str] = []
        self.output = Output(
            self.buffer.extend,
            lambda: len(self.buffer),
            drained=lambda: self.happened.append("drained"),
            stuck=lambda: self.happened.append("stuck"),
            patience=patience,
        )

    def read(self, most: int) -> None:
        self.received += self.buffer[:most]
        del self.buffer[:most]

    def draw(self, length: int) -> bool:
        if has_room := self.output.has_room(length):
            self.output.write(b"p" * length)
        return has_room


def timers() -> int:
    """Count what the loop will do later, but for what gives tests their time."""
    handles = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return sum(not handle.cancelled() and "Output" in repr(handle) for handle in handles)


# The buffers


async def test_who_reads_at_once_has_room_and_no_timer_runs() -> None:
    """The ordinary case costs nothing but the write."""
    pipe = Pipe()
    pipe.output = Output(bytearray().extend, lambda: 0, drained=lambda: None, stuck=lambda: None)
    for _ in range(1000):
        assert pipe.draw(4000)
    assert timers() == 0


async def test_who_does_not_read_gets_no_more_than_256_kib() -> None:
    """Pictures find no room long before the limit, and one more fits."""
    pipe = Pipe()
    drawn = sum(pipe.draw(4000) for _ in range(1000))
    assert HIGH_WATER <= drawn * 4000 <= HIGH_WATER + 4000
    assert len(pipe.buffer) <= MOST_PENDING == 256 * 1024


async def test_who_has_caught_up_is_told_once() -> None:
    """Not before there is room for any picture, and only if there was none."""
    pipe = Pipe()
    while pipe.draw(4000):
        pass
    pipe.read(len(pipe.buffer) - LOW_WATER - 1)
    assert not pipe.draw(4000_000)
    pipe.read(1)
    await eventually(lambda: pipe.happened, "word of the room")
    assert pipe.draw(4000)
    pipe.read(1_000_000)
    await eventually(lambda: timers() == 0, "rest")
    assert pipe.happened == ["drained"]


async def test_a_picture_larger_than_the_buffers_arrives_whole() -> None:
    """It is handed over as the client reads, and the last words come behind it."""
    pipe = Pipe()
    picture = bytes(range(256)) * 8000
    assert pipe.output.has_room(len(picture))
    pipe.output.write(picture)
    pipe.output.write(b"last words")
    assert not pipe.output.has_room(1)
    finished = asyncio.create_task(pipe.output.finish())
    most = 0
    while not finished.done():
        most = max(most, len(pipe.buffer))
        pipe.read(100_000)
        await asyncio.sleep(0)
    pipe.read(1_000_000)
    assert 200 * 1024 < most <= MOST_PENDING
    assert pipe.received == picture + b"last words"
    await eventually(lambda: timers() == 0, "rest")
    assert pipe.happened == ["drained"]


async def test_nothing_to_wait_for_is_finished_at_once() -> None:
    """Who reads need not wait for the end."""
    pipe = Pipe()
    pipe.output.write(b"bye")
    await pipe.output.finish()
    assert pipe.buffer == b"bye"
    pipe.output.close()


async def test_a_closed_output_sends_nothing_and_keeps_nobody_waiting() -> None:
    """The client is gone: what it did not get is forgotten."""
    pipe = Pipe()
    pipe.output.write(b"x" * 1_000_000)
    finished = asyncio.create_task(pipe.output.finish())
    pipe.output.close()
    await asyncio.wait_for(finished, LONG_ENOUGH)
    pipe.read(1_000_000)
    pipe.output.write(b"more")
    assert not pipe.output.has_room(1_000_000) or pipe.buffer == b""
    assert (bytes(pipe.buffer), timers(), pipe.happened) == (b"", 0, [])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["draw", "write", "read", "look"]), st.integers(0, 600_000))))
def test_whatever_is_written_and_read_arrives_in_order_within_the_limit(steps: list[tuple[str, int]]) -> None:
    """Nothing that was let in is lost, and no more than 256 KiB ever wait."""

    async def try_it() -> None:
        pipe, sent = Pipe(), b""
        for number, (step, length) in enumerate(steps):
            data = bytes([number % 256]) * length
            if step == "write" or (step == "draw" and pipe.output.has_room(length)):
                pipe.output.write(data)
                sent += data
            elif step == "read":
                pipe.read(length)
            elif pipe.output._look is not None:
                pipe.output._look.cancel()
                pipe.output._look_now()
            assert len(pipe.buffer) <= MOST_PENDING
        while pipe.buffer or pipe.output._kept_back:
            pipe.read(1_000_000)
            pipe.output._look_now()
        assert pipe.received == sent
        pipe.output.close()

    asyncio.run(try_it())


# Who reads nothing


async def test_who_takes_nothing_is_stuck() -> None:
    """However little waits, after 30 seconds, here fewer, it is given up, and nothing is sent any more."""
    pipe = Pipe(patience=0.2)
    pipe.output.write(b"x")
    await eventually(lambda: pipe.happened, "patience to end")
    pipe.output.write(b"y")
    assert (pipe.happened, bytes(pipe.buffer), timers()) == (["stuck"], b"x", 0)
    assert STUCK_SECONDS == 30


async def test_who_takes_a_byte_now_and_then_is_not_stuck() -> None:
    """It gets no pictures, but the line is not dead, whatever is written meanwhile."""
    pipe = Pipe(patience=0.3)
    while pipe.draw(4000):
        pass
    loop = asyncio.get_running_loop()
    began = loop.time()

    def nibble() -> bool:
        if pipe.buffer:
            pipe.read(1)
        pipe.output.write(b"z")
        return loop.time() - began > 0.9

    await eventually(nibble, "three times the patience")
    assert pipe.happened == []
    pipe.output.close()


async def test_packets_of_the_line_itself_are_no_sign_of_life() -> None:
    """Keepalives add to what waits: only what becomes less was taken."""
    pipe = Pipe(patience=0.2)
    pipe.output.write(b"x")

    def keep_alive() -> bool:
        pipe.buffer.append(0)
        return bool(pipe.happened)

    await eventually(keep_alive, "patience to end")
    assert pipe.happened == ["stuck"]


# Apps with slow clients


class Question(ModalScreen[None]):
    """Lies over the middle of the screen."""

    CSS = "Question { align: center middle; } #question { width: 20; height: 3; background: #aa0000; }"

    def compose(self) -> ComposeResult:
        """Ask."""
        yield Static("really?", id="question")


class Busy(App[None]):
    """A field and lines that change."""

    CSS = "Input { height: 1; }"

    def compose(self) -> ComposeResult:
        """Show a field and lines."""
        yield Input(id="field", compact=True)
        yield Static("hello", id="lines")

    def on_mount(self) -> None:
        """Draw nothing without being told to."""
        self.animation_level = "none"
        self.query_one(Input).cursor_blink = False

    def show(self, words: str) -> None:
        """Change every line."""
        self.query_one("#lines", Static).update("\n".join([words.ljust(70, ".")] * 20))


@asynccontextmanager
async def busy(terminal: FakeTerminal) -> AsyncIterator[Busy]:
    """Run the app; its client has seen it."""
    app = Busy()
    running = asyncio.create_task(Host().run(app, terminal))
    await terminal.shows("hello")
    yield app
    app.exit()
    terminal.read_all()
    assert await asyncio.wait_for(running, LONG_ENOUGH) is None


async def read_in_pieces(terminal: FakeTerminal) -> None:
    """Read so that there is room for a piece, until nothing is kept back."""

    def read() -> bool:
        terminal.read(50_000)
        return not terminal.output._kept_back

    await eventually(read, "all of it")


async def draw(app: Busy, words: str) -> None:
    """Change the screen, and wait until the app has drawn it, for whoever gets to see it."""
    drawn = asyncio.Event()
    app.call_later(app.show, words)
    app.call_later(app.call_after_refresh, drawn.set)
    await asyncio.wait_for(drawn.wait(), LONG_ENOUGH)


async def fall_behind(app: Busy, terminal: FakeTerminal) -> None:
    """Stop reading, with so much to read that what the app draws next is dropped."""
    terminal.slow = True
    terminal.output.write(b"\x00" * (HIGH_WATER + 1))
    await draw(app, "never seen")
    assert driver_of(terminal)._is_behind


def driver_of(terminal: FakeTerminal) -> SSHDriver:
    assert terminal.driver is not None
    return terminal.driver


def picture_of(app: App[None]) -> list[str]:
    """Give the lines that an app's screen has, as it would draw them anew."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def same_picture(app: App[None], terminal: FakeTerminal) -> Callable[[], bool]:
    return lambda: [line.rstrip() for line in terminal.text.splitlines()] == picture_of(app)


async def test_a_client_that_was_slow_sees_the_last_picture() -> None:
    """While it did not read little was kept for it; then it gets all of the screen, cursor and all."""
    terminal = FakeTerminal((80, 24))
    async with busy(terminal) as app:
        terminal.slow = True
        for number in range(100):
            await draw(app, f"round {number}")
        assert driver_of(terminal)._is_behind
        assert HIGH_WATER < terminal.most_unread < HIGH_WATER + 10_000
        terminal.read_all()
        await terminal.shows("round 99")
        await terminal.until(same_picture(app, terminal), "the app's picture")
        assert (terminal.cursor.x, terminal.cursor.y) == app.cursor_position
        terminal.type("a")
        await terminal.until(same_picture(app, terminal), "the key")


async def test_a_client_that_was_slow_and_changed_its_size_sees_the_new_one() -> None:
    """The new picture has no holes, though its first drawing was dropped."""
    terminal = FakeTerminal((80, 24))
    async with busy(terminal) as app:
        await fall_behind(app, terminal)
        terminal.resize(66, 15)
        await eventually(lambda: app.screen.size == (66, 15), "the new size")
        await draw(app, "new")
        terminal.read_all()
        await terminal.shows("new")
        await terminal.until(same_picture(app, terminal), "the app's picture")


async def test_a_client_that_was_slow_sees_the_question_over_its_screen() -> None:
    """A modal screen is repainted with what lies behind it."""
    terminal = FakeTerminal((80, 24))
    async with busy(terminal) as app:
        await fall_behind(app, terminal)
        app.call_later(app.push_screen, Question())
        await eventually(lambda: isinstance(app.screen, Question) and app.screen.is_mounted, "the question")
        terminal.read_all()
        await terminal.shows("really?")
        await terminal.shows("never seen")
        await terminal.until(same_picture(app, terminal), "the app's picture")


async def test_pictures_that_appear_in_one_go_come_whole_or_not_at_all() -> None:
    """A client that was told to wait for the end of a picture is always told the end."""
    terminal = FakeTerminal((80, 24))
    async with busy(terminal) as app:
        terminal.type("\x1b[?2026;2$y")
        await eventually(lambda: app._sync_available, "word of what the terminal can")
        await draw(app, "one")
        await fall_behind(app, terminal)
        await draw(app, "two")
        terminal.read_all()
        await terminal.shows("two")
    marks = re.findall(rb"\x1b\[\?2026([hl])", terminal.written)
    assert marks == [b"h", b"l"] * (len(marks) // 2)
    assert len(marks) >= 4


class Colours(Widget):
    """Fills the screen, each cell in a colour of its own."""

    def render_line(self, y: int) -> Strip:
        """Give a line."""
        return Strip(
            Segment(str(x % 10), Style(color=Color.from_rgb(x, y, x), bgcolor=Color.from_rgb(y, x, y)))
            for x in range(self.size.width)
        )


class Colourful(App[None]):
    """A screen full of colours."""

    def compose(self) -> ComposeResult:
        """Show them."""
        yield Colours()


async def test_a_picture_longer_than_all_that_may_wait_arrives_whole() -> None:
    """An app's full screen in full colour comes as it is read."""
    terminal = FakeTerminal((200, 60))
    terminal.slow = True
    app = Colourful()
    running = asyncio.create_task(Host().run(app, terminal))
    await eventually(lambda: terminal.output._kept_back, "a large picture")
    await read_in_pieces(terminal)
    terminal.read_all()
    await terminal.until(same_picture(app, terminal), "the app's picture")
    assert 200 * 1024 < terminal.most_unread <= MOST_PENDING
    app.exit()
    assert await running is None


async def test_a_terminal_is_given_back_after_a_whole_picture() -> None:
    """The end is never dropped, and never inside a picture that is on its way in pieces."""
    terminal = FakeTerminal((80, 24))
    picture = "\x1b[1;1H" + "\x1b[31mx" * 100_000
    async with busy(terminal) as app:
        terminal.slow = True
        driver_of(terminal).write(picture)
        app.exit()
        await eventually(lambda: not app.is_running, "the end of the app")
        terminal.output.write(b"goodbye")
        await read_in_pieces(terminal)
        terminal.read()
    written = terminal.written.decode()
    assert picture in written
    assert written.endswith(f"{END}goodbye")
    assert terminal.most_unread <= MOST_PENDING


@pytest.mark.parametrize("word", ["\x07", "\x1b]52;c;aGVsbG8=\x07", "\x1b]22;pointer\x07"])
async def test_words_beside_the_picture_are_dropped_when_they_would_be_late(word: str) -> None:
    """A bell, a copy or a pointer that comes minutes later is no help; and they are not kept without end."""
    terminal = FakeTerminal((80, 24))
    async with busy(terminal) as app:
        driver_of(terminal).write(word)
        assert terminal.written.endswith(word.encode())
        await fall_behind(app, terminal)
        before = len(terminal.unread)
        for _ in range(100):
            driver_of(terminal).write(word)
        assert len(terminal.unread) == before


async def test_the_pointer_is_given_back_too() -> None:
    """Though the app's own word for it may have found no room."""
    terminal = FakeTerminal((80, 24))
    async with busy(terminal) as app:
        driver_of(terminal).write("\x1b]22;text\x07")
        await fall_behind(app, terminal)
        app.exit()
        await eventually(lambda: not app.is_running, "the end of the app")
    assert re.findall(rb"\x1b\]22;(\w*)", terminal.written)[-1] == b"default"


async def test_who_missed_nothing_gets_nothing_twice_and_who_has_left_gets_nothing() -> None:
    """A repaint is for who has fallen behind, and still looks."""
    terminal = FakeTerminal((80, 24))
    async with busy(terminal) as app:
        pictures = terminal.written.count(b"hello")
        driver_of(terminal).repaint()
        await draw(app, "one")
        assert terminal.written.count(b"hello") == pictures
    driver_of(terminal)._is_behind = True
    driver_of(terminal).repaint()
    driver_of(terminal).write("\x1b[Htoo late")
    assert terminal.written.endswith(END.encode())
