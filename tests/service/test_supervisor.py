"""The keeper of workers, with workers that do little."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from sshauth.metrics.reading import Reading
from sshauth.service import supervisor as module
from sshauth.service.supervisor import Supervisor, WorkersError, pause_before_restart
from sshauth.service.worker import Answer, Order, Seat, Work, line
from sshauth.ssh.limits import ConnectionLimits, Counts

LONG_ENOUGH = 20.0


def obeys(seat: Seat, people: int = 0) -> None:
    """Do as a worker does, with so many people."""
    seat.orders.sendall(line(Answer.READY))
    for said in seat.orders.makefile():
        (order,) = json.loads(said)
        if order == Order.COUNT:
            seat.orders.sendall(line(Answer.PEOPLE, people))
        elif order == Order.DRAIN:
            return


def counts(seat: Seat) -> None:
    """Have more to tell each time that the meters are read; say nothing after the third time."""
    seat.orders.sendall(line(Answer.READY))
    for times, said in enumerate(seat.orders.makefile(), 1):
        (order,) = json.loads(said)
        if order == Order.DRAIN:
            return
        if order == Order.READ and times <= 3:
            reading = Reading(
                {"sign_ins": {"refused": times}}, {"key_echo": ((times, 0), 500_000)}, {"sessions": 2}
            )
            seat.orders.sendall(line(Answer.READING, reading.as_json()))


def hurries(seat: Seat) -> None:
    """Stop only when told to be quick."""
    seat.orders.sendall(line(Answer.READY))
    for said in seat.orders.makefile():
        if json.loads(said) == [Order.AT_ONCE]:
            return


def is_stubborn(seat: Seat) -> None:
    """Answer nothing and never stop."""
    seat.orders.sendall(line(Answer.READY))
    for _ in seat.orders.makefile():
        pass


def cannot_start(seat: Seat) -> None:
    """Say why, and end: the second one only."""
    if seat.number == 2:
        seat.orders.sendall(line(Answer.FAILED, "The database is not there."))
        sys.exit(1)
    obeys(seat)


def dies(_seat: Seat) -> None:
    """End without a word."""
    os._exit(3)


def dies_soon(seat: Seat) -> None:
    """Start, and end."""
    seat.orders.sendall(line(Answer.READY))
    os._exit(3)


def talks(seat: Seat) -> None:
    """Log a long line, one that is cut short, and serve."""
    seat.log.sendall(json.dumps("x" * 300_000).encode() + b"\n")
    seat.log.sendall(b'"unfinis')
    obeys(seat)


def enters(seat: Seat) -> None:
    """Have somebody come in."""
    seat.admission.sendall(b'["enter", 0, "127.0.0.1"]\n')
    assert json.loads(seat.admission.recv(1000)) == [0, None]
    obeys(seat, 1)


@asynccontextmanager
async def supervised(work: Work, count: int = 2) -> AsyncIterator["Keeping"]:
    """Keep workers until the end."""
    keeping = Keeping(count)
    await keeping.supervisor.start(work)
    try:
        yield keeping
    finally:
        at_once = asyncio.Event()
        at_once.set()
        await asyncio.wait_for(keeping.supervisor.drain(0, at_once), LONG_ENOUGH)


class Keeping:
    """A supervisor, and what its workers share."""

    def __init__(self, count: int) -> None:
        self.lines: list[str] = []
        self.counts = Counts(ConnectionLimits(strangers_per_source=1))
        self.supervisor = Supervisor("sshauth.service.worker", count, self.counts, self.lines.append)

    def pid(self, number: int) -> int:
        pid = self.supervisor._workers[number].pid
        assert pid is not None
        return pid


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LONG_ENOUGH):
        while not condition():
            await asyncio.sleep(0.01)


def test_one_death_is_an_accident_and_more_are_a_fault() -> None:
    """At once, then 1 s doubling to 30 s."""
    assert [pause_before_restart(deaths) for deaths in range(1, 9)] == [0, 1, 2, 4, 8, 16, 30, 30]
    assert pause_before_restart(10**9) == 30


async def test_all_workers_are_asked() -> None:
    """People are counted over all of them."""
    async with supervised(partial(obeys, people=3)) as keeping:
        assert await keeping.supervisor.people(LONG_ENOUGH) == 6


async def test_the_meters_of_all_workers_are_added_up() -> None:
    """Whoever does not answer counts as it was read last."""
    async with supervised(counts) as keeping:
        for times in (1, 2, 3):
            reading = await keeping.supervisor.read(LONG_ENOUGH)
            assert reading.counts == {"sign_ins": {"refused": 2 * times}}
            assert reading.times == {"key_echo": ((2 * times, 0), 1_000_000)}
            assert reading.levels == {"sessions": 4}
        assert await keeping.supervisor.read(0.05) == reading


async def test_what_a_dead_worker_had_counted_stays_counted() -> None:
    """Its sessions are gone, and its successor counts on."""
    async with supervised(counts, count=1) as keeping:
        first = keeping.pid(1)
        for _ in range(2):
            await keeping.supervisor.read(LONG_ENOUGH)
        os.kill(first, 9)
        await eventually(lambda: keeping.pid(1) != first and keeping.supervisor.serving)
        assert keeping.supervisor.deaths == 1
        reading = await keeping.supervisor.read(LONG_ENOUGH)
        assert reading.counts == {"sign_ins": {"refused": 2 + 1}}
        assert reading.times == {"key_echo": ((2 + 1, 0), 1_000_000)}
        assert reading.levels == {"sessions": 2}


async def test_a_drain_ends_with_the_last_worker() -> None:
    """No waiting where nobody is."""
    async with supervised(obeys) as keeping:
        pids = [keeping.pid(1), keeping.pid(2)]
        began = time.monotonic()
        await keeping.supervisor.drain(60, asyncio.Event())
        assert time.monotonic() - began < 10
        assert not [pid for pid in pids if lives(pid)]


async def test_a_drain_can_be_cut_short() -> None:
    """The second signal is passed on."""
    async with supervised(hurries) as keeping:
        at_once = asyncio.Event()
        draining = asyncio.create_task(keeping.supervisor.drain(60, at_once))
        asyncio.get_running_loop().call_later(0.1, at_once.set)
        await asyncio.wait_for(draining, 10)


async def test_who_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that people have, and some more."""
    monkeypatch.setattr(module, "END_SECONDS", 0.1)
    async with supervised(is_stubborn) as keeping:
        await asyncio.wait_for(keeping.supervisor.drain(0.1, asyncio.Event()), 10)
        assert {worker.status for worker in keeping.supervisor._workers.values()} == {-9}


async def test_who_does_not_answer_is_noticed() -> None:
    """The watchdog is told nothing then."""
    async with supervised(is_stubborn) as keeping:
        assert await keeping.supervisor.people(0.1) is None


async def test_a_killed_worker_is_back_and_its_people_are_not_counted() -> None:
    """Its number is the same, the other one lives on."""
    async with supervised(enters, count=1) as keeping:
        assert keeping.counts.strangers == 1
        first = keeping.pid(1)
        os.kill(first, 9)
        # The new one could not come in while the old one counts: only one stranger may.
        await eventually(lambda: keeping.pid(1) != first and keeping.supervisor._workers[1].is_serving)
        assert keeping.counts.strangers == 1


async def test_a_worker_that_dies_again_and_again_is_waited_for() -> None:
    """Each death is logged, with the pause after it."""
    with capture_logs() as events:
        async with supervised(dies_soon, count=1):
            await eventually(lambda: len(ends(events)) == 2)
    assert [(end["worker"], end["status"], end["again_in"]) for end in ends(events)] == [(1, 3, 0), (1, 3, 1)]


async def test_a_worker_that_cannot_start_stops_the_start() -> None:
    """In its own words; the others are gone too."""
    keeping = Keeping(2)
    with pytest.raises(WorkersError, match=r"^The database is not there\.$"):
        await keeping.supervisor.start(cannot_start)
    assert {worker.status for worker in keeping.supervisor._workers.values()} == {1, -9}


async def test_a_worker_that_dies_while_it_starts_stops_the_start() -> None:
    """Its status is all that can be said."""
    with pytest.raises(WorkersError, match=r"A worker ended while it started \(status 3\)\."):
        await Keeping(1).supervisor.start(dies)


async def test_lines_of_workers_are_whole() -> None:
    """However long; what was cut short by a death is left out."""
    async with supervised(talks, count=1) as keeping:
        await eventually(lambda: keeping.lines)
    assert keeping.lines == ["x" * 300_000]


def test_a_supervisor_loads_neither_screens_nor_the_server() -> None:
    """It keeps little in memory beside its workers."""
    look = (
        "import sys, sshauth.service.supervising; "
        "print({'textual', 'sshauth.ssh.server'} & sys.modules.keys())"
    )
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def ends(events: list[Any]) -> list[dict[str, object]]:
    return [event for event in events if event["event"] == "worker.ended"]
