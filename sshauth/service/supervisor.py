"""The keeper of many workers: it starts them, restarts who died, counts for all, and stops them together."""

import asyncio
import multiprocessing
from contextlib import suppress
from multiprocessing import forkserver

import structlog

from sshauth.logs import WriteLine
from sshauth.metrics.reading import Reading, total
from sshauth.service.worker import Order, Work, Worker
from sshauth.ssh.limits import Counts

SOON_SECONDS = 30.0
"""A worker that lives no longer has died at once."""
LONGEST_PAUSE = 30.0
END_SECONDS = 10.0
"""What workers may take to end beyond the time that people are given; then they are killed."""

log = structlog.get_logger(__name__)


class WorkersError(Exception):
    """A worker cannot start; the text is one sentence for the operator."""


def pause_before_restart(deaths: int) -> float:
    """Give the seconds to wait after so many deaths in a row: one alone is an accident, more are a fault."""
    return 0.0 if deaths <= 1 else min(2.0 ** min(deaths - 2, 16), LONGEST_PAUSE)


class Supervisor:
    """Keeps so many workers alive.

    They are forked from a process that does nothing else and has loaded the program: it has neither threads
    nor an event loop that a fork would tear, and a worker is back in a fraction of a second.
    """

    def __init__(self, program: str, count: int, counts: Counts, write_line: WriteLine) -> None:
        """Take the module that workers need, how many there are, and what they share; begin to load it.

        Raises:
            OSError: no process can be started, or there is no directory for temporary files.
        """
        self._count = count
        self._counts = counts
        self._write_line = write_line
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([program])
        forkserver.ensure_running()
        self.deaths = 0
        """How many workers have ended unasked."""
        self._workers: dict[int, Worker] = {}
        self._departed = Reading()
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self._reached_by = ""

    async def start(self, work: Work) -> None:
        """Start all workers, and wait until people can connect to each.

        Raises:
            WorkersError: one of them cannot start.
        """
        self._work = work
        numbers = range(1, self._count + 1)
        ready = await asyncio.gather(*(self._begin(number) for number in numbers))
        if not all(ready):
            failed = self._workers[ready.index(False) + 1]
            self._kill()
            await asyncio.gather(*(worker.until_ended() for worker in self._workers.values()))
            raise WorkersError(failed.problem or f"A worker ended while it started (status {failed.status}).")
        self._keepers = [asyncio.create_task(self._keep(number)) for number in numbers]

    def reload(self) -> None:
        """Have all workers read their host keys again."""
        self._order(Order.RELOAD)

    def reached_by(self, command: str) -> None:
        """Tell all workers, and those to come, the command that people connect with from outside."""
        self._reached_by = command
        for worker in self._workers.values():
            worker.order(Order.REACHED, command)

    async def people(self, seconds: float) -> int | None:
        """Ask how many people are connected in all; None where a worker that serves does not answer."""
        asked = (worker.people(seconds) for worker in self._workers.values() if worker.is_serving)
        answers = await asyncio.gather(*asked)
        return None if None in answers else sum(answer for answer in answers if answer is not None)

    @property
    def serving(self) -> int:
        """How many workers people can connect to."""
        return sum(worker.is_serving for worker in self._workers.values())

    async def read(self, seconds: float) -> Reading:
        """Have all meters read; what workers that have ended had counted is in it."""
        await asyncio.gather(*(each.read(seconds) for each in self._workers.values() if each.is_serving))
        return total([self._departed, *(worker.reading for worker in self._workers.values())])

    async def drain(self, seconds: float, at_once: asyncio.Event) -> None:
        """Stop all workers: people have so many seconds to finish, unless the event is set before."""
        self._stopping.set()
        self._order(Order.DRAIN)
        hurry = asyncio.create_task(at_once.wait())
        ended = asyncio.create_task(asyncio.wait(self._keepers))
        await asyncio.wait({hurry, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not hurry.cancel():
            self._order(Order.AT_ONCE)
        await asyncio.wait({ended}, timeout=END_SECONDS)
        self._kill()
        await ended

    async def _begin(self, number: int) -> bool:
        worker = self._workers[number] = Worker(number, self._counts, self._write_line)
        is_ready = await worker.start(self._context, self._work)
        if is_ready:
            log.info("worker.started", worker=number, pid=worker.pid)
            if self._reached_by:
                worker.order(Order.REACHED, self._reached_by)
        return is_ready

    async def _keep(self, number: int) -> None:
        """Start a worker again whenever it has ended, until all are to stop."""
        loop = asyncio.get_running_loop()
        deaths, began = 0, loop.time()
        while True:
            worker = self._workers[number]
            await worker.until_ended()
            if self._stopping.is_set():
                return
            self.deaths += 1
            self._departed, worker.reading = total([self._departed, worker.reading]), Reading()
            deaths = 1 if loop.time() - began > SOON_SECONDS else deaths + 1
            pause = pause_before_restart(deaths)
            about = {"status": worker.status, "reason": worker.problem or None, "again_in": pause}
            log.error("worker.ended", worker=number, **about)
            if await self._stops_within(pause):
                return
            began = loop.time()
            await self._begin(number)
            if self._stopping.is_set():
                self._workers[number].order(Order.DRAIN)

    async def _stops_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return self._stopping.is_set()

    def _order(self, order: Order) -> None:
        for worker in self._workers.values():
            worker.order(order)

    def _kill(self) -> None:
        for worker in self._workers.values():
            worker.kill()
