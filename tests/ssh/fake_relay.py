"""Relays as those on the internet are, small and on this machine: they listen for others, and tell where."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from tests.support.net import free_port


@dataclass
class Manner:
    """How a relay behaves."""

    command: str | None = None
    """Without which it does not listen."""
    words: str = ""
    """What it says on a session, with ``{port}`` for where it listens."""
    banner: str = ""
    """What it says before anybody is let in."""
    called: str = ""
    """What it calls the place where it listens when it sends a visitor; blank: as it was asked."""
    listens: bool = True
    wants_key: bool = False
    wants_password: bool = False
    origin: str = "203.0.113.9"
    """Where it says that visitors come from."""
    commands: list[str | None] = field(default_factory=list)
    """What it was given."""
    asked_for: list[tuple[str, int]] = field(default_factory=list)


class Door(asyncssh.SSHListener):
    """Where a relay listens for somebody."""

    def __init__(self, connection: asyncssh.SSHServerConnection, manner: Manner, asked: str) -> None:
        super().__init__()
        self.port = free_port()
        self._connection = connection
        self._manner = manner
        self._asked = asked
        self._server: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()

    async def open(self) -> "Door":
        self._server = await asyncio.start_server(self._visit, "127.0.0.1", self.port)
        return self

    def get_port(self) -> int:
        return self.port

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def cut(self) -> None:
        """Break off all visits, too."""
        self.close()
        for task in self._visits:
            task.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def wait_closed(self) -> None:
        """Wait for nothing."""

    def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: asyncio's would complain where it is cancelled.
        task = asyncio.create_task(self._forward(reader, writer))
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, asyncssh.Error):
            near, far = await self._connection.open_connection(
                self._manner.called or self._asked, 0 if self._manner.called else self.port,
                self._manner.origin, 40000, encoding=None,
            )  # fmt: skip
            await asyncio.gather(_copy(reader, far), _copy(near, writer))


async def _copy(reader: Any, writer: Any) -> None:
    with suppress(OSError, asyncssh.Error):
        while data := await reader.read(32768):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


class Guest(asyncssh.SSHServer):
    """One connection of a relay."""

    def __init__(self, relay: "FakeRelay") -> None:
        self._relay = relay
        self._manner = relay.manner
        self._is_commanded = asyncio.Event()
        self.door: asyncio.Future[Door] = asyncio.get_running_loop().create_future()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._relay.guests.append(conn)
        if self._manner.banner:
            conn.send_auth_banner(self._manner.banner)

    def begin_auth(self, username: str) -> bool:
        self._relay.user = username
        return self._manner.wants_key or self._manner.wants_password

    def public_key_auth_supported(self) -> bool:
        return self._manner.wants_key

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        return key.export_public_key().decode().split()[1] in self._relay.keys

    def password_auth_supported(self) -> bool:
        return self._manner.wants_password

    def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002
        return password == ""

    async def server_requested(self, listen_host: str, listen_port: int) -> Any:
        self._manner.asked_for.append((listen_host, listen_port))
        if self._manner.command is not None:
            await self._is_commanded.wait()
        if not self._manner.listens:
            return False
        door = await Door(self._connection, self._manner, listen_host).open()
        self._relay.doors.append(door)
        self.door.set_result(door)
        return door

    def session_requested(self) -> Any:
        return self._session

    async def _session(self, stdin: Any, stdout: Any, _stderr: Any) -> None:
        command = stdout.channel.get_command()
        self._manner.commands.append(command)
        if command == self._manner.command:
            self._is_commanded.set()
        words = self._manner.words
        if "{port}" in words:
            words = words.format(port=(await self.door).port)
        stdout.write(words.encode().replace(b"\n", b"\r\n"))
        self._relay.sessions.append(stdout)
        await stdin.read()


class FakeRelay:
    """A relay of this process."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.guests: list[asyncssh.SSHServerConnection] = []
        self.doors: list[Door] = []
        self.sessions: list[Any] = []
        self.keys: set[str] = set()
        self.user = ""
        self.port = free_port()

    async def open(self) -> None:
        """Listen."""
        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=lambda: Guest(self),
            server_host_keys=[self.host_key],
            encoding=None,
            gss_host=None,
        )

    async def cut(self) -> None:
        """Break all connections, and listen no more."""
        self._acceptor.close()
        for door in self.doors:
            await door.cut()
        for guest in self.guests:
            guest.abort()
        self.guests.clear()

    @property
    def known_hosts_line(self) -> str:
        """Give the line that makes it known."""
        return f"[127.0.0.1]:{self.port} {' '.join(public(self.host_key))}\n"


def public(key: asyncssh.SSHKey) -> Sequence[str]:
    """Give kind and Base64 of the public half."""
    return key.export_public_key().decode().split()[:2]


@asynccontextmanager
async def relay(manner: Manner) -> AsyncIterator[FakeRelay]:
    """Run a relay."""
    fake = FakeRelay(manner)
    await fake.open()
    try:
        yield fake
    finally:
        await fake.cut()
