"""What comes between a session and its app: the gate, the buffers, and clients that do not read."""

import asyncio
import socket

import asyncssh
import pytest

from sshauth.ssh import server as server_module
from sshauth.ssh.output import MOST_PENDING
from sshauth.ssh.session import ONE_MOMENT
from tests.ssh.clients import Echo, Person, connected, person, terminal_options
from tests.ssh.serving import Logged, Running
from tests.ssh.waiting import LONG_ENOUGH, eventually


async def test_who_waits_for_others_to_come_in_is_told_so(running: Running) -> None:
    """The words stand in the normal screen, and the app comes as soon as it can."""
    gate = running.server.doors.hall.gate
    leave = [await gate.enter(lambda: None) for _ in range(2)]
    async with connected(running.port) as connection:
        ada = await Person.at(connection)
        await ada.sees(ONE_MOMENT)
        assert running.apps == []
        leave[0]()
        await ada.sees("hello ada")
        assert await ada.leaves() == 0


async def test_who_leaves_while_waiting_has_no_app_made(running: Running) -> None:
    """Nothing is made for who is gone."""
    gate = running.server.doors.hall.gate
    leave = [await gate.enter(lambda: None) for _ in range(2)]
    async with connected(running.port) as connection:
        await (await Person.at(connection)).sees(ONE_MOMENT)
    await eventually(lambda: not running.server.doors.connections, "the end of the connection")
    for each in leave:
        each()
    await eventually(lambda: not running.server.doors.hall.sessions, "the end of the session")
    assert running.apps == []


async def test_the_gate_opens_for_the_next_with_the_first_picture(running: Running) -> None:
    """Whoever looks at their screen keeps nobody waiting."""
    people = []
    async with asyncio.timeout(LONG_ENOUGH):
        for name in ("ada", "grace", "edith", "mary"):
            people.append(person(running.port, name))
            await people[-1].__aenter__()
    for each in people:
        await each.__aexit__(None, None, None)


async def test_a_client_that_stops_reading_is_owed_little_and_sees_the_last_picture(running: Running) -> None:
    """Frames are dropped for it; when it reads again it gets the picture as it is by then."""
    async with person(running.port) as ada, person(running.port, "grace") as grace:
        (session,) = (each for each in running.server.doors.hall.sessions if each._peer.user_name == "ada")
        ada.process.channel.pause_reading()
        app = session._app
        assert isinstance(app, Echo)
        most = 0
        for number in range(300):
            app.query_one("#answer").update(f"{number} " + "x" * 3000)  # type: ignore[attr-defined]
            app.query_one("#answer").styles.height = 18
            await asyncio.sleep(0.005)
            most = max(most, session._chan.get_write_buffer_size() + session._line.unsent)
        app.query_one("#answer").update("the last words")  # type: ignore[attr-defined]
        await grace.says("unhurt")
        assert most <= MOST_PENDING
        ada.process.channel.resume_reading()
        await ada.sees("the last words")
        assert await ada.leaves() == 0


async def test_who_asks_and_never_reads_the_answers_is_cut_off(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers outside of a session's output pile up as well."""
    monkeypatch.setattr(server_module, "MOST_UNSENT", 5_000)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", running.port))
    async with connected(running.port, sock=narrow) as connection:
        (ours,) = running.server.doors.connections
        assert ours._transport is not None
        ours._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        assert connection._transport is not None
        connection._transport.pause_reading()
        for _ in range(100_000):
            connection._send_global_request(b"keepalive@openssh.com", want_reply=True)
            if ours.unsent > 5_000:
                break
            await asyncio.sleep(0)
        await eventually(lambda: ours.unsent > 5_000, "answers that wait")
        running.server.look_after_buffers()
        await eventually(lambda: not running.server.doors.connections, "the end of the connection")
    assert running.server.refusals.counts["reads nothing"] == 1


async def test_what_is_said_last_arrives_though_the_client_was_behind(running: Running) -> None:
    """The terminal is given back whole, however much was on its way."""
    async with person(running.port, size=(500, 200)) as ada:
        ada.process.channel.pause_reading()
        ada.type("farewell\r")
        await asyncio.sleep(0.1)
        ada.process.channel.resume_reading()
        assert await ada.ends() == 0
        assert ada.last_words == "Goodbye.\r\n"
        assert isinstance(ada.process, asyncssh.SSHClientProcess)


async def test_crumbs_are_not_served(running: Running) -> None:
    """A client that takes one byte at a time would cost everybody half a second a picture."""
    async with connected(running.port) as connection:
        process = await connection.create_process(**terminal_options(), max_pktsize=512)
        refused = await asyncio.wait_for(process.wait(), LONG_ENOUGH)
    assert refused.exit_status == 1
    assert "packets of 512 bytes" in str(refused.stderr)
    assert running.apps == []


async def test_what_waits_for_new_keys_counts_as_unsent(running: Running) -> None:
    """A client that begins to agree on new keys and never ends makes us keep what we write."""
    async with person(running.port) as ada:
        (ours,) = running.server.doors.connections
        ours._kex_complete = False
        before = ours.unsent
        (session,) = running.server.doors.hall.sessions
        session.write(b"x" * 10_000)
        assert ours.unsent - before >= 10_000
        ours._kex_complete = True
        ours._send_deferred_packets()
        assert await ada.leaves() == 0


async def test_who_closes_the_channel_in_a_flood_breaks_nothing(running: Running, logged: Logged) -> None:
    """We hear that it is closed when the flood has been read; until then pictures go nowhere."""
    async with person(running.port) as ada:
        (session,) = running.server.doors.hall.sessions
        ada.type("x\t" * 30_000)
        await eventually(lambda: session._paused, "the flood")
        ada.process.channel.close()
        await eventually(session._chan.is_closing, "the end of the channel")
        session.notice("going")
        session.end("gone")
        await eventually(lambda: not running.server.doors.hall.sessions, "the end of the session")
    assert [line["event"] for line in logged if line["log_level"] == "error"] == []
