"""A real xterm on a display that nobody sees: keys go in as from a keyboard, and photographs come out."""

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image, ImageGrab

from tests.support.picture import Colours
from tests.support.server import clean_env
from tests.support.terminal import Screen, Terminal

SCREEN = "1400x800x24"
FONT = ("-fa", "monospace", "-fs", "10")
"""The X server's own font has no block characters."""

# What X calls the keys.
KEY_NAMES = {"enter": "Return", "escape": "Escape", "f2": "F2", "f5": "F5", "f6": "F6", "tab": "Tab"}


class Display:
    """An X server without a screen, under the first number that is free."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self._process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", SCREEN, "-nolisten", "tcp"], pass_fds=[write]
        )
        os.close(write)
        with os.fdopen(read) as number:
            self.name = f":{number.readline().strip()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()


class XTerm(Terminal):
    """A program in an xterm, of which we read what it writes and see what it shows."""

    def __init__(
        self,
        command: Sequence[str],
        display: Display,
        home: Path,
        colours: Colours,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        self.screen = Screen(*size)
        self._raw = bytearray()
        self._changed = threading.Condition()
        self._display = display.name
        self._env = clean_env(home, DISPLAY=display.name)
        looks = ("-fg", f"#{colours.foreground}", "-bg", f"#{colours.background}", *FONT)
        place = ("-geometry", f"{size[0]}x{size[1]}+0+0")
        self._process = subprocess.Popen(
            ["xterm", *looks, *place, "-l", "-lf", "-", "-e", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=self._env,
            cwd=home,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._window = self._xdotool("search", "--sync", "--onlyvisible", "--class", "xterm").split()[0]
        self._xdotool("windowfocus", "--sync", self._window)

    def send(self, text: str, timeout: float = 30) -> None:
        """Type text on the keyboard, key by key."""
        self._xdotool("type", "--delay", "1", "--file", "-", typed=text, timeout=timeout)

    def key(self, *names: str) -> None:
        """Press keys by name."""
        self._xdotool("key", *(KEY_NAMES.get(name, name) for name in names))

    def photograph(self) -> Image.Image:
        """Take a picture of all that the display shows."""
        return ImageGrab.grab(xdisplay=self._display)

    def close(self) -> None:
        """Close the window, if the program has not ended."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._reader.join(5)

    def _xdotool(self, *arguments: str, typed: str = "", timeout: float = 30) -> str:
        return subprocess.run(
            ["xdotool", *arguments],
            input=typed,
            stdout=subprocess.PIPE,
            env=self._env,
            timeout=timeout,
            text=True,
            check=True,
        ).stdout

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            while data := os.read(output.fileno(), 65536):
                with self._changed:
                    self._raw += data
                    self.screen.feed(data)
                    self._changed.notify_all()
