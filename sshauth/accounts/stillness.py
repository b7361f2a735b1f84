"""Telling what has not changed for a while, by our own clock alone. Pure.

What others write down is the time of their clocks, which may be wrong by an hour. That it changes shows that
they live, whatever it says.
"""

from collections.abc import Collection, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)

LOST_AFTER = timedelta(seconds=75)
"""So long a process may be silent: with what it takes to look, two minutes after a kill at most."""
BLIND_AFTER = timedelta(seconds=30)
"""Who has not looked for longer, or whose own clock was moved, knows nothing and begins anew."""


class Stillness(Generic[T]):
    """Knows since when things are as they are, as far as it has looked at them."""

    def __init__(self, still_after: timedelta) -> None:
        """Take how long something must be as it is; nothing was looked at yet."""
        self._still_after = still_after
        self._looked_at: datetime | None = None
        self._since: dict[T, datetime] = {}

    def look(self, now: datetime, there: Collection[T]) -> set[T]:
        """Look at what is there, and give what has been so for long enough."""
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at <= BLIND_AFTER:
            self._since.clear()
        self._looked_at = now
        self._since = {each: self._since.get(each, now) for each in there}
        return {each for each, since in self._since.items() if now - since >= self._still_after}
