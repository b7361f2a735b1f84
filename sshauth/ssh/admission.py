"""Asking whether somebody may come in: of counts in this process, or of a supervisor that counts for all.

Between worker and supervisor goes one JSON array a line. A worker says ``["enter", number, source]``, then
``["in", number]``, ``["out", number]`` and ``["leave", number]``; the answer to the first is
``[number, null]``, or ``[number, [reason, words]]`` for a refusal.
"""

import asyncio
import json
import socket
from collections.abc import Hashable
from contextlib import suppress
from itertools import count
from typing import Any, Protocol

from sshauth.ssh.limits import ConnectionLimits, Counts, Refusal, Visit

ANSWER_SECONDS = 5.0
GONE = Refusal("no supervisor", "The server is restarting. Please try again in a moment.")


class Place(Protocol):
    """What an admitted connection holds until it leaves."""

    def signed_in(self, is_signed_in: bool) -> None:  # noqa: FBT001 - the name says what is true
        """Tell that somebody has signed in on the connection, or signed out again."""

    def leave(self) -> None:
        """Give the place back; again, it changes nothing. Raises nothing."""


class Admission(Protocol):
    """Lets connections in, or says why not."""

    async def admit(self, source: str) -> Place | Refusal:
        """Give a connection of this source its place."""


class Uncounted:
    """The place of somebody who is not counted; ``others`` holds those who are here in the same way."""

    def __init__(self, others: "set[Uncounted] | None" = None) -> None:
        """Join the others."""
        self._others = set() if others is None else others
        self._others.add(self)

    def signed_in(self, is_signed_in: bool) -> None:  # noqa: FBT001 - the name says what is true
        """Change nothing."""

    def leave(self) -> None:
        """Be with the others no longer."""
        self._others.discard(self)


class OwnAdmission:
    """Counts for a server of one process."""

    def __init__(self, counts: Counts | None = None) -> None:
        """Ask these counts, or new ones with the ordinary limits."""
        self._counts = counts or Counts(ConnectionLimits())

    async def admit(self, source: str) -> Place | Refusal:
        """Give a connection of this source its place."""
        return self._counts.enter(source, self)


class SharedAdmission:
    """Asks the supervisor, which counts for all workers of this machine."""

    def __init__(self, sock: socket.socket) -> None:
        """Take this worker's end of the pair of sockets; it is used from the first question on."""
        self._sock = sock
        self._numbers = count()
        self._waiting: dict[int, asyncio.Future[Refusal | None]] = {}
        self._opening = asyncio.Lock()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def admit(self, source: str) -> Place | Refusal:
        """Give a connection of this source its place. A supervisor that is gone or silent lets nobody in."""
        if (await self._open()).done():
            return GONE
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self.tell("enter", number, source)
        place = _SharedPlace(self, number)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                refusal = await answer
        except BaseException as error:
            # The supervisor may have let it in all the same.
            place.leave()
            if isinstance(error, TimeoutError):
                return GONE
            raise
        finally:
            del self._waiting[number]
        return refusal or place

    async def until_gone(self) -> None:
        """Wait until the supervisor has gone."""
        await asyncio.wait([await self._open()])

    async def close(self) -> None:
        """Ask no more. The supervisor forgets whoever is still here."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        else:
            self._sock.close()

    def tell(self, what: str, *details: object) -> None:
        """Send the supervisor a line, if it is still there."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(_line(what, *details))

    async def _open(self) -> asyncio.Task[None]:
        async with self._opening:
            if self._reading is None:
                reader, self._writer = await asyncio.open_unix_connection(sock=self._sock)
                self._reading = asyncio.create_task(self._read(reader, self._writer))
        return self._reading

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                async for line in reader:
                    number, refusal = json.loads(line)
                    self._answer(number, Refusal(*refusal) if refusal else None)
        finally:
            for number in list(self._waiting):
                self._answer(number, GONE)
            writer.close()

    def _answer(self, number: int, refusal: Refusal | None) -> None:
        answer = self._waiting.get(number)
        if answer is not None and not answer.done():
            answer.set_result(refusal)


class _SharedPlace:
    """A place that the supervisor counts."""

    __slots__ = ("_admission", "_is_left", "_number")

    def __init__(self, admission: SharedAdmission, number: int) -> None:
        self._admission = admission
        self._number = number
        self._is_left = False

    def signed_in(self, is_signed_in: bool) -> None:  # noqa: FBT001 - the name says what is true
        """Tell the supervisor, unless this place was left."""
        if not self._is_left:
            self._admission.tell("in" if is_signed_in else "out", self._number)

    def leave(self) -> None:
        """Tell the supervisor once."""
        if not self._is_left:
            self._is_left = True
            self._admission.tell("leave", self._number)


async def serve_admission(counts: Counts, sock: socket.socket, holder: Hashable) -> None:
    """Answer a worker's questions until it is gone; then forget whoever it held."""
    reader, writer = await asyncio.open_unix_connection(sock=sock)
    visits: dict[int, Visit] = {}
    try:
        with suppress(OSError):
            async for line in reader:
                what, number, *details = json.loads(line)
                if what == "enter":
                    writer.write(_line(number, _enter(counts, visits, number, details[0], holder)))
                    await writer.drain()
                else:
                    _act(what, visits, number)
    finally:
        counts.forget(holder)
        writer.close()


def _enter(
    counts: Counts, visits: dict[int, Visit], number: int, source: str, holder: Hashable
) -> tuple[str, str] | None:
    entered = counts.enter(source, holder)
    if isinstance(entered, Refusal):
        return entered.reason, entered.words
    visits[number] = entered
    return None


def _act(what: str, visits: dict[int, Visit], number: int) -> None:
    visit = visits.get(number)
    if visit is None:
        return  # it was refused after the worker had stopped waiting for the answer
    if what == "leave":
        visits.pop(number).leave()
    else:
        visit.signed_in(what == "in")


def _line(*parts: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    return json.dumps(parts).encode() + b"\n"
