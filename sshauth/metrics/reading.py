"""What the meters of a process show at a moment, as it goes over a wire, and the sum of many. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from sshauth import meters
from sshauth.meters import Meters

Number = TypeVar("Number", int, float)

MICRO = 1_000_000
Time = tuple[tuple[int, ...], int]
"""How often up to each bound, and the microseconds of all together."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading. Counts and times only ever rise; levels are what they are at the moment.

    What rises is whole numbers: the sum of others depends on their order, and would fall a little at times.
    """

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    times: Mapping[str, Time] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, read: Meters) -> Self:
        """Read the meters now."""
        return cls(
            counts={
                meters.CONNECTIONS: dict(read.connections),
                meters.REFUSALS: dict(read.refusals),
                meters.SIGN_INS: dict(read.sign_ins),
            },
            times={
                name: (tuple(times.counts), int(times.seconds * MICRO))
                for name, times in (
                    (meters.APP_START, read.app_starts),
                    (meters.KEY_ECHO, read.key_echoes),
                    (meters.HASH_WAIT, read.hash_waits),
                    (meters.LOOP_LAG, read.loop_lags),
                )
            },
            levels={name: look() for name, look in read.levels.items()},
        )

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Take a reading off the wire."""
        times = {name: (tuple(counts), micro) for name, (counts, micro) in said["times"].items()}
        return cls(said["counts"], times, said["levels"])

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {"counts": self.counts, "times": self.times, "levels": self.levels}

    @property
    def lasting(self) -> Self:
        """What stays of it when its process is gone."""
        return type(self)(self.counts, self.times)


def total(readings: Iterable[Reading]) -> Reading:
    """Add them up."""
    counts: dict[str, dict[str, int]] = {}
    times: dict[str, Time] = {}
    levels: dict[str, float] = {}
    for reading in readings:
        for name, some in reading.counts.items():
            _add(counts.setdefault(name, {}), some)
        for name, time in reading.times.items():
            times[name] = _sum(times[name], time) if name in times else time
        _add(levels, reading.levels)
    return Reading(counts, times, levels)


def _add(to: dict[str, Number], some: Mapping[str, Number]) -> None:
    for name, number in some.items():
        to[name] = to[name] + number if name in to else number


def _sum(one: Time, other: Time) -> Time:
    return tuple(map(sum, zip(one[0], other[0], strict=True))), one[1] + other[1]
