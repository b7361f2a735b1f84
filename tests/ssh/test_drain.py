"""How a server stops: nobody comes in, everybody reads why, and nothing is left."""

import asyncio

import pytest
from textual.app import App

from sshauth.ssh.admission import OwnAdmission
from sshauth.ssh.guards import STOPPING
from sshauth.ssh.host_keys import HostKeys
from sshauth.ssh.limits import Counts
from sshauth.ssh.server import Server
from sshauth.ssh.session import STOPPED
from sshauth.telling import REST
from tests.ssh.clients import Person, connected, make_echo, person, terminal_options
from tests.ssh.plain_echo import make_plain_echo
from tests.ssh.serving import PLENTY, Running
from tests.ssh.waiting import LONG_ENOUGH, eventually


async def test_stop_ends_sessions_with_a_word(running: Running) -> None:
    """Everybody's terminal is restored, then says why, and the exit status asks them to come back."""
    async with person(running.port, "ada") as ada, person(running.port, "grace") as grace:
        stopping = asyncio.create_task(running.server.stop())
        for each in (ada, grace):
            assert await each.ends() == STOPPED
            assert each.last_words == f"{STOPPING}\r\n"
    await asyncio.wait_for(stopping, LONG_ENOUGH)
    assert not running.server.doors.hall.sessions
    assert not running.server.doors.connections


async def test_stop_does_not_wait_for_those_who_stay(running: Running) -> None:
    """A client that does not close its connection has it closed."""
    async with connected(running.port) as connection:
        await asyncio.wait_for(running.server.stop(), LONG_ENOUGH)
        await asyncio.wait_for(connection.wait_closed(), LONG_ENOUGH)


async def test_a_session_that_begins_while_the_server_stops_is_ended(running: Running) -> None:
    """A person who comes in the last moment reads the same."""
    async with connected(running.port) as connection:
        ada = await Person.at(connection)
        stopping = asyncio.create_task(running.server.stop())
        assert await ada.ends() == STOPPED
        assert ada.last_words == f"{STOPPING}\r\n"
    await asyncio.wait_for(stopping, LONG_ENOUGH)


async def test_a_session_that_is_asked_for_while_the_server_drains_is_refused(running: Running) -> None:
    """Nothing begins that would be ended at once."""
    async with person(running.port, "grace") as grace, connected(running.port) as connection:
        draining = asyncio.create_task(running.server.drain(60, asyncio.Event()))
        await grace.sees("The server stops in 60 s")
        process = await connection.create_process(**terminal_options())
        refused = await asyncio.wait_for(process.wait(), LONG_ENOUGH)
        assert refused.exit_status == STOPPED
        assert refused.stderr == f"{STOPPING}\r\n".encode()
        assert await grace.leaves() == 0
    await asyncio.wait_for(draining, LONG_ENOUGH)


async def test_nobody_comes_in_while_the_server_drains_and_who_is_in_may_finish(running: Running) -> None:
    """The notice says how long there is; the drain ends when the last one has left."""
    async with person(running.port, "ada") as ada:
        draining = asyncio.create_task(running.server.drain(60, asyncio.Event()))
        await ada.sees("The server stops in 60 s")
        await ada.says("still here")
        assert not draining.done()
        assert await ada.leaves() == 0
    await asyncio.wait_for(draining, LONG_ENOUGH)


async def test_when_the_time_is_up_people_are_ended(running: Running) -> None:
    """Who is still there reads why in the normal screen."""
    async with person(running.port, "ada") as ada:
        draining = asyncio.create_task(running.server.drain(0.2, asyncio.Event()))
        assert await ada.ends() == STOPPED
        assert ada.last_words == f"{STOPPING}\r\n"
    await asyncio.wait_for(draining, LONG_ENOUGH)


async def test_a_drain_can_be_cut_short(running: Running) -> None:
    """The operator is in a hurry after all."""
    at_once = asyncio.Event()
    async with person(running.port, "ada") as ada:
        draining = asyncio.create_task(running.server.drain(60, at_once))
        await ada.sees("The server stops in 60 s")
        at_once.set()
        assert await ada.ends() == STOPPED
    await asyncio.wait_for(draining, LONG_ENOUGH)


async def test_an_app_that_knows_of_servers_ends_by_itself(running: Running) -> None:
    """It can write down why before it goes."""
    heard = []

    def server_stops(words: str) -> None:
        heard.append(words)
        app.exit(words, return_code=STOPPED)

    async with person(running.port, "ada") as ada:
        app: App[object] = running.apps[0]
        app.notice = heard.append  # type: ignore[attr-defined]
        app.server_stops = server_stops  # type: ignore[attr-defined]
        await running.server.drain(0.2, asyncio.Event())
        assert await ada.ends() == STOPPED
    assert heard == ["The server stops in 0.2 s. Please finish, and come back in a moment.", STOPPING]


async def test_people_are_told_one_after_the_other(running: Running) -> None:
    """So that nobody's keys wait for the screens of all."""
    told: list[float] = []

    def notice(_words: str) -> None:
        told.append(asyncio.get_running_loop().time())

    async with person(running.port, "ada") as ada, person(running.port, "grace") as grace:
        for app in running.apps:
            app.notice = notice  # type: ignore[attr-defined]
            app.server_stops = app.exit  # type: ignore[attr-defined]
        await running.server.drain(0.2, asyncio.Event())
        for each in (ada, grace):
            assert await each.ends() == STOPPED
    assert len(told) == 2
    assert told[1] - told[0] > REST / 2


async def test_a_server_that_never_started_can_be_stopped(host_key: HostKeys) -> None:
    """There is nothing to end."""
    await Server(make_echo, make_plain_echo, host_key, admission=OwnAdmission(Counts(PLENTY))).stop()


async def test_while_the_server_drains_nothing_listens(running: Running) -> None:
    """Who comes now is refused by the system at once, and may try the next server."""
    async with person(running.port, "ada") as ada:
        draining = asyncio.create_task(running.server.drain(60, asyncio.Event()))
        await ada.sees("The server stops in 60 s")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", running.port)
        await ada.leaves()
    await asyncio.wait_for(draining, LONG_ENOUGH)


async def test_no_task_is_left(running: Running) -> None:
    """What the server began ends with it."""
    async with person(running.port, "ada"):
        await running.server.stop()
    await eventually(lambda: len(asyncio.all_tasks()) == 1, "the end of all tasks but this one")
