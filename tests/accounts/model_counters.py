"""A small model of the counters of tries. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

NO_WAIT = timedelta(0)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Window:
    """At most so many failures in a time that the first try begins."""

    most: int
    lasts: timedelta
    ends_at: datetime | None = None
    failures: int = 0

    def wait(self, now: datetime) -> timedelta:
        if self.ends_at is None or self.ends_at <= now or self.failures < self.most:
            return NO_WAIT
        return self.ends_at - now

    def count(self, now: datetime, *, failed: bool) -> None:
        if self.ends_at is None or self.ends_at <= now:
            self.ends_at, self.failures = now + self.lasts, 0
        self.failures += failed


@dataclass
class Patience(Window):
    """A wait after each failure from the third on: a second, doubling to a quarter of an hour."""

    most: int = 3
    lasts: timedelta = DAY
    last_failure: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        if self.last_failure is None or not super().wait(now):
            return NO_WAIT
        delay = min(timedelta(seconds=2 ** min(self.failures - self.most, 20)), 15 * MINUTE)
        return max(NO_WAIT, self.last_failure + delay - now)

    def count(self, now: datetime, *, failed: bool) -> None:
        super().count(now, failed=failed)
        if failed:
            self.last_failure = now


def count(counters: Sequence[Window], now: datetime, *, failed: bool) -> None:
    """Count a try that was judged."""
    for counter in counters:
        counter.count(now, failed=failed)


def wait_of(counters: Sequence[Window], now: datetime) -> timedelta:
    """Give the wait before a try that all of these count. Those that would let it in begin their time."""
    for counter in counters:
        if not counter.wait(now):
            counter.count(now, failed=False)
    return max(counter.wait(now) for counter in counters)


def _windows(*kinds: tuple[int, timedelta]) -> list[Window]:
    return [Window(most, lasts) for most, lasts in kinds]


@dataclass
class Counters:
    """All counters, by what they count."""

    by_source: dict[str, Window] = field(default_factory=lambda: defaultdict(lambda: Window(10, 5 * MINUTE)))
    by_name: dict[tuple[object, ...], Patience] = field(default_factory=lambda: defaultdict(Patience))
    codes: dict[tuple[object, ...], list[Window]] = field(
        default_factory=lambda: defaultdict(lambda: _windows((5, 15 * MINUTE), (10, DAY)))
    )
    mailed_codes: dict[str, Window] = field(
        default_factory=lambda: defaultdict(lambda: Window(10, 15 * MINUTE))
    )
    reset_codes: dict[UUID, Window] = field(default_factory=lambda: defaultdict(lambda: Window(25, DAY)))
    requests: dict[tuple[object, ...], list[Window]] = field(
        default_factory=lambda: defaultdict(lambda: _windows((3, HOUR), (5, DAY)))
    )
    mail: dict[str, list[Window]] = field(
        default_factory=lambda: defaultdict(lambda: _windows((3, HOUR), (6, DAY)))
    )
