"""Counters of tries: their arithmetic, and that it holds in the database."""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshauth.accounts.errors import TooManyTries
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.throttle import NOT_BLOCKED, Delay, Limit, Reservation, Rule, Throttles
from sshauth.db.engine import Database, open_database
from sshauth.db.tables import Throttle
from tests.accounts.people import World
from tests.accounts.tries import statements_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=seconds) for seconds in (1, 60, 3600, 86400))
THROTTLES = Throttles(KeyedHash.under("a secret key of the tests, of no use elsewhere", "throttle"))
THREE = Limit("three", 3, HOUR, "things", field="code")
PATIENCE = Delay("patience", free=3, longest=15 * MINUTE, forgotten_after=DAY, what="failures", field="login")
T = TypeVar("T")


async def reserve(
    database: Database, now: datetime, *counters: tuple[Rule, str]
) -> list[Reservation] | timedelta:
    """Count a try in a transaction of its own; give the wait instead where it is refused."""
    async with database.transaction() as session:
        try:
            return await THROTTLES.reserve(session, now, *counters)
        except TooManyTries as refused:
            return refused.wait


async def give_back(database: Database, reservations: list[Reservation] | timedelta) -> None:
    """Take counted tries back in a transaction of its own."""
    assert isinstance(reservations, list)
    async with database.transaction() as session:
        await THROTTLES.give_back(session, *reservations)


async def waits(world: World, rule: Rule, *moments: timedelta) -> list[timedelta | None]:
    """Try at some moments after noon, and give the wait told to each; None to one that was counted."""
    told = []
    for moment in moments:
        result = await reserve(world.database, NOON + moment, (rule, "ada"))
        told.append(result if isinstance(result, timedelta) else None)
    return told


# The arithmetic of waits.


def test_the_third_failure_waits_a_second_and_each_later_one_twice_as_long() -> None:
    """Row 11: up to fifteen minutes."""
    seconds = [PATIENCE.after(tries).total_seconds() for tries in range(16)]
    assert seconds == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


@given(st.integers(0, 10**9), st.integers(1, 20), st.timedeltas(SECOND, 30 * DAY))
def test_waits_grow_double_and_are_bounded(tries: int, free: int, longest: timedelta) -> None:
    """However many tries there were, and whatever is configured."""
    delay = Delay("any", free=free, longest=longest, forgotten_after=DAY, what="")
    now, more = delay.after(tries), delay.after(tries + 1)
    assert timedelta(0) <= now <= more <= longest
    assert (now == timedelta(0)) == (tries < free)
    if timedelta(0) < more < longest:
        assert more == max(2 * now, SECOND)
    assert delay.after(tries + free + 31) == longest


# One rule at a time, on both databases.


async def test_a_limit_counts_so_many_and_waits_for_the_end_of_its_window(world: World) -> None:
    """The wait is honest to the second, and after it the count begins anew."""
    told = await waits(world, THREE, 0 * SECOND, MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR - SECOND)
    assert told == [None, None, None, 50 * MINUTE, SECOND]
    assert await waits(world, THREE, HOUR, HOUR, HOUR, HOUR) == [None, None, None, HOUR]


async def test_a_limit_begins_its_window_with_the_first_try_alone(world: World) -> None:
    """Later tries do not move its end, whether the count was used up or not."""
    assert await waits(world, THREE, 0 * SECOND, 59 * MINUTE, 59 * MINUTE) == [None, None, None]
    told = await waits(world, THREE, HOUR, 90 * MINUTE, 119 * MINUTE, 119 * MINUTE, 2 * HOUR)
    assert told == [None, None, None, MINUTE, None]


async def test_a_limit_of_one_waits_after_the_first(world: World) -> None:
    """Also when its window begins anew."""
    once = Limit("once", 1, MINUTE)
    told = await waits(world, once, 0 * SECOND, SECOND, MINUTE, MINUTE + SECOND)
    assert told == [None, MINUTE - SECOND, None, MINUTE - SECOND]


async def test_a_delay_makes_each_wait_after_the_second(world: World) -> None:
    """The first two go on at once; a try inside the wait is not counted and does not lengthen it."""
    moments = [timedelta(seconds=seconds) for seconds in (0, 0, 0, 0, 0.5, 1, 2, 3, 6, 7)]
    told = await waits(world, PATIENCE, *moments)
    expected = [None, None, None, SECOND, SECOND / 2, None, SECOND, None, SECOND, None]
    assert told == expected


async def test_a_delay_never_waits_longer_than_its_longest(world: World) -> None:
    """No number of tries locks anybody out for good."""
    now, waited = NOON, []
    for _ in range(20):
        (reservation,) = await counted(world, PATIENCE, now)
        waited.append(max(0, (reservation.blocked_until - now).total_seconds()))
        now += timedelta(seconds=waited[-1])
    assert waited == [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, *8 * [900]]


async def test_a_delay_forgets_a_day_after_the_first_try(world: World) -> None:
    """Not earlier; and then it counts from one, two for free."""
    assert await waits(world, PATIENCE, *4 * [0 * SECOND]) == [None, None, None, SECOND]
    assert await waits(world, PATIENCE, *2 * [DAY - SECOND]) == [None, 2 * SECOND]
    assert await waits(world, PATIENCE, *4 * [DAY + SECOND]) == [None, None, None, SECOND]


async def test_a_delay_without_a_free_try_waits_after_the_first(world: World) -> None:
    """Also after it has forgotten."""
    strict = Delay("strict", free=1, longest=MINUTE, forgotten_after=HOUR, what="")
    told = await waits(world, strict, 0 * SECOND, 0 * SECOND, SECOND, SECOND, HOUR, HOUR)
    assert told == [None, SECOND, None, 2 * SECOND, None, SECOND]


async def test_right_tries_keep_no_wrong_ones_alive(world: World) -> None:
    """Somebody who mistypes once a day, and signs in every day, never waits."""
    for day in range(30):
        now = NOON + day * (DAY + MINUTE)
        assert isinstance(await reserve(world.database, now, (PATIENCE, "ada")), list)
        right = await reserve(world.database, now + SECOND, (PATIENCE, "ada"))
        await give_back(world.database, right)
    ((row,),) = [await world.rows(Throttle)]
    assert row.tries == 1


@pytest.mark.parametrize("rule", [THREE, PATIENCE], ids=["limit", "delay"])
async def test_a_node_whose_clock_is_behind_is_not_refused(world: World, rule: Rule) -> None:
    """Nor a try that was begun before another and reaches the database after it."""
    assert isinstance(await reserve(world.database, NOON, (rule, "ada")), list)
    second = await reserve(world.database, NOON - MINUTE, (rule, "ada"))
    await give_back(world.database, second)
    assert isinstance(await reserve(world.database, NOON - HOUR, (rule, "ada")), list)


@pytest.mark.parametrize(("rule", "most"), [(THREE, 3), (PATIENCE, 3), (Limit("ten", 10, HOUR), 10)])
async def test_forty_at_once_are_not_counted_more_often_than_allowed(
    world: World, rule: Rule, most: int
) -> None:
    """A try is counted before it is judged, by one statement."""
    results = await asyncio.gather(*(reserve(world.database, NOON, (rule, "ada")) for _ in range(40)))
    assert sum(isinstance(result, list) for result in results) == most


# Giving back.


async def test_a_try_given_back_makes_room_for_another(world: World) -> None:
    """Any of those counted, also after the count was used up."""
    counted = [await reserve(world.database, NOON, (THREE, "ada")) for _ in range(3)]
    await give_back(world.database, counted[0])
    assert await waits(world, THREE, SECOND, SECOND) == [None, HOUR - SECOND]


async def test_a_try_of_a_former_window_is_not_given_back(world: World) -> None:
    """It does not count any more, and those that do are other people's."""
    old = await reserve(world.database, NOON, (THREE, "ada"))
    assert await waits(world, THREE, *3 * [HOUR]) == [None, None, None]
    await give_back(world.database, old)
    assert await waits(world, THREE, HOUR) == [HOUR]


async def test_nothing_is_given_back_of_a_count_of_none(world: World) -> None:
    """A count never goes below zero."""
    counted = await reserve(world.database, NOON, (THREE, "ada"))
    await give_back(world.database, counted)
    await give_back(world.database, counted)
    assert await waits(world, THREE, *4 * [SECOND]) == [None, None, None, HOUR - SECOND]


async def test_a_right_try_takes_its_own_wait_back(world: World) -> None:
    """The third of three that was right leaves no wait, and the two wrong ones before it stay counted."""
    await waits(world, PATIENCE, 0 * SECOND, 0 * SECOND)
    await give_back(world.database, await reserve(world.database, NOON, (PATIENCE, "ada")))
    assert await waits(world, PATIENCE, SECOND, SECOND) == [None, SECOND]


async def test_a_right_try_takes_no_wait_of_a_wrong_one_back(world: World) -> None:
    """A success clears nothing but itself."""
    right = await reserve(world.database, NOON, (PATIENCE, "ada"))
    await waits(world, PATIENCE, 0 * SECOND, 0 * SECOND)
    await give_back(world.database, right)
    assert await waits(world, PATIENCE, 0 * SECOND, SECOND, SECOND) == [SECOND, None, SECOND]


# Several counters at once.


async def test_a_try_is_counted_by_all_counters_or_by_none(world: World) -> None:
    """One that is used up refuses for the others too, whichever order they have."""
    await waits(world, THREE, *3 * [0 * SECOND])
    for order in ([(THREE, "eve"), (THREE, "ada")], [(THREE, "ada"), (THREE, "eve")]):
        assert await reserve(world.database, NOON, *order) == HOUR
    results = [await reserve(world.database, NOON, (THREE, "eve")) for _ in range(4)]
    assert [isinstance(result, list) for result in results] == [True, True, True, False]


async def test_what_is_reserved_if_possible_is_counted_by_all_or_by_none(world: World) -> None:
    """By the same statements, and with no error: nobody can tell by them whether it was counted."""
    await waits(world, THREE, *2 * [0 * SECOND])
    other = Limit("others", 5, HOUR)
    counted, asked = [], []
    for _ in range(3):
        with statements_of(world.database) as statements:
            async with world.database.transaction() as session:
                counters = (other, "ada"), (THREE, "ada")
                counted.append(len(await THROTTLES.reserve_if_possible(session, NOON, *counters)))
        asked.append(statements)
    assert counted == [2, 0, 0]
    assert asked[0] == asked[1] == asked[2]
    tries = {row.key: row.tries for row in await world.rows(Throttle)}
    assert tries == {THROTTLES.hashed("three", "ada"): 3, THROTTLES.hashed("others", "ada"): 1}


async def test_the_longest_of_several_waits_is_told(world: World) -> None:
    """And what there were too many of in that counter, and the field it concerns."""
    await waits(world, THREE, *3 * [0 * SECOND])
    await waits(world, PATIENCE, *3 * [0 * SECOND])
    orders: list[list[tuple[Rule, str]]] = [
        [(THREE, "ada"), (PATIENCE, "ada")],
        [(PATIENCE, "ada"), (THREE, "ada")],
    ]
    for order in orders:
        async with world.database.transaction() as session:
            with pytest.raises(TooManyTries) as refused:
                await THROTTLES.reserve(session, NOON, *order)
        assert refused.value.wait == HOUR
        assert refused.value.message == "Too many things. Try again in 60 minutes."
        assert refused.value.field == "code"


async def test_counters_are_told_apart_by_rule_and_by_whom_they_count(world: World) -> None:
    """Rules of the same kind but another name, and other people, have counts of their own."""
    other = Limit("three others", 3, HOUR)
    await waits(world, THREE, *3 * [0 * SECOND])
    for counter in ((THREE, "eve"), (other, "ada")):
        assert isinstance(await reserve(world.database, NOON, counter), list)


async def test_a_limit_says_tries_unless_told_otherwise(world: World) -> None:
    """And concerns no field."""
    plain = Limit("plain", 1, MINUTE)
    await waits(world, plain, 0 * SECOND)
    async with world.database.transaction() as session:
        with pytest.raises(TooManyTries) as refused:
            await THROTTLES.reserve(session, NOON, (plain, "ada"))
    assert (refused.value.message, refused.value.field) == ("Too many tries. Try again in 60 s.", None)


async def test_the_table_tells_nobody_who_was_counted(world: World) -> None:
    """Keys are HMACs: no name, no address, and another under another secret key or for another purpose."""
    await reserve(world.database, NOON, (THREE, "ada@example.org"))
    (row,) = await world.rows(Throttle)
    assert len(row.key) == 64
    assert set(row.key) <= set("0123456789abcdef")
    others = [KeyedHash.under("another key", "throttle"), KeyedHash.under("another key", "audit")]
    assert row.key == THROTTLES.hashed("three", "ada@example.org")
    assert len({row.key, *(other("three", "ada@example.org") for other in others)}) == 3


async def test_a_reservation_says_what_was_counted(world: World) -> None:
    """Which key, the how manieth try it was, when the window ends and until when it blocks."""
    (first,) = await counted(world, THREE)
    (second,) = await counted(world, THREE)
    (third,) = await counted(world, THREE)
    key = THROTTLES.hashed("three", "ada")
    assert first == Reservation(key, False, 1, NOON + HOUR, NOT_BLOCKED)
    assert second == Reservation(key, False, 2, NOON + HOUR, NOT_BLOCKED)
    assert third == Reservation(key, False, 3, NOON + HOUR, NOON + HOUR)
    (waiting,) = await counted(world, PATIENCE)
    assert waiting == Reservation(THROTTLES.hashed("patience", "ada"), True, 1, NOON + DAY, NOT_BLOCKED)


async def counted(world: World, rule: Rule, now: datetime = NOON) -> list[Reservation]:
    """Count a try that is allowed."""
    result = await reserve(world.database, now, (rule, "ada"))
    assert isinstance(result, list)
    return result


def test_a_keyed_hash_is_the_same_in_every_process() -> None:
    """Its key is derived from the secret key; what was hashed once is found again by any version."""
    hashed = KeyedHash.under("secret", "purpose")
    assert hashed("a", "b") == "126ad73543ad47801d1ebd7dc45cb5ee41ebe8a2a848be8927ed1b5a18abc0e9"
    assert hashed("a", "b") != hashed("ab") != hashed("b", "a")
    assert repr(hashed) == "KeyedHash()"
    assert hashed("\ud800") == hashed("?")


# Against a model, over random sequences. On one SQLite file: each example counts for somebody else.


@dataclass
class Counting:
    """A database, and the loop that works on it."""

    database: Database
    runner: asyncio.Runner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)


@pytest.fixture(scope="module")
def counting(sqlite_with_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counting]:
    """Give a database for all examples."""
    path = tmp_path_factory.mktemp("counting") / "test.db"
    shutil.copy(sqlite_with_tables, path)
    with asyncio.Runner() as runner:
        database = open_database(f"sqlite:///{path}")
        yield Counting(database, runner)
        runner.run(database.close())


class Model(Protocol):
    """What a counter should do."""

    def reserve(self, now: int) -> int:
        """Count a try and give 0, or the seconds to wait."""

    def give_back(self, number: int) -> None:
        """Take back the try that was counted as the ``number``-th of all."""


class LimitModel:
    """Keeps the windows of tries that count."""

    def __init__(self, tries: int, window: int) -> None:
        self.tries, self.window = tries, window
        self.ends, self.counts = 0, 0
        self.windows: list[int] = []

    def reserve(self, now: int) -> int:
        if now >= self.ends:
            self.ends, self.counts = now + self.window, 0
        if self.counts == self.tries:
            return self.ends - now
        self.counts += 1
        self.windows.append(self.ends)
        return 0

    def give_back(self, number: int) -> None:
        self.counts -= self.windows[number] == self.ends


class DelayModel:
    """Keeps the tries that count, and which of them made the wait."""

    def __init__(self, free: int, longest: int, forgotten_after: int) -> None:
        self.free, self.longest, self.forgotten_after = free, longest, forgotten_after
        self.ends, self.counts, self.blocked, self.blocker = 0, 0, 0, -1
        self.windows: list[int] = []

    def reserve(self, now: int) -> int:
        if now < self.blocked:
            return self.blocked - now
        if now >= self.ends:
            self.ends, self.counts = now + self.forgotten_after, 0
        self.counts += 1
        wait = 0 if self.counts < self.free else min(2 ** (self.counts - self.free), self.longest)
        self.blocked, self.blocker = now + wait, len(self.windows)
        self.windows.append(self.ends)
        return 0

    def give_back(self, number: int) -> None:
        if self.windows[number] == self.ends:
            self.counts -= 1
            if self.blocker == number:
                self.blocked = 0


MOVES = st.lists(
    st.tuples(st.sampled_from([0, 1, 2, 3, 7, 20, 59, 60, 61, 200]), st.none() | st.integers(0, 5)),
    max_size=25,
)
"""Seconds that pass, and then a try, or one of the tries that count is given back."""


async def compare(
    database: Database, rule: Rule, model: Model, moves: Sequence[tuple[int, int | None]]
) -> None:
    """Do the same to a counter and to its model, and find no difference."""
    subject, now = uuid4().hex, 0
    mine: list[tuple[int, list[Reservation]]] = []
    number = 0
    for seconds, back in moves:
        now += seconds
        if back is not None and mine:
            given, reservations = mine.pop(back % len(mine))
            model.give_back(given)
            await give_back(database, reservations)
            continue
        result = await reserve(database, NOON + timedelta(seconds=now), (rule, subject))
        wait = model.reserve(now)
        assert (result if isinstance(result, timedelta) else timedelta(0)) == timedelta(seconds=wait)
        if isinstance(result, list):
            mine.append((number, result))
            number += 1


@settings(deadline=None, derandomize=True, max_examples=60)
@given(tries=st.integers(1, 4), moves=MOVES)
def test_a_limit_does_what_its_model_does(
    counting: Counting, tries: int, moves: list[tuple[int, int | None]]
) -> None:
    """At every moment: the tries it lets in, the waits it tells, and what giving back makes of them."""
    rule = Limit("model", tries, MINUTE)
    counting.run(compare(counting.database, rule, LimitModel(tries, 60), moves))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(free=st.integers(1, 4), longest=st.integers(1, 40), moves=MOVES)
def test_a_delay_does_what_its_model_does(
    counting: Counting, free: int, longest: int, moves: list[tuple[int, int | None]]
) -> None:
    """Likewise."""
    rule = Delay(
        "model", free=free, longest=timedelta(seconds=longest), forgotten_after=3 * MINUTE, what="failures"
    )
    counting.run(compare(counting.database, rule, DelayModel(free, longest, 180), moves))
