"""A real HAProxy before several nodes, and nodes that are killed with all their processes."""

import csv
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.net import free_port
from tests.support.server import Server

ADDRESS = "127.0.0.9"
"""Where the balancer's own connections come from."""

CONFIGURATION = """
global
    stats socket {directory}/stats
    maxconn 2000
defaults
    mode tcp
    timeout connect 5s
    timeout check 10s
    timeout client 10m
    timeout server 10m
frontend people
    bind 127.0.0.1:{port}
    default_backend nodes
backend nodes
    balance roundrobin
    option tcp-check
    tcp-check expect string SSH-2.0-sshauth
    default-server source {address} send-proxy-v2
    default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


class Balancer:
    """HAProxy, which sends people to nodes in turn."""

    def __init__(self, directory: Path, nodes: Sequence[Server]) -> None:
        self.port = free_port()
        self._directory = directory
        self._count = len(nodes)
        servers = "\n".join(
            f"    server node{number} 127.0.0.1:{node.port}" for number, node in enumerate(nodes)
        )
        path = directory / "haproxy.cfg"
        path.write_text(
            CONFIGURATION.format(directory=directory, port=self.port, address=ADDRESS, servers=servers)
        )
        self._process = subprocess.Popen(["haproxy", "-db", "-q", "-f", str(path)])

    def __enter__(self) -> Self:
        self.wait_until_up(self._count)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)

    def wait_until_up(self, count: int, seconds: float = 20) -> None:
        """Wait until it thinks well of so many nodes, and has given up the others."""
        deadline = time.monotonic() + seconds
        wanted = sorted(["UP L7OK"] * count + ["DOWN"] * (self._count - count))
        while sorted(self._statuses()) != wanted:
            assert time.monotonic() < deadline, f"{count} nodes up within {seconds} s: {self._statuses()}"
            time.sleep(0.05)

    def _statuses(self) -> list[str]:
        """Ask what it thinks of each node, and where that is well, by what check; nothing while it starts."""
        try:
            with socket.socket(socket.AF_UNIX) as asking:
                asking.connect(f"{self._directory}/stats")
                asking.sendall(b"show stat\n")
                with asking.makefile() as answer:
                    lines = answer.read().removeprefix("# ").splitlines()
        except OSError:
            return []
        rows = [line for line in csv.DictReader(lines) if line["svname"].startswith("node")]
        return [
            row["status"] if row["status"] == "DOWN" else f"{row['status']} {row['check_status']}"
            for row in rows
        ]


def kill_node(node: Server) -> None:
    """End a node as a machine that loses its power: all its processes at once."""
    pids = _family(node._process.pid)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    node._process.wait()


def _family(pid: int) -> list[int]:
    """Give a process and all that were forked from it."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    family = [pid]
    for each in family:
        family += parents.get(each, [])
    return family
