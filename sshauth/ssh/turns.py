"""Sharing one event loop: what somebody wants beyond their share waits for a turn, one after the other."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

INPUT_REST_SECONDS = 0.015
"""Between two handfuls of input from those who flood: time for everybody else."""
SIZE_REST_SECONDS = 0.05
"""Between two new sizes of those who change theirs all the time: a layout takes longer than keys."""


class Turns:
    """One turn at a time, and a rest before each, however many ask."""

    def __init__(self, rest_seconds: float) -> None:
        """Take the length of the rest."""
        self._rest_seconds = rest_seconds
        self._waiting: dict[Callable[[], None], None] = {}
        self._rest: asyncio.TimerHandle | None = None

    def ask(self, take: Callable[[], None]) -> None:
        """Call this when its turn has come. To ask again before that changes nothing."""
        self._waiting[take] = None
        if self._rest is None:
            self._begin_rest()

    def leave(self, take: Callable[[], None]) -> None:
        """Do not call this any more."""
        self._waiting.pop(take, None)

    def _begin_rest(self) -> None:
        self._rest = asyncio.get_running_loop().call_later(self._rest_seconds, self._next)

    def _next(self) -> None:
        self._rest = None
        if self._waiting:
            self._begin_rest()
            take = next(iter(self._waiting))
            del self._waiting[take]
            take()


@dataclass(frozen=True, slots=True)
class Pace:
    """The turns that all apps of a process share."""

    input: Turns = field(default_factory=lambda: Turns(INPUT_REST_SECONDS))
    sizes: Turns = field(default_factory=lambda: Turns(SIZE_REST_SECONDS))


class Allowance:
    """So much at once, and more as time passes."""

    def __init__(self, most: int, a_second: float) -> None:
        """Take the most that is ever allowed at once, and how much comes back in a second."""
        self._most = most
        self._a_second = a_second
        self._left = float(most)
        self._counted_at = 0.0

    def left(self, now: float) -> int:
        """Tell how much is allowed now."""
        self._left = min(self._most, self._left + (now - self._counted_at) * self._a_second)
        self._counted_at = now
        return int(self._left)

    def spend(self, count: int) -> None:
        """Take that much away."""
        self._left = max(0.0, self._left - count)
