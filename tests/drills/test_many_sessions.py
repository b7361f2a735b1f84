"""A thousand sessions, ten at a time, and what is left of them in the server: nothing."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.bench.client import ANOTHER_USER_NAME
from tests.drills.probed import Probed, probed
from tests.ssh.clients import Person, connected, terminal_options
from tests.ssh.waiting import eventually

AT_ONCE = 10
ADDRESSES = 40
"""Each comes 25 times: more often than may be here unknown at once, so that all places must be given back."""
LARGE, WINDOW, PACKET = (200, 60), 4096, 1024
"""A picture of that size is longer than what its reader takes, and the rest stays with the server."""
BEGINNING, END = b"Sign in", b"Quit"
"""Of the first picture."""
CREATE_ACCOUNT, ITS_WORDS = "\x1bOQ", "Repeat password"
NOBODY = {
    "apps": 0,
    "widgets": 0,
    "drivers": 0,
    "sessions": 0,
    "channels": 0,
    "connections": 0,
}

Connection = asyncssh.SSHClientConnection


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Probed]:
    async with probed(tmp_path) as server:
        yield server


class Stalled(asyncssh.SSHClientSession[bytes]):
    """Reads the beginning of a picture, and then nothing more."""

    def __init__(self) -> None:
        self.seen = b""

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._chan = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002 - asyncssh's signature
        self.seen += data
        if BEGINNING in self.seen:
            self._chan.pause_reading()


async def leave(connection: Connection) -> None:
    """Look at another screen, and press Ctrl+Q."""
    person = await someone(connection)
    person.type(CREATE_ACCOUNT)
    await person.sees(ITS_WORDS)
    assert await person.leaves() == 0


async def disconnect(connection: Connection) -> None:
    """Disconnect in the middle of a word."""
    person = await someone(connection)
    person.type(f"{ANOTHER_USER_NAME.decode()}gra")
    await person.sees("gra")
    connection.close()


async def end_input(connection: Connection) -> None:
    """Send the end of input, as a client does whose own input has ended."""
    person = await someone(connection)
    person.process.stdin.write_eof()
    assert await person.ends() == 0


async def reset_in_the_middle_of_a_picture(connection: Connection) -> None:
    """Read its beginning, have more drawn, and be gone."""
    stalled = Stalled()
    channel, _ = await connection.create_session(
        lambda: stalled, **terminal_options(LARGE), window=WINDOW, max_pktsize=PACKET
    )
    await eventually(lambda: BEGINNING in stalled.seen, "the beginning of a picture")
    channel.write(b"gra")
    channel.change_terminal_size(100, 30)
    assert END not in stalled.seen
    reset(connection)


async def reset_before_there_is_a_picture(connection: Connection) -> None:
    """Be gone while the app begins, or waits for its turn to begin."""
    await Person.at(connection)
    reset(connection)


def reset(connection: Connection) -> None:
    """Be gone by TCP reset, whatever is on its way."""
    sock = connection.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()


ENDINGS: list[Callable[[Connection], Awaitable[None]]] = [
    leave,
    disconnect,
    end_input,
    reset_in_the_middle_of_a_picture,
    reset_before_there_is_a_picture,
]


async def someone(connection: Connection) -> Person:
    person = await Person.at(connection)
    await person.sees(END.decode())
    return person


async def visits(port: int, numbers: Iterable[int]) -> None:
    """Have ten here at a time, the next coming as soon as one has gone, each ending in the next way.

    A third of them prove a key, which is looked for in the database.
    """
    key = asyncssh.generate_private_key("ssh-ed25519")
    left = iter(numbers)

    async def come_and_go() -> None:
        for number in left:
            options: dict[str, Any] = {"client_keys": [key]} if number % 3 == 0 else {}
            address = f"127.0.0.{2 + number % ADDRESSES}"
            async with connected(port, "ada", local_addr=(address, 0), **options) as connection:
                await ENDINGS[number % len(ENDINGS)](connection)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(come_and_go())


async def test_forty_sessions_leave_nothing_in_the_server(server: Probed) -> None:
    """No app, no connection, and no more tasks, threads and descriptors than after the first ten."""
    async with connected(server.port) as connection:
        await someone(connection)
        alive = (await server.look()).alive
        assert [alive[kind] for kind in ("apps", "sessions", "connections")] == [1, 1, 1]
    await visits(server.port, range(10))
    before = await server.settled(NOBODY)
    await visits(server.port, range(10, 40))
    await server.settled(before.alive)
    assert server.complaints == []


@pytest.mark.drill
async def test_a_thousand_sessions_leave_nothing_in_the_server(server: Probed) -> None:
    """The same, and the second 500 take no more memory than they have found."""
    began = time.monotonic()
    await visits(server.port, range(10))
    before = await server.settled(NOBODY)
    await visits(server.port, range(10, 500))
    half = await server.settled(before.alive)
    await visits(server.port, range(500, 1000))
    after = await server.settled(before.alive)
    print(  # noqa: T201 - what a drill is for
        f"1000 sessions in {time.monotonic() - began:.0f} s. Alive after 10: {before.alive}; after 1000: "
        f"{after.alive}. Resident after 10, 500 and 1000: {before.resident:.1f}, {half.resident:.1f} and "
        f"{after.resident:.1f} MiB ({after.resident / half.resident - 1:+.1%})."
    )
    assert after.resident < 1.03 * half.resident
    assert server.complaints == []
