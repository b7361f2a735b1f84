"""The tunnel: a relay on the internet listens for this server, and sends its visitors down a connection."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Protocol

import asyncssh
import structlog

from sshauth.ssh.tunnel_ear import Ear, Session
from sshauth.ssh.tunnel_relay import WINDOW, Plan, RelayConnection, RelayUnknownError, TunnelError, connect
from sshauth.ssh.tunnel_visitors import Reader, Visitors, Writer
from sshauth.ssh.tunnel_words import pause_before

OPEN_SECONDS = 20.0
"""What a relay may take to say that it listens."""
TELL_SECONDS = 3.0
"""What it may take then to tell the public address, before its own name and port are taken for it."""
LONG_ENOUGH = 60.0
"""Seconds after which a tunnel was no failure, so that the next waits begin anew."""
CLOSE_SECONDS = 2.0

Handler = Callable[[Reader, Writer], Awaitable[None]]

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Hears how the tunnel is."""

    def opened(self, host: str, port: int) -> None:
        """Hear where people can connect; again, when that is another place."""

    def closed(self, reason: str, again_in: float) -> None:
        """Hear why they cannot, and after how many seconds it is tried again."""


class Tunnel:
    """Keeps a tunnel open: one connection to a relay at a time, made anew when it is lost."""

    def __init__(self, plan: Plan, giving: socket.socket, listener: Listener) -> None:
        """Take where to, the back door to give visitors to, and who hears about it."""
        self._plan = plan
        self._listener = listener
        self._visitors = Visitors(giving, trusts_origin=plan.is_own)
        self._first: tuple[RelayConnection, Ear] | TunnelError | None = None
        self._forward: asyncssh.SSHListener | None = None

    async def begin(self) -> None:
        """Try to connect, once. A relay that cannot be reached now may be later.

        Raises:
            RelayUnknownError: the relay is not proven to be the one that is meant.
        """
        try:
            self._first = await self._connect()
        except RelayUnknownError:
            raise
        except TunnelError as error:
            self._first = error

    def give_up(self) -> None:
        """Let go of a connection that was begun and never run."""
        if isinstance(self._first, tuple):
            self._first[0].abort()

    async def run(self) -> None:
        """Keep it open until nobody is to come in any more; who is in has gone when it ends."""
        loop = asyncio.get_running_loop()
        tries = 0
        while self._visitors.are_welcome:
            began = loop.time()
            reason = await self._once()
            tries = 1 if loop.time() - began > LONG_ENOUGH else tries + 1
            pause = pause_before(tries, random.random())  # noqa: S311 - so that not all come at once
            if self._visitors.are_welcome:
                log.warning(
                    "tunnel.closed", relay=self._plan.relay.host, reason=reason, again_in=round(pause, 1)
                )
                self._listener.closed(reason, pause)
            await asyncio.sleep(pause)

    def rest(self) -> None:
        """Let nobody in any more; who is in stays until the end."""
        self._visitors.are_welcome = False
        if self._forward is not None:
            self._forward.close()

    async def _connect(self) -> tuple[RelayConnection, Ear]:
        ear = Ear()
        return await connect(self._plan, ear), ear

    async def _once(self) -> str:
        """Open the tunnel and serve until it is lost; say why it is."""
        first, self._first = self._first, None
        try:
            if isinstance(first, TunnelError):
                return str(first)
            connection, ear = first or await self._connect()
            async with _closing(connection):
                await self._serve(connection, ear)
        except TunnelError as error:
            return str(error)
        except Exception as error:
            log.exception("tunnel.broken", relay=self._plan.relay.host)
            return f"Something broke here ({type(error).__name__}); the log says what."
        return f"{self._plan.relay.host} has closed the connection{ear.last_words}."

    async def _serve(self, connection: RelayConnection, ear: Ear) -> None:
        # Beside the rest: some relays listen when they know the command, some speak when they listen.
        session = asyncio.create_task(self._hear_session(connection, ear))
        try:
            self._forward = await self._open(connection, ear)
            connection.take_all(self._forward)
            if self._visitors.are_welcome:
                await self._announce(ear, self._forward.get_port())
                await connection.wait_closed()
        finally:
            self._forward = None
            session.cancel()
            await asyncio.gather(session, return_exceptions=True)

    async def _open(self, connection: RelayConnection, ear: Ear) -> asyncssh.SSHListener:
        host, plan = self._plan.relay.host, self._plan
        where = f"on port {plan.port}" if plan.port else "on any port"
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                factory = partial(self._visitor, connection)
                return await connection.start_server(factory, plan.host, plan.port, window=WINDOW)
        except (asyncssh.Error, asyncssh.ChannelListenError, ValueError):
            raise TunnelError(f"{host} does not listen for us {where}{ear.last_words}.") from None
        except TimeoutError:
            raise TunnelError(f"{host} does not say whether it listens for us{ear.last_words}.") from None

    async def _hear_session(self, connection: RelayConnection, ear: Ear) -> None:
        """Hear what the relay says; one's own says nothing, and would start a shell."""
        if not self._plan.is_own:
            make = partial(Session, ear)
            with suppress(asyncssh.Error):
                await connection.create_session(make, self._plan.command, encoding=None, window=WINDOW)

    async def _announce(self, ear: Ear, port: int) -> None:
        if not self._plan.is_own:
            with suppress(TimeoutError):
                async with asyncio.timeout(TELL_SECONDS):
                    await ear.is_told.wait()
        ear.changed = self._opened
        self._opened(*(ear.address or (self._plan.relay.host, port)))

    def _opened(self, host: str, port: int) -> None:
        log.info("tunnel.opened", host=host, port=port)
        self._listener.opened(host, port)

    def _visitor(self, connection: RelayConnection, origin: str, _port: int) -> Handler:
        self._visitors.expect(connection)
        return partial(self._visitors.serve, connection, origin)


@asynccontextmanager
async def _closing(connection: RelayConnection) -> AsyncIterator[None]:
    """Close a connection at the end, by force where that takes long."""
    try:
        yield
    finally:
        connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await connection.wait_closed()
        connection.abort()
