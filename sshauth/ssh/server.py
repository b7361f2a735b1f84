"""The server: it takes connections in, watches their buffers, and tells people before it stops."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address

import asyncssh
import structlog

from sshauth.accounts.peer import Peer
from sshauth.meters import Meters
from sshauth.ssh import algorithms
from sshauth.ssh.admission import Admission
from sshauth.ssh.connection import Connection, Doors
from sshauth.ssh.front import Front, Visitor
from sshauth.ssh.gate import Gate
from sshauth.ssh.guards import STOPPING
from sshauth.ssh.hall import Hall, MakeApp, MakePlainApp
from sshauth.ssh.host_keys import HostKeys
from sshauth.ssh.hosting import Host
from sshauth.ssh.proving import ProvingConnection
from sshauth.telling import WITHIN, one_by_one

BACKLOG = 1024
STOP_SECONDS = 5.0
CLOSE_SECONDS = 1.0
HANDSHAKE_SECONDS = 30
WINDOW = 128 * 1024
"""Bytes of input that a client may send ahead while its app takes none."""
SEND_BUFFER = 64 * 1024
"""Bytes that the system keeps for a client that does not read. By itself it would keep megabytes, and nobody
would notice for as long as these take that the client is stuck."""
KEEPALIVE_SECONDS, KEEPALIVES = 20, 3
"""A peer that answers nothing is given up after four intervals: 80 s."""
MOST_UNSENT = 1024 * 1024
"""Bytes that may wait on a connection beside a session's output: answers to requests of who reads none."""
LOOK_SECONDS = 5.0

STOPS_SOON = "The server stops in {seconds:g} s. Please finish, and come back in a moment."

HEALTH_CLIENT = "sshauth-health"

log = structlog.get_logger(__name__)


class Server:
    """Takes connections from listening sockets, and runs one app for each that asks for one."""

    def __init__(
        self,
        make_app: MakeApp,
        make_plain_app: MakePlainApp,
        host_keys: HostKeys,
        *,
        admission: Admission,
        proxy_from: Sequence[IPv4Network | IPv6Network] = (),
        meters: Meters | None = None,
    ) -> None:
        """Take makers of apps, and who may come in; nothing listens yet."""
        meters = meters or Meters()
        self._front = Front(admission, proxy_from, self._take, meters=meters)
        self.refusals = self._front.refusals
        hall = Hall(Host(meters.key_echoes.add), make_app, make_plain_app, Gate(), set(), meters)
        self.doors = Doors(hall, self.refusals)
        meters.levels |= {"connections": lambda: len(self.doors.connections), "sessions": lambda: self.people}
        self._sockets: Sequence[socket.socket] = ()
        self._listening: list[asyncio.Task[None]] = []
        self._watch: asyncio.Task[None] | None = None
        self.reload(host_keys)

    @property
    def people(self) -> int:
        """How many sessions there are."""
        return len(self.doors.hall.sessions)

    def reload(self, host_keys: HostKeys) -> None:
        """Prove with these host keys from the next connection on."""
        self._options = asyncssh.SSHServerConnectionOptions(
            server_factory=partial(Connection, self.doors),
            server_host_keys=host_keys.server_keys,
            send_server_host_keys=True,
            server_version="sshauth",
            encoding=None,
            window=WINDOW,
            line_editor=False,
            agent_forwarding=False,
            x11_forwarding=False,
            password_auth=False,
            gss_host=None,
            host_based_auth=False,
            keepalive_interval=KEEPALIVE_SECONDS,
            keepalive_count_max=KEEPALIVES,
            login_timeout=HANDSHAKE_SECONDS,
            **algorithms.OPTIONS,
        )

    async def start(self, sockets: Sequence[socket.socket], back: socket.socket | None = None) -> None:
        """Listen on these sockets, once an app was started for warmth; they are closed at the end.

        A tunnel's visitors are taken in from ``back``, see `back_door`, which is closed as well.
        """
        make_app = self.doors.hall.make_app
        await self.doors.hall.host.warm_up(lambda: make_app(Peer(address="warm-up"), _nobody))
        self._sockets = [*sockets, *([back] if back else [])]
        for each in sockets:
            each.listen(BACKLOG)
        self._listening = [asyncio.create_task(self._front.run(each)) for each in sockets]
        if back is not None:
            self._listening.append(asyncio.create_task(self._front.run_back(back)))
        self._watch = asyncio.create_task(self._look_now_and_then())

    async def _take(self, sock: socket.socket, visitor: Visitor) -> None:
        """Speak SSH on an accepted socket from now on."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        loop = asyncio.get_running_loop()
        make = partial(ProvingConnection, loop, self._options, visitor, self.doors.hall.host.turns)
        await loop.connect_accepted_socket(make, sock)

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look_after_buffers()

    def look_after_buffers(self) -> None:
        """Close who lets answers pile up. A session's output has its own, lower limit."""
        for connection in list(self.doors.connections):
            if connection.unsent > MOST_UNSENT:
                self.refusals.add(connection.visitor.address, "reads nothing")
                connection.abort()

    async def stop(self) -> None:
        """Stop at once."""
        await self.drain(0, asyncio.Event())

    async def drain(self, seconds: float, at_once: asyncio.Event) -> None:
        """Take nobody in any more, tell everybody, and end what is left when the time is up.

        Everybody reads why in their own screen, and again when their terminal is theirs; connections are
        closed last.
        """
        self.doors.is_stopping = True
        await self._close_front()
        sessions = self.doors.hall.sessions
        if seconds and sessions:
            words = STOPS_SOON.format(seconds=seconds)
            # Who has little time must not spend most of it not knowing.
            telling = asyncio.create_task(
                one_by_one(list(sessions), lambda session: session.notice(words), min(WITHIN, seconds / 8))
            )
            await self._wait_until_empty(seconds, at_once)
            telling.cancel()
        tasks = [session.task for session in sessions if session.task]
        for session in list(sessions):
            session.end(STOPPING)
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
        await self._close_connections()

    async def _close_front(self) -> None:
        tasks = [*self._listening, *([self._watch] if self._watch else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in self._sockets:
            each.close()
        await self._front.close()

    async def _wait_until_empty(self, seconds: float, at_once: asyncio.Event) -> None:
        hurry = asyncio.create_task(at_once.wait())
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            while tasks := [session.task for session in self.doors.hall.sessions if session.task]:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0 or at_once.is_set():
                    return
                await asyncio.wait([hurry, *tasks], timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurry.cancel()

    async def _close_connections(self) -> None:
        """Given a moment, clients close by themselves, after they have read everything."""
        connections = list(self.doors.connections)
        closing = [asyncio.create_task(connection.wait_closed()) for connection in connections]
        if not closing:
            return
        _, open_still = await asyncio.wait(closing, timeout=CLOSE_SECONDS)
        for connection in connections:
            connection.disconnect(asyncssh.DISC_BY_APPLICATION, STOPPING)
        if open_still:
            _, open_still = await asyncio.wait(open_still, timeout=CLOSE_SECONDS)
        for connection in list(self.doors.connections):
            connection.abort()
        if open_still:
            await asyncio.wait(open_still, timeout=CLOSE_SECONDS)


def _nobody(_is_signed_in: bool) -> None:  # noqa: FBT001 - there is nothing else that it could mean
    """Hear nothing: nobody is there."""


async def is_alive(address: str, port: int, host_keys: HostKeys, *, seconds: float = 5.0) -> bool:
    """Tell whether a server with one of these host keys answers there, by a real key exchange."""
    try:
        async with asyncio.timeout(seconds):
            connection = await asyncssh.connect(
                _reachable(address),
                port,
                username="health",
                client_version=HEALTH_CLIENT,
                client_keys=None,
                agent_path=None,
                config=None,
                known_hosts=(host_keys.public_keys, [], []),
            )
            connection.close()
            await connection.wait_closed()
    except asyncssh.PermissionDenied:
        return True
    except (OSError, asyncssh.Error, TimeoutError):
        return False
    return True


def _reachable(address: str) -> str:
    """Give an address to connect to where the server listens on all of them."""
    with contextlib.suppress(ValueError):
        parsed = ip_address(address)
        if parsed.is_unspecified:
            return "127.0.0.1" if parsed.version == 4 else "::1"  # noqa: PLR2004
    return address
