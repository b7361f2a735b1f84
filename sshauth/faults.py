"""Faults: what is logged as an error, on its way to those who look after the place.

A fault says what happened and where in the program. It never holds an error's own words or the value of a
variable: either may be what somebody typed.
"""

import asyncio
import sys
import traceback
from collections import deque
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

MOST_WAITING = 100
MOST_PLACES = 12
"""Of where it happened, the innermost."""
LEVELS = {"error", "critical"}
FACTS = ("incident", "session", "worker", "status", "screen", "page", "mail", "kind", "tries")
"""Of what stands beside an event, what is ours in any case: numbers, and names out of the program."""
NEITHER_ERROR_NOR_PLACE = ""

Event = MutableMapping[str, Any]

_PACKAGES = {"site-packages", "dist-packages"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that went wrong."""

    event: str
    """What our log calls it; for a line of a library, whose it is."""
    error: str = NEITHER_ERROR_NOR_PLACE
    """The kind of error."""
    places: tuple[str, ...] = ()
    """Where in the program, the innermost last."""
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def sameness(self) -> str:
        """What it has in common with others of its kind, on whatever node."""
        return " ".join((self.event, self.error, *self.places[-1:]))


class FaultBox:
    """Holds faults until somebody takes them; any thread may put one in. Of too many the oldest go."""

    def __init__(self) -> None:
        """Hold none yet."""
        self._faults: deque[Fault] = deque(maxlen=MOST_WAITING)
        self._woken: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def put(self, fault: Fault) -> None:
        """Put one in."""
        self._faults.append(fault)
        loop, woken = self._loop, self._woken
        if loop is not None and woken is not None:
            with suppress(RuntimeError):  # it is closed, maybe since a moment ago
                loop.call_soon_threadsafe(woken.set)

    async def take(self) -> Fault:
        """Take the oldest out, once there is one."""
        if self._woken is None:
            self._woken, self._loop = asyncio.Event(), asyncio.get_running_loop()
        while not self._faults:
            self._woken.clear()
            if not self._faults:
                await self._woken.wait()
        return self._faults.popleft()

    def note(self, _logger: object, _method: str, event: Event) -> Event:
        """Put what is logged as an error in, on its way through structlog's processors."""
        if event.get("level") in LEVELS:
            self.put(fault_of(event))
        return event


def fault_of(event: Mapping[str, Any]) -> Fault:
    """Make a fault of an event, before its traceback is made words."""
    error = _error_of(event.get("exc_info"))
    facts = {name: event[name] for name in FACTS if isinstance(event.get(name), str | int)}
    return Fault(
        _name_of(event),
        type(error).__qualname__ if error else NEITHER_ERROR_NOR_PLACE,
        _places_of(error.__traceback__) if error else (),
        facts,
    )


def _name_of(event: Mapping[str, Any]) -> str:
    # What a library says may hold anything.
    record = event.get("_record")
    return f"an error of {record.name}" if record is not None else str(event.get("event", ""))


def _error_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        found: BaseException | None = exc_info[1]
        return found
    return sys.exc_info()[1] if exc_info else None


def _places_of(trace: TracebackType | None) -> tuple[str, ...]:
    places = [
        f"{_short(frame.f_code.co_filename)}:{line} in {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(trace)
    ]
    return tuple(places[-MOST_PLACES:])


def _short(file: str) -> str:
    """Give a file's name from its package on: where that is installed is another matter on each machine."""
    parts = Path(file).parts
    for index in range(len(parts) - 1, -1, -1):
        if parts[index] in _PACKAGES:
            return "/".join(parts[index + 1 :])
        if parts[index] == __package__:
            return "/".join(parts[index:])
    return Path(file).name
