"""A worker as its supervisor sees it: a process, the wires to it, and the words that go over them.

Orders and answers are JSON arrays, one a line: ``["drain"]``, or ``["people", 3]``.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.context import ForkServerContext
from typing import Any

from sshauth.log_targets import LONGEST_LINE, line_of
from sshauth.logs import WriteLine
from sshauth.metrics.reading import Reading
from sshauth.ssh.admission import serve_admission
from sshauth.ssh.limits import Counts

REAP_SECONDS = 5.0
"""From the moment when a worker has hung up until its process must have ended."""
LAST_LINES_SECONDS = 1.0
LOG_LIMIT = 6 * LONGEST_LINE + 64
"""Bytes that a line of the log may take on its wire."""
ANSWER_LIMIT = 256 * 1024
"""Bytes that an answer may take; a reading of the meters takes a few thousand."""


class Order(StrEnum):
    """What a supervisor says to a worker."""

    DRAIN = "drain"
    AT_ONCE = "at once"
    RELOAD = "reload"
    COUNT = "count"
    READ = "read"
    REACHED = "reached"


class Answer(StrEnum):
    """What a worker says to its supervisor."""

    READY = "ready"
    FAILED = "failed"
    PEOPLE = "people"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Seat:
    """What a worker is given: its number, and its ends of the wires."""

    number: int
    orders: socket.socket
    admission: socket.socket
    log: socket.socket


Work = Callable[[Seat], None]
"""What a worker does, in its process. It must be known there by name, as ``pickle`` wants it."""


class Worker:
    """One worker, from its start until its process has ended."""

    def __init__(self, number: int, counts: Counts, write_line: WriteLine) -> None:
        """Take its number, the counts that it asks, and what writes its log. Nothing runs yet."""
        self.number = number
        self.problem = ""
        """Why it could not start, in its own words."""
        self.status: int | None = None
        """Its exit status once it has ended, or minus the signal that ended it."""
        self.reading = Reading()
        """What its meters showed when they were last read; what stays of that once it has ended."""
        self._counts = counts
        self._write_line = write_line
        self._asking: dict[Answer, set[asyncio.Future[Any]]] = {}
        self._orders: asyncio.StreamWriter | None = None
        self._life: asyncio.Task[None] | None = None

    async def start(self, context: ForkServerContext, work: Work) -> bool:
        """Start the process, and wait until people can connect to it; False if it ended before."""
        near, far = zip(*(socket.socketpair() for _ in range(3)), strict=True)
        self._process = context.Process(target=work, args=(Seat(self.number, *far),), daemon=True)
        self._ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        reader, writer = await asyncio.open_unix_connection(sock=near[0], limit=ANSWER_LIMIT)
        self._orders = writer
        try:
            # Most of a second when the process that workers are forked from must be started, too.
            await asyncio.to_thread(self._process.start)
        except (OSError, EOFError) as error:
            self.problem = f"no process could be started ({type(error).__name__})"
        finally:
            for each in far:
                each.close()
        self._life = asyncio.create_task(self._live(reader, writer, *near[1:]))
        return await asyncio.shield(self._ready)

    @property
    def pid(self) -> int | None:
        """The number of its process."""
        return self._process.pid

    @property
    def is_serving(self) -> bool:
        """Whether people can connect to it."""
        return self._is_alive and self._ready.done()

    @property
    def _is_alive(self) -> bool:
        return self._life is not None and not self._life.done()

    async def until_ended(self) -> None:
        """Wait until its process, which was started, has ended."""
        if self._life is not None:
            await asyncio.wait({self._life})

    def order(self, order: Order, *details: object) -> None:
        """Tell it what to do, if it is still there."""
        if self._orders is not None and not self._orders.is_closing():
            self._orders.write(line(order, *details))

    async def people(self, seconds: float) -> int | None:
        """Ask how many people are connected; None where it does not answer in time."""
        answer = await self._ask(Order.COUNT, Answer.PEOPLE, seconds)
        return None if answer is None else int(answer)

    async def read(self, seconds: float) -> None:
        """Have its meters read; where it does not answer in time, the reading stays the last one."""
        await self._ask(Order.READ, Answer.READING, seconds)

    async def _ask(self, order: Order, kind: Answer, seconds: float) -> Any:  # noqa: ANN401 - whatever JSON can hold
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        asking = self._asking.setdefault(kind, set())
        asking.add(answer)
        self.order(order)
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            return None
        finally:
            asking.discard(answer)

    def kill(self) -> None:
        """End it as it stands."""
        if self._is_alive and self.pid is not None:
            self._process.kill()

    async def _live(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        admission: socket.socket,
        log: socket.socket,
    ) -> None:
        """Hear it until it hangs up, which is when its process ends, however it does."""
        serving = [
            asyncio.create_task(serve_admission(self._counts, admission, self)),
            asyncio.create_task(self._copy_log(log)),
        ]
        with suppress(OSError):
            async for said in reader:
                self._hear(*json.loads(said))
        self.reading = self.reading.lasting
        self.status = await asyncio.to_thread(self._reap)
        writer.close()
        _, unfinished = await asyncio.wait(serving, timeout=LAST_LINES_SECONDS)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        if not self._ready.done():
            self._ready.set_result(False)

    def _hear(self, answer: str, *details: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        if answer == Answer.READY:
            self._ready.set_result(True)
        elif answer == Answer.FAILED:
            self.problem = str(details[0])
        else:
            if answer == Answer.READING:
                self.reading = Reading.from_json(details[0])
            for each in self._asking.pop(Answer(answer), ()):
                if not each.done():  # its time may be up in this very moment
                    each.set_result(details[0])

    def _reap(self) -> int | None:
        if self.pid is None:
            return None
        self._process.join(REAP_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        return self._process.exitcode

    async def _copy_log(self, wire: socket.socket) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=wire, limit=LOG_LIMIT)
        try:
            # What stays unfinished was cut short by the worker's end.
            while (sent := await reader.readline()).endswith(b"\n"):
                self._write_line(line_of(sent))
        finally:
            writer.close()


def line(word: Order | Answer, *details: object) -> bytes:
    """Write an order or an answer as it goes over the wire."""
    return json.dumps([word, *details]).encode() + b"\n"
