"""Telling what has not changed for a while, whatever clocks say."""

from datetime import UTC, datetime, timedelta

import pytest

from sshauth.accounts.stillness import BLIND_AFTER, LOST_AFTER, Stillness

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOOK = timedelta(seconds=15)
HOUR = timedelta(hours=1)


def test_what_changes_is_never_still() -> None:
    """However wrong the time is that it writes down."""
    stillness = Stillness[tuple[str, int]](LOST_AFTER)
    for number in range(100):
        assert stillness.look(NOON + number * LOOK, {("lively", number), ("late", -number)}) == set()


def test_what_stays_is_still_once_it_was_watched_for_long_enough() -> None:
    """Not by what it says, but since when we have seen it so."""
    stillness = Stillness[str](LOST_AFTER)
    seen = [stillness.look(NOON + number * LOOK, {"dead"}) for number in range(7)]
    assert seen == [set(), set(), set(), set(), set(), {"dead"}, {"dead"}]
    assert stillness.look(NOON + 7 * LOOK, set()) == set()
    assert stillness.look(NOON + 8 * LOOK, {"dead"}) == set()


@pytest.mark.parametrize("jump", [BLIND_AFTER + timedelta(seconds=1), HOUR, -HOUR, -timedelta(seconds=1)])
def test_who_was_blind_or_whose_clock_was_moved_begins_anew(jump: timedelta) -> None:
    """It cannot tell how long that was; then it watches as before."""
    stillness = Stillness[str](LOST_AFTER)
    for number in range(5):
        stillness.look(NOON + number * LOOK, {"dead"})
    then = NOON + 4 * LOOK + jump
    assert [stillness.look(then + number * LOOK, {"dead"}) for number in range(5)] == [set()] * 5
    assert stillness.look(then + 5 * LOOK, {"dead"}) == {"dead"}


def test_a_look_that_came_late_makes_nobody_blind() -> None:
    """Up to half a minute."""
    stillness = Stillness[str](LOST_AFTER)
    assert [stillness.look(NOON + number * BLIND_AFTER, {"dead"}) for number in range(3)] == [set()] * 3
    assert stillness.look(NOON + 3 * BLIND_AFTER, {"dead"}) == {"dead"}
