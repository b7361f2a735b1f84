"""Clients of the server under test, and the small app that it serves."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ClassVar, Self

import asyncssh
from asyncssh.channel import SSHChannel
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from sshauth.accounts.peer import Peer
from tests.ssh.waiting import LONG_ENOUGH
from tests.support.visitor import Visitor

LEFT_THE_SCREEN = b"\x1b[?1049l"


class Echo(App[str]):
    """Shows its size and what is entered; leaves, with or without a word, and breaks when it is told to."""

    CSS = "Static { background: #123456; color: #fedcba; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", priority=True)]

    def __init__(self, peer: Peer, signed_in: Callable[[bool], None] = lambda _is_signed_in: None) -> None:
        super().__init__()
        self.peer = peer
        self.signed_in = signed_in
        self.heard = ""

    def compose(self) -> ComposeResult:
        """Show a line and a field."""
        yield Static(f"hello {self.peer.user_name}", id="answer")
        yield Static(id="size")
        yield Input(compact=True)

    def on_mount(self) -> None:
        """Keep still when nothing happens."""
        self.animation_level = "none"
        self.query_one(Input).cursor_blink = False

    def on_resize(self, event: events.Resize) -> None:
        """Show the size."""
        self.query_one("#size", Static).update(f"{event.size.width}x{event.size.height}")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, leave or break; the field is not emptied, for more may be in it already."""
        said, self.heard = event.value.removeprefix(self.heard), event.value
        if said == "break":
            raise ZeroDivisionError
        if said in {"leave", "farewell"}:
            self.exit("Goodbye." if said == "farewell" else None)
        if said in {"sign in", "sign out"}:
            self.signed_in(said == "sign in")
        self.query_one("#answer", Static).update(f"you said {said}")


async def make_echo(peer: Peer, signed_in: Callable[[bool], None]) -> Echo:
    return Echo(peer, signed_in)


class Hasty(asyncssh.SSHClientProcess[bytes]):
    """A process to which something is sent in the same breath as the request for a shell."""

    def __init__(self, typed: bytes, *, leaves: bool) -> None:
        super().__init__()
        self._typed = typed
        self._leaves = leaves

    def connection_made(self, chan: SSHChannel[bytes]) -> None:
        """Send what was typed right behind the request, without the server's answer to it."""
        super().connection_made(chan)
        send = chan._send_request

        def send_and_type(request: bytes, *details: bytes, want_reply: bool = False) -> None:
            send(request, *details, want_reply=want_reply)
            if request == b"shell":
                chan.write(self._typed)
                if self._leaves:
                    chan.write_eof()

        chan._send_request = send_and_type  # type: ignore[method-assign]


class Person:
    """Somebody at a terminal, connected by asyncssh."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self.process = process
        self.seen = b""

    @classmethod
    async def at(
        cls,
        connection: asyncssh.SSHClientConnection,
        *,
        size: tuple[int, int] = (80, 24),
        term: str = "xterm-256color",
        env: Mapping[str, str] | None = None,
    ) -> Self:
        return cls(await connection.create_process(**terminal_options(size, term), env=dict(env or {})))

    @classmethod
    async def in_haste(
        cls, connection: asyncssh.SSHClientConnection, typed: str = "", *, leaves: bool = False
    ) -> Self:
        """Be somebody who types before there is an answer."""
        _, process = await connection.create_session(
            partial(Hasty, typed.encode(), leaves=leaves), **terminal_options()
        )
        assert isinstance(process, Hasty)
        return cls(process)

    def type(self, text: str) -> None:
        self.process.stdin.write(text.encode())

    async def sees(self, text: str) -> None:
        """Read until a text has come."""
        await self._read_until(lambda: text.encode() in self.seen, text)

    async def says(self, text: str) -> None:
        """Enter something, and wait for the answer."""
        self.type(f"{text}\r")
        await self.sees(f"you said {text}")

    async def leaves(self) -> int | None:
        """Press Ctrl+Q, and wait for the end."""
        self.type("\x11")
        return await self.ends()

    async def ends(self) -> int | None:
        """Read all that comes until the session is closed; give its exit status."""
        await self._read_until(self.process.stdout.at_eof, "the end")
        async with asyncio.timeout(LONG_ENOUGH):
            await self.process.wait_closed()
        return self.process.exit_status

    @property
    def last_words(self) -> str:
        """What came after the terminal was given back."""
        return self.seen.rpartition(LEFT_THE_SCREEN)[2].decode()

    async def _read_until(self, condition: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(LONG_ENOUGH):
                while not condition():
                    data = await self.process.stdout.read(65536)
                    self.seen += data
                    assert data or condition(), f"the session ended before {what!r} came: {self.seen!r}"
        except TimeoutError:
            raise AssertionError(f"{what!r} within {LONG_ENOUGH} s, but {self.seen!r}") from None


def terminal_options(size: tuple[int, int] = (80, 24), term: str = "xterm-256color") -> dict[str, Any]:
    return {"term_type": term, "term_size": size, "encoding": None}


@asynccontextmanager
async def connected(
    port: int, user: str = "ada", **options: Any
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Connect as somebody who has neither keys nor known hosts nor an agent."""
    nothing: dict[str, Any] = {
        "client_factory": Visitor,
        "known_hosts": None,
        "client_keys": None,
        "agent_path": None,
        "config": None,
    }
    connection = await asyncssh.connect("127.0.0.1", port, username=user, **{**nothing, **options})
    async with connection:
        yield connection


@asynccontextmanager
async def person(port: int, user: str = "ada", **options: Any) -> AsyncIterator[Person]:
    """Connect somebody, and wait until they see the app."""
    async with connected(port, user) as connection:
        person = await Person.at(connection, **options)
        await person.sees(f"hello {user}")
        yield person


def incident_in(text: str) -> str:
    found = re.search(r"incident ([0-9A-F]{8})\)", text)
    assert found, text
    return found[1]
