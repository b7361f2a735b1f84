"""A program in a pseudo-terminal, and the screen that a person would see."""

import codecs
import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self
from unicodedata import combining

import pyte
from pyte.screens import Char
from wcwidth import wcwidth

Cells = list[list[Char]]
Wanted = str | re.Pattern[str]

KEYS = {
    "backspace": "\x7f",
    "down": "\x1b[B",
    "end": "\x1b[F",
    "enter": "\r",
    "escape": "\x1b",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "home": "\x1b[H",
    "left": "\x1b[D",
    "right": "\x1b[C",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "tab": "\t",
    "up": "\x1b[A",
}

# A session leader has no controlling terminal until it asks for one; then it becomes the program.
BECOME = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""

_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*)?\Z")
_ALTERNATE = re.compile(r"\x1b\[\?1049[hl]")
# What pyte would draw or take for something else: private sequences other than modes, and those with
# intermediate bytes (the questions about modes and the keyboard protocol, which nobody here answers).
_FOREIGN = re.compile(r"\x1b\[(?:[<=>][0-?]*[ -/]*[@-~]|\?[0-?]*[ -/]*[@-gi-km-~]|[0-?]*[ -/]+[@-~])")


class Screen(pyte.Screen):
    """A pyte screen fed with what a modern program writes."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stream = pyte.Stream(self)
        self._rest = ""

    def feed(self, data: bytes) -> None:
        """Draw what arrived; a sequence cut in two waits for its end."""
        text = self._rest + self._decoder.decode(data)
        cut = _UNFINISHED.search(text)
        self._rest = cut[0] if cut else ""
        text = text[: len(text) - len(self._rest)]
        text = _ALTERNATE.sub("\x1b[0m\x1b[2J\x1b[H", text)
        self._stream.feed(_FOREIGN.sub("", text))

    def draw(self, data: str) -> None:
        """Draw text without invisible characters: pyte would drop all that follows them."""
        super().draw("".join(char for char in data if wcwidth(char) > 0 or combining(char)))

    def cells(self) -> Cells:
        """Give a copy of all cells, row by row."""
        return [[self.buffer[row][column] for column in range(self.columns)] for row in range(self.lines)]


class Terminal:
    """A program that runs in a terminal of its own until it is closed."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: str | os.PathLike[str] | None = None,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        self.screen = Screen(*size)
        self._raw = bytearray()
        self._changed = threading.Condition()
        self._master, slave = os.openpty()
        self._set_size(*size)
        self._process = subprocess.Popen(
            [sys.executable, "-ISc", BECOME, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def text(self) -> str:
        """The whole screen as lines."""
        with self._changed:
            return "\n".join(self.screen.display)

    @property
    def raw(self) -> bytes:
        """Every byte received so far."""
        with self._changed:
            return bytes(self._raw)

    @property
    def is_cooked(self) -> bool:
        """Whether the terminal edits lines, echoes and makes signals of keys, as shells expect it."""
        modes = termios.tcgetattr(self._master)[3]
        wanted = termios.ICANON | termios.ECHO | termios.ISIG
        return bool(modes & wanted == wanted)

    def cells(self) -> Cells:
        """Give a copy of the screen, cell by cell."""
        with self._changed:
            return self.screen.cells()

    def send(self, text: str, timeout: float = 30) -> None:
        """Type text in one go; fails if the program does not take it in time."""
        data = memoryview(text.encode())
        deadline = time.monotonic() + timeout
        while data:
            writable = select.select([], [self._master], [], max(0, deadline - time.monotonic()))[1]
            assert writable, f"{len(data)} bytes of input were not taken within {timeout} s"
            data = data[os.write(self._master, data[:4096]) :]

    def key(self, *names: str) -> None:
        """Press keys by name: enter, f2, ctrl+q, or a single character."""
        for name in names:
            control = name.removeprefix("ctrl+")
            self.send(chr(ord(control) & 31) if control != name else KEYS.get(name, name))

    def paste(self, text: str, timeout: float = 30) -> None:
        """Paste as terminals do when the program asked for bracketed paste."""
        self.send(f"\x1b[200~{text}\x1b[201~", timeout)

    def click(self, label: str) -> None:
        """Press the mouse on the last place where the label stands."""
        lines = self.text.splitlines()
        row = max(row for row, line in enumerate(lines) if label in line)
        self.click_at(lines[row].rindex(label) + len(label) // 2, row)

    def click_at(self, column: int, row: int) -> None:
        """Press the mouse on a cell."""
        self.send(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self._process.send_signal(number)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window; the program is told by the system."""
        with self._changed:
            self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def wait_until(self, condition: Callable[[], bool], what: str, timeout: float = 10) -> None:
        """Wait for something to become true of the screen, or fail showing it."""
        with self._changed:
            met = self._changed.wait_for(condition, timeout)
        assert met, f"{what} within {timeout} s; the screen is\n{self.text}"

    def wait_for(self, wanted: Wanted, timeout: float = 10) -> None:
        """Wait until the screen shows a text or pattern."""
        self.wait_until(lambda: self.shows(wanted), f"expected {wanted!r}", timeout)

    def wait_gone(self, unwanted: Wanted, timeout: float = 10) -> None:
        """Wait until the screen no longer shows a text or pattern."""
        self.wait_until(lambda: not self.shows(unwanted), f"expected {unwanted!r} to go", timeout)

    def wait_raw(self, timeout: float = 10) -> None:
        """Wait until the program takes keys unprocessed, which is before it has painted anything."""
        deadline = time.monotonic() + timeout
        while termios.tcgetattr(self._master)[3] & termios.ICANON:
            assert time.monotonic() < deadline, f"the terminal never became raw; the screen is\n{self.text}"
            time.sleep(0.001)

    def wait_quiet(self, seconds: float = 0.3, timeout: float = 10) -> None:
        """Wait until nothing was written for a while."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._changed.wait(seconds):
                assert time.monotonic() < deadline, f"the screen never rests:\n{self.text}"

    def wait_exit(self, timeout: float = 10) -> int:
        """Wait for the program to end by itself and give its exit status."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {timeout} s; the screen is\n{self.text}") from None
        self._reader.join(timeout)
        return status

    def shows(self, wanted: Wanted) -> bool:
        """Whether the screen shows a text or pattern now."""
        if isinstance(wanted, re.Pattern):
            return wanted.search(self.text) is not None
        return wanted in self.text

    def close(self) -> None:
        """End the program, if it has not ended, as closing the window does."""
        if self._master < 0:
            return
        for end in (signal.SIGHUP, signal.SIGKILL):
            if self._process.poll() is None:
                self._process.send_signal(end)
                _wait_quietly(self._process)
        self._reader.join(5)
        os.close(self._master)
        self._master = -1

    def _read(self) -> None:
        while data := _read_or_end(self._master):
            with self._changed:
                self._raw += data
                self.screen.feed(data)
                self._changed.notify_all()

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _read_or_end(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the last program on the other side has gone
        return b""


def _wait_quietly(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
