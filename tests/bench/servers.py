"""Servers as processes of their own, and what they cost: read from outside, so that nothing disturbs them."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sshauth.ssh import algorithms
from tests.bench.client import FIRST_PICTURE, HOST
from tests.support.net import free_port
from tests.support.server import SSHAUTH, clean_env

START_SECONDS = 30.0
_BARE = (sys.executable, str(Path(__file__).with_name("bare.py")))
_POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and the seconds from its start until it greeted."""

    pid: int
    port: int
    start: float

    def cpu(self) -> float:
        """Give the seconds of CPU, user and system, that the process has used so far.

        By the clock of another process, see clock_getcpuclockid(3): /proc/PID/stat counts the same, but
        in hundredths, which are longer than a bare session.
        """
        return time.clock_gettime(~self.pid << 3 | 2)

    def memory(self) -> float:
        """Give the resident memory in MiB. /proc/PID/statm would be some pages out of date."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) / 1024


@contextmanager
def sshauth(directory: Path) -> Iterator[Server]:
    """Run `sshauth serve` in a new directory, where it makes its keys and its database."""
    directory.mkdir(parents=True)
    port = free_port()
    with _running([*SSHAUTH, "serve"], port, directory, {"SSH_PORT": str(port)}) as server:
        yield server


@contextmanager
def bare(directory: Path, picture_size: int) -> Iterator[Server]:
    """Run the bare server, with our algorithms and a first picture of this many bytes."""
    directory.mkdir(parents=True)
    begin, end = (piece.decode() for piece in FIRST_PICTURE)
    port = free_port()
    options = {
        "port": port,
        "picture": begin + "." * (picture_size - len(begin) - len(end)) + end,
        "kex_algs": algorithms.KEY_EXCHANGES,
        "encryption_algs": algorithms.CIPHERS,
        "mac_algs": algorithms.MACS,
    }
    with _running([*_BARE, json.dumps(options)], port, directory, {}) as server:
        yield server


@contextmanager
def _running(
    command: Sequence[str], port: int, directory: Path, settings: Mapping[str, str]
) -> Iterator[Server]:
    output = directory / "output"
    with output.open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory,
            env=clean_env(directory, **settings),
        )
    try:
        while not _greets(port):
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise RuntimeError(f"The server does not listen:\n{output.read_text()}")
            time.sleep(_POLL_SECONDS)
        yield Server(process.pid, port, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _greets(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=START_SECONDS) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
