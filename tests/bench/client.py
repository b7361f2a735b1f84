"""The load client: sessions as the OpenSSH client opens them, and what their times are measured by."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import asyncssh

from tests.support.visitor import Visitor

HOST = "127.0.0.1"
FIRST_PICTURE = (b"Sign in", b"Quit")
"""Stands in the first picture, near its beginning and near its end."""
SIZE = (80, 24)
PATIENCE = 20.0
"""Seconds after which a server that does not answer has failed."""

ANOTHER_USER_NAME = b"\x1b[15~"
"""F5: keys go to the user name, where they are seen. It is filled in, so at first they go to the password."""

_LEAVE = b"\x11"


class Session(asyncssh.SSHClientSession[bytes]):
    """What a server has sent since it was last cleared, and the wait for more."""

    def __init__(self) -> None:
        self.seen = bytearray()
        self._wanted: tuple[bytes, ...] = ()
        self._arrival: asyncio.Future[float] | None = None

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._chan = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002 - asyncssh's signature
        self.seen += data
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_exception(exc or ConnectionError("The server ended the session."))

    async def time_of(self, *wanted: bytes) -> float:
        """Wait until all of this has been seen; give the time of the last piece's arrival."""
        self._wanted = wanted
        self._arrival = asyncio.get_running_loop().create_future()
        self._look()
        async with asyncio.timeout(PATIENCE):
            return await self._arrival

    async def echo(self, key: bytes) -> float:
        """Send a key; give the seconds until it came back."""
        self.seen.clear()
        sent = perf_counter()
        self._chan.write(key)
        return await self.time_of(key) - sent

    def type_where_it_is_seen(self) -> None:
        """Go to the field whose letters come back as they are."""
        self._chan.write(ANOTHER_USER_NAME)

    async def leave(self) -> None:
        """Send Ctrl+Q and wait until the server has ended the session."""
        self._chan.write(_LEAVE)
        async with asyncio.timeout(PATIENCE):
            await self._chan.wait_closed()

    def _look(self) -> None:
        arrival = self._arrival
        if arrival is not None and not arrival.done() and all(piece in self.seen for piece in self._wanted):
            arrival.set_result(perf_counter())


@asynccontextmanager
async def session(port: int) -> AsyncIterator[tuple[Session, float]]:
    """Open a session; give it with the seconds from connect to first picture; leave it as a person does."""
    began = perf_counter()
    connection = await asyncssh.connect(
        HOST,
        port,
        client_factory=Visitor,
        username="bench",
        config=None,
        known_hosts=None,
        client_keys=None,
        agent_path=None,
        # What OpenSSH 9 and our server agree on.
        kex_algs=["curve25519-sha256"],
        encryption_algs=["chacha20-poly1305@openssh.com"],
        compression_algs=None,
        connect_timeout=PATIENCE,
    )
    try:
        opened = Session()
        await connection.create_session(
            lambda: opened, term_type="xterm-256color", term_size=SIZE, encoding=None
        )
        painted = await opened.time_of(*FIRST_PICTURE)
        yield opened, painted - began
        await opened.leave()
        connection.close()
        await connection.wait_closed()
    finally:
        connection.abort()
