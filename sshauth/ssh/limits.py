"""How many connections there may be, of one source and of all. Pure counting: nothing here knows a socket."""

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from sshauth.accounts.peer import TUNNEL, sources_in

MINUTE = 60.0
MOST_SOURCES = 65_536
"""Sources whose latest arrivals are remembered: 17 MB when each came once, 75 MB when each came 30 times."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many may connect (row 24). Strangers are those who have not signed in.

    A source that stands for many may have as many times the connections.
    """

    per_minute: int = 30
    per_source: int = 100
    strangers_per_source: int = 10
    strangers: int = 1000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody does not get in."""

    reason: str
    """One of a few, for the log and for counters."""
    words: str
    """What the person reads."""


class Visit:
    """One connection that was let in; it is counted until it leaves."""

    __slots__ = ("_counts", "holder", "is_signed_in", "source")

    def __init__(self, counts: "Counts", source: str, holder: Hashable) -> None:
        """Belong to the counts that let it in."""
        self._counts = counts
        self.source = source
        self.holder = holder
        self.is_signed_in = False

    def signed_in(self, is_signed_in: bool) -> None:  # noqa: FBT001 - the name says what is true
        """Count as somebody who has signed in, or who has signed out again."""
        self._counts.move(self, is_signed_in=is_signed_in)

    def leave(self) -> None:
        """Count no longer. Leaving again changes nothing."""
        self._counts.leave(self)


class Counts:
    """Counts connections and says who may come in.

    Only who gets in counts as new: a flood cannot lengthen the wait of honest people behind the same
    address, and a refused one leaves no trace. Every visit has a holder, whose visits end when it dies.
    """

    def __init__(self, limits: ConnectionLimits, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the limits; nobody is here yet."""
        self._limits = limits
        self._clock = clock
        self._arrivals = Arrivals(limits.per_minute)
        self._visits: dict[Hashable, set[Visit]] = {}
        self._of_source: Counter[str] = Counter()
        self._strangers_of_source: Counter[str] = Counter()
        self.strangers = 0

    def enter(self, source: str, holder: Hashable) -> Visit | Refusal:
        """Let a connection in, or say why not."""
        now = self._clock()
        refusal = self._refusal(source, now)
        if refusal is not None:
            return refusal
        self._arrivals.add(source, now)
        visit = Visit(self, source, holder)
        self._visits.setdefault(holder, set()).add(visit)
        self._of_source[source] += 1
        self._add_stranger(source, 1)
        return visit

    def _refusal(self, source: str, now: float) -> Refusal | None:
        limits, number = self._limits, sources_in(source)
        where = "by the tunnel that you come by" if source == TUNNEL else "from your address"
        if self._strangers_of_source[source] >= (most := limits.strangers_per_source * number):
            return Refusal(
                "strangers of the source",
                f"Too many connections {where}: {most} are open without "
                "having signed in, yours or others'. Close one, or try again in a few minutes.",
            )
        if self._of_source[source] >= (most := limits.per_source * number):
            return Refusal(
                "connections of the source",
                f"Too many connections {where}: {most} are open, yours or others'. "
                "Close one, or try again later.",
            )
        wait = self._arrivals.wait(source, now)
        if wait > 0:
            return Refusal(
                "new connections of the source",
                f"Too many new connections {where}. Try again in {math.ceil(wait)} s.",
            )
        if self.strangers >= limits.strangers:
            return Refusal("strangers", "The server is full at present. Please try again in a minute.")
        return None

    def move(self, visit: Visit, *, is_signed_in: bool) -> None:
        """Count a visit among the strangers no longer, or again. That limits only those who come later."""
        if is_signed_in == visit.is_signed_in or visit not in self._visits.get(visit.holder, ()):
            return
        visit.is_signed_in = is_signed_in
        self._add_stranger(visit.source, -1 if is_signed_in else 1)

    def leave(self, visit: Visit) -> None:
        """Count a visit no longer."""
        visits = self._visits.get(visit.holder, set())
        if visit not in visits:
            return
        visits.remove(visit)
        if not visits:
            del self._visits[visit.holder]
        _add(self._of_source, visit.source, -1)
        if not visit.is_signed_in:
            self._add_stranger(visit.source, -1)

    def forget(self, holder: Hashable) -> None:
        """Let all visits of a holder leave: it is dead, and its connections with it."""
        for visit in list(self._visits.get(holder, ())):
            self.leave(visit)

    def _add_stranger(self, source: str, number: int) -> None:
        self.strangers += number
        _add(self._strangers_of_source, source, number)


class Arrivals:
    """When each source came in the last minute; never more than so many of one source in any minute.

    At most ``MOST_SOURCES`` are remembered. Beyond them the one that has stayed away longest is forgotten:
    who commands so many addresses gains nothing by it.
    """

    def __init__(self, per_minute: int) -> None:
        """Take how many of one source may come in a minute."""
        self._per_minute = per_minute
        self._times: OrderedDict[str, list[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._times)

    def wait(self, source: str, now: float) -> float:
        """Give the seconds after which the source may come again; 0 or less when it may at once."""
        times = self._times.get(source)
        if times is None or len(times) < self._per_minute * sources_in(source):
            return 0.0
        return min(times[0] + MINUTE - now, MINUTE)

    def add(self, source: str, now: float) -> None:
        """Remember that the source came now."""
        times = self._times.setdefault(source, [])
        if len(times) == self._per_minute * sources_in(source):
            del times[0]
        times.append(now)
        self._times.move_to_end(source)
        self._forget(now)

    def _forget(self, now: float) -> None:
        while len(self._times) > MOST_SOURCES or self._is_old(next(iter(self._times)), now):
            self._times.popitem(last=False)

    def _is_old(self, source: str, now: float) -> bool:
        return self._times[source][-1] + MINUTE <= now


def _add(counter: Counter[str], source: str, number: int) -> None:
    counter[source] += number
    if not counter[source]:
        del counter[source]
