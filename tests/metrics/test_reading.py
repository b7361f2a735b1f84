"""Readings of meters: what goes over the wire comes out of it, and sums are right."""

import json
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sshauth.meters import BOUNDS, KEY_ECHO, Meters
from sshauth.metrics.reading import MICRO, Reading, total

NAMES = st.sampled_from(["let in", "refused", "gone"])
COUNTS = st.dictionaries(NAMES, st.integers(0, 10**9))
SECONDS = st.lists(st.floats(0, 100), max_size=20)


@st.composite
def meters(draw: st.DrawFn) -> Meters:
    """Draw what a process may have counted and timed."""
    read = Meters()
    read.connections.update(draw(COUNTS))
    read.sign_ins.update(draw(COUNTS))
    for seconds in draw(SECONDS):
        read.key_echoes.add(seconds)
    sessions = draw(st.integers(0, 1000))
    read.levels["sessions"] = lambda: sessions
    return read


@given(st.lists(meters(), max_size=4))
def test_a_sum_is_that_of_all(many: list[Meters]) -> None:
    """Of each name, each bound and each level."""
    summed = total(Reading.of(each) for each in many)
    for name in ("let in", "refused", "gone"):
        counted = sum(each.connections[name] for each in many)
        assert summed.counts.get("connections", {}).get(name, 0) == counted
    if many:
        counts, micro = summed.times[KEY_ECHO]
        assert list(counts) == [
            sum(some) for some in zip(*(each.key_echoes.counts for each in many), strict=True)
        ]
        assert micro == sum(int(each.key_echoes.seconds * MICRO) for each in many)
    assert summed.levels.get("sessions", 0) == sum(each.levels["sessions"]() for each in many)


@given(st.lists(meters(), min_size=2, max_size=5), st.randoms())
def test_a_sum_is_the_same_in_whatever_order(many: list[Meters], luck: Random) -> None:
    """A worker that has died is added up elsewhere: not even a fraction may fall."""
    readings = [Reading.of(each).lasting for each in many]
    before = total(readings)
    luck.shuffle(readings)
    assert total([total(readings[:2]), *readings[2:]]) == before


@given(meters())
def test_a_reading_goes_over_a_wire(read: Meters) -> None:
    """As JSON, unchanged."""
    reading = Reading.of(read)
    assert Reading.from_json(json.loads(json.dumps(reading.as_json()))) == reading


@given(meters())
def test_what_lasts_of_a_process_is_what_it_has_counted(read: Meters) -> None:
    """Its sessions are gone with it."""
    reading = Reading.of(read)
    assert (reading.lasting.counts, reading.lasting.times) == (reading.counts, reading.times)
    assert reading.lasting.levels == {}


def test_a_time_is_counted_up_to_the_bound_that_it_reaches() -> None:
    """A bound belongs to what lies below it; what is longer than all has a place of its own."""
    bounds, read = BOUNDS[KEY_ECHO], Meters()
    for seconds in (0.0, bounds[0], bounds[0] + 1e-9, bounds[-1], 1000.0):
        read.key_echoes.add(seconds)
    counts = read.key_echoes.counts
    assert (counts[0], counts[1], counts[-2], counts[-1]) == (2, 1, 1, 1)
    assert sum(counts) == 5
