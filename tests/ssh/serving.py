"""A server in this process that hosts echoes, for tests that look inside it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from textual.app import App

from sshauth.accounts.peer import Peer
from sshauth.ssh.admission import OwnAdmission
from sshauth.ssh.hall import SignedIn
from sshauth.ssh.host_keys import HostKeys
from sshauth.ssh.limits import ConnectionLimits, Counts
from sshauth.ssh.server import Server
from tests.ssh.clients import Echo
from tests.ssh.plain_echo import PlainEcho, make_plain_echo

Logged = list[Any]
PLENTY = ConnectionLimits(per_minute=100_000, per_source=1000, strangers_per_source=1000)


class Running(NamedTuple):
    """A server that listens, the apps that it made, and its keys."""

    server: Server
    port: int
    apps: list[App[Any]]
    host_key: HostKeys
    plain_apps: list[PlainEcho]


def listening_socket(address: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Listen as the runtime does."""
    return socket.create_server((address, port), backlog=1024)


@asynccontextmanager
async def serving(
    host_key: HostKeys,
    limits: ConnectionLimits = PLENTY,
    back: socket.socket | None = None,
    **options: Any,
) -> AsyncIterator[Running]:
    """Run a server that hosts echoes; nobody's address is counted unless limits are given."""
    apps: list[App[Any]] = []
    plain_apps: list[PlainEcho] = []

    async def make_app(peer: Peer, signed_in: SignedIn) -> App[Any]:
        if peer.user_name == "nobody":
            raise LookupError(peer.user_name)
        apps.append(Echo(peer, signed_in))
        return apps[-1]

    async def make_plain_app(peer: Peer, signed_in: SignedIn) -> PlainEcho:
        plain_apps.append(await make_plain_echo(peer, signed_in))
        return plain_apps[-1]

    server = Server(make_app, make_plain_app, host_key, admission=OwnAdmission(Counts(limits)), **options)
    with listening_socket() as listening:
        await server.start([listening], back)
        apps.clear()
        yield Running(server, listening.getsockname()[1], apps, host_key, plain_apps)
        async with asyncio.timeout(20):
            await server.stop()
