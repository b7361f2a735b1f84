"""Peers that are dead: found in time, and only they."""

import asyncio
import os
import signal
import time

import pytest

from sshauth.ssh import server as server_module
from sshauth.ssh.host_keys import HostKeys
from tests.ssh.clients import person
from tests.ssh.serving import serving
from tests.ssh.waiting import LONG_ENOUGH, eventually
from tests.support.server import CLIENT_FLAGS


def test_a_dead_peer_is_found_within_90_seconds() -> None:
    """An unanswered question after each interval, and then one more interval."""
    assert server_module.KEEPALIVE_SECONDS * (server_module.KEEPALIVES + 1) <= 90


async def test_a_client_that_answers_nothing_is_given_up(
    host_key: HostKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real client that was stopped, with a short interval; who only types nothing stays."""
    monkeypatch.setattr(server_module, "KEEPALIVE_SECONDS", 0.2)
    async with serving(host_key) as running, person(running.port, "grace") as grace:
        command = ["ssh", "-tt", *CLIENT_FLAGS, "-p", str(running.port), "ada@127.0.0.1"]
        pipe = asyncio.subprocess.PIPE
        client = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        assert client.stdout is not None
        async with asyncio.timeout(LONG_ENOUGH):
            await client.stdout.read(1)
        assert running.server.people == 2
        os.kill(client.pid, signal.SIGSTOP)
        began = time.monotonic()
        await eventually(lambda: running.server.people == 1, "the end of the dead one")
        assert time.monotonic() - began > 0.4
        assert len(running.server.doors.connections) == 1
        await grace.says("still here")
        client.kill()
        await client.communicate()
