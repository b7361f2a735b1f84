"""200 connections at once from one address: ten get in, the others read why, and elsewhere nobody waits."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median, quantiles

import pytest

from tests.bench.client import Session
from tests.e2e.people import SIGN_IN, quit_with_ctrl_q
from tests.ssh.clients import connected, terminal_options
from tests.support.server import Server
from tests.support.terminal import Terminal

RAW, SSH, LET_IN = 195, 5, 10
WORDS = (
    "Too many connections from your address: 10 are open without having signed in, "
    "yours or others'. Close one, or try again in a few minutes."
)
OF_THE_SERVER = {"CONNECTIONS_PER_MINUTE": "", "CONNECTIONS_PER_SOURCE": "", "STRANGERS_PER_SOURCE": ""}
DISCONNECT, KEXINIT = 1, 20
PATIENCE = 20.0
CROWD, SECOND_CROWD, TYPIST = "127.0.1.1", "127.0.1.2", "127.0.1.3"
ELSEWHERE = [f"127.0.0.{number}" for number in range(2, 22)]
WAVES, WAVE_SECONDS = 20, 1.0
KEYS, KEY_SECONDS = b"abcdefghij", 0.05
A_FIELD, CLEAR_IT, CLEARED_SECONDS = 40, b"\x15", 0.3


@pytest.fixture(scope="module", params=["1", "2"], ids=["alone", "two workers"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run it with the limits that it has by itself."""
    env = {"WORKERS": request.param, **OF_THE_SERVER}
    with Server(tmp_path_factory.mktemp("server"), env) as server:
        yield server


@asynccontextmanager
async def knocked(port: int, address: str) -> AsyncIterator[str | None]:
    """Connect as an SSH client does; who gets in stays, who does not is gone again, and gives the words."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    try:
        async with asyncio.timeout(PATIENCE):
            words = await heard(reader, writer)
        if words is not None:
            writer.close()
        yield words
    finally:
        writer.close()


async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str | None:
    """Begin as SSH does; read the first packet: the beginning of a key exchange, or the end and why."""
    writer.write(b"SSH-2.0-crowd\r\n")
    assert await reader.readline() == b"SSH-2.0-sshauth\r\n"
    packet = await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
    if packet[1] == KEXINIT:
        return None
    assert packet[1] == DISCONNECT
    assert await reader.read() == b""
    return packet[10 : 10 + int.from_bytes(packet[6:10])].decode()


def at_the_door(server: Server, address: str) -> Terminal:
    """Connect with OpenSSH from an address, until there is a screen or a refusal."""
    terminal = server.ssh(options=("-b", address))
    terminal.wait_until(lambda: is_in(terminal) or WORDS.encode() in terminal.raw, "an answer", PATIENCE)
    return terminal


def is_in(terminal: Terminal) -> bool:
    return terminal.shows(SIGN_IN)


async def crowd(server: Server, stack: AsyncExitStack, address: str) -> int:
    """Send 200 clients at once, a few of them OpenSSH; give how many got in. They stay."""
    knocking = [stack.enter_async_context(knocked(server.port, address)) for _ in range(RAW)]
    connecting = [asyncio.to_thread(at_the_door, server, address) for _ in range(SSH)]
    answers, terminals = await asyncio.gather(asyncio.gather(*knocking), asyncio.gather(*connecting))
    for terminal in terminals:
        stack.callback(terminal.close)
    assert set(answers) <= {None, WORDS}
    refused = [terminal for terminal in terminals if not is_in(terminal)]
    assert [await asyncio.to_thread(terminal.wait_exit) for terminal in refused] == [255] * len(refused)
    return answers.count(None) + len(terminals) - len(refused)


async def is_let_in_again(server: Server, address: str) -> None:
    """Wait until there is room for somebody from an address."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with knocked(server.port, address) as words:
                if words is None:
                    return


async def test_of_200_from_one_address_ten_get_in_and_nobody_elsewhere_is_kept_out(server: Server) -> None:
    """The others read why, in the words of their client; those who come when the crowd has gone get in."""
    async with AsyncExitStack() as stack:
        began = time.monotonic()
        assert await crowd(server, stack, CROWD) == LET_IN
        seconds = time.monotonic() - began
        elsewhere = [stack.enter_async_context(knocked(server.port, address)) for address in ELSEWHERE]
        assert await asyncio.gather(*elsewhere) == [None] * len(ELSEWHERE)
        person = await asyncio.to_thread(at_the_door, server, ELSEWHERE[0])
        assert is_in(person)
        await asyncio.to_thread(quit_with_ctrl_q, person)
        async with knocked(server.port, CROWD) as words:
            assert words == WORDS
    await is_let_in_again(server, CROWD)
    print(f"all 200 had their answer within {seconds:.2f} s")  # noqa: T201 - worth knowing


@pytest.mark.drill
async def test_a_crowd_that_comes_again_and_again_is_not_felt_elsewhere(server: Server) -> None:
    """200 at once, second by second, of which ten got in: somebody else types as if nobody was there."""
    async with AsyncExitStack() as stack:
        assert await crowd(server, stack, SECOND_CROWD) == LET_IN
        connection = await stack.enter_async_context(connected(server.port, local_addr=(TYPIST, 0)))
        typist = Session()
        await connection.create_session(lambda: typist, **terminal_options())
        await typist.time_of(SIGN_IN.encode())
        typing = asyncio.create_task(echoes(typist))
        for _ in range(WAVES):
            pause = asyncio.create_task(asyncio.sleep(WAVE_SECONDS))
            assert set(await asyncio.gather(*(answer(server, SECOND_CROWD) for _ in range(RAW)))) == {WORDS}
            await pause
        typing.cancel()
        seconds = await typing
    p95 = quantiles(seconds, n=20)[-1]
    print(  # noqa: T201 - what a drill is for
        f"{WAVES} times {RAW} were refused; {len(seconds)} keys came back after "
        f"{median(seconds) * 1000:.1f} ms at the median, {p95 * 1000:.1f} ms at p95."
    )
    assert median(seconds) < 0.05
    assert p95 < 0.25


async def answer(server: Server, address: str) -> str | None:
    """Knock, and be gone in any case."""
    async with knocked(server.port, address) as words:
        return words


async def echoes(typist: Session) -> list[float]:
    """Type until it is enough; give the seconds after which each key came back."""
    seconds: list[float] = []
    try:
        while True:
            seconds.append(await typist.echo(KEYS[len(seconds) % len(KEYS)].to_bytes()))
            await asyncio.sleep(KEY_SECONDS)
            if len(seconds) % A_FIELD == 0:
                typist._chan.write(CLEAR_IT)
                await asyncio.sleep(CLEARED_SECONDS)
    except asyncio.CancelledError:
        return seconds
