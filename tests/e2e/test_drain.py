"""Stopping and reloading, as operators and service managers do it, with people connected."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import asyncssh
import pytest

from sshauth.greeting import stop_line
from tests.e2e.people import ANOTHER_USER_NAME, SIGN_IN, assert_restored
from tests.e2e.processes import events_of, eventually, is_alive, parent_of, workers_of
from tests.ssh.clients import Person as Visitor
from tests.ssh.clients import connected
from tests.support.server import CLIENT_FLAGS, SSHAUTH, Server, clean_env
from tests.support.terminal import BECOME, Terminal

DRAIN_SECONDS = 4
BY_SSH, BY_LIBRARY = 4, 46
WHY = "The server is stopping. Please come back in a moment."
COME_BACK = 75
MODES = (b"1049", b"1000", b"1002", b"1006", b"2004")


async def visit(port: int, stack: AsyncExitStack) -> tuple[Visitor, asyncssh.SSHClientConnection]:
    """Look at Sign in."""
    connection = await stack.enter_async_context(connected(port, "new"))
    visitor = await Visitor.at(connection)
    await visitor.sees("Forgot password")
    return visitor, connection


async def stays_to_the_end(visitor: Visitor, connection: asyncssh.SSHClientConnection) -> int | None:
    """Read everything, and then close the connection, as ssh does; give the exit status."""
    status = await visitor.ends()
    connection.close()
    return status


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_under_fifty_sessions_everybody_reads_why(tmp_path: Path, workers: str) -> None:
    """Told at once, ended when the time is up: the terminal is clean, the status asks to come back."""
    assert await drain_under_fifty(tmp_path, workers) > DRAIN_SECONDS


@pytest.mark.drill
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_under_fifty_sessions_it_ends_in_time(tmp_path: Path, workers: str) -> None:
    """Within two seconds of the time that people are given, on a machine that has nothing else to do."""
    assert await drain_under_fifty(tmp_path, workers) < DRAIN_SECONDS + 2


async def drain_under_fifty(tmp_path: Path, workers: str) -> float:
    """Stop a server that fifty people are connected to; give the seconds that it took."""
    server = Server(tmp_path, {"DRAIN_SECONDS": str(DRAIN_SECONDS), "WORKERS": workers})
    await asyncio.to_thread(server.wait_listening)
    with ExitStack() as stack:
        terminals = [stack.enter_context(server.ssh("new")) for _ in range(BY_SSH)]
        for terminal in terminals:
            await asyncio.to_thread(terminal.wait_for, SIGN_IN)
        async with AsyncExitStack() as connections:
            people = [await visit(server.port, connections) for _ in range(BY_LIBRARY)]
            began = time.monotonic()
            server.signal(signal.SIGTERM)
            for visitor, _ in people:
                await visitor.sees(f"The server stops in {DRAIN_SECONDS} s")
            with pytest.raises((OSError, asyncssh.Error)):
                await visit(server.port, connections)
            statuses = await asyncio.gather(*(stays_to_the_end(*each) for each in people))
            assert statuses == [COME_BACK] * BY_LIBRARY
            assert await asyncio.to_thread(server.wait_exit) == 0
            took = time.monotonic() - began
        assert [terminal.wait_exit() for terminal in terminals] == [COME_BACK] * BY_SSH
        for terminal in terminals:
            assert_restored(terminal)
            assert WHY in terminal.text
    for visitor, _ in people:
        assert visitor.last_words == f"{WHY}\r\n"
        for mode in MODES:
            assert visitor.seen.rfind(b"\x1b[?%sh" % mode) < visitor.seen.rfind(b"\x1b[?%sl" % mode)
    assert server.output.endswith(f"{stop_line(BY_SSH + BY_LIBRARY, DRAIN_SECONDS)}\n")
    return took


@pytest.mark.parametrize("workers", ["1", "2"])
def test_with_nobody_there_it_stops_at_once(tmp_path: Path, workers: str) -> None:
    """However long people would have had."""
    with Server(tmp_path, {"DRAIN_SECONDS": "60", "WORKERS": workers}, measured=True) as server:
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10
        assert server.output.endswith("Stopping.\n")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_stops_when_the_last_person_has_left(tmp_path: Path, workers: str) -> None:
    """Who is there may go on, and leaves with status 0."""
    server = Server(tmp_path, {"DRAIN_SECONDS": "60", "WORKERS": workers})
    server.wait_listening()
    with server.ssh() as terminal:
        terminal.wait_for(SIGN_IN)
        server.signal(signal.SIGTERM)
        terminal.wait_for("The server stops in 60 s")
        terminal.key("f3")
        terminal.wait_for("Send")
        terminal.key("ctrl+q")
        assert terminal.wait_exit() == 0
    assert server.wait_exit() == 0
    assert server.output.endswith(
        "Stopping: 1 person is connected; they have 60 s. Ctrl+C again stops at once.\n"
    )


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_stops_at_once(tmp_path: Path, workers: str, number: signal.Signals) -> None:
    """People still read why, and their terminals are theirs again."""
    server = Server(tmp_path, {"DRAIN_SECONDS": "60", "WORKERS": workers})
    server.wait_listening()
    with server.ssh() as terminal:
        terminal.wait_for(SIGN_IN)
        server.signal(number)
        terminal.wait_for("The server stops in 60 s")
        began = time.monotonic()
        server.signal(number)
        assert terminal.wait_exit() == COME_BACK
        assert WHY in terminal.text
        assert_restored(terminal)
    assert server.wait_exit() == 0
    assert time.monotonic() - began < 10


def test_a_signal_to_every_process_counts_once(tmp_path: Path) -> None:
    """Some service managers send SIGTERM to all; even the process that workers are forked from may go."""
    server = Server(tmp_path, {"DRAIN_SECONDS": "60", "WORKERS": "2"})
    server.wait_listening()
    eventually(lambda: len(workers_of(server)) == 2, "two workers")
    with server.ssh() as terminal:
        terminal.wait_for(SIGN_IN)
        workers = list(workers_of(server).values())
        for pid in (*workers, parent_of(workers[0])):
            os.kill(pid, signal.SIGTERM)
        server.signal(signal.SIGTERM)
        terminal.wait_for("The server stops in 60 s")
        terminal.key("x")
        terminal.wait_gone("The server stops in 60 s")
        terminal.key("ctrl+q")
        assert terminal.wait_exit() == 0
    assert server.wait_exit() == 0
    eventually(lambda: not any(is_alive(pid) for pid in workers), "the end of the workers")


def test_ctrl_c_in_a_terminal_counts_once(tmp_path: Path) -> None:
    """It goes to all processes of the group; workers leave it to their supervisor."""
    env = {"SSH_PORT": "0", "DRAIN_SECONDS": "60", "WORKERS": "2", "TERM": "xterm"}
    with Terminal([*SSHAUTH, "serve"], env=clean_env(tmp_path, **env), cwd=tmp_path) as operator:
        operator.wait_for("Press Ctrl+C to stop", timeout=30)
        port = operator.text.partition("listening on 127.0.0.1:")[2].split()[0]
        command = ["ssh", *CLIENT_FLAGS, "-p", port, "new@127.0.0.1"]
        with Terminal(command, env=clean_env(tmp_path, TERM="xterm"), cwd=tmp_path) as terminal:
            terminal.wait_for(SIGN_IN)
            operator.key("ctrl+c")
            operator.wait_for("1 person is connected")
            terminal.wait_for("The server stops in 60 s")
            terminal.key("x")
            terminal.wait_gone("The server stops in 60 s")
            operator.key("ctrl+c")
            assert terminal.wait_exit() == COME_BACK
        assert operator.wait_exit() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_closes_the_terminal_stops_the_server(tmp_path: Path, workers: str) -> None:
    """It would go on where nobody sees it, and hold the port."""
    process, master = in_a_terminal(tmp_path, [*SSHAUTH, "serve"], SSH_PORT="0", WORKERS=workers)
    said = b""
    while b"Press Ctrl+C" not in said:
        said += os.read(master, 65536)
    os.close(master)
    assert process.wait(20) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_under_nohup_it_goes_on(tmp_path: Path, workers: str) -> None:
    """And can still be told to reload, and to stop."""
    command = ["nohup", *SSHAUTH, "serve"]
    process, master = in_a_terminal(tmp_path, command, SSH_PORT="0", WORKERS=workers)
    printed = tmp_path / "nohup.out"
    eventually(lambda: printed.exists() and "Press Ctrl+C" in printed.read_text(), "a start")
    port = int(printed.read_text().partition("listening on 127.0.0.1:")[2].split()[0])
    os.close(master)
    process.send_signal(signal.SIGHUP)
    log = tmp_path / "data" / "logs" / "sshauth.log"
    eventually(lambda: "host_keys.reloaded" in log.read_text(), "a reload")
    assert offered(port)
    process.terminate()
    assert process.wait(20) == 0


def in_a_terminal(directory: Path, command: list[str], **env: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start a program in a terminal that can be closed under it."""
    master, slave = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-ISc", BECOME, *command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=clean_env(directory, TERM="xterm", **env),
        cwd=directory,
        start_new_session=True,
    )
    os.close(slave)
    return process, master


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_reload_opens_the_log_anew_and_takes_new_host_keys(tmp_path: Path, workers: str) -> None:
    """What logrotate and `sshauth host-key` wait for. Who is connected stays."""
    with Server(tmp_path, {"WORKERS": workers}) as server, server.ssh() as terminal:
        terminal.wait_for(SIGN_IN)
        log = tmp_path / "data" / "logs" / "sshauth.log"
        log.rename(tmp_path / "data" / "logs" / "moved.log")
        key = tmp_path / "host_keys" / "ssh_host_ed25519_key"
        key.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        server.signal(signal.SIGHUP)
        times = 1 if workers == "1" else 3
        eventually(lambda: log.exists() and len(events_of(server, "host_keys.reloaded")) == times, "a reload")
        assert {offered(server.port) for _ in range(4)} == {asyncssh.read_private_key(key).get_fingerprint()}
        terminal.key(ANOTHER_USER_NAME)
        terminal.send("grace")
        terminal.wait_for("grace")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_reload_that_fails_changes_nothing(tmp_path: Path, workers: str) -> None:
    """It is logged, once, with what is wrong; the keys read before stay."""
    with Server(tmp_path, {"WORKERS": workers}, measured=True) as server:
        before = offered(server.port)
        key = tmp_path / "host_keys" / "ssh_host_ed25519_key"
        key.write_text("not a key")
        server.signal(signal.SIGHUP)
        eventually(lambda: events_of(server, "host_keys.not_reloaded"), "a log line")
        assert offered(server.port) == before
        (failed,) = events_of(server, "host_keys.not_reloaded")
        assert str(key) in failed["reason"]


def offered(port: int) -> str:
    """Give the fingerprint of the key that the server proves itself with."""
    key = asyncio.run(asyncssh.get_server_host_key("127.0.0.1", port))
    assert key is not None
    return key.get_fingerprint()
