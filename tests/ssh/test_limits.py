"""Who may connect, and how many at once (row 24)."""

import itertools
import tracemalloc
from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from sshauth.accounts.peer import TUNNEL
from sshauth.ssh import limits
from sshauth.ssh.limits import MINUTE, MOST_SOURCES, Arrivals, ConnectionLimits, Counts, Refusal, Visit

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def entered(counts: Counts, source: str = HERE, holder: Hashable = "worker") -> Visit:
    visit = counts.enter(source, holder)
    assert isinstance(visit, Visit), visit
    return visit


def refused(counts: Counts, source: str = HERE) -> Refusal:
    refusal = counts.enter(source, "worker")
    assert isinstance(refusal, Refusal)
    return refusal


def test_ten_who_have_not_signed_in_are_enough_for_a_source(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(), clock)
    visits = [entered(counts) for _ in range(10)]
    assert refused(counts) == Refusal(
        "strangers of the source",
        "Too many connections from your address: 10 are open without having signed in, "
        "yours or others'. Close one, or try again in a few minutes.",
    )
    entered(counts, THERE)
    visits[0].leave()
    entered(counts)


def test_who_has_signed_in_is_no_stranger_and_is_one_again_afterwards(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(strangers_per_source=1), clock)
    visit = entered(counts)
    visit.signed_in(True)
    second = entered(counts)
    visit.signed_in(False)
    second.leave()
    assert refused(counts).reason == "strangers of the source"


def test_a_hundred_are_enough_for_a_source_signed_in_or_not(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(per_minute=1000), clock)
    for _ in range(100):
        entered(counts).signed_in(True)
    assert refused(counts).words == (
        "Too many connections from your address: 100 are open, yours or others'. "
        "Close one, or try again later."
    )
    entered(counts, THERE)


def test_thirty_may_come_in_a_minute_and_the_next_is_told_when(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(), clock)
    for _ in range(30):
        entered(counts).leave()
        clock.now += 1
    refusal = refused(counts)
    assert refusal.words == "Too many new connections from your address. Try again in 30 s."
    entered(counts, THERE)
    clock.now += 29.5
    assert refused(counts).words.endswith("Try again in 1 s.")
    clock.now += 0.5
    entered(counts).leave()
    assert refused(counts).words.endswith("Try again in 1 s.")


def test_a_flood_of_refused_ones_lengthens_no_wait(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(), clock)
    for _ in range(30):
        entered(counts).leave()
    for _ in range(800):
        clock.now += 0.0625
        refused(counts)
    clock.now += 10
    entered(counts)


def test_a_thousand_strangers_are_enough_for_the_machine(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(), clock)
    visits = [entered(counts, f"192.0.{number // 250}.{number % 250}") for number in range(1000)]
    assert refused(counts, "198.51.100.1") == Refusal(
        "strangers", "The server is full at present. Please try again in a minute."
    )
    visits[7].signed_in(True)
    entered(counts, "198.51.100.1")
    assert counts.strangers == 1000


def test_the_visits_of_a_dead_worker_are_forgotten(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(strangers_per_source=3), clock)
    dead = [entered(counts, holder="dead") for _ in range(2)]
    entered(counts, holder="alive")
    counts.forget("dead")
    counts.forget("dead")
    assert counts.strangers == 1
    for visit in dead:
        visit.leave()
        visit.signed_in(True)
    assert counts.strangers == 1


def test_leaving_twice_counts_once(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(), clock)
    visit = entered(counts)
    entered(counts)
    visit.leave()
    visit.leave()
    visit.signed_in(True)
    assert counts.strangers == 1


def test_nothing_is_kept_of_those_who_have_left(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(), clock)
    for number in range(100):
        visit = entered(counts, f"192.0.2.{number}")
        visit.signed_in(number % 2 == 0)
        visit.leave()
    assert [counts._visits, counts._of_source, counts._strangers_of_source] == [{}, {}, {}]
    clock.now += MINUTE
    entered(counts).leave()
    assert len(counts._arrivals) == 1


def test_memory_is_bounded_under_a_flood_from_more_addresses_than_are_remembered(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(), clock)
    tracemalloc.start()
    try:
        for number in range(MOST_SOURCES + 1000):
            entered(counts, f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::/64").leave()
        assert len(counts._arrivals) == MOST_SOURCES
        assert tracemalloc.get_traced_memory()[0] < 30e6
    finally:
        tracemalloc.stop()


def test_the_most_recent_sources_are_those_that_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SOURCES", 2)
    arrivals = Arrivals(1)
    for now, source in enumerate("abac"):
        arrivals.add(source, float(now))
    assert [arrivals.wait(source, 3.0) > 0 for source in "abc"] == [True, False, True]


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 40, allow_subnormal=False)), max_size=60),
)
def test_no_source_comes_more_often_than_it_may_in_any_minute_and_no_wait_is_too_long(
    per_minute: int, steps: list[tuple[str, float]]
) -> None:
    arrivals = Arrivals(per_minute)
    let_in: dict[str, list[float]] = {"a": [], "b": []}
    now = 0.0
    for source, pause in steps:
        now += pause
        wait = arrivals.wait(source, now)
        recent = [time for time in let_in[source] if now < time + MINUTE]
        assert (wait > 0) == (len(recent) == per_minute)
        assert wait <= MINUTE
        if wait <= 0:
            arrivals.add(source, now)
            let_in[source].append(now)


class Model(RuleBasedStateMachine):
    """Counts beside lists of who is there."""

    visits = Bundle("visits")

    def __init__(self) -> None:
        super().__init__()
        self.limits = ConnectionLimits(per_minute=6, per_source=4, strangers_per_source=2, strangers=5)
        self.clock = Clock()
        self.counts = Counts(self.limits, self.clock)
        self.here: set[Visit] = set()
        self.arrived: list[tuple[str, float]] = []

    @rule(target=visits, source=st.sampled_from("abc"), holder=st.integers(1, 2))
    def enter(self, source: str, holder: int) -> Visit:
        """Come, and compare the answer with the lists."""
        ours = [visit for visit in self.here if visit.source == source]
        new = [at for came, at in self.arrived if came == source and self.clock.now < at + MINUTE]
        strangers = sum(not visit.is_signed_in for visit in ours)
        may = len(ours) < 4 and strangers < 2 and self.strangers() < 5 and len(new) < 6
        answer = self.counts.enter(source, holder)
        assert isinstance(answer, Visit) == may
        if isinstance(answer, Refusal):
            return Visit(self.counts, source, holder)  # which never was there
        self.here.add(answer)
        self.arrived.append((source, self.clock.now))
        return answer

    @rule(visit=visits, is_signed_in=st.booleans())
    def move(self, visit: Visit, is_signed_in: bool) -> None:
        visit.signed_in(is_signed_in)
        if visit in self.here:
            assert visit.is_signed_in == is_signed_in

    @rule(visit=st.one_of(visits, consumes(visits)))
    def leave(self, visit: Visit) -> None:
        visit.leave()
        self.here.discard(visit)

    @rule(holder=st.integers(1, 2))
    def forget(self, holder: int) -> None:
        self.counts.forget(holder)
        self.here = {visit for visit in self.here if visit.holder != holder}

    @rule(seconds=st.floats(0.5, 70))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def counts_agree(self) -> None:
        assert self.counts.strangers == self.strangers()
        by_source = itertools.groupby(sorted(visit.source for visit in self.here))
        assert self.counts._of_source == {source: len(list(visits)) for source, visits in by_source}

    def strangers(self) -> int:
        return sum(not visit.is_signed_in for visit in self.here)


TestModel = Model.TestCase


# A tunnel whose visitors' addresses nobody tells


def test_a_tunnel_has_ten_times_the_room_of_an_address(clock: Clock) -> None:
    counts = Counts(ConnectionLimits(per_minute=2, per_source=3, strangers_per_source=1), clock)
    for visit in [entered(counts, TUNNEL) for _ in range(10)]:
        visit.signed_in(True)
    for _ in range(10):
        entered(counts, TUNNEL)
    words = refused(counts, TUNNEL).words
    assert words.startswith("Too many connections by the tunnel that you come by: 10 are open without")
    counts.forget("worker")
    assert refused(counts, TUNNEL).words == (
        "Too many new connections by the tunnel that you come by. Try again in 60 s."
    )
