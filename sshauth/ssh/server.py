"""The listener: who may connect, what is refused, and how it all stops."""

import asyncio
from functools import partial
from ipaddress import ip_address

import asyncssh
import structlog

from sshauth.accounts.peer import Peer
from sshauth.ssh.host_keys import HostKey
from sshauth.ssh.hosting import Host
from sshauth.ssh.session import MakeApp, Session

KEX_ALGORITHMS = (
    # First for dropbear's sake, which follows the server's order; newer clients still get a hybrid.
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "mlkem768x25519-sha256",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
)
ENCRYPTION_ALGORITHMS = (
    "chacha20-poly1305@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
MAC_ALGORITHMS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)

ONE_SESSION = "One session a connection. For another one connect anew: ssh -S none"
NO_SESSION = "No session was asked for in time. Please connect again, without -N."
SESSION_SECONDS = 30.0
"""From the connection to its session (row 18): AsyncSSH's own limit ends when no login is asked for."""
STOPPING = "The server is stopping. Please come back in a moment."
STOP_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Connection(asyncssh.SSHServer):
    """One connection. Everybody gets in: signing in happens in the app, and strangers must register."""

    def __init__(self, server: "Server") -> None:
        """Belong to a server."""
        self._server = server
        self._has_session = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Learn the connection."""
        self._conn = conn
        peer_name = conn.get_extra_info("peername") or ("unknown",)
        self._address = str(peer_name[0])
        self._server.connections.add(conn)
        self._grace = asyncio.get_running_loop().call_later(self._server.session_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._grace.cancel()
        self._server.connections.discard(self._conn)
        if exc is not None:
            # The kind only: what a stranger sent may be in the words.
            log.info("connection.lost", address=self._address, reason=type(exc).__name__)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        """Ask for nothing, whatever user name was given."""
        return False

    def session_requested(self) -> Session:
        """Open a session for the app: one a connection, and a second is told how to get its own."""
        self._grace.cancel()
        peer = Peer(
            address=self._address,
            user_name=self._conn.get_extra_info("username", ""),
            client=self._conn.get_extra_info("client_version", ""),
        )
        session = Session(self._server.host, self._server.make_app, peer, self._server.sessions)
        if self._has_session:
            session.refuse(ONE_SESSION)
        self._has_session = True
        return session

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:  # noqa: ARG002
        """Refuse to forward a connection, with the reason."""
        self._refused("direct forwarding")
        raise asyncssh.ChannelOpenError(
            asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "No connections are forwarded here."
        )

    def unix_connection_requested(self, dest_path: str) -> bool:  # noqa: ARG002
        """Refuse to forward a connection to a socket file, with the reason."""
        return self.connection_requested("", 0, "", 0)

    def server_requested(self, listen_host: str, listen_port: int) -> bool:  # noqa: ARG002
        """Refuse to listen for the client."""
        self._refused("remote forwarding")
        return False

    def unix_server_requested(self, listen_path: str) -> bool:  # noqa: ARG002
        """Refuse to listen on a socket file for the client."""
        return self.server_requested("", 0)

    def _give_up(self) -> None:
        self._refused("no session")
        self._conn.disconnect(asyncssh.DISC_BY_APPLICATION, NO_SESSION)

    def _refused(self, what: str) -> None:
        log.info("request.refused", address=self._address, what=what)


class Server:
    """Listens, and runs one app for each connection that asks for one."""

    def __init__(self, make_app: MakeApp, host_key: HostKey) -> None:
        """Take a maker of apps; nothing listens yet."""
        self.make_app = make_app
        self.host = Host()
        self.sessions: set[Session] = set()
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self.session_seconds = SESSION_SECONDS
        self._host_key = host_key
        self._acceptor: asyncssh.SSHAcceptor | None = None

    async def start(self, address: str, port: int) -> int:
        """Listen; return the port, of use where 0 was asked for.

        Raises:
            OSError: the port is in use, or the address is not this machine's.
        """
        await self.host.warm_up(lambda: self.make_app(Peer(address="warm-up")))
        self._acceptor = await asyncssh.listen(
            address,
            port,
            server_factory=partial(Connection, self),
            server_host_keys=[self._host_key.key],
            server_version="sshauth",
            config=None,
            encoding=None,
            line_editor=False,
            agent_forwarding=False,
            x11_forwarding=False,
            compression_algs=None,
            kex_algs=KEX_ALGORITHMS,
            encryption_algs=ENCRYPTION_ALGORITHMS,
            mac_algs=MAC_ALGORITHMS,
            keepalive_interval=30,
            login_timeout=30,
        )
        return self._acceptor.get_port()

    async def stop(self) -> None:
        """Stop listening, end every session so that its person reads why, close every connection."""
        if self._acceptor is not None:
            self._acceptor.close()
        tasks = [session.task for session in self.sessions if session.task]
        for session in list(self.sessions):
            session.end(STOPPING)
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
        # Given a moment, clients close by themselves, after they have read everything.
        connections = list(self.connections)
        closing = [asyncio.create_task(connection.wait_closed()) for connection in connections]
        if closing:
            _, open_still = await asyncio.wait(closing, timeout=1.0)
            for connection in connections:
                connection.close()
            if open_still:
                await asyncio.wait(open_still, timeout=1.0)


async def is_alive(address: str, port: int, host_key: HostKey, *, seconds: float = 5.0) -> bool:
    """Tell whether a server with this host key answers there, by a real key exchange."""
    try:
        async with asyncio.timeout(seconds):
            connection = await asyncssh.connect(
                _reachable(address),
                port,
                username="health",
                client_keys=None,
                agent_path=None,
                config=None,
                known_hosts=([host_key.key.convert_to_public()], [], []),
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
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not parsed.is_unspecified:
        return address
    return "127.0.0.1" if parsed.version == 4 else "::1"  # noqa: PLR2004
