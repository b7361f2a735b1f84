"""Who reads nothing, and who is dead: real clients, and the times that hold outside of tests."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sshauth.ssh.output import STUCK_SECONDS
from tests.bench.client import session
from tests.drills.neighbours import Neighbour, never_read
from tests.e2e.people import SIGN_IN
from tests.e2e.processes import events_of, sockets_of
from tests.support.server import Server

pytestmark = pytest.mark.drill

UNTIL_FULL = 15.0
"""Seconds within which the buffers of two kernels are full, and nothing more is taken."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run it as it comes."""
    with Server(tmp_path) as server:
        yield server


async def test_who_reads_nothing_is_closed_in_half_a_minute_and_who_is_dead_within_90_seconds(
    server: Server,
) -> None:
    """A client that has pictures drawn and leaves them, an OpenSSH that was stopped; who is quiet stays."""
    neighbour = Neighbour(0, server.port, "127.0.1.1", Counter())
    with server.ssh() as dead:
        await asyncio.to_thread(dead.wait_for, SIGN_IN)
        async with session(server.port) as (quiet, _):
            life = asyncio.create_task(never_read(neighbour))
            await neighbour.in_place.wait()
            dead.signal(signal.SIGSTOP)
            began = time.monotonic()
            assert connections(server) == 3
            await until(lambda: connections(server) == 2, began + STUCK_SECONDS + UNTIL_FULL)
            read_nothing = time.monotonic() - began
            await until(lambda: connections(server) == 1, began + 90)
            was_dead = time.monotonic() - began
            await quiet.echo(b"a")
        life.cancel()
        await asyncio.wait([life])
        dead.signal(signal.SIGCONT)
        (refused,) = events_of(server, "connection.refused")
    print(f"\nWho read nothing was closed after {read_nothing:.0f} s, who was dead after {was_dead:.0f} s.")  # noqa: T201
    assert read_nothing >= STUCK_SECONDS
    assert (refused["address"], refused["reason"]) == (neighbour.address, "reads nothing")


def connections(server: Server) -> int:
    return sockets_of(server._process.pid, server.port)


async def until(condition: Callable[[], object], deadline: float) -> None:
    """Wait until a condition holds."""
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
