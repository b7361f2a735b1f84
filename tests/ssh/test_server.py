"""The server, in this process, before real clients."""

import asyncio
import contextlib
import subprocess
import traceback
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sshauth.ssh.host_keys import HostKeys, load_or_make
from sshauth.ssh.server import is_alive
from sshauth.ssh.session import APOLOGY, clamp
from tests.ssh.clients import Echo, Person, connected, incident_in, person, terminal_options
from tests.ssh.serving import Logged, Running
from tests.ssh.waiting import LONG_ENOUGH, eventually
from tests.support.net import free_port
from tests.support.server import CLIENT_FLAGS, clean_env


async def test_a_connection_without_a_session_is_closed(running: Running, logged: Logged) -> None:
    """Row 18: nobody keeps a connection open for nothing; who does is told why."""
    running.server.doors.session_seconds = 0.2
    async with connected(running.port) as connection:
        async with asyncio.timeout(LONG_ENOUGH):
            await connection.wait_closed()
    await eventually(lambda: not running.server.doors.connections, "forgotten")
    assert [entry["reason"] for entry in logged] == ["no session"]
    assert running.server.refusals.counts["no session"] == 1


async def test_a_session_stops_the_wait_for_one(running: Running) -> None:
    """Whoever has a session may take their time."""
    running.server.doors.session_seconds = 0.2
    async with person(running.port, "grace") as grace:
        await asyncio.sleep(0.3)
        await grace.says("still here")
        assert await grace.leaves() == 0


# Sessions


async def test_a_session_runs_and_ends_with_status_0(port: int) -> None:
    """Somebody connects, is known by name, types, leaves."""
    async with person(port, "grace") as grace:
        await grace.says("good morning")
        assert await grace.leaves() == 0
        assert grace.last_words == ""


async def test_an_app_that_exits_ends_its_session(port: int) -> None:
    """The app decides when it is over."""
    async with person(port) as ada:
        ada.type("leave\r")
        assert await ada.ends() == 0


async def test_an_app_learns_who_connects(running: Running) -> None:
    """Address, claimed user name and the client's program are handed over."""
    async with person(running.port, "grace", env={"USER": "root"}):
        (app,) = running.apps
        assert isinstance(app, Echo)
        assert (app.peer.address, app.peer.user_name) == ("127.0.0.1", "grace")
        assert "AsyncSSH" in app.peer.client


async def test_nobody_is_asked_for_a_password(port: int) -> None:
    """Whoever connects gets in without keys and without questions, for signing in is done by the app."""
    for user in ("ada", "root", "漢字", "a b"):
        async with connected(port, user) as connection:
            assert (await Person.at(connection)).process.exit_status is None


async def test_keys_sent_right_behind_the_request_for_a_shell_arrive(port: int) -> None:
    """A client need not wait for the answer before it sends what was typed meanwhile."""
    async with connected(port) as connection:
        ada = await Person.in_haste(connection, "early\r")
        await ada.sees("you said early")


async def test_the_end_of_input_right_behind_the_request_ends_the_session(port: int) -> None:
    """A client whose input is empty does not keep an app that nobody can use."""
    async with connected(port) as connection:
        nobody = await Person.in_haste(connection, leaves=True)
        assert await nobody.ends() == 0


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        ((80, 24), (80, 24)),
        ((0, 0), (80, 24)),
        ((100, 0), (80, 24)),
        ((1, 1), (20, 5)),
        ((5000, 5000), (500, 200)),
        ((2**32 - 1, 2**32 - 1), (500, 200)),
        ((-5, 24), (80, 24)),
    ],
)
def test_sizes_are_clamped(claimed: tuple[int, int], shown: tuple[int, int]) -> None:
    """No size that a client claims costs more than a large screen, nor less than something to see."""
    assert clamp(*claimed) == shown


@pytest.mark.parametrize(("claimed", "shown"), [((0, 0), "80x24"), ((3000, 3000), "500x200")])
async def test_an_app_gets_the_clamped_size(port: int, claimed: tuple[int, int], shown: str) -> None:
    """At the start, and when the window changes."""
    async with person(port, size=claimed) as ada:
        await ada.sees(shown)
    async with person(port, size=(70, 20)) as grace:
        await grace.sees("70x20")
        grace.process.change_terminal_size(*claimed)
        await grace.sees(shown)


async def test_a_change_of_the_window_reaches_the_app(port: int) -> None:
    """The picture follows the window, as often as it changes."""
    async with person(port) as ada:
        await ada.sees("80x24")
        ada.process.change_terminal_size(61, 21)
        await ada.sees("61x21")
        ada.process.change_terminal_size(102, 42)
        await ada.sees("102x42")
        assert await ada.leaves() == 0


@pytest.mark.parametrize(
    ("options", "true_colour"),
    [
        ({}, False),
        ({"env": {"COLORTERM": "truecolor"}}, True),
        ({"term": "xterm-direct"}, True),
        ({"term": "linux"}, False),
    ],
    ids=["256 colours", "COLORTERM", "direct", "console"],
)
async def test_colours_are_those_of_the_client(port: int, options: dict[str, Any], true_colour: bool) -> None:
    """TERM comes with the terminal, COLORTERM with the environment that a client sends."""
    async with person(port, **options) as ada:
        assert await ada.leaves() == 0
        assert (b"48;2;18;52;86" in ada.seen) == true_colour
        assert (b";2;" in ada.seen) == true_colour


async def test_two_people_do_not_see_or_end_each_other(port: int) -> None:
    """Each has an app of their own."""
    async with person(port, "ada") as ada, person(port, "grace") as grace:
        await ada.says("from ada")
        await grace.says("from grace")
        assert await ada.leaves() == 0
        await grace.says("still here")
        assert b"ada" not in grace.seen
        assert b"grace" not in ada.seen


# What is refused


REFUSALS = {
    "command": ({"command": "uptime"}, "No commands can be run here."),
    "command with a terminal": ({"command": "uptime", "term_type": "xterm"}, "No commands can be run here."),
    "no terminal": ({}, "This is an app for a terminal."),
    "subsystem": ({"subsystem": "sftp"}, "There is no file transfer and no subsystem here."),
}


@pytest.mark.parametrize(("options", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_what_is_no_person_at_a_terminal_is_told_so(
    running: Running, logged: Logged, options: dict[str, Any], sentence: str
) -> None:
    """Commands, subsystems and sessions without a terminal get a sentence on standard error, and status 1."""
    async with connected(running.port) as connection:
        process = await connection.create_process(**options)
        result = await asyncio.wait_for(process.wait(), LONG_ENOUGH)
    assert (result.exit_status, result.stdout) == (1, "")
    assert str(result.stderr).startswith(sentence)
    assert str(result.stderr).endswith(".\r\n")
    assert running.apps == []
    assert len(logged) == sum(running.server.refusals.counts.values()) == 1
    assert "uptime" not in str(logged)


async def test_a_second_session_on_a_connection_is_told_so(running: Running) -> None:
    """One app a connection; the first one goes on."""
    async with connected(running.port) as connection:
        ada = await Person.at(connection)
        await ada.sees("hello")
        process = await connection.create_process(**terminal_options())
        refused = await asyncio.wait_for(process.wait(), LONG_ENOUGH)
        assert refused.exit_status == 1
        assert "ssh -S none" in str(refused.stderr)
        await ada.says("still here")
        assert len(running.apps) == 1


async def run_ssh(port: int, *arguments: str, home: Path, typed: bytes = b"") -> tuple[int | None, str, str]:
    """Run the OpenSSH client to its end; give its status and what it wrote to both streams."""
    client = await asyncio.create_subprocess_exec(
        "ssh",
        *CLIENT_FLAGS,
        *("-p", str(port)),
        *arguments,
        env=clean_env(home, TERM="xterm-256color"),
        stdin=subprocess.PIPE if typed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert client.stdout
    assert client.stderr
    try:
        if client.stdin:
            client.stdin.write(typed)
        async with asyncio.timeout(LONG_ENOUGH):
            output, errors = await client.stdout.read(), await client.stderr.read()
            return await client.wait(), output.decode(), errors.decode()
    finally:
        if client.returncode is None:
            client.kill()
        await client.communicate()


async def test_openssh_is_told_that_no_commands_are_run(port: int, tmp_path: Path) -> None:
    """The client that most people have shows the sentence, and ends with status 1."""
    status, output, errors = await run_ssh(port, "ada@127.0.0.1", "uptime", home=tmp_path)
    assert (status, output) == (1, "")
    assert errors.strip() == "No commands can be run here. Connect without one."


async def test_openssh_runs_a_session(port: int, tmp_path: Path) -> None:
    """Without a window of its own it claims a size of 0 by 0; what was typed before arrives."""
    status, output, _ = await run_ssh(port, "-tt", "ada@127.0.0.1", home=tmp_path, typed=b"leave\r")
    assert status == 0
    assert "80x24" in output


async def test_openssh_without_input_ends_the_session(port: int, tmp_path: Path) -> None:
    """The end of input is the end of the session."""
    status, _, _ = await run_ssh(port, "-tt", "ada@127.0.0.1", home=tmp_path)
    assert status == 0


async def test_direct_forwarding_is_refused_with_the_reason(running: Running, logged: Logged) -> None:
    """The client learns why, be it a port or a socket file, and its session goes on."""
    async with connected(running.port) as connection:
        ada = await Person.at(connection)
        for attempt in (
            connection.open_connection("127.0.0.1", 22),
            connection.open_unix_connection("/run/docker.sock"),
        ):
            with pytest.raises(
                asyncssh.ChannelOpenError, match="No connections are forwarded here"
            ) as refusal:
                await attempt
            assert refusal.value.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED
        await ada.says("still here")
    refused = [entry for entry in logged if entry["event"] == "connection.refused"]
    assert {(entry["reason"], entry["address"]) for entry in refused} == {("direct forwarding", "127.0.0.1")}
    assert running.server.refusals.counts["direct forwarding"] == 2


async def test_remote_forwarding_is_refused_and_the_session_goes_on(running: Running, logged: Logged) -> None:
    """Nobody gets a port or a socket file on the server."""
    async with connected(running.port) as connection:
        ada = await Person.at(connection)
        for attempt in (
            connection.forward_remote_port("", 0, "127.0.0.1", 22),
            connection.forward_remote_path("/tmp/socket", "/tmp/socket"),  # noqa: S108 - never made
        ):
            with pytest.raises(asyncssh.ChannelListenError):
                await attempt
        await ada.says("still here")
    refused = [entry for entry in logged if entry["event"] == "connection.refused"]
    assert {entry["reason"] for entry in refused} == {"remote forwarding"}
    assert running.server.refusals.counts["remote forwarding"] == 2


@pytest.mark.parametrize(
    ("request_name", "details", "reason"),
    [
        (
            b"x11-req",
            b"\x00" + b"\x00\x00\x00\x12MIT-MAGIC-COOKIE-1" + b"\x00\x00\x00\x02ab" + bytes(4),
            "X11 forwarding",
        ),
        (b"auth-agent-req@openssh.com", b"", "agent forwarding"),
    ],
    ids=["X11", "agent"],
)
async def test_x11_and_agent_are_refused_by_protocol(
    running: Running, request_name: bytes, details: bytes, reason: str
) -> None:
    """The request fails, which is counted, and the session goes on."""
    async with connected(running.port) as connection:
        ada = await Person.at(connection)
        assert await ada.process.channel._make_request(request_name, details) is False
        await ada.says("still here")
    assert running.server.refusals.counts[reason] == 1


# What breaks


async def test_the_last_words_of_an_app_are_read_in_the_normal_screen(port: int) -> None:
    """What it ends with comes after the terminal is restored; its end is an ordinary one."""
    async with person(port, "grace") as grace:
        grace.type("farewell\r")
        assert await grace.ends() == 0
        assert grace.last_words == "Goodbye.\r\n"


async def test_a_broken_app_ends_with_an_apology(running: Running, logged: Logged) -> None:
    """The person reads an incident number after the terminal is restored, the log has it with the cause."""
    async with person(running.port, "grace") as grace:
        async with person(running.port) as ada:
            ada.type("break\r")
            assert await ada.ends() == 1
        incident = incident_in(ada.last_words)
        assert ada.last_words == APOLOGY.format(incident=incident) + "\r\n"
        await grace.says("unaffected")
        assert await grace.leaves() == 0
    (entry,) = (entry for entry in logged if entry["log_level"] == "error")
    assert (entry["event"], entry["incident"], entry["address"]) == ("session.broken", incident, "127.0.0.1")
    assert "on_input_submitted" in "".join(traceback.format_exception(entry["exc_info"]))


async def test_an_app_that_cannot_be_made_ends_with_an_apology(port: int, logged: Logged) -> None:
    """What breaks before there is an app is told in the same way."""
    async with connected(port, "nobody") as connection:
        nobody = await Person.at(connection)
        assert await nobody.ends() == 1
    (entry,) = (entry for entry in logged if entry["log_level"] == "error")
    assert incident_in(nobody.last_words) == entry["incident"]
    assert isinstance(entry["exc_info"], LookupError)


async def test_bytes_that_no_terminal_sends_break_nothing(port: int, logged: Logged) -> None:
    """Sequences with absurd numbers do not end the session."""
    async with person(port) as ada:
        ada.process.stdin.write(b"\x1b[9999999999u\x1b[97:65;2u\x1b[1;1:3A\xff\x1b[48;9999;9999;1;1t")
        assert await ada.leaves() == 0
    assert [entry for entry in logged if entry["log_level"] == "error"] == []


@pytest.mark.parametrize("when", ["at once", "in the middle"])
async def test_a_lost_connection_ends_the_app(running: Running, when: str) -> None:
    """When the client is gone, nothing of its session goes on."""
    before = asyncio.all_tasks()
    with contextlib.suppress(asyncssh.ConnectionLost):
        async with connected(running.port) as connection:
            ada = await Person.at(connection)
            if when == "in the middle":
                await ada.sees("hello")
            connection.abort()
    await eventually(lambda: not running.server.doors.hall.sessions, "the end of the session")
    await eventually(lambda: not running.server.doors.connections, "the end of the connection")
    await eventually(lambda: asyncio.all_tasks() <= before, "the end of all tasks")
    assert all(not app.is_running for app in running.apps)


async def test_a_lost_connection_is_logged_with_its_address(running: Running, logged: Logged) -> None:
    """Somebody looking for trouble can tell who had it, and of what kind."""
    async with connected(running.port) as connection:
        connection.abort()
    await eventually(lambda: not running.server.doors.connections, "the end of the connection")
    reasons = [(entry["event"], entry["address"], entry["reason"]) for entry in logged]
    assert reasons == [("connection.lost", "127.0.0.1", "ConnectionLost")]


async def test_a_closed_connection_ends_the_app(running: Running) -> None:
    """Disconnecting politely is no different."""
    before = asyncio.all_tasks()
    async with person(running.port):
        assert len(running.server.doors.hall.sessions) == 1
    await eventually(lambda: not running.server.doors.hall.sessions, "the end of the session")
    await eventually(lambda: asyncio.all_tasks() <= before, "the end of all tasks")


async def test_the_end_of_input_ends_the_session(port: int) -> None:
    """Who will never type again has left."""
    async with person(port) as ada:
        ada.process.stdin.write_eof()
        assert await ada.ends() == 0


# Health


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "localhost"])
async def test_a_server_is_alive(running: Running, logged: Logged, address: str) -> None:
    """The key exchange is done, and nothing is opened, or said in the log."""
    assert await is_alive(address, running.port, running.host_key)
    assert running.apps == []
    assert [entry for entry in logged if entry["log_level"] != "info"] == []


async def test_a_server_with_another_key_is_not_ours(running: Running, tmp_path: Path) -> None:
    """Something else may have taken the port."""
    assert not await is_alive("127.0.0.1", running.port, load_or_make(tmp_path))


async def test_where_nothing_listens_nothing_is_alive(host_key: HostKeys) -> None:
    """A refused connection is an answer."""
    assert not await is_alive("127.0.0.1", free_port(), host_key)


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-slow\r\n"])
async def test_what_accepts_and_does_not_speak_is_not_alive(host_key: HostKeys, greeting: bytes) -> None:
    """The question has an answer within the seconds given."""
    lines: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        writer.write(greeting)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        async with asyncio.timeout(LONG_ENOUGH):
            assert not await is_alive("127.0.0.1", port, host_key, seconds=0.2)
        for line in lines:
            line.close()
