"""The front door: accepts connections, learns who comes, and lets them in or turns them away."""

import asyncio
import errno
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import asyncssh
import structlog
from structlog.contextvars import bind_contextvars

from sshauth.accounts.peer import Peer
from sshauth.meters import Meters
from sshauth.ssh.admission import Admission, Place, Uncounted
from sshauth.ssh.back_door import take
from sshauth.ssh.limits import Refusal
from sshauth.ssh.proxy import BadHeader, NoHeader, Origin, read_header
from sshauth.ssh.refusal import Refusals, refuse, refuse_in_haste
from sshauth.ssh.sockets import peek, readable

HEADER_SECONDS = 5.0
HALF_READ = 256
"""Balancers' connections whose header has not come yet; more are closed at once."""
LINGERING = 256
"""Refused ones that are given time to read why; the others read it if their client is quick."""

HEALTH_IDENTIFICATION = b"SSH-2.0-sshauth-health\r\n"
HEALTH_SECONDS = 0.2
"""How long a client of this machine may take to say who it is. SSH clients say it at once."""
UNCOUNTED_HEALTH = 2

PASSING = {errno.EAGAIN, errno.EINTR, errno.ECONNABORTED}
"""Errors of accept that concern one connection, or another worker that was quicker."""
HOPELESS = {errno.EBADF, errno.EINVAL, errno.ENOTSOCK, errno.EOPNOTSUPP}
"""Errors of accept that mean a socket that does not listen. All others pass with time, such as EMFILE."""
PAUSE_SECONDS = 0.5

LET_IN, HEALTH, REFUSED, BAD_HEADER, GONE, BROKEN = OUTCOMES = (
    "let in",
    "health check",
    "refused",
    "bad PROXY header",
    "gone",
    "broken",
)
"""What can become of who comes to the door."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes in: the true address, the place to give back, and whether it only asks if we are well.

    Who asks that is not always counted, and therefore never given a session.
    """

    address: str
    place: Place
    is_health: bool = False


class TooManyHeaders(BadHeader):
    """Balancers hold too many connections without having sent their headers."""

    reason = "PROXY headers half-read"


Take = Callable[[socket.socket, Visitor], Awaitable[None]]


class Front:
    """Accepts connections and hands those on that may come in."""

    def __init__(
        self,
        admission: Admission,
        proxy_from: Sequence[IPv4Network | IPv6Network],
        take: Take,
        *,
        header_seconds: float = HEADER_SECONDS,
        meters: Meters | None = None,
    ) -> None:
        """Ask this admission, believe the headers of these peers, and hand sockets on by ``take``."""
        meters = meters or Meters()
        self._admission = admission
        self._proxy_from = tuple(proxy_from)
        self._take = take
        self._header_seconds = header_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_door: dict[socket.socket, asyncio.Task[None]] = {}
        self._health: set[Uncounted] = set()
        self._half_read = 0
        self._lingering = 0
        self.refusals = Refusals(meters.refusals)
        self._outcomes = meters.connections
        self._outcomes.update(dict.fromkeys(OUTCOMES, 0))

    async def run(self, listening: socket.socket) -> None:
        """Accept connections until cancelled.

        Raises:
            OSError: the socket does not listen.
        """
        listening.settimeout(0)
        while True:
            await readable(listening)
            try:
                sock, name = listening.accept()
            except OSError as error:
                if error.errno in HOPELESS:
                    raise
                if error.errno not in PASSING:
                    log.warning("accept.paused", reason=error.strerror)
                    await asyncio.sleep(PAUSE_SECONDS)
                continue
            sock.settimeout(0)
            self._receive(sock, _origin(name))

    async def run_back(self, taking: socket.socket) -> None:
        """Take visitors in by a tunnel's back door until cancelled. Whoever gave them told who they are."""
        while True:
            try:
                sock, address = await take(taking)
            except OSError as error:
                log.warning("accept.paused", reason=error.strerror)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            self._receive(sock, Origin(_plain(address), 0), is_met=True)

    async def close(self) -> None:
        """Cut off those who are not in yet; those who were taken belong to who took them."""
        tasks = list(self._at_door.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.refusals.close()

    def _receive(self, sock: socket.socket, peer: Origin, *, is_met: bool = False) -> None:
        task = asyncio.create_task(self._welcome(sock, peer, is_met=is_met))
        self._at_door[sock] = task
        self._tasks.add(task)
        task.add_done_callback(partial(self._done, sock))

    def _done(self, sock: socket.socket, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._at_door.pop(sock, None):
            sock.close()

    async def _welcome(self, sock: socket.socket, peer: Origin, *, is_met: bool) -> None:
        """Learn who comes, and hand the socket on or say why not: until then ``_done`` closes it."""
        try:
            visitor = await (self._admit(peer.address) if is_met else self._meet(sock, peer))
            if isinstance(visitor, Refusal):
                self._outcomes[REFUSED] += 1
                await self._refuse(sock, visitor.words)
            else:
                # Whatever is logged of this connection from here on says so.
                bind_contextvars(session=secrets.token_hex(4), address=visitor.address)
                await self._hand_on(sock, visitor)
                self._outcomes[HEALTH if visitor.is_health else LET_IN] += 1
        except BadHeader as error:
            self._outcomes[BAD_HEADER] += 1
            self.refusals.add(peer.address, error.reason)
        except (OSError, asyncssh.Error):
            self._outcomes[GONE] += 1  # which is nothing to us before there is a session
        except Exception:
            self._outcomes[BROKEN] += 1
            log.exception("connection.broken", address=peer.address)

    async def _hand_on(self, sock: socket.socket, visitor: Visitor) -> None:
        del self._at_door[sock]
        try:
            await self._take(sock, visitor)
        except BaseException:
            visitor.place.leave()
            sock.close()
            raise

    async def _refuse(self, sock: socket.socket, words: str) -> None:
        if self._lingering >= LINGERING:
            refuse_in_haste(sock, words)
            return
        self._lingering += 1
        try:
            await refuse(sock, words)
        finally:
            self._lingering -= 1

    async def _meet(self, sock: socket.socket, peer: Origin) -> Visitor | Refusal:
        address = peer.address
        is_health = _is_loopback(address) and await _asks_for_health(sock)
        if is_health and len(self._health) < UNCOUNTED_HEALTH:
            return Visitor(address, Uncounted(self._health), is_health=True)
        if self._is_balancer(address) and not is_health:
            told = await self._read_header(sock)
            # HAProxy's checks by version 1 tell the very connection that they come by.
            if told is None or told == peer:
                return Visitor(address, Uncounted(), is_health=True)
            address = told.address
        return await self._admit(address, is_health=is_health)

    async def _admit(self, address: str, *, is_health: bool = False) -> Visitor | Refusal:
        place = await self._admission.admit(Peer(address).source)
        if isinstance(place, Refusal):
            self.refusals.add(address, place.reason)
            return place
        return Visitor(address, place, is_health)

    def _is_balancer(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._proxy_from)

    async def _read_header(self, sock: socket.socket) -> Origin | None:
        if self._half_read >= HALF_READ:
            raise TooManyHeaders
        self._half_read += 1
        try:
            async with asyncio.timeout(self._header_seconds):
                told = await read_header(sock)
                return told and Origin(_plain(told.address), told.port)
        except OSError:  # time is up, or the balancer has hung up
            raise NoHeader from None
        finally:
            self._half_read -= 1


async def _asks_for_health(sock: socket.socket) -> bool:
    """Look, without reading, whether a client of this machine is ``sshauth health``."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            return await peek(sock, len(HEALTH_IDENTIFICATION)) == HEALTH_IDENTIFICATION
    except OSError:  # time is up, or it has gone
        return False


def _is_loopback(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def _origin(name: Any) -> Origin:  # noqa: ANN401 - of sockets' many kinds of names
    return Origin(_plain(str(name[0])), name[1]) if isinstance(name, tuple) else Origin("unknown", 0)


def _plain(address: str) -> str:
    """Give an IPv4 address as such where it comes in the clothes of IPv6."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return address


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
