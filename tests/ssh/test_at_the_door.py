"""The front door with the server behind it: balancers, checks of health, and who lies about the address."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import asyncssh
import pytest

from sshauth.ssh.host_keys import HostKeys
from sshauth.ssh.limits import ConnectionLimits
from sshauth.ssh.proxy import SECOND_SIGNATURE
from sshauth.ssh.server import is_alive
from tests.ssh.clients import Echo, Person, connected
from tests.ssh.serving import Logged, Running, serving
from tests.ssh.waiting import eventually

BALANCER, STRANGER, TOLD = "127.0.0.9", "127.0.0.2", "192.0.2.7"
FIRST = f"PROXY TCP4 {TOLD} 127.0.0.1 40000 22\r\n".encode()
SECOND = SECOND_SIGNATURE + struct.pack("!BBH8BHH", 0x21, 0x11, 12, 192, 0, 2, 7, 127, 0, 0, 1, 40000, 22)
CHECKS = [b"PROXY UNKNOWN\r\n", SECOND_SIGNATURE + struct.pack("!BBH", 0x20, 0, 0)]


@pytest.fixture
async def running(host_key: HostKeys, logged: Logged) -> AsyncIterator[Running]:  # noqa: ARG001 - begins first
    """Run a server behind a balancer; every source may come once."""
    once = ConnectionLimits(per_minute=1)
    async with serving(host_key, once, proxy_from=[ip_network(BALANCER)]) as running:
        yield running


@asynccontextmanager
async def connect(
    running: Running, header: bytes, address: str = BALANCER
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Connect by SSH, and send something before it."""
    sock = socket.create_connection(("127.0.0.1", running.port), source_address=(address, 0))
    sock.sendall(header)
    async with connected(running.port, sock=sock) as connection:
        yield connection


async def refused(running: Running, header: bytes, address: str = BALANCER) -> None:
    async with connect(running, header, address):
        pass


@pytest.mark.parametrize("header", [FIRST, SECOND], ids=["v1", "v2"])
async def test_the_app_hears_the_address_that_a_balancer_tells(running: Running, header: bytes) -> None:
    async with connect(running, header) as connection:
        ada = await Person.at(connection)
        await ada.sees("hello ada")
        app = running.apps[-1]
        assert isinstance(app, Echo)
        assert app.peer.address == TOLD


async def test_the_limits_go_by_the_address_that_a_balancer_tells(running: Running) -> None:
    async with connect(running, FIRST):
        with pytest.raises(asyncssh.DisconnectError, match="Too many new connections from your address"):
            await refused(running, SECOND)
        async with connect(running, FIRST.replace(b".7 ", b".8 ")):
            pass


@pytest.mark.parametrize("check", CHECKS, ids=["UNKNOWN", "LOCAL"])
async def test_a_balancers_own_check_is_answered_but_given_no_session(running: Running, check: bytes) -> None:
    for _ in range(3):
        with pytest.raises(asyncssh.PermissionDenied):
            await refused(running, check)


async def test_who_is_no_balancer_and_sends_its_header_is_closed(running: Running, logged: Logged) -> None:
    with pytest.raises((asyncssh.Error, ConnectionError)):
        await refused(running, FIRST, STRANGER)
    await eventually(lambda: not running.server.doors.connections, "it is closed")
    lost = [line for line in logged if line["event"] == "connection.lost"]
    assert [(line["address"], line["reason"]) for line in lost] == [(STRANGER, "ProtocolNotSupported")]
    # Nothing was counted for the address that it claimed.
    async with connect(running, FIRST):
        pass


async def test_a_check_of_health_needs_no_header_and_is_not_counted(host_key: HostKeys) -> None:
    once = ConnectionLimits(per_minute=1, strangers=1)
    async with serving(host_key, once, proxy_from=[ip_network("127.0.0.0/8")]) as running:
        for _ in range(5):
            assert await is_alive("127.0.0.1", running.port, running.host_key)
        async with connect(running, FIRST) as connection:
            await (await Person.at(connection)).sees("hello ada")
            assert await is_alive("127.0.0.1", running.port, running.host_key)


async def test_who_only_claims_to_check_health_is_given_no_session(running: Running) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    visit = connected(running.port, client_version="sshauth-health", client_keys=[key])
    with pytest.raises(asyncssh.PermissionDenied):
        await visit.__aenter__()


async def test_silent_and_slow_ones_end_by_themselves(running: Running) -> None:
    """A byte a second, or none, is no identification: AsyncSSH's limit for logging in ends them."""
    running.server._options.login_timeout = 0.2
    silent = await asyncio.open_connection("127.0.0.1", running.port, local_addr=("127.0.0.3", 0))
    slow = await asyncio.open_connection("127.0.0.1", running.port, local_addr=("127.0.0.4", 0))
    slow[1].write(b"SSH-2.0-O")
    for reader, writer in (silent, slow):
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"SSH-2.0-sshauth\r\n")
        writer.close()
    await eventually(lambda: not running.server.doors.connections, "they are forgotten")
