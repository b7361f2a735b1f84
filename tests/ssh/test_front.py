"""The front door: who is let in, who is turned away, and that nobody can hold it open or shut."""

import asyncio
import os
import resource
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from sshauth.meters import Meters
from sshauth.ssh import front as front_module
from sshauth.ssh.admission import OwnAdmission, Uncounted
from sshauth.ssh.back_door import back_door, give
from sshauth.ssh.front import Front, Visitor
from sshauth.ssh.limits import ConnectionLimits, Counts
from sshauth.ssh.proxy import SECOND_SIGNATURE, Origin
from tests.ssh.waiting import eventually

GREETING = b"SSH-2.0-welcome\r\n"
IDENTIFICATION = b"SSH-2.0-OpenSSH_9.2\r\n"
HEALTH = b"SSH-2.0-sshauth-health\r\n"
TOLD = "192.0.2.7"
HEADER = f"PROXY TCP4 {TOLD} 127.0.0.1 40000 22\r\n".encode()
CHECK = SECOND_SIGNATURE + struct.pack("!BBH", 0x20, 0, 0)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class House:
    """A front door, and what came in by it."""

    def __init__(self, *, proxy_from: str = "", header_seconds: float = 5.0, **limits: int) -> None:
        self.counts = Counts(ConnectionLimits(**limits))
        networks = [ip_network(proxy_from)] if proxy_from else []
        self.meters = Meters()
        self.front = Front(
            OwnAdmission(self.counts),
            networks,
            self.take,
            header_seconds=header_seconds,
            meters=self.meters,
        )
        self.visitors: list[Visitor] = []
        self.sockets: list[socket.socket] = []
        self.trouble: BaseException | None = None
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self.listening.getsockname()[1]

    async def take(self, sock: socket.socket, visitor: Visitor) -> None:
        """Let somebody in, and greet."""
        if self.trouble is not None:
            raise self.trouble
        self.visitors.append(visitor)
        self.sockets.append(sock)
        await asyncio.get_running_loop().sock_sendall(sock, GREETING)

    async def call(self, says: bytes = b"", *, address: str = "127.0.0.1") -> Streams:
        """Connect, from an address of this machine, and say something."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        writer.write(says)
        return reader, writer

    async def answer(self, says: bytes, *, address: str = "127.0.0.1") -> bytes:
        """Connect and say something; give all that comes, at most a greeting."""
        reader, writer = await self.call(says, address=address)
        try:
            async with asyncio.timeout(10):
                with suppress(ConnectionError):
                    return await read_greeting(reader)
        finally:
            writer.close()
        return b""

    @property
    def addresses(self) -> list[str]:
        return [visitor.address for visitor in self.visitors]


async def read_greeting(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readexactly(len(GREETING))
    except asyncio.IncompleteReadError as error:
        return error.partial


@asynccontextmanager
async def house(**options: Any) -> AsyncIterator[House]:
    """Open a front door; afterwards nothing of it is left."""
    before = asyncio.all_tasks()
    house = House(**options)
    running = asyncio.create_task(house.front.run(house.listening))
    try:
        yield house
    finally:
        running.cancel()
        await asyncio.wait([running])
        await house.front.close()
        for sock in [house.listening, *house.sockets]:
            sock.close()
    assert asyncio.all_tasks() == before
    assert (house.front._tasks, house.front._at_door) == (set(), {})
    assert (house.front._half_read, house.front._lingering) == (0, 0)


@pytest.fixture(autouse=True)
async def descriptors() -> AsyncIterator[None]:
    """See that no descriptor is left open."""
    before = open_descriptors()
    yield
    await eventually(lambda: open_descriptors() <= before, "all is closed")


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


# Who comes in


async def test_who_comes_is_handed_on_with_address_and_place() -> None:
    async with house() as ours:
        assert await ours.answer(IDENTIFICATION, address="127.0.0.5") == GREETING
        (visitor,) = ours.visitors
        assert (visitor.address, visitor.is_health) == ("127.0.0.5", False)
        assert ours.sockets[0].recv(1000) == IDENTIFICATION
        assert ours.counts.strangers == 1
        visitor.place.leave()
        assert ours.counts.strangers == 0


async def test_an_ipv4_address_is_one_whatever_socket_listens() -> None:
    async with house() as ours:
        with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as both:
            ours.port = both.getsockname()[1]
            also = asyncio.create_task(ours.front.run(both))
            assert await ours.answer(IDENTIFICATION, address="127.0.0.5") == GREETING
            assert ours.addresses == ["127.0.0.5"]
            also.cancel()
            await asyncio.wait([also])


async def test_two_hundred_at_once_from_one_address_ten_get_in_and_the_others_read_why() -> None:
    async with house() as ours:
        answers = await asyncio.gather(*(seen(ours, "127.0.0.2") for _ in range(200)))
        assert sum(GREETING in answer for answer in answers) == 10
        told = b"Too many connections from your address: 10 are open without having signed in, yours"
        assert sum(told in answer for answer in answers) == 190
        assert await ours.answer(IDENTIFICATION, address="127.0.0.3") == GREETING
        assert ours.front.refusals.counts == {"strangers of the source": 190}


async def seen(ours: House, address: str) -> bytes:
    """Connect as ssh does, and give all that comes until the end, or a greeting."""
    reader, writer = await ours.call(IDENTIFICATION, address=address)
    async with asyncio.timeout(20):
        answer = await read_greeting(reader)
        if answer != GREETING:
            answer += await reader.read()
    writer.close()
    return answer


async def test_refusals_are_logged_with_address_and_reason(logs: list[Any]) -> None:
    async with house(strangers_per_source=1) as ours:
        for _ in range(50):
            await seen(ours, "127.0.0.2")
    lines = [line for line in logs if line["event"] == "connection.refused"]
    assert len(lines) < 5
    assert sum(line["count"] for line in lines) == 49
    assert {(line["address"], line["reason"]) for line in lines} == {("127.0.0.2", "strangers of the source")}


async def test_openssh_shows_why() -> None:
    async with house(strangers_per_source=1) as ours:
        await ours.answer(IDENTIFICATION)
        ssh = await asyncio.create_subprocess_exec(
            *("ssh", "-F", "none", "-p", str(ours.port), "-o", "StrictHostKeyChecking=no", "ada@127.0.0.1"),
            stderr=asyncio.subprocess.PIPE,
        )
        _, words = await ssh.communicate()
        assert f"port {ours.port}:12: Too many connections from your address: 1 are open" in words.decode()


async def test_when_too_many_are_refused_they_are_given_less_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "LINGERING", 1)
    async with house(strangers_per_source=1) as ours:
        await ours.answer(IDENTIFICATION)
        _, lingering = await ours.call(IDENTIFICATION)
        await eventually(lambda: ours.front._lingering == 1, "one is given time")
        assert b"SSH-2.0-sshauth\r\n" in await ours.answer(b"")
        assert ours.front._lingering == 1
        lingering.close()


# Who hands on


async def test_trouble_behind_the_door_ends_that_connection_alone(logs: list[Any]) -> None:
    async with house() as ours:
        ours.trouble = ZeroDivisionError()
        assert await ours.answer(IDENTIFICATION) == b""
        assert ours.counts.strangers == 0
        assert [line["event"] for line in logs] == ["connection.broken"]
        ours.trouble = None
        assert await ours.answer(IDENTIFICATION) == GREETING


@pytest.mark.parametrize("trouble", [ConnectionResetError(), asyncssh.ProtocolError("no")])
async def test_a_client_that_has_gone_is_nothing_to_speak_of(trouble: Exception, logs: list[Any]) -> None:
    async with house() as ours:
        ours.trouble = trouble
        assert await ours.answer(IDENTIFICATION) == b""
        assert ours.counts.strangers == 0
        assert logs == []


# The balancer


async def test_a_listed_peer_tells_the_true_address_and_limits_go_by_it() -> None:
    async with house(proxy_from="127.0.0.0/24", strangers_per_source=1) as ours:
        assert await ours.answer(HEADER + IDENTIFICATION) == GREETING
        assert ours.addresses == [TOLD]
        assert ours.sockets[0].recv(1000) == IDENTIFICATION
        assert await ours.answer(HEADER + IDENTIFICATION) != GREETING
        assert await ours.answer(HEADER.replace(b".7 ", b".8 ") + IDENTIFICATION) == GREETING


async def test_an_ipv4_address_in_a_header_of_ipv6_is_counted_as_such() -> None:
    async with house(proxy_from="127.0.0.1") as ours:
        header = f"PROXY TCP6 ::ffff:{TOLD} ::1 40000 22\r\n".encode()
        assert await ours.answer(header + IDENTIFICATION) == GREETING
        assert ours.addresses == [TOLD]


@pytest.mark.parametrize("check", [CHECK, b"PROXY UNKNOWN\r\n"], ids=["LOCAL", "UNKNOWN"])
async def test_the_balancers_own_checks_are_answered_and_not_counted(check: bytes) -> None:
    async with house(proxy_from="127.0.0.1", per_minute=1, strangers=1) as ours:
        for _ in range(5):
            assert await ours.answer(check + IDENTIFICATION) == GREETING
        assert {(each.address, each.is_health) for each in ours.visitors} == {("127.0.0.1", True)}
        assert ours.counts.strangers == 0
        assert await ours.answer(HEADER + IDENTIFICATION) == GREETING


async def test_a_check_that_tells_the_balancers_own_address_and_port_is_one_too() -> None:
    """So does HAProxy with version 1; somebody else on its machine has another port."""
    async with house(proxy_from="127.0.0.1", per_minute=1) as ours:
        for is_check in (True, True, False):
            reader, writer = await ours.call()
            address, port = writer.get_extra_info("sockname")
            port += not is_check
            writer.write(f"PROXY TCP4 {address} 127.0.0.1 {port} 22\r\n".encode() + IDENTIFICATION)
            assert await read_greeting(reader) == GREETING
            assert ours.visitors[-1].is_health == is_check
            writer.close()
        assert ours.counts.strangers == 1


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (IDENTIFICATION, "PROXY header wrong"),
        (b"PROXY TCP4 nonsense\r\n", "PROXY header wrong"),
        (b"PROXY TCP4 192", "PROXY header missing"),
        (b"", "PROXY header missing"),
    ],
)
async def test_a_listed_peer_without_a_header_is_closed(sent: bytes, reason: str, logs: list[Any]) -> None:
    async with house(proxy_from="127.0.0.1", header_seconds=0.05) as ours:
        assert await ours.answer(sent) == b""
        assert ours.visitors == []
        assert ours.counts.strangers == 0
    assert [(line["address"], line["reason"]) for line in logs] == [("127.0.0.1", reason)]


async def test_a_listed_peer_that_hangs_up_without_a_header_is_logged() -> None:
    """HAProxy's checks end with a reset."""
    async with house(proxy_from="127.0.0.1") as ours:
        for said in (b"", b"PROXY "):
            _, writer = await ours.call(said)
            hang_up(writer)
        await eventually(lambda: ours.front.refusals.counts["PROXY header missing"] == 2, "both are logged")


def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close with a reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def test_a_header_that_comes_drop_by_drop_has_no_more_time() -> None:
    async with house(proxy_from="127.0.0.1", header_seconds=0.1) as ours:
        reader, writer = await ours.call()
        dripping = asyncio.create_task(drip(writer, HEADER, 0.02))
        async with asyncio.timeout(10):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        await dripping
        assert ours.front.refusals.counts == {"PROXY header missing": 1}
        writer.close()


async def drip(writer: asyncio.StreamWriter, data: bytes, seconds: float) -> None:
    """Send byte by byte, for as long as somebody listens."""
    with suppress(ConnectionError):
        for number in range(len(data)):
            writer.write(data[number : number + 1])
            await writer.drain()
            await asyncio.sleep(seconds)


async def test_what_becomes_of_who_comes_is_counted(logs: list[Any]) -> None:
    """Each by one of a few outcomes, which are there from the beginning."""
    async with house(per_minute=4) as ours:
        outcomes = ours.meters.connections
        assert outcomes == dict.fromkeys(front_module.OUTCOMES, 0)
        assert await ours.answer(HEALTH) == GREETING
        assert await ours.answer(IDENTIFICATION) == GREETING
        for trouble in (OSError(), ZeroDivisionError()):
            ours.trouble = trouble
            assert await ours.answer(IDENTIFICATION) == b""
        ours.trouble = None
        assert await ours.answer(IDENTIFICATION) == GREETING
        await ours.answer(IDENTIFICATION)
        assert +outcomes == {"health check": 1, "let in": 2, "gone": 1, "broken": 1, "refused": 1}
        assert ours.meters.refusals == {"new connections of the source": 1}
    async with house(proxy_from="127.0.0.1") as ours:
        assert await ours.answer(IDENTIFICATION) == b""
        assert +ours.meters.connections == {"bad PROXY header": 1}
    assert {line["event"] for line in logs} == {"connection.broken", "connection.refused"}


async def test_what_is_logged_of_a_connection_says_whose_it_is() -> None:
    """Also of what happens later: callbacks are called as if the door had let somebody in just now."""
    async with house() as ours:
        bound: list[dict[str, Any]] = []

        async def take(sock: socket.socket, visitor: Visitor) -> None:
            asyncio.get_running_loop().call_soon(lambda: bound.append(get_contextvars()))
            await ours.take(sock, visitor)

        ours.front._take = take
        for _ in range(2):
            assert await ours.answer(IDENTIFICATION) == GREETING
        assert [each["address"] for each in bound] == ["127.0.0.1"] * 2
        assert len({each["session"] for each in bound}) == 2
        assert get_contextvars() == {}


async def test_half_read_headers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "HALF_READ", 2)
    async with house(proxy_from="127.0.0.1") as ours:
        waiting = [await ours.call(b"PROXY ") for _ in range(2)]
        await eventually(lambda: ours.front._half_read == 2, "both wait")
        assert await ours.answer(HEADER) == b""
        assert ours.front.refusals.counts == {"PROXY headers half-read": 1}
        waiting[0][1].close()
        await eventually(lambda: ours.front._half_read == 1, "one has gone")
        assert await ours.answer(HEADER + IDENTIFICATION) == GREETING
        waiting[1][1].close()


async def test_a_header_of_an_unlisted_peer_is_not_believed() -> None:
    async with house(proxy_from="127.0.0.1") as ours:
        assert await ours.answer(HEADER + IDENTIFICATION, address="127.0.0.2") == GREETING
        assert ours.addresses == ["127.0.0.2"]
        assert ours.sockets[0].recv(1000) == HEADER + IDENTIFICATION


# The check of one's own health


async def test_two_checks_of_health_at_a_time_are_not_counted() -> None:
    async with house(per_minute=1, proxy_from="127.0.0.1") as ours:
        for _ in range(4):
            assert await ours.answer(HEALTH) == GREETING
            ours.visitors[-1].place.leave()
        assert ours.counts.strangers == 0
        assert all(visitor.is_health for visitor in ours.visitors)
        for _ in range(3):
            assert await ours.answer(HEALTH) == GREETING
        assert ours.counts.strangers == 1
        assert isinstance(ours.visitors[-2].place, Uncounted)
        assert ours.visitors[-1].is_health
        assert await ours.answer(HEALTH) != GREETING


async def test_clients_that_say_who_they_are_at_once_are_not_kept_waiting() -> None:
    async with house() as ours:
        started = asyncio.get_running_loop().time()
        for number in range(20):
            assert await ours.answer(IDENTIFICATION, address=f"127.0.0.{number + 1}") == GREETING
        assert asyncio.get_running_loop().time() - started < 20 * front_module.HEALTH_SECONDS / 2


async def test_a_client_that_waits_for_us_is_greeted_all_the_same() -> None:
    async with house() as ours:
        assert await ours.answer(b"") == GREETING
        assert not ours.visitors[0].is_health


# Nobody holds it open or shut


async def test_half_open_garbage_and_slow_ones_keep_nobody_out() -> None:
    async with house(proxy_from="127.0.0.9") as ours:
        silent = [await ours.call(address="127.0.0.2") for _ in range(5)]
        garbage = [await ours.call(os.urandom(3000), address="127.0.0.3") for _ in range(5)]
        slow = [await ours.call(b"P", address="127.0.0.9") for _ in range(5)]
        for _, writer in [await ours.call(address="127.0.0.4") for _ in range(5)]:
            hang_up(writer)
        async with asyncio.timeout(1):
            assert await ours.answer(IDENTIFICATION, address="127.0.0.5") == GREETING
        for _, writer in [*silent, *garbage, *slow]:
            writer.close()


async def test_closing_cuts_off_those_who_are_not_in_yet() -> None:
    async with house(proxy_from="127.0.0.1", strangers_per_source=1) as ours:
        await ours.answer(HEADER + IDENTIFICATION)
        reading, half_read = await ours.call(b"PROXY ")
        _, refused = await ours.call(HEADER + IDENTIFICATION)
        await eventually(lambda: ours.front._half_read and ours.front._lingering, "both are at the door")
        await ours.front.close()
        assert await reading.read() == b""
        for writer in (half_read, refused):
            writer.close()


async def test_one_who_comes_while_it_closes_is_closed_too() -> None:
    async with house() as ours:
        sock, other = socket.socketpair()
        with other:
            ours.front._receive(sock, Origin("192.0.2.1", 40000))
            await ours.front.close()
            assert sock.fileno() == -1


async def test_without_descriptors_people_wait_and_come_in_later(
    monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    monkeypatch.setattr(front_module, "PAUSE_SECONDS", 0.02)
    async with house() as ours:
        with socket.socket() as waiting:
            waiting.settimeout(0)
            with no_descriptors():
                with suppress(BlockingIOError):
                    waiting.connect(("127.0.0.1", ours.port))
                await eventually(lambda: len(logs) > 1, "it pauses")
            assert logs[0]["event"] == "accept.paused"
            assert logs[0]["reason"] == "Too many open files"
            await eventually(lambda: ours.visitors, "they are in")


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Let this process open nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Path("/dev/null").open() as highest:
        lowest_free = highest.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_socket_that_does_not_listen_is_an_error() -> None:
    async with house() as ours:
        with socket.socket() as mute:
            mute.bind(("127.0.0.1", 0))
            with pytest.raises(OSError, match="Invalid argument"):
                async with asyncio.timeout(5):
                    await ours.front.run(mute)


async def test_an_address_that_is_none_is_counted_as_one(tmp_path: Any) -> None:
    async with house(proxy_from="127.0.0.1") as ours:
        with socket.socket(socket.AF_UNIX) as local:
            local.bind(f"{tmp_path}/socket")
            local.listen()
            also = asyncio.create_task(ours.front.run(local))
            reader, writer = await asyncio.open_unix_connection(f"{tmp_path}/socket")
            assert await read_greeting(reader) == GREETING
            assert ours.addresses == ["unknown"]
            writer.close()
            also.cancel()
            await asyncio.wait([also])


# The back door


async def test_who_comes_by_the_back_door_is_asked_nothing_and_counted(logs: list[Any]) -> None:
    """Neither for a header nor for health, whatever address they go by; the next waits while none is free."""
    giving, taking = back_door()
    with giving, taking:
        async with house(proxy_from="127.0.0.1", strangers_per_source=1) as ours:
            served = asyncio.create_task(ours.front.run_back(taking))
            for address in ("127.0.0.1", "::ffff:192.0.2.1", "127.0.0.1"):
                near, far = socket.socketpair()
                with far:
                    await give(giving, far, address)
                reader, writer = await asyncio.open_unix_connection(sock=near)
                assert (await reader.readline()).startswith(b"SSH-2.0-")
                writer.close()
            served.cancel()
            await asyncio.wait([served])
        assert ours.addresses == ["127.0.0.1", "192.0.2.1"]
    assert [line["reason"] for line in logs] == ["strangers of the source"]


async def test_without_descriptors_the_back_door_pauses(
    monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    monkeypatch.setattr(front_module, "PAUSE_SECONDS", 0.02)
    giving, taking = back_door()
    lost, far = socket.socketpair()
    with giving, taking, lost, far:
        async with house() as ours:
            served = asyncio.create_task(ours.front.run_back(taking))
            with no_descriptors():
                await give(giving, far, "192.0.2.1")
                await eventually(lambda: logs, "it pauses")
            await give(giving, far, "192.0.2.2")
            await eventually(lambda: ours.visitors, "the next is in")
            served.cancel()
            await asyncio.wait([served])
    assert [(line["event"], line["reason"]) for line in logs] == [("accept.paused", "Too many open files")]
