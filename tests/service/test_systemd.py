"""What systemd is told, by a real socket, and what it hands over."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sshauth.service.systemd import InheritedSocketError, ServiceManager, inherited_sockets
from tests.e2e.test_commands import sshauth
from tests.support.server import SSHAUTH, Server, clean_env


class Manager:
    """A service manager that only listens."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.settimeout(20)

    def hears(self) -> list[str]:
        """Give the next message, line by line."""
        return self._socket.recv(4096).decode().splitlines()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """Listen at a file or at an abstract address."""
    manager = Manager(f"{tmp_path}/notify" if request.param == "path" else f"@sshauth-test-{os.getpid()}")
    yield manager
    manager.close()


def test_every_word_arrives(manager: Manager) -> None:
    """As sd_notify(3) spells them."""
    told = ServiceManager.named_in({"NOTIFY_SOCKET": manager.address})
    told.ready()
    assert manager.hears() == ["READY=1"]
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    told.reloading()
    word, microseconds = manager.hears()
    assert word == "RELOADING=1"
    assert before <= int(microseconds.removeprefix("MONOTONIC_USEC=")) <= before + 10_000_000
    told.alive()
    assert manager.hears() == ["WATCHDOG=1"]
    told.stopping(20)
    assert manager.hears() == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=30000000"]


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "@nobody-listens-here", "vsock:2:1234"])
def test_a_manager_that_is_not_there_is_no_trouble(address: str) -> None:
    """Nor is none at all."""
    ServiceManager.named_in({"NOTIFY_SOCKET": address}).ready()


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "1500000"}, 1.5),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_ours_or_nobodys(variables: Mapping[str, str], seconds: float | None) -> None:
    """See sd_watchdog_enabled(3)."""
    assert ServiceManager.named_in(dict(variables)).watchdog_seconds == seconds


def test_children_are_told_nothing() -> None:
    """What was meant for this process is taken out of the environment."""
    environment = {
        "NOTIFY_SOCKET": "/run/x",
        "WATCHDOG_USEC": "1",
        "WATCHDOG_PID": "1",
        "LISTEN_PID": "1",
        "LISTEN_FDS": "1",
        "LISTEN_FDNAMES": "ssh",
        "HOME": "/root",
    }
    ServiceManager.named_in(environment)
    assert inherited_sockets(environment) == []
    assert environment == {"HOME": "/root"}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("a TCP socket that listens", "socket.create_server(('127.0.0.1', 0))"),
        ("a TCP socket that does not", "socket.socket()"),
        ("a datagram socket", "socket.socket(type=socket.SOCK_DGRAM)"),
        ("a Unix socket", "socket.socket(socket.AF_UNIX)"),
        ("a file", "open('/dev/null')"),
    ],
)
def test_only_tcp_sockets_that_listen_are_taken_over(kind: str, code: str) -> None:
    """In a process of its own, where descriptor 3 is free."""
    look = (
        "import os, socket\n"
        "from sshauth.service.systemd import *\n"
        f"given = {code}\n"
        "os.dup2(given.fileno(), 3)\n"
        "try:\n"
        "    (taken,) = inherited_sockets({'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '1'})\n"
        "    print(taken.getsockname() == given.getsockname(), taken.get_inheritable(), taken.gettimeout())\n"
        "except InheritedSocketError as error:\n"
        "    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", look], capture_output=True, text=True, check=True
    )
    if kind == "a TCP socket that listens":
        assert said.stdout == "True False 0.0\n"
    else:
        assert said.stdout == (
            "descriptor 3 of socket activation is no TCP socket that listens; "
            "the socket unit needs ListenStream= with a port\n"
        )


def test_a_descriptor_that_is_not_open_is_refused() -> None:
    """Whoever sets the variables by hand."""
    with pytest.raises(InheritedSocketError):
        inherited_sockets({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "4000"})


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_server_says_when_it_is_ready_alive_reloading_and_stopping(tmp_path: Path, workers: str) -> None:
    """In this order, from the main process alone, and `Type=notify-reload` hears what it needs."""
    manager = Manager(f"{tmp_path}/notify")
    env = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000", "WORKERS": workers}
    with Server(tmp_path, env) as server:
        heard = [manager.hears(), manager.hears(), manager.hears()]
        assert heard == [["READY=1"], ["WATCHDOG=1"], ["WATCHDOG=1"]]
        server.signal(signal.SIGHUP)
        while (said := manager.hears()) == ["WATCHDOG=1"]:
            pass
        assert said[0] == "RELOADING=1"
        while (said := manager.hears()) == ["WATCHDOG=1"]:
            pass
        assert said == ["READY=1"]
        assert server.stop() == 0
        while (said := manager.hears()) == ["WATCHDOG=1"]:
            pass
        assert said == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=30000000"]
    manager.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_socket_that_was_open_before_is_served(tmp_path: Path, workers: str) -> None:
    """SSH_PORT is not opened then; the lines name the true port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        become = f"""
import os, sys
os.dup2({listening.fileno()}, 3)
os.set_inheritable(3, True)
os.environ |= {{"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}}
os.execv(sys.executable, {list(SSHAUTH)!r} + ["serve"])
"""
        process = subprocess.Popen(
            [sys.executable, "-c", become],
            stdout=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=clean_env(tmp_path, SSH_PORT="1", WORKERS=workers),
            pass_fds=[listening.fileno()],
        )
        assert process.stdout is not None
        assert f"listening on 127.0.0.1:{port}\n" in process.stdout.readline()
        answered = [sshauth(tmp_path, "health", env={"SSH_PORT": str(port)}).returncode for _ in range(3)]
        process.terminate()
        assert (process.wait(20), answered) == (0, [0, 0, 0])
        process.stdout.close()
