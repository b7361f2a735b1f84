"""Somebody types while others do their worst: they never read, flood, and open whatever can be opened."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import IO, Any

import pytest

from tests.bench.client import ANOTHER_USER_NAME, Session, session
from tests.e2e.processes import events_of
from tests.support.server import Server, unmeasured_env

ROOT = Path(__file__).parents[2]
ALL = {"never read": 20, "paste": 20, "resize": 20, "sit half-open": 50, "open channels": 1}
A_FEW = {"never read": 3, "paste": 5, "resize": 3, "sit half-open": 5, "open channels": 1}
OF_THE_SERVER = {"CONNECTIONS_PER_MINUTE": "", "CONNECTIONS_PER_SOURCE": "", "STRANGERS_PER_SOURCE": ""}
KEYS, KEY_SECONDS = b"abcdefgijk", 0.1
KEYS_A_FIELD = 40
CLEAR_FIELD, CLEARED_SECONDS = b"\x15", 0.3
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run one worker with the limits that it has by itself."""
    with Server(tmp_path, OF_THE_SERVER) as server:
        yield server


@contextmanager
def neighbours(port: int, kinds: Mapping[str, int]) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Start so many of each kind, a process for each kind."""
    processes = {
        kind: subprocess.Popen(
            [sys.executable, "-m", "tests.drills.neighbours", kind, str(port), str(count)],
            cwd=ROOT,
            env=unmeasured_env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for kind, count in kinds.items()
    }
    try:
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
            for end in (process.stdin, process.stdout):
                if end is not None:
                    end.close()


async def told(process: subprocess.Popen[str]) -> Any:
    """Give what a process says next."""
    output: IO[str] | None = process.stdout
    assert output
    return json.loads(await asyncio.to_thread(output.readline) or '"It ended."')


def memory(server: Server) -> float:
    """Give its resident memory in megabytes."""
    pages = int(Path(f"/proc/{server._process.pid}/statm").read_text().split()[1])
    return pages * PAGE / 1e6


def waited(server: Server) -> float:
    """Give the seconds for which its event loop could have run, and others had the cores."""
    return int(Path(f"/proc/{server._process.pid}/schedstat").read_text().split()[1]) / 1e9


class Typist:
    """Somebody at Sign in who types slowly, and waits for each key's picture."""

    def __init__(self, screen: Session, server: Server) -> None:
        self._screen = screen
        self._server = server
        self._typed = 0
        self.most_memory = 0.0

    async def types(self, *, until: "asyncio.Future[Any]") -> list[float]:
        """Type until something is done; give the seconds that each key took."""
        echoes = []
        self._screen.type_where_it_is_seen()
        while not until.done():
            # The pauses are spread, so that no clock of the server's falls in step with them.
            await asyncio.sleep(KEY_SECONDS * (0.5 + self._typed * 0.618 % 1))
            echoes.append(await self._screen.echo(KEYS[self._typed % len(KEYS) :][:1]))
            self._typed += 1
            self.most_memory = max(self.most_memory, memory(self._server))
            if self._typed % KEYS_A_FIELD == 0:
                self._screen._chan.write(CLEAR_FIELD)
                await asyncio.sleep(CLEARED_SECONDS)
        return echoes


async def sign_in_in_vain(server: Server) -> None:
    """Try twice at once, so that what hashing passwords takes, on two cores, has been taken before."""
    async with session(server.port) as (ada, _), session(server.port) as (grace, _):
        for each in (ada, grace):
            each.seen.clear()
            each._chan.write(ANOTHER_USER_NAME + b"nobody\tno such password\t123456\r")
        for each in (ada, grace):
            await each.time_of(b"is wrong")


class Measured:
    """What somebody noticed: alone, while the others came, and with all of them there."""

    def __init__(self) -> None:
        self.alone: list[float] = []
        self.coming: list[float] = []
        self.with_all: list[float] = []
        self.growth = self.waited = 0.0
        self.did: dict[str, dict[str, int]] = {}

    def __str__(self) -> str:
        lines = [
            f"{name}: {_milliseconds(echoes)}"
            for name, echoes in (("alone", self.alone), ("coming", self.coming), ("all there", self.with_all))
        ]
        lines.append(f"memory grew by {self.growth:.0f} MB; the server waited {self.waited:.0f} s for a core")
        lines.extend(f"{kind}: {did}" for kind, did in self.did.items())
        return "\n".join(lines)


def _milliseconds(echoes: list[float]) -> str:
    middle, slow = 1000 * median(echoes), 1000 * p95(echoes)
    return f"{len(echoes)} keys, median {middle:.0f} ms, p95 {slow:.0f}, slowest {1000 * max(echoes):.0f}"


def p95(echoes: list[float]) -> float:
    return quantiles(echoes, n=20)[-1]


async def measure(server: Server, kinds: Mapping[str, int], seconds: float) -> Measured:
    """Type alone, while so many bad neighbours come, and for so long with all of them."""
    measured = Measured()
    async with session(server.port) as (screen, _):
        await sign_in_in_vain(server)
        typist = Typist(screen, server)
        measured.alone = await typist.types(until=_after(2))
        before = memory(server)
        with neighbours(server.port, kinds) as processes:
            come = asyncio.gather(*map(told, processes.values()))
            measured.coming = await typist.types(until=come)
            assert set(come.result()) == {"in place"}
            measured.waited = -waited(server)
            measured.with_all = await typist.types(until=_after(seconds))
            measured.waited += waited(server)
            measured.growth = typist.most_memory - before
            for kind, process in processes.items():
                assert process.stdin
                process.stdin.close()
                measured.did[kind] = await told(process)
    return measured


def _after(seconds: float) -> "asyncio.Future[None]":
    return asyncio.ensure_future(asyncio.sleep(seconds))


async def test_a_few_bad_neighbours_keep_nobody_from_typing(server: Server) -> None:
    """Some of each kind, and limits that a busy machine keeps."""
    measured = await measure(server, A_FEW, 3)
    assert median(measured.with_all) < 0.5, measured
    assert measured.growth < 100, measured
    assert all(measured.did.values())
    assert_nothing_broke(server)


@pytest.mark.drill
async def test_while_many_bad_neighbours_do_their_worst_keys_come_back_at_once(server: Server) -> None:
    """A key's picture within 50 ms at the median and 250 at p95; memory grows less than 100 MB."""
    measured = await measure(server, ALL, 60)
    print(f"\n{measured}")  # noqa: T201 - what a drill is for
    assert median(measured.with_all) < 0.05
    assert p95(measured.with_all) < 0.25
    assert measured.growth < 100
    did = measured.did
    assert did["paste"]["bytes taken"] > 0
    assert did["resize"]["resizes"] > ALL["resize"] * 60 * 100, "they were kept from their worst"
    assert did["sit half-open"]["half-open"] >= 2 * ALL["sit half-open"]
    assert did["open channels"]["channels"] > 1000
    refused = {line["reason"] for line in events_of(server, "connection.refused")}
    assert {"reads nothing", "too many channels"} <= refused
    assert_nothing_broke(server)


def assert_nothing_broke(server: Server) -> None:
    """Find no error in the log."""
    assert events_of(server, "session.broken") == []
    assert "Traceback" not in server.output
