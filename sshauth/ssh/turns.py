"""Sharing one event loop: what somebody wants beyond their share waits for a turn, one after the other."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

REST_SECONDS = 0.02
"""Before each turn, at least: time for everybody who wants no more than their share."""
SHARE = 1 / 3
"""Of the loop's time, what it may have worked since the last turn; a turn that costs much is a long rest."""
LONGEST_REST = 0.25
"""Then there is a turn all the same: those who flood may be slow, and must not stand still."""


class Turns:
    """One turn at a time, and a rest before each, however many ask."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._waiting: dict[Callable[[], None], None] = {}
        self._rest: asyncio.TimerHandle | None = None
        self._last_turn = self._worked_then = 0.0

    def ask(self, take: Callable[[], None]) -> None:
        """Call this when its turn has come. To ask again before that changes nothing."""
        self._waiting[take] = None
        if self._rest is None:
            self._begin_rest()

    def leave(self, take: Callable[[], None]) -> None:
        """Do not call this any more."""
        self._waiting.pop(take, None)

    def _begin_rest(self) -> None:
        self._rest = asyncio.get_running_loop().call_later(REST_SECONDS, self._end_rest)

    def _end_rest(self) -> None:
        self._rest = None
        if not self._waiting:
            return
        self._begin_rest()
        now, worked = asyncio.get_running_loop().time(), time.thread_time()
        passed = now - self._last_turn
        if worked - self._worked_then <= passed * SHARE or passed >= LONGEST_REST:
            self._last_turn, self._worked_then = now, worked
            take = next(iter(self._waiting))
            del self._waiting[take]
            take()


class Pause(Protocol):
    """Takes no more from the client for now, or takes it again."""

    def __call__(self, *, paused: bool) -> None:
        """Stop, or go on."""


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
