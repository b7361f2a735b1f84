"""The back door: visitors' sockets go from one who has them to others who serve, each once."""

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from sshauth.ssh import back_door as back_door_module
from sshauth.ssh.back_door import LONGEST_ADDRESS, back_door, give, take

Door = tuple[socket.socket, socket.socket]


@pytest.fixture
def door() -> Iterator[Door]:
    giving, taking = back_door()
    with giving, taking:
        yield giving, taking


async def test_a_visitor_is_taken_with_the_address_to_go_by(door: Door) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        await give(door[0], theirs, "2001:db8::7")
        taken, address = await take(door[1])
    with taken:
        assert address == "2001:db8::7"
        assert not taken.get_inheritable()
        assert taken.gettimeout() == 0


async def test_of_many_who_take_each_visitor_has_one(door: Door) -> None:
    """More come at once than a door holds: those wait, and none is lost."""
    served: list[str] = []

    async def serve() -> None:
        with door[1].dup() as taking:
            taking.settimeout(0)
            while True:
                taken, address = await take(taking)
                served.append(address)
                taken.close()

    workers = [asyncio.create_task(serve()) for _ in range(3)]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for number in range(500):
            await give(door[0], theirs, f"visitor {number}")
        async with asyncio.timeout(10):
            while len(served) < 500:
                await asyncio.sleep(0.001)
    for task in workers:
        task.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    assert sorted(served) == sorted(f"visitor {number}" for number in range(500))


async def test_where_nobody_takes_giving_ends(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_door_module, "GIVE_SECONDS", 0.05)
    ours, theirs = socket.socketpair()

    async def give_many() -> None:
        while True:
            await give(door[0], theirs, "somebody")

    with ours, theirs, pytest.raises(TimeoutError):
        await give_many()


async def test_an_address_is_bounded(door: Door) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        await give(door[0], theirs, "x" * 1000)
    taken, address = await take(door[1])
    taken.close()
    assert address == "x" * LONGEST_ADDRESS


async def test_without_descriptors_a_visitor_is_lost_and_that_is_said(door: Door) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        await give(door[0], theirs, "somebody")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        lowest_free = os.dup(0)
        os.close(lowest_free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                await take(door[1])
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        ours.settimeout(5)
        theirs.close()
        with suppress(ConnectionError):
            assert await asyncio.to_thread(ours.recv, 1) == b""
