"""What somebody sees who is turned away before any key exchange."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from sshauth.ssh import refusal
from sshauth.ssh.refusal import IDENTIFICATION, Refusals, disconnect, refuse, refuse_in_haste
from tests.ssh.waiting import eventually

WORDS = "Too many new connections from your address. Try again in 12 s."


def words_in(packet: bytes) -> str:
    """Take a disconnect packet apart as a client does."""
    length, padding, kind, code, words_length = struct.unpack_from("!IBBII", packet)
    assert (len(packet) - 4, kind, code) == (length, 1, 12)
    assert padding >= 4
    assert len(packet) % 8 == 0
    assert len(packet) == 14 + words_length + 4 + padding
    return packet[14 : 14 + words_length].decode()


@given(st.text(max_size=200))
def test_the_packet_is_one_that_ssh_allows(words: str) -> None:
    assert words_in(disconnect(words)) == words


Refuse = Callable[[socket.socket], Any]


@asynccontextmanager
async def refusing(how: Refuse) -> AsyncIterator[int]:
    """Listen, and refuse whoever comes."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)

        async def serve() -> None:
            sock, _ = await loop.sock_accept(listening)
            with sock:
                await how(sock)

        serving = asyncio.create_task(serve())
        yield listening.getsockname()[1]
        await serving


async def politely(sock: socket.socket) -> None:
    await refuse(sock, WORDS)


async def in_haste(sock: socket.socket) -> None:
    refuse_in_haste(sock, WORDS)


@pytest.mark.parametrize("how", [politely, in_haste])
async def test_openssh_shows_the_reason(how: Refuse) -> None:
    async with refusing(how) as port:
        command = ["ssh", "-F", "none", "-p", str(port), "-o", "StrictHostKeyChecking=no", "ada@127.0.0.1"]
        ssh = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        _, seen = await ssh.communicate()
    assert ssh.returncode == 255
    if how is politely:
        assert f"Received disconnect from 127.0.0.1 port {port}:12: {WORDS}" in seen.decode()


@pytest.mark.interop
async def test_plink_shows_the_reason() -> None:
    """PuTTY's plink shows the words as what the server said."""
    async with refusing(politely) as port:
        plink = await asyncio.create_subprocess_exec(
            *("plink", "-ssh", "-batch", "-P", str(port), "ada@127.0.0.1"), stderr=asyncio.subprocess.PIPE
        )
        _, seen = await plink.communicate()
    assert plink.returncode
    assert WORDS in seen.decode()


async def test_a_client_that_has_sent_something_reads_the_reason_to_its_end() -> None:
    async with refusing(politely) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(1000))
        seen = await reader.read()
        assert words_in(seen.removeprefix(IDENTIFICATION)) == WORDS
        writer.close()


async def test_a_client_that_stays_is_left_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal, "LINGER_SECONDS", 0.05)
    async with asyncio.timeout(5), refusing(politely) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.read()
        await eventually(lambda: asyncio.all_tasks() == {asyncio.current_task()}, "it was left")
        writer.close()


async def test_a_client_that_talks_on_and_on_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal, "LINGER_SECONDS", 100)
    async with refusing(politely) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(talk_on_and_on(writer), 5)
        writer.close()


async def talk_on_and_on(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(bytes(10_000))
        await writer.drain()


async def test_a_client_that_has_gone_hurts_nobody() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.settimeout(0)
        theirs.close()
        await refuse(ours, WORDS)
        refuse_in_haste(ours, WORDS)


async def test_the_first_of_a_reason_is_logged_at_once_and_a_flood_by_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusal, "LOG_SECONDS", 0.05)
    refusals = Refusals()
    with capture_logs() as logs:
        for number in range(1000):
            refusals.add(f"192.0.2.{number % 100}", "strangers")
        refusals.add("192.0.2.200", "other")
        assert [(line["address"], line["reason"], line["count"]) for line in logs] == [
            ("192.0.2.0", "strangers", 1),
            ("192.0.2.200", "other", 1),
        ]
        await eventually(lambda: len(logs) > 2, "the rest is logged")
        assert logs[2:] == [
            {
                "event": "connection.refused",
                "log_level": "info",
                "address": "192.0.2.99",
                "reason": "strangers",
                "count": 999,
            }
        ]
        await eventually(lambda: refusals._timer is None, "nothing goes on")
        refusals.add("192.0.2.1", "strangers")
        assert len(logs) == 4
        refusals.close()
    assert refusals.counts == {"strangers": 1001, "other": 1}


async def test_closing_logs_what_is_left() -> None:
    refusals = Refusals()
    with capture_logs() as logs:
        for _ in range(3):
            refusals.add("192.0.2.1", "strangers")
        refusals.close()
        assert [line["count"] for line in logs] == [1, 2]
    assert refusals._timer is None
