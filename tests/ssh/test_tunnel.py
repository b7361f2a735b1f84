"""The tunnel, by relays of this process: what they say and are believed, and what happens when they go."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sshauth.accounts.peer import TUNNEL
from sshauth.config_tunnel import Relay
from sshauth.ssh import tunnel as tunnel_module
from sshauth.ssh import tunnel_relay, tunnel_visitors
from sshauth.ssh.back_door import back_door, take
from sshauth.ssh.host_keys import HostKeys
from sshauth.ssh.limits import ConnectionLimits
from sshauth.ssh.tunnel import Tunnel
from sshauth.ssh.tunnel_relay import Plan, RelayUnknownError
from tests.ssh.clients import connected, person
from tests.ssh.fake_relay import FakeRelay, Manner, public, relay
from tests.ssh.serving import PLENTY, Logged, Running, serving
from tests.ssh.waiting import eventually

NGROK = Manner(
    command="tcp",
    words="\nngrok (via SSH) (Ctrl+C to quit)\n\nAccount     Ada Lovelace (Plan: Free)\nRegion      us\n"
    "Forwarding  tcp://6.tcp.ngrok.example:12345\n",
    called="6.tcp.ngrok.example",
    wants_key=True,
)
SERVEO = Manner(words="Forwarding TCP connections from tcp://serveo.example:{port}\n")
PINGGY = Manner(
    words="You are not authenticated.\n\ntcp://abc-1.a.pinggy.example:40527\n", wants_password=True
)
SILENT = Manner()
FIRST_WORDS = b"SSH-2.0-sshauth\r\n"


class Heard:
    """What the operator would be told."""

    def __init__(self) -> None:
        self.open_at: list[tuple[str, int]] = []
        self.reasons: list[str] = []

    def opened(self, host: str, port: int) -> None:
        self.open_at.append((host, port))

    def closed(self, reason: str, again_in: float) -> None:
        assert again_in > 0
        self.reasons.append(reason)


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be waited for that has no need of it."""
    monkeypatch.setattr(tunnel_module, "TELL_SECONDS", 0.2)
    monkeypatch.setattr(tunnel_module, "pause_before", lambda _tries, _luck: 0.02)


@pytest.fixture
def manner() -> Manner:
    """Give the manner of a relay that says nothing."""
    return replace(SILENT, commands=[], asked_for=[])


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Give a plan that lacks its relay."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(tmp_path / "tunnel.key")
    return Plan(Relay("ada", "127.0.0.1", 22), tmp_path / "tunnel.key", tmp_path / "known_hosts")


def plan_for(plan: Plan, fake: FakeRelay, **changes: Any) -> Plan:
    """Plan to go by a relay, which is known and knows us."""
    plan.known_hosts.write_text(fake.known_hosts_line)
    fake.keys.add(public(asyncssh.read_private_key(plan.key))[1])
    return replace(plan, relay=replace(plan.relay, port=fake.port), **changes)


@asynccontextmanager
async def tunnelled(
    plan: Plan, host_key: HostKeys, limits: ConnectionLimits = PLENTY, **options: Any
) -> AsyncIterator[tuple[Running, Heard, Tunnel]]:
    """Serve echoes behind a tunnel."""
    giving, taking = back_door()
    heard = Heard()
    with giving, taking:
        async with serving(host_key, limits, taking, **options) as running:
            tunnel = Tunnel(plan, giving, heard)
            await tunnel.begin()
            task = asyncio.create_task(tunnel.run())
            try:
                yield running, heard, tunnel
            finally:
                task.cancel()
                await asyncio.wait([task])
                tunnel.give_up()


@asynccontextmanager
async def alone(plan: Plan) -> AsyncIterator[tuple[Tunnel, Heard, asyncio.Task[None], socket.socket]]:
    """Run a tunnel that nobody serves behind, and give the back door to take its visitors from."""
    giving, taking = back_door()
    with giving, taking:
        heard = Heard()
        tunnel = Tunnel(plan, giving, heard)
        task = asyncio.create_task(tunnel.run())
        try:
            yield tunnel, heard, task, taking
        finally:
            task.cancel()
            await asyncio.wait([task])


async def opened(heard: Heard, times: int = 1) -> tuple[str, int]:
    """Wait until the tunnel has opened so often; give where."""
    await eventually(lambda: len(heard.open_at) == times, f"the tunnel opens, {heard.reasons}")
    return heard.open_at[-1]


def fresh(manner: Manner) -> Manner:
    """Copy a manner, with nothing heard."""
    return replace(manner, commands=[], asked_for=[])


# What relays say


async def test_ngrok_is_given_its_command_and_believed_its_address(plan: Plan, host_key: HostKeys) -> None:
    """It listens once it knows the command, and calls the place by a name that nobody asked for."""
    async with relay(fresh(NGROK)) as fake:
        ours = plan_for(plan, fake, command="tcp")
        async with tunnelled(ours, host_key) as (running, heard, _):
            assert await opened(heard) == ("6.tcp.ngrok.example", 12345)
            async with person(fake.doors[0].port) as visitor:
                await visitor.says("hi")
            assert running.apps[0].peer.address == TUNNEL  # type: ignore[attr-defined]
    assert (fake.user, fake.manner.commands, fake.manner.asked_for) == ("ada", ["tcp"], [("localhost", 0)])


@pytest.mark.parametrize(("kind", "host"), [(SERVEO, "serveo.example"), (PINGGY, "abc-1.a.pinggy.example")])
async def test_a_relay_for_everybody_wants_no_key_and_tells_on_its_session(
    plan: Plan, host_key: HostKeys, kind: Manner, host: str, logged: Logged
) -> None:
    async with relay(fresh(kind)) as fake, tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel):
        assert (await opened(heard))[0] == host
        async with person(fake.doors[0].port) as visitor:
            await visitor.says("hi")
    assert fake.manner.commands == [None]
    (line,) = [line for line in logged if line["event"] == "tunnel.opened"]
    assert line["host"] == host


async def test_a_relay_that_tells_nothing_is_the_address_itself(
    plan: Plan, host_key: HostKeys, manner: Manner
) -> None:
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel),
    ):
        assert await opened(heard) == ("127.0.0.1", fake.doors[0].port)


async def test_a_relay_that_says_why_not_is_quoted(plan: Plan, host_key: HostKeys) -> None:
    """And nothing of what it says can move the operator's cursor."""
    manner = Manner(
        words="\x1b[31mERR 8013: add a card to your account\x1b[0m\n", listens=False, command="tcp"
    )
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake, command="tcp", port=2222), host_key) as (_, heard, _tunnel),
    ):
        wanted = "127.0.0.1 does not listen for us on port 2222 (ERR 8013: add a card to your account)."
        await eventually(lambda: wanted in heard.reasons, f"it is quoted, not {heard.reasons}")
        await eventually(lambda: len(heard.reasons) > 2, "it is tried again")


async def test_what_breaks_here_is_logged_and_tried_again(
    plan: Plan, host_key: HostKeys, manner: Manner, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relay(manner) as fake:
        with monkeypatch.context() as patch:
            patch.setattr(tunnel_module.Tunnel, "_announce", None)
            async with tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel):
                await eventually(lambda: heard.reasons, "it breaks")
                patch.undo()
                await opened(heard)
    assert heard.reasons[0] == "Something broke here (TypeError); the log says what."
    assert "tunnel.broken" in {line["event"] for line in logged}


async def test_what_a_relay_says_is_logged_within_bounds(
    plan: Plan, host_key: HostKeys, logged: Logged
) -> None:
    manner = Manner(words="nothing of interest\n" * 1000, banner="Welcome.\r\n")
    async with relay(manner) as fake, tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel):
        await opened(heard)
    words = [line["words"] for line in logged if line["event"] == "tunnel.heard"]
    assert words[0] == "Welcome."
    assert len(words) == 40


async def test_another_address_later_is_told_as_well(plan: Plan, host_key: HostKeys) -> None:
    manner = Manner(words="tcp://one.example:1\n")
    async with relay(manner) as fake, tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel):
        assert await opened(heard) == ("one.example", 1)
        fake.sessions[0].write(b"tcp://two.example:2\r\n")
        assert await opened(heard, 2) == ("two.example", 2)


# Whom we trust


async def test_an_unknown_host_key_stops_and_the_line_that_is_shown_makes_it_known(
    plan: Plan, manner: Manner
) -> None:
    async with relay(manner) as fake:
        ours = plan_for(plan, fake)
        plan.known_hosts.unlink()
        giving, taking = back_door()
        with giving, taking:
            tunnel = Tunnel(ours, giving, Heard())
            with pytest.raises(RelayUnknownError) as caught:
                await tunnel.begin()
            words, _, line = str(caught.value).partition("\n  ")
            assert f"it shows {fake.host_key.get_fingerprint()} (ssh-ed25519). If its operator" in words
            assert words.endswith(f"add this line to {plan.known_hosts}:")
            assert f"{line}\n" == fake.known_hosts_line
            plan.known_hosts.write_text(line)
            await tunnel.begin()
            tunnel.give_up()
        assert not manner.asked_for


async def test_another_host_key_than_the_known_one_stops(plan: Plan, manner: Manner) -> None:
    async with relay(manner) as fake:
        ours = plan_for(plan, fake)
        fake.host_key = asyncssh.generate_private_key("ssh-ed25519")
        await fake.cut()
        await fake.open()
        giving, taking = back_door()
        with giving, taking, pytest.raises(RelayUnknownError, match="Somebody may stand in between"):
            await Tunnel(ours, giving, Heard()).begin()


async def test_a_host_key_that_is_another_after_a_while_lets_nobody_in_and_stops_nothing(
    plan: Plan, host_key: HostKeys, manner: Manner
) -> None:
    async with relay(manner) as fake, tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel):
        await opened(heard)
        before, fake.host_key = fake.host_key, asyncssh.generate_private_key("ssh-ed25519")
        await fake.cut()
        await fake.open()
        await eventually(lambda: "in between" in heard.reasons[-1:].__str__(), "it is said")
        await fake.cut()
        fake.host_key = before
        await fake.open()
        await opened(heard, 2)


async def test_a_revoked_host_key_stops(plan: Plan, manner: Manner) -> None:
    async with relay(manner) as fake:
        ours = plan_for(plan, fake)
        plan.known_hosts.write_text(f"{fake.known_hosts_line}@revoked {fake.known_hosts_line}")
        giving, taking = back_door()
        with giving, taking, pytest.raises(RelayUnknownError, match="is not trusted: Host key is revoked"):
            await Tunnel(ours, giving, Heard()).begin()


async def test_a_relay_that_does_not_know_our_key_is_shown_it(plan: Plan, host_key: HostKeys) -> None:
    """And lets us in as soon as it has it."""
    async with relay(Manner(wants_key=True)) as fake:
        ours = plan_for(plan, fake)
        key, line = fake.keys.pop(), public(asyncssh.read_private_key(plan.key))
        async with tunnelled(ours, host_key) as (_, heard, _tunnel):
            await eventually(lambda: heard.reasons, "it is said")
            assert heard.reasons[0] == (
                f"127.0.0.1 does not let us in with {plan.key}. Is the name in TUNNEL right? "
                f"Give it this key:\n  {' '.join(line)} sshauth"
            )
            fake.keys.add(key)
            await opened(heard)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda plan: plan.key.unlink(), "cannot be read: No such file or directory"),
        (lambda plan: plan.key.write_text("nonsense"), "holds no private key"),
        (lambda plan: plan.known_hosts.write_text("@nonsense x y\n"), "Invalid known hosts marker: nonsense"),
    ],
)
async def test_files_that_are_spoilt_meanwhile_are_told_of(
    plan: Plan, host_key: HostKeys, manner: Manner, spoil: Callable[[Plan], object], reason: str
) -> None:
    async with relay(manner) as fake, tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel):
        await opened(heard)
        spoil(plan)
        await fake.cut()
        await fake.open()
        await eventually(lambda: any(reason in each for each in heard.reasons), f"{heard.reasons}")


async def test_a_relay_that_is_not_there_is_tried_again(
    plan: Plan, host_key: HostKeys, manner: Manner
) -> None:
    async with relay(manner) as fake:
        await fake.cut()
        async with tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel):
            await eventually(lambda: len(heard.reasons) > 2, "it is said")
            assert heard.reasons[0] == "127.0.0.1 cannot be reached: Connection refused"
            await fake.open()
            await opened(heard)


async def test_a_relay_that_says_nothing_at_all_is_given_up(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel_relay, "CONNECT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        giving, taking = back_door()
        with giving, taking:
            heard = Heard()
            tunnel = Tunnel(
                replace(plan, relay=replace(plan.relay, port=mute.getsockname()[1])), giving, heard
            )
            await tunnel.begin()
            task = asyncio.create_task(tunnel.run())
            await eventually(lambda: heard.reasons, "it is said")
            task.cancel()
            await asyncio.wait([task])
    assert heard.reasons[0] == "127.0.0.1 cannot be reached: no answer in time"


# Cut and restored


async def test_a_tunnel_that_is_cut_is_restored_three_times(
    plan: Plan, host_key: HostKeys, manner: Manner, logged: Logged
) -> None:
    """Its visitors are gone with it, and all that was theirs."""
    async with relay(manner) as fake, tunnelled(plan_for(plan, fake), host_key) as (running, heard, _tunnel):
        for times in range(1, 4):
            _, port = await opened(heard, times)
            async with connected(port, "ada") as connection:
                await eventually(lambda: running.server.doors.connections, "somebody is in")
                await fake.cut()
                await connection.wait_closed()
            await eventually(lambda: not running.server.doors.connections, "they are gone")
            await fake.open()
        _, port = await opened(heard, 4)
        async with person(port) as visitor:
            await visitor.says("still here")
    closed = [line for line in logged if line["event"] == "tunnel.closed"]
    assert {line["relay"] for line in closed} == {"127.0.0.1"}
    assert heard.reasons[0].startswith("127.0.0.1 has closed the connection")


async def test_waits_grow_while_it_fails_and_begin_anew_after_a_long_time(
    plan: Plan, host_key: HostKeys, manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []

    def pause(tries: int, _luck: float) -> float:
        waits.append(tries)
        return 0.01

    monkeypatch.setattr(tunnel_module, "pause_before", pause)
    async with relay(manner) as fake:
        await fake.cut()
        async with tunnelled(plan_for(plan, fake), host_key) as (_, heard, _tunnel):
            await eventually(lambda: len(waits) == 3, "it is tried")
            await fake.open()
            await opened(heard)
            monkeypatch.setattr(tunnel_module, "LONG_ENOUGH", 0.0)
            before = len(waits)
            await fake.cut()
            await eventually(lambda: len(waits) > before, "it is lost")
    assert waits[:3] == [1, 2, 3]
    assert waits[before] == 1


async def test_resting_lets_nobody_in_and_nobody_out(plan: Plan, host_key: HostKeys, manner: Manner) -> None:
    async with relay(manner) as fake, tunnelled(plan_for(plan, fake), host_key) as (_, heard, tunnel):
        _, port = await opened(heard)
        async with person(port) as visitor:
            tunnel.rest()
            with pytest.raises(OSError):  # noqa: PT011 - refused, or closed: as the relay is quick
                async with connected(port):
                    pass
            await visitor.says("goodbye")


async def test_a_tunnel_that_rests_is_not_opened_again(plan: Plan, manner: Manner) -> None:
    async with relay(manner) as fake, alone(plan_for(plan, fake)) as (tunnel, heard, running, _taking):
        await opened(heard)
        tunnel.rest()
        await fake.cut()
        async with asyncio.timeout(5):
            await running
    assert heard.reasons == []


async def test_a_tunnel_that_rests_before_it_has_opened_never_does(plan: Plan, manner: Manner) -> None:
    """Nor is it said to be open."""
    manner.command = "a command that does not come"
    async with relay(manner) as fake, alone(plan_for(plan, fake)) as (tunnel, heard, running, _taking):
        await eventually(lambda: manner.asked_for, "the relay is asked")
        tunnel.rest()
        fake.guests[0].get_owner()._is_commanded.set()  # type: ignore[union-attr]
        async with asyncio.timeout(5):
            await running
    assert (heard.open_at, heard.reasons) == ([], [])


# Who comes by it


@pytest.mark.parametrize(
    ("origin", "is_own", "address"),
    [
        ("203.0.113.9", True, "203.0.113.9"),
        ("2001:db8::7", True, "2001:db8::7"),
        ("::ffff:203.0.113.9", True, "203.0.113.9"),
        ("evil\x1b[2J.example", True, TUNNEL),
        ("", True, TUNNEL),
        ("203.0.113.9", False, TUNNEL),
    ],
)
async def test_an_origin_counts_where_it_is_trusted_and_is_an_address(
    plan: Plan, host_key: HostKeys, manner: Manner, origin: str, is_own: bool, address: str
) -> None:
    manner.origin = origin
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake, is_own=is_own), host_key) as (running, heard, _tunnel),
    ):
        _, port = await opened(heard)
        async with person(port):
            assert running.apps[0].peer.address == address  # type: ignore[attr-defined]
    assert manner.commands == ([] if is_own else [None])


async def test_limits_hold_for_each_who_is_told_apart(plan: Plan, host_key: HostKeys, manner: Manner) -> None:
    limits = ConnectionLimits(strangers_per_source=1)
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake, is_own=True), host_key, limits) as (_, heard, _tunnel),
    ):
        _, port = await opened(heard)
        async with person(port):
            with pytest.raises(asyncssh.DisconnectError, match="from your address: 1 are open"):
                async with connected(port):
                    pass
            manner.origin = "198.51.100.7"
            async with person(port):
                pass


async def test_a_tunnel_as_a_whole_has_a_limit_too(plan: Plan, host_key: HostKeys, manner: Manner) -> None:
    limits = ConnectionLimits(per_minute=1)
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake), host_key, limits) as (_, heard, _tunnel),
    ):
        _, port = await opened(heard)
        for _ in range(10):
            async with connected(port):
                pass
        with pytest.raises(asyncssh.DisconnectError, match="Too many new connections by the tunnel"):
            async with connected(port):
                pass


async def test_a_header_of_the_proxy_protocol_counts_for_nothing(
    plan: Plan, host_key: HostKeys, manner: Manner, logged: Logged
) -> None:
    """Not even where each peer that a socket can have is believed one."""
    header = b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 22\r\n"
    everybody: Any = [ip_network("0.0.0.0/0")]
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake), host_key, proxy_from=everybody) as (_, heard, _t),
    ):
        _, port = await opened(heard)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(header + FIRST_WORDS)
        await eventually(lambda: "connection.lost" in {line["event"] for line in logged}, "it is no SSH")
        assert await reader.read() != b""
        writer.close()
    assert {line["address"] for line in logged if line["event"] == "connection.lost"} == {TUNNEL}


async def test_who_asks_for_no_session_has_no_more_time_than_elsewhere(
    plan: Plan, host_key: HostKeys, manner: Manner
) -> None:
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake), host_key) as (running, heard, _tunnel),
    ):
        running.server.doors.session_seconds = 0.05
        _, port = await opened(heard)
        async with connected(port) as connection:
            await connection.wait_closed()
        assert running.server.refusals.counts["no session"] == 1


async def test_visitors_are_bounded(
    plan: Plan, host_key: HostKeys, manner: Manner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel_visitors, "MOST_VISITORS", 1)
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake), host_key) as (_running, heard, tunnel),
    ):
        _, port = await opened(heard)
        async with person(port):
            with pytest.raises((OSError, asyncssh.Error)):
                async with connected(port):
                    pass
        await eventually(lambda: _connection_of(tunnel).visitors == 0, "they have left")
        async with person(port) as another:
            await another.says("hi")


async def test_a_visitor_who_vanishes_leaves_nothing_behind(
    plan: Plan, host_key: HostKeys, manner: Manner
) -> None:
    async with (
        relay(manner) as fake,
        tunnelled(plan_for(plan, fake), host_key) as (running, heard, tunnel),
    ):
        _, port = await opened(heard)
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(FIRST_WORDS)
            writer.transport.abort()
        await eventually(lambda: _connection_of(tunnel).visitors == 0, "they are forgotten")
        assert not running.server.doors.connections


async def test_where_nobody_serves_visitors_do_not_wait_for_each_other(
    plan: Plan, manner: Manner, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as all workers are dead: each is lost after the same time."""
    monkeypatch.setattr(tunnel_visitors, "GIVE_SECONDS", 0.2)
    async with relay(manner) as fake, alone(plan_for(plan, fake)) as (tunnel, heard, _running, _taking):
        _, port = await opened(heard)
        with suppress(BlockingIOError):
            while True:
                tunnel._visitors._giving.send(b"")
        visitors = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
        async with asyncio.timeout(3):
            for reader, writer in visitors:
                assert await reader.read() == b""
                writer.close()
    lost = [line["reason"] for line in logged if line["event"] == "tunnel.visitor_lost"]
    assert lost == ["no answer in time"] * 30


async def test_a_relay_that_takes_nothing_makes_us_wait(plan: Plan, manner: Manner) -> None:
    """What it does not take does not pile up here; when it goes on, so do we."""
    size = 1_000_000
    async with relay(manner) as fake, alone(plan_for(plan, fake)) as (tunnel, heard, _running, taking):
        _, port = await opened(heard)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        served, _ = await take(taking)
        connection = _connection_of(tunnel)
        connection.pause_writing()
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(served, b"x" * size))
        receiving = asyncio.create_task(reader.readexactly(size))
        for _ in range(2000):
            await asyncio.sleep(0)
        assert not sending.done()
        connection.resume_writing()
        assert len(await asyncio.wait_for(receiving, 5)) == size
        await sending
        writer.close()
        served.close()


def _connection_of(tunnel: Tunnel) -> Any:
    assert tunnel._forward is not None
    return tunnel._forward._conn  # type: ignore[attr-defined]
