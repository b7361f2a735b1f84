"""A Textual driver whose terminal is at the other end of an SSH channel."""

from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, TextIO

from textual import events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message

from sshauth.ssh.intake import Intake
from sshauth.ssh.terminal import Capability
from sshauth.ssh.turns import Allowance, Turns

SIZES_AT_ONCE, SIZES_A_SECOND = 2, 0.1
"""Who resizes the window now and then does not wait. In a storm of sizes the last one counts, in its turn."""
BUTTONS = 8
LONGEST_ECHO = 10.0
"""Seconds; what is seen later was not the echo of that key, which the field had no room for."""

# Mouse movements are asked for only while a button is down (1002): each one is a packet and an event.
_BEGIN = "\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?2026$p"
# The picture is wiped before the alternate screen is left: some terminals keep it, secrets and all.
_END = "\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[0m\x1b[2J\x1b[H\x1b[?25h\x1b[?1049l"
_POINTER = "\x1b]22;"
_USUAL_POINTER = f"{_POINTER}default\x07"


class Terminal(Protocol):
    """What a driver needs of the other end."""

    size: tuple[int, int]
    capability: Capability

    def write(self, data: bytes) -> None:
        """Send output, whether there is room or not; harmless after the end."""

    def has_room(self, length: int) -> bool:
        """Tell whether a picture of so many bytes may be sent; if not, ``repaint`` is called when one may."""

    def pause(self, *, paused: bool) -> None:
        """Take no more input from the client for now, or take it again."""

    def attach(self, driver: "SSHDriver") -> None:
        """Learn where input goes from now on."""


class SSHDriver(Driver):
    """Feeds an app from a channel and writes to it, on the event loop: no threads, no signals, no files."""

    def __init__(
        self,
        app: App[Any],
        *,
        terminal: Terminal,
        turns: Turns,
        echoed: Callable[[float], None] = lambda _seconds: None,
        debug: bool,
        mouse: bool,
        size: tuple[int, int] | None,
    ) -> None:
        """Take the app, the terminal that it is for, and the turns that it shares with other apps.

        ``echoed`` is told how long each key took to be seen.
        """
        super().__init__(app, debug=debug, mouse=mouse, size=size or terminal.size)
        self._terminal = terminal
        self._turns = turns
        self._echoed = echoed
        self._key_at: float | None = None
        self._intake = Intake(
            app,
            turns,
            charset=terminal.capability.charset,
            take=self.process_message,
            pause=terminal.pause,
        )
        self._painted = False
        self._is_behind = False
        self._is_over = False
        self._in_one_go = False
        self._pointer = _USUAL_POINTER
        self._new_size = terminal.size
        self._sizes = Allowance(SIZES_AT_ONCE, SIZES_A_SECOND)

    # Output

    def write(self, data: str) -> None:
        """Send what an app draws: a picture, or a word to the terminal beside it.

        What makes a picture appear in one go goes with it: a client that does not get the one would
        wait for ever for the other.
        """
        if self._is_over:
            return
        if data in {SYNC_START, SYNC_END}:
            self._in_one_go = data == SYNC_START
        elif data.startswith("\x1b["):
            self._draw(f"{SYNC_START}{data}{SYNC_END}" if self._in_one_go else data)
        else:
            self._say(data)

    def _draw(self, picture: str) -> None:
        """Send a picture, the whole or a part. Who has fallen behind gets none, and later a whole one."""
        if self._is_behind:
            return
        data = self._terminal.capability.render(picture)
        if not self._terminal.has_room(len(data)):
            self._is_behind = True
            self._key_at = None
            return
        self._terminal.write(data)
        self._time_echo()
        if not self._painted:
            self._painted = True
            self._loop.call_soon(self._intake.open)

    def _time_echo(self) -> None:
        key_at, self._key_at = self._key_at, None
        if key_at is not None and (seconds := self._loop.time() - key_at) < LONGEST_ECHO:
            self._echoed(seconds)

    def _say(self, word: str) -> None:
        """Send a bell, a copy for the clipboard or the pointer's shape: now, or never, as it is late then."""
        data = self._terminal.capability.render(word)
        if self._terminal.has_room(len(data)):
            self._terminal.write(data)
            if word.startswith(_POINTER):
                self._pointer = word

    def repaint(self) -> None:
        """Draw the whole screen for a client that has caught up; parts would lie on what it never saw."""
        if self._is_behind:
            self._is_behind = False
            self._app.call_later(self._app.refresh)

    # Input

    def feed(self, data: bytes) -> None:
        """Take input from the client."""
        if self._key_at is None and self._intake.is_echoed(data):
            self._key_at = self._loop.time()
        self._intake.feed(data)

    def process_message(self, message: Message) -> None:
        """Hand an event to the app."""
        super().process_message(message)
        # The base class remembers every button that went down, were it the same one a million times.
        del self._down_buttons[:-BUTTONS]

    def send_message(self, message: Message) -> None:
        """Hand a message to the app; we are on its loop already."""
        self._app.post_message(message)

    # The window

    def resize(self, size: tuple[int, int]) -> None:
        """Tell the app that the client's window has another size now, or in a while if it changes a lot."""
        self._new_size = size
        if self._sizes.left(self._loop.time()):
            self._sizes.spend(1)
            self._tell_size()
        else:
            self._turns.ask(self._tell_size)

    def _tell_size(self) -> None:
        self._turns.leave(self._tell_size)
        if self._is_over:
            return
        if self._size == self._new_size:
            # It had another size meanwhile, and what it showed is lost; the app would see no change.
            self._app.call_later(self._app.refresh)
        self._size = self._new_size
        size = Size(*self._new_size)
        self.send_message(events.Resize(size, size))

    # Beginning and end

    def start_application_mode(self) -> None:
        """Take the client's terminal over."""
        # Textual has just made all tasks of the loop eager (Python 3.12 and later); AsyncSSH runs on it too.
        self._loop.set_task_factory(None)
        self._terminal.write(self._terminal.capability.render(_BEGIN))
        self._terminal.attach(self)
        if self._terminal.size != self._size:
            self.resize(self._terminal.size)

    def disable_input(self) -> None:
        """Take no more input."""
        self._is_over = True
        self._intake.close()
        self._turns.leave(self._tell_size)

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was, after what was drawn last, whether there is room or not."""
        self.disable_input()
        pointer = "" if self._pointer == _USUAL_POINTER else _USUAL_POINTER
        self._terminal.write(self._terminal.capability.render(pointer + _END))

    # What an app may not do to the server

    def open_url(self, url: str, new_tab: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's signature
        """Do nothing: the browser would open on the server."""

    def deliver_binary(self, binary: BinaryIO | TextIO, **_options: Any) -> None:  # noqa: ANN401 - not looked at
        """Deliver nothing: the file would be written to the server's disk."""
        binary.close()


def driver_for(terminal: Terminal, turns: Turns, echoed: Callable[[float], None]) -> Callable[..., SSHDriver]:
    """Make what an app calls to get its driver, bound to one terminal."""

    def make(app: App[Any], *, debug: bool, mouse: bool, size: tuple[int, int] | None) -> SSHDriver:
        return SSHDriver(
            app, terminal=terminal, turns=turns, echoed=echoed, debug=debug, mouse=mouse, size=size
        )

    return make
