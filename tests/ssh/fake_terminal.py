"""A terminal that a driver can write to: it keeps what was written, and the picture that it makes.

It reads at once, unless it is told to be slow: then it takes only what it is told to take.
"""

import asyncio
from collections.abc import Callable, Iterable

from pyte.screens import Cursor

from sshauth.ssh.colour import Depth
from sshauth.ssh.driver import SSHDriver
from sshauth.ssh.output import Output
from sshauth.ssh.terminal import Capability
from tests.ssh.waiting import LONG_ENOUGH
from tests.support.terminal import Screen


class FakeTerminal:
    """The other end of one app, without a network."""

    def __init__(
        self,
        size: tuple[int, int] = (60, 20),
        *,
        depth: Depth = Depth.TRUE,
        typed_ahead: Iterable[str] = (),
    ) -> None:
        self.size = size
        self.capability = Capability(depth=depth)
        self.slow = False
        self.unread = bytearray()
        self.output = Output(
            self._arrive, lambda: len(self.unread), drained=self._repaint, stuck=self._be_stuck
        )
        self.is_stuck = False
        self.most_unread = 0
        self._typed_ahead = typed_ahead
        self.driver: SSHDriver | None = None
        self.written = b""
        self._screen = Screen(*size)
        self._changed = asyncio.Event()
        self.pauses: list[bool] = []

    def write(self, data: bytes) -> None:
        self.output.write(data)

    def has_room(self, length: int) -> bool:
        return self.output.has_room(length)

    def _arrive(self, data: bytes) -> None:
        self.unread += data
        self.most_unread = max(self.most_unread, len(self.unread))
        if not self.slow:
            self.read()

    def read(self, most: int | None = None) -> None:
        """Take what has arrived, or so much of it; a slow terminal takes nothing unless it is told to."""
        data = bytes(self.unread[:most])
        del self.unread[:most]
        self.written += data
        self._screen.feed(data)
        self._changed.set()

    def read_all(self) -> None:
        """Take everything from now on, as fast as it comes."""
        self.slow = False
        self.read()

    def _repaint(self) -> None:
        if self.driver is not None:
            self.driver.repaint()

    def _be_stuck(self) -> None:
        self.is_stuck = True

    def pause(self, *, paused: bool) -> None:
        self.pauses.append(paused)

    def attach(self, driver: SSHDriver) -> None:
        self.driver = driver
        for text in self._typed_ahead:
            self.type(text)

    @property
    def cursor(self) -> Cursor:
        return self._screen.cursor

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def type(self, text: str) -> None:
        assert self.driver is not None
        self.driver.feed(text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window, whose picture is then lost."""
        assert self.driver is not None
        self.size = columns, rows
        self._screen.resize(rows, columns)
        self._screen.reset()
        self.driver.resize(self.size)

    def colours_of(self, text: str) -> tuple[str, str]:
        """Give foreground and background of the place where a text begins."""
        row = next(row for row, line in enumerate(self._screen.display) if text in line)
        cell = self._screen.buffer[row][self._screen.display[row].index(text)]
        return cell.fg, cell.bg

    async def shows(self, text: str) -> None:
        await self.until(lambda: text in self.text, text)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until what was written makes something true."""
        try:
            async with asyncio.timeout(LONG_ENOUGH):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{what!r} within {LONG_ENOUGH} s; the screen is\n{self.text}") from None
