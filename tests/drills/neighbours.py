"""Bad neighbours, as a process of their own: they do their worst until told to stop, and tell what they did.

Each has an address of its own, so that no limit of an address keeps them out; who is thrown out comes back.
They are nice, so that the one machine which all share serves people first.
"""

import asyncio
import json
import logging
import os
import random
import socket
import string
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from tests.bench.client import FIRST_PICTURE, HOST
from tests.support.visitor import Visitor

MOST_SECONDS = 300.0
"""After so long they leave, told or not."""
PATIENCE = 60.0
LIFE_SECONDS = 2.5
"""At least, from one connection of a neighbour to its next: 30 a minute are let in."""
NICENESS = 10
PASTE = 10_000_000
SIZES_AT_ONCE, SIZES_SECONDS = 4, 0.02
"""Two hundred a second."""
CHANNELS = 100

WINDOW = 2**31 - 1
"""What they say that they will take at once: then nothing but the transport holds output back."""
CIPHER = "aes128-gcm@openssh.com"
"""The cheapest for who floods."""


@dataclass
class Neighbour:
    """One of them: where it comes from, and what all of its kind have done so far."""

    number: int
    port: int
    address: str
    did: Counter[str]
    in_place: asyncio.Event = field(default_factory=asyncio.Event)


class Screen(asyncssh.SSHClientSession[bytes]):
    """A session that is not looked at, but for its first picture."""

    def __init__(self) -> None:
        self.shown = asyncio.Event()
        self._seen = b""

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002 - asyncssh's signature
        if not self.shown.is_set():
            self._seen += data
            if all(piece in self._seen for piece in FIRST_PICTURE):
                self.shown.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.shown.set()


@asynccontextmanager
async def connected(
    neighbour: Neighbour, **socket_options: int
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Connect from the neighbour's own address."""
    sock = socket.socket()
    for name, value in socket_options.items():
        sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    sock.bind((neighbour.address, 0))
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, (HOST, neighbour.port))
        connection = await asyncssh.connect(
            sock=sock,
            username="new",
            client_factory=Visitor,
            known_hosts=None,
            client_keys=None,
            agent_path=None,
            config=None,
            encryption_algs=[CIPHER],
            kex_algs=["curve25519-sha256"],
            compression_algs=None,
        )
    except BaseException:
        sock.close()
        raise
    try:
        yield connection
    finally:
        connection.abort()


@asynccontextmanager
async def at_sign_in(
    neighbour: Neighbour, **socket_options: int
) -> AsyncIterator[asyncssh.SSHClientChannel[bytes]]:
    """Come as far as anybody does: to the first picture."""
    async with connected(neighbour, **socket_options) as connection:
        screen = Screen()
        channel, _ = await connection.create_session(
            lambda: screen, term_type="xterm-256color", term_size=(80, 24), encoding=None, window=WINDOW
        )
        async with asyncio.timeout(PATIENCE):
            await screen.shown.wait()
        neighbour.did["came in"] += 1
        yield channel


async def never_read(neighbour: Neighbour) -> None:
    """Have one large picture after the other drawn, and read none."""
    async with at_sign_in(neighbour, SO_RCVBUF=4096) as channel:
        transport: asyncio.Transport = channel.get_connection()._transport  # type: ignore[assignment]
        transport.pause_reading()
        neighbour.in_place.set()
        while not channel.is_closing():
            channel.change_terminal_size(200, 60 + neighbour.did["pictures not read"] % 2)
            channel.write(b"x")
            neighbour.did["pictures not read"] += 1
            await asyncio.sleep(0.2)


async def paste(neighbour: Neighbour) -> None:
    """Paste ten megabytes of junk, and when they are taken the same again."""
    junk = JUNK[neighbour.number % len(JUNK)](random.Random(neighbour.number))  # noqa: S311 - the same in each run
    async with at_sign_in(neighbour) as channel:
        neighbour.in_place.set()
        while not channel.is_closing():
            channel.write(junk)
            left = len(junk)
            while left and not channel.is_closing():
                await asyncio.sleep(0.05)
                before, left = left, channel.get_write_buffer_size()
                neighbour.did["bytes taken"] += before - left


async def resize(neighbour: Neighbour) -> None:
    """Change the size of a window two hundred times a second."""
    loop = asyncio.get_running_loop()
    async with at_sign_in(neighbour) as channel:
        neighbour.in_place.set()
        due = loop.time()
        while not channel.is_closing():
            for _ in range(SIZES_AT_ONCE):
                channel.change_terminal_size(random.randint(20, 500), random.randint(5, 200))  # noqa: S311
            neighbour.did["resizes"] += SIZES_AT_ONCE
            # Kept from it, they do not make up for more than a tenth of a second.
            due = max(due + SIZES_SECONDS, loop.time() - 0.1)
            await asyncio.sleep(due - loop.time())


async def sit_half_open(neighbour: Neighbour) -> None:
    """Begin with a handshake, or not even with that, and wait."""
    begun = (b"", b"SSH-2.0-Slow\r\n", b"SSH-2.0-Slow\r\n\x00\x00\x04\x00\x05\x14")[neighbour.number % 3]
    reader, writer = await asyncio.open_connection(HOST, neighbour.port, local_addr=(neighbour.address, 0))
    try:
        writer.write(begun)
        neighbour.did["half-open"] += 1
        neighbour.in_place.set()
        while await reader.read(65536):
            pass
    finally:
        writer.transport.abort()


async def open_channels(neighbour: Neighbour) -> None:
    """Open a hundred channels on one connection."""
    async with connected(neighbour) as connection:
        neighbour.in_place.set()
        neighbour.did["channels"] += CHANNELS
        opening = [
            connection.create_session(Screen, term_type="xterm", encoding=None) for _ in range(CHANNELS)
        ]
        await asyncio.gather(*opening, return_exceptions=True)
        await connection.wait_closed()


def _anything(chance: random.Random) -> bytes:
    """Make bytes of all kinds but Ctrl+Q, which would end the session."""
    return chance.randbytes(PASTE).replace(b"\x11", b"")


def _letters(chance: random.Random) -> bytes:
    return "".join(chance.choices(string.ascii_letters + " \n", k=100_000)).encode() * (PASTE // 100_000)


def _one_paste(chance: random.Random) -> bytes:
    """Make what terminals mark as one paste."""
    return b"\x1b[200~" + _letters(chance) + b"\x1b[201~"


def _forms(chance: random.Random) -> bytes:
    """Make what moves from field to field, and submits them."""
    return _letters(chance).replace(b" ", b"\t").replace(b"\n", b"\r")


def _sequences(chance: random.Random) -> bytes:
    some = (b"\x1b[A", b"\x1b[<0;10;10M", b"\x1b[<0;10;10m", b"\x1b[I", b"\x1bOP", b"\x1b", b"\x1b[1;5C")
    return b"".join(chance.choices(some, k=100_000)) * (PASTE // 500_000)


JUNK = (_anything, _one_paste, _letters, _forms, _sequences)

KINDS: dict[str, Callable[[Neighbour], Awaitable[None]]] = {
    "never read": never_read,
    "paste": paste,
    "resize": resize,
    "sit half-open": sit_half_open,
    "open channels": open_channels,
}


async def _live(neighbour: Neighbour, life: Callable[[Neighbour], Awaitable[None]]) -> None:
    """Come back whenever the connection has ended, as soon as anybody may."""
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        with suppress(OSError, asyncssh.Error, TimeoutError):
            await life(neighbour)
        neighbour.did["connections ended"] += 1
        await asyncio.sleep(max(0.0, began + LIFE_SECONDS - loop.time()))


async def _live_until_told(kind: str, port: int, count: int) -> Counter[str]:
    did: Counter[str] = Counter()
    net = 10 + list(KINDS).index(kind)
    neighbours = [Neighbour(number, port, f"127.0.{net}.{number + 1}", did) for number in range(count)]
    lives = [asyncio.create_task(_live(each, KINDS[kind])) for each in neighbours]
    for each in neighbours:
        await each.in_place.wait()
    _tell("in place")
    await asyncio.to_thread(sys.stdin.read)
    for life in lives:
        life.cancel()
    await asyncio.wait(lives)
    return did


def _tell(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def _main(kind: str, port: str, count: str) -> None:
    os.nice(NICENESS)
    logging.disable()  # of what happens to connections on which much was being sent
    async with asyncio.timeout(MOST_SECONDS):
        _tell(await _live_until_told(kind, int(port), int(count)))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
