"""What is counted and timed while people are served. Plain values; who shows them is in ``metrics``.

Every name in here is ours, and there are few of them: nothing that came from outside ever becomes one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds, in seconds."""

CONNECTIONS, REFUSALS, SIGN_INS = "connections", "refusals", "sign_ins"
APP_START, KEY_ECHO, HASH_WAIT, LOOP_LAG = "app_start", "key_echo", "hash_wait", "loop_lag"
BOUNDS: Mapping[str, tuple[float, ...]] = {
    APP_START: SLOW,
    KEY_ECHO: QUICK,
    HASH_WAIT: QUICK,
    LOOP_LAG: QUICK,
}


class Times:
    """How long something took, each time: how often up to each of some bounds, and all together."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        """Take the bounds, in rising order; nothing was timed yet."""
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """One for each bound, and one for what took longer."""
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one that took so long."""
        self.counts[bisect_left(self._bounds, seconds)] += 1
        self.seconds += seconds


@dataclass(slots=True)
class Meters:
    """The meters of one process."""

    connections: Counter[str] = field(default_factory=Counter)
    """What became of those who came to the door."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Who was turned away, or refused something, by reason."""
    sign_ins: Counter[str] = field(default_factory=Counter)
    app_starts: Times = field(default_factory=lambda: Times(BOUNDS[APP_START]))
    """From the wish for a session to the first picture."""
    key_echoes: Times = field(default_factory=lambda: Times(BOUNDS[KEY_ECHO]))
    """From a character typed into a field to the next picture."""
    hash_waits: Times = field(default_factory=lambda: Times(BOUNDS[HASH_WAIT]))
    """From the wish to check a password until its turn."""
    loop_lags: Times = field(default_factory=lambda: Times(BOUNDS[LOOP_LAG]))
    """By how much what was due at a time came later."""
    levels: dict[str, Callable[[], float]] = field(default_factory=dict)
    """What is neither counted nor timed, but looked at."""
