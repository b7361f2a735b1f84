"""Many workers on one port: what one of them suffers, the others do not notice."""

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sshauth.service.listening import Reservation, bind_alone, close_all
from tests.e2e.people import ANOTHER_USER_NAME, HOME, Person, quit_with_ctrl_q, register, sign_in, sign_out
from tests.e2e.processes import (
    LISTENING,
    events_of,
    eventually,
    is_alive,
    log_of,
    parent_of,
    sockets_of,
    workers_of,
)
from tests.e2e.test_commands import sshauth
from tests.ssh.clients import Person as Visitor
from tests.ssh.clients import connected
from tests.support.server import Server
from tests.support.terminal import KEYS

PEOPLE = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run two workers. They take no more strangers than come here at once."""
    env = {"WORKERS": "2", "STRANGERS_PER_SOURCE": str(PEOPLE)}
    with Server(tmp_path_factory.mktemp("server"), env, measured=True) as server:
        assert_two_listen(server)
        yield server


def assert_two_listen(server: Server) -> None:
    """Wait until two workers take connections."""
    eventually(lambda: len(workers_of(server)) == 2, "two workers have started")
    eventually(
        lambda: [sockets_of(pid, server.port, LISTENING) for pid in workers_of(server).values()] == [1, 1],
        "both listen",
    )


@asynccontextmanager
async def visitors(server: Server, number: int) -> AsyncIterator[list[Visitor]]:
    """Have so many people look at Sign in."""
    async with AsyncExitStack() as stack:
        people = []
        for _ in range(number):
            connection = await stack.enter_async_context(connected(server.port, "new"))
            people.append(await Visitor.at(connection))
            await people[-1].sees("Forgot password")
        yield people


async def types_on(visitor: Visitor, text: str) -> bool:
    """Tell whether what is typed still shows; False for somebody whose worker has died."""
    try:
        visitor.type(KEYS[ANOTHER_USER_NAME] + text)
        await visitor.sees(text)
    except (AssertionError, OSError, asyncssh.Error):
        return False
    return True


async def test_a_worker_that_is_killed_takes_no_others_along_and_is_back_within_two_seconds(
    server: Server,
) -> None:
    """With 20 people over two workers: those of the other one type on, and the dead one's count no longer."""
    async with visitors(server, PEOPLE) as people:
        with pytest.raises(asyncssh.DisconnectError, match="20 are open without having signed in"):
            async with connected(server.port):
                pass
        before = workers_of(server)
        here = {number: sockets_of(pid, server.port) for number, pid in before.items()}
        assert sum(here.values()) == PEOPLE
        assert min(here.values()) > 0
        killed_at = time.monotonic()
        os.kill(before[1], signal.SIGKILL)
        await asyncio.to_thread(eventually, lambda: workers_of(server)[1] != before[1], "a new worker")
        back_after = time.monotonic() - killed_at
        went_on = await asyncio.gather(*(types_on(visitor, "wxyz") for visitor in people))
        assert went_on.count(True) == here[2]
        async with visitors(server, here[1]) as newcomers:
            assert await types_on(newcomers[0], "wxyz")
        print(f"back after {back_after:.2f} s")  # noqa: T201 - worth knowing
        assert back_after < 2
    (ended,) = events_of(server, "worker.ended")
    assert (ended["worker"], ended["status"], ended["again_in"]) == (1, -9, 0)
    assert workers_of(server)[2] == before[2]


async def test_a_worker_that_is_asked_to_stop_lets_its_people_finish(server: Server) -> None:
    """So that one can be replaced: a new one comes when the last person has left."""
    async with visitors(server, PEOPLE) as people:
        before = workers_of(server)
        os.kill(before[2], signal.SIGTERM)
        here = sockets_of(before[2], server.port)
        told = 0
        for visitor in people:
            visitor.type("\x11")
            await visitor.ends()
            told += b"The server stops in 20 s" in visitor.seen
        assert told <= here
    await asyncio.to_thread(eventually, lambda: workers_of(server)[2] != before[2], "a new worker")


def test_both_work_for_one_account(server: Server) -> None:
    """Register by one, sign in by whichever; `sshauth health` asks one of them."""
    ada = Person()
    with server.ssh(ada.user) as terminal:
        authenticator = register(terminal, ada)
        sign_out(terminal)
        quit_with_ctrl_q(terminal)
    for _ in range(2):
        with server.ssh(ada.user) as terminal:
            sign_in(terminal, ada.user, ada.password, authenticator.next())
            terminal.wait_for(HOME)
            quit_with_ctrl_q(terminal)
    env = {"SSH_PORT": str(server.port)}
    assert [sshauth(server.directory, "health", env=env).returncode for _ in range(3)] == [0, 0, 0]


def test_every_line_of_the_log_says_which_worker_wrote_it(server: Server) -> None:
    """And each is whole."""
    assert {line.get("worker") for line in log_of(server)} >= {1, 2}


def test_workers_outlive_the_process_that_they_were_forked_from(server: Server) -> None:
    """Nobody notices, and the next worker that dies is back all the same."""
    before = workers_of(server)
    os.kill(parent_of(before[1]), signal.SIGKILL)
    assert all(is_alive(pid) for pid in before.values())
    os.kill(before[1], signal.SIGKILL)
    eventually(lambda: workers_of(server)[1] != before[1], "a new worker")
    assert workers_of(server)[2] == before[2]
    with server.ssh() as terminal:
        terminal.wait_for("Forgot password")
        quit_with_ctrl_q(terminal)


def test_lines_on_standard_output_are_whole(tmp_path: Path) -> None:
    """One process writes them all."""
    env = {"WORKERS": "2", "LOG_TO_STDOUT": "1"}
    with Server(tmp_path, env) as server:

        def printed() -> list[dict[str, Any]]:
            return [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]

        def listening() -> list[int]:
            started = [event["pid"] for event in printed() if event["event"] == "worker.started"]
            return [sockets_of(pid, server.port, LISTENING) for pid in started]

        eventually(lambda: listening() == [1, 1], "both listen")
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(b"SSH-2.0-x\r\n" + b"junk" * 20)
        server.stop()
        lost = [event["worker"] for event in printed() if event["event"] == "connection.lost"]
    assert set(lost) == {1, 2}
    assert not (tmp_path / "data" / "logs").exists()


def test_another_server_cannot_take_the_port(server: Server) -> None:
    """Neither with workers nor without; the kernel alone would let the same user in."""
    for workers in ("1", "2"):
        env = {"SSH_PORT": str(server.port), "WORKERS": workers, "DATA_DIR": f"other{workers}"}
        said = sshauth(server.directory, "serve", env=env)
        assert said.returncode == 1
        assert said.stderr == f"Cannot listen on 127.0.0.1:{server.port}: Address already in use.\n"


def test_a_port_is_reserved_before_any_worker_listens() -> None:
    """In the second that a start takes, and while the last worker is dead."""
    reservation = Reservation("127.0.0.1", 0)
    (place,) = reservation.places
    port = place.address[1]
    with pytest.raises(OSError, match="in use"):
        Reservation("127.0.0.1", port)
    with pytest.raises(OSError, match="in use"):
        bind_alone("127.0.0.1", port)
    mine = [place.join(), place.join()]
    for each in mine:
        each.listen()
    close_all(mine)
    reservation.close()
    close_all(bind_alone("127.0.0.1", port))


def test_a_port_is_free_again_at_once(tmp_path: Path) -> None:
    """Whoever was connected: a restart does not wait for the kernel to forget them."""
    port = None
    for workers in ("2", "1", "2"):
        env = {"WORKERS": workers, **({"SSH_PORT": port} if port else {})}
        with Server(tmp_path, env) as server, socket.create_connection(("127.0.0.1", server.port)):
            port = str(server.port)
            assert server.stop() == 0


def test_every_address_of_a_host_is_served() -> None:
    """A name may have two; with port 0 both get the same."""
    reservation = Reservation("localhost", 0)
    addresses = {place.address[0] for place in reservation.places}
    assert addresses <= {"127.0.0.1", "::1"}
    assert len({place.address[1] for place in reservation.places}) == 1
    reservation.close()


def test_what_stops_the_start_of_a_server_alone_stops_that_of_many(tmp_path: Path) -> None:
    """One sentence, status 1, and nothing goes on running."""
    env = {"WORKERS": "2", "SSH_HOST": "192.0.2.1"}
    said = sshauth(tmp_path, "serve", env=env)
    assert (said.returncode, said.stderr) == (
        1,
        "Cannot listen on 192.0.2.1:2222: Cannot assign requested address.\n",
    )


def test_the_option_wins_over_the_setting(tmp_path: Path) -> None:
    """And is checked likewise."""
    said = sshauth(tmp_path, "serve", "--workers", "0")
    assert said.returncode == 2
    assert "greater than or equal to 1" in said.stderr


def test_workers_end_with_their_supervisor(tmp_path: Path) -> None:
    """Nobody would count connections any more, nor restart who dies: people are told, and may finish."""
    server = Server(tmp_path, {"WORKERS": "2", "DRAIN_SECONDS": "2"}, measured=True)
    server.wait_listening()
    assert_two_listen(server)
    pids = list(workers_of(server).values())
    with server.ssh() as terminal:
        terminal.wait_for("Forgot password")
        server.kill()
        terminal.wait_for("The server stops in 2 s")
        assert terminal.wait_exit() == 75
    eventually(lambda: not any(is_alive(pid) for pid in pids), "the end of the workers")
