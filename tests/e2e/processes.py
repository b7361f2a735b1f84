"""The processes of a server, seen from outside."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support.server import Server

ESTABLISHED, LISTENING = "01", "0A"


def log_of(server: Server) -> list[dict[str, Any]]:
    """Give the events that it has logged to its file."""
    return [
        json.loads(line) for line in (server.directory / "data/logs/sshauth.log").read_text().splitlines()
    ]


def events_of(server: Server, event: str) -> list[dict[str, Any]]:
    """Give those of one kind."""
    return [line for line in log_of(server) if line["event"] == event]


def workers_of(server: Server) -> dict[int, int]:
    """Give the processes of the workers by their numbers, as they were started last."""
    return {line["worker"]: line["pid"] for line in events_of(server, "worker.started")}


def is_alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def parent_of(pid: int) -> int:
    """Give the process that a process was forked from."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def sockets_of(pid: int, port: int, state: str = ESTABLISHED) -> int:
    """Count the TCP sockets that a process has on a local port."""
    found = {link.name for link in _links(pid)}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    at_port = [row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == state]
    return sum(f"socket:[{row[9]}]" in found for row in at_port)


def eventually(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {seconds} s"
        time.sleep(0.01)


def _links(pid: int) -> list[Path]:
    links = []
    with suppress(OSError):
        for path in Path(f"/proc/{pid}/fd").iterdir():
            # One that was closed in this moment says nothing about the others.
            with suppress(OSError):
                links.append(path.readlink())
    return links
