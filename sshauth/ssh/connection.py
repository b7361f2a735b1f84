"""One connection: who may come in, which key they prove, and what they may ask for."""

import asyncio
from dataclasses import dataclass, field

import asyncssh
import structlog
from asyncssh.auth import KbdIntChallenge, KbdIntResponse

from sshauth.accounts.peer import Peer
from sshauth.ssh.hall import Hall
from sshauth.ssh.limits import Refusal
from sshauth.ssh.proving import ProvingConnection, is_weak
from sshauth.ssh.refusal import Refusals
from sshauth.ssh.session import Session

SESSION_SECONDS = 30.0
"""From the connection to its session (row 18)."""
NO_SESSION = "No session was asked for in time. Please connect again, without -N."
OVER = "The session is over, so the connection is closed."
MOST_REFUSALS = 30
"""Requests refused on one connection before it is closed: no client asks so often, and each is kept."""
MOST_SESSIONS = 50
"""Channels that a client may open for a session: one is served, and a few are told so."""
TOO_MANY_REQUESTS = "Too many requests that are refused here."
MOST_KEYS = 20
"""Public keys that a client may offer or sign with."""
TOO_MANY_KEYS = "Too many keys were offered. Offer one: ssh -o IdentitiesOnly=yes -i FILE"
LONGEST_NAME = 255

NO_CERTIFICATES = "Certificates are not recognised here; plain keys are."
WEAK_KEY = "Keys of this kind are too weak to be recognised here: DSA, and RSA under 2048 bits."

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Doors:
    """What all connections of a server share, and what happens to each of them."""

    hall: Hall
    refusals: Refusals
    connections: "set[ProvingConnection]" = field(default_factory=set)
    session_seconds: float = SESSION_SECONDS
    is_stopping: bool = False


class Connection(asyncssh.SSHServer):
    """What a client may do before and beside its session. Everybody gets in: strangers must register."""

    def __init__(self, doors: Doors) -> None:
        """Belong to a server."""
        self._doors = doors
        self._sessions = self._refused = self._keys = 0
        self._was_in_use = False
        self._said = ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Learn the connection."""
        assert isinstance(conn, ProvingConnection)  # noqa: S101 - the server makes no other
        self._conn = conn
        conn.refused = self.refused
        self._visitor = conn.visitor
        self._doors.connections.add(conn)
        self._grace = asyncio.get_running_loop().call_later(self._doors.session_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._grace.cancel()
        self._visitor.place.leave()
        self._doors.connections.discard(self._conn)
        if exc is not None:
            # The kind only: what a stranger sent may be in the words.
            log.info("connection.lost", address=self._visitor.address, reason=type(exc).__name__)

    # Who is there

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        """Ask for something, whatever user name was given: else no client would offer its keys."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Take keys, but from who only asks whether the server is alive."""
        return not self._visitor.is_health

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Accept any key that is not weak: refusing unknown ones would tell which are known."""
        self._count_key()
        if is_weak(key):
            self._say(WEAK_KEY)
            return False
        return True

    def validate_ca_key(self, username: str, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Recognise no certificates: they say whom somebody trusts, and nobody here."""
        self._count_key()
        self._say(NO_CERTIFICATES)
        return False

    def kbdint_auth_supported(self) -> bool:
        """Let in who has no key, but not who only asks whether the server is alive."""
        return not self._visitor.is_health

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> KbdIntChallenge:  # noqa: ARG002
        """Ask nothing: who it is turns out in the app."""
        return "", "", "", ()

    def validate_kbdint_response(self, username: str, responses: KbdIntResponse) -> bool:  # noqa: ARG002
        """Be content with nothing."""
        return True

    def _count_key(self) -> None:
        self._keys += 1
        if self._keys > MOST_KEYS:
            self._close(Refusal("too many keys", TOO_MANY_KEYS))

    def _say(self, words: str) -> None:
        """Say something before the session begins, once."""
        if words != self._said:
            self._said = words
            self._conn.send_auth_banner(f"{words}\r\n")

    # What they want

    def session_requested(self) -> Session:
        """Open a session for the app: one a connection, and a second is told how to get its own."""
        if self._sessions >= MOST_SESSIONS:
            self._close(Refusal("too many channels", TOO_MANY_REQUESTS))
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, TOO_MANY_REQUESTS)
        peer = Peer(
            address=self._visitor.address,
            user_name=str(self._conn.get_extra_info("username", ""))[:LONGEST_NAME],
            client=str(self._conn.get_extra_info("client_version", ""))[:LONGEST_NAME],
            key=self._conn.proven_key,
            remark=self._said if self._conn.proven_key is None else "",
        )
        self._sessions += 1
        return Session(
            self._doors.hall,
            self,
            peer,
            is_second=self._sessions > 1,
            is_stopping=self._doors.is_stopping,
        )

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:  # noqa: ARG002
        """Refuse to forward a connection, with the reason."""
        refusal = Refusal("direct forwarding", "No connections are forwarded here.")
        self.refused(refusal)
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, refusal.words)

    def unix_connection_requested(self, dest_path: str) -> bool:  # noqa: ARG002
        """Refuse to forward a connection to a socket file, with the reason."""
        return self.connection_requested("", 0, "", 0)

    def server_requested(self, listen_host: str, listen_port: int) -> bool:  # noqa: ARG002
        """Refuse to listen for the client."""
        self.refused(Refusal("remote forwarding", ""))
        return False

    def unix_server_requested(self, listen_path: str) -> bool:  # noqa: ARG002
        """Refuse to listen on a socket file for the client."""
        return self.server_requested("", 0)

    def _give_up(self) -> None:
        self._close(Refusal("session over", OVER) if self._was_in_use else Refusal("no session", NO_SESSION))

    # What its session needs

    @property
    def unsent(self) -> int:
        """How many bytes of the connection wait to be sent."""
        return self._conn.unsent

    def signed_in(self, is_signed_in: bool) -> None:  # noqa: FBT001 - there is nothing else that it could mean
        """Count the connection among those of signed-in people, or of strangers again."""
        self._visitor.place.signed_in(is_signed_in)

    def is_in_use(self, is_in_use: bool) -> None:  # noqa: FBT001 - the name says what is true
        """Hear that an app runs here, or none any more: without one nobody stays for long."""
        self._was_in_use = True
        self._grace.cancel()
        if not is_in_use and self._conn in self._doors.connections:
            self._grace = asyncio.get_running_loop().call_later(self._doors.session_seconds, self._give_up)

    def refused(self, refusal: Refusal) -> None:
        """Log and count a refusal; who does not stop asking is told to leave."""
        self._doors.refusals.add(self._visitor.address, refusal.reason)
        self._refused += 1
        if self._refused > MOST_REFUSALS:
            self._refused = 0
            self._close(Refusal("too many requests", TOO_MANY_REQUESTS))

    def abort(self, reason: str) -> None:
        """Close at once, saying nothing: nobody reads it."""
        self._doors.refusals.add(self._visitor.address, reason)
        self._conn.abort()

    def _close(self, refusal: Refusal) -> None:
        self._doors.refusals.add(self._visitor.address, refusal.reason)
        self._conn.disconnect(asyncssh.DISC_BY_APPLICATION, refusal.words)
