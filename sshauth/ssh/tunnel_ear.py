"""Hearing what a relay says, of one connection: logged, within bounds, and the public address out of it."""

import asyncio
from collections.abc import Callable

import asyncssh
import structlog

from sshauth.ssh.tunnel_words import Lines, address_in, shown

MOST_LOGGED = 40
"""Lines that are logged; a relay may go on for as long as the connection does."""

Address = tuple[str, int]

log = structlog.get_logger(__name__)


class Ear:
    """Hears lines, and remembers the last, the public address, and why the connection ended."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.address: Address | None = None
        self.is_told = asyncio.Event()
        self.changed: Callable[[str, int], None] | None = None
        """Hears of each later address."""
        self._last = self._end = ""
        self._logged = 0

    def hear(self, line: str) -> None:
        """Hear a line."""
        if not line:
            return
        self._last = line
        if self._logged < MOST_LOGGED:
            self._logged += 1
            log.info("tunnel.heard", words=line)
        address = address_in(line)
        if address is not None and address != self.address:
            self.address = address
            self.is_told.set()
            if self.changed is not None:
                self.changed(*address)

    def lost(self, error: Exception | None) -> None:
        """Hear that the connection has ended."""
        self._end = shown(error.reason) if isinstance(error, asyncssh.Error) else ""

    @property
    def last_words(self) -> str:
        """What was said last, to be put behind a sentence: blank where there was nothing."""
        words = " / ".join(word for word in (self._last, self._end) if word)
        return f" ({words})" if words else ""


class Session(asyncssh.SSHClientSession[bytes]):
    """A session of a relay: what it says there is heard, and nothing is typed."""

    def __init__(self, ear: Ear) -> None:
        """Hear with an ear."""
        self._ear = ear
        self._lines = Lines()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002
        """Hear what comes, as output or as an error."""
        for line in self._lines.feed(data):
            self._ear.hear(line)
