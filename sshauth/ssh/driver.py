"""A Textual driver whose terminal is at the other end of an SSH channel."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, Protocol, TextIO

from textual import constants, events
from textual.app import App, ScreenStackError
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Input, TextArea

from sshauth.ssh import colour
from sshauth.ssh.keyboard import Keyboard

LONGEST_WAITING_INPUT = 64 * 1024
"""Bytes kept of what is typed before the first picture; more than that is no person."""

EVENTS_AT_ONCE = 16
REST_SECONDS = 0.015
"""A flood of keys costs its sender time, and others at most one handful (about 10 ms) between their own."""

# Mouse movements are asked for only while a button is down (1002): each one is a packet and an event.
_BEGIN = "\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?2026$p"
# The picture is wiped before the alternate screen is left: some terminals keep it, secrets and all.
_END = "\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[0m\x1b[2J\x1b[H\x1b[?25h\x1b[?1049l"


class Terminal(Protocol):
    """What a driver needs of the other end."""

    size: tuple[int, int]
    depth: colour.Depth

    def write(self, data: bytes) -> None:
        """Send output; harmless after the end."""

    def pause(self, *, paused: bool) -> None:
        """Take no more input from the client for now, or take it again."""

    def attach(self, driver: "SSHDriver") -> None:
        """Learn where input goes from now on."""


class SSHDriver(Driver):
    """Feeds an app from a channel and writes to it, on the event loop: no threads, no signals, no files."""

    def __init__(
        self, app: App[Any], *, terminal: Terminal, debug: bool, mouse: bool, size: tuple[int, int] | None
    ) -> None:
        """Take the app and the terminal that it is for."""
        super().__init__(app, debug=debug, mouse=mouse, size=size or terminal.size)
        self._terminal = terminal
        self._keyboard = Keyboard(self._in_text_field)
        self._waiting_input: bytearray | None = bytearray()
        self._input: deque[Iterator[Message]] = deque()
        self._rest: asyncio.TimerHandle | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._started = False
        self._painted = False

    def write(self, data: str) -> None:
        """Send a piece of the picture. The first one ends the wait of what was typed before it."""
        self._terminal.write(colour.reduce(data, self._terminal.depth).encode("utf-8", errors="replace"))
        if self._started and data.startswith("\x1b[") and not self._painted:
            self._painted = True
            self._loop.call_soon(self._take_waiting_input)

    def _take_waiting_input(self) -> None:
        waiting, self._waiting_input = bytes(self._waiting_input or b""), None
        self.feed(waiting)

    def feed(self, data: bytes) -> None:
        """Take input from the client."""
        if self._waiting_input is not None:
            if len(self._waiting_input) + len(data) <= LONGEST_WAITING_INPUT:
                self._waiting_input += data
            return
        self._input.append(self._keyboard.feed(data))
        if self._rest is None:
            self._hand_over()

    def _hand_over(self) -> None:
        """Make events of the input and hand them to the app: a few, then everybody else has a turn."""
        self._rest = None
        self._cancel_tick()
        for _ in range(EVENTS_AT_ONCE):
            event = next(self._input[0], None)
            if event is not None:
                self.process_message(event)
                continue
            self._input.popleft()
            if not self._input:
                self._terminal.pause(paused=False)
                self._await_tick()
                return
        self._terminal.pause(paused=True)
        self._rest = self._loop.call_later(REST_SECONDS, self._hand_over)

    def _cancel_tick(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _await_tick(self) -> None:
        if self._keyboard.undecided:
            self._tick = self._loop.call_later(constants.ESCAPE_DELAY, self._on_tick)

    def _on_tick(self) -> None:
        self._tick = None
        for event in self._keyboard.tick():
            self.process_message(event)

    def resize(self, size: tuple[int, int]) -> None:
        """Tell the app that the client's window has another size now."""
        self._size = size
        self.send_message(events.Resize(Size(*size), Size(*size)))

    def send_message(self, message: Message) -> None:
        """Hand a message to the app; we are on its loop already."""
        self._app.post_message(message)

    def start_application_mode(self) -> None:
        """Take the client's terminal over."""
        # Textual has just made all tasks of the loop eager (Python 3.12 and later); AsyncSSH runs on it too.
        self._loop.set_task_factory(None)
        self.write(_BEGIN)
        self._started = True
        self._terminal.attach(self)
        if self._terminal.size != self._size:
            self.resize(self._terminal.size)

    def disable_input(self) -> None:
        """Take no more input."""
        self._cancel_tick()
        if self._rest is not None:
            self._rest.cancel()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self.disable_input()
        self.write(_END)

    def open_url(self, url: str, new_tab: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's signature
        """Do nothing: the browser would open on the server."""

    def deliver_binary(self, binary: BinaryIO | TextIO, **_options: Any) -> None:  # noqa: ANN401 - not looked at
        """Deliver nothing: the file would be written to the server's disk."""
        binary.close()

    def _in_text_field(self) -> bool:
        with suppress(ScreenStackError):
            return isinstance(self._app.focused, Input | TextArea)
        return False


def driver_for(terminal: Terminal) -> Callable[..., SSHDriver]:
    """Make what an app calls to get its driver, bound to one terminal."""

    def make(app: App[Any], *, debug: bool, mouse: bool, size: tuple[int, int] | None) -> SSHDriver:
        return SSHDriver(app, terminal=terminal, debug=debug, mouse=mouse, size=size)

    return make
