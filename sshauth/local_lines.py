"""The present terminal as one end of a conversation line by line, without SSH."""

import asyncio
import os
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sshauth.ssh.lines import Lines
from sshauth.ssh.terminal import Capability
from sshauth.ssh.turns import Turns

AT_ONCE = 4096


class LocalEnd:
    """Reads keys as they are pressed, and echoes nothing by itself."""

    def __init__(self, capability: Capability, *, descriptors: tuple[int, int] = (0, 1)) -> None:
        """Take what the terminal shows, and the descriptors to read from and to write to."""
        self.capability = capability
        self._input, self._output = descriptors
        self._loop = asyncio.get_running_loop()
        self.lines = Lines(self, Turns())

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the window."""
        with suppress(OSError):
            columns, rows = os.get_terminal_size(self._output)
            if columns and rows:
                return columns, rows
        return 80, 24

    def write(self, data: bytes) -> None:
        """Write all of it, or nothing where the terminal is gone."""
        left = memoryview(data)
        with suppress(OSError):
            while left:
                left = left[os.write(self._output, left) :]

    def has_room(self, length: int) -> bool:  # noqa: ARG002 - what is needed of an end
        """Have room: the system holds up who writes too much."""
        return True

    def pause(self, *, paused: bool) -> None:
        """Leave further keys with the system, or take them again."""
        if paused:
            self._loop.remove_reader(self._input)
        else:
            self._loop.add_reader(self._input, self._read)

    @contextmanager
    def listening(self) -> Iterator[Lines]:
        """Take keys one by one until the end; then the terminal is as it was."""
        modes = termios.tcgetattr(self._input)
        tty.setraw(self._input)
        self.pause(paused=False)
        try:
            yield self.lines
        finally:
            self.pause(paused=True)
            self.lines.close()
            with suppress(termios.error):  # where the terminal is gone
                termios.tcsetattr(self._input, termios.TCSADRAIN, modes)

    def _read(self) -> None:
        try:
            data = os.read(self._input, AT_ONCE)
        except OSError:
            data = b""  # the terminal is gone
        if data:
            self.lines.feed(data)
        else:
            self.pause(paused=True)
            self.lines.close()
