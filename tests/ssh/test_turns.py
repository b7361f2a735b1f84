"""Turns: those who want much have it one after the other, and not all of the loop's time."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sshauth.ssh.turns import LONGEST_REST, REST_SECONDS, Allowance, Turns
from tests.ssh.waiting import eventually


def resting(turns: Turns) -> bool:
    return turns._rest is not None


def noting(name: str, happened: list[str]) -> Callable[[], None]:
    """Make what notes that its turn has come."""
    return lambda: happened.append(name)


async def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    """One at a time, after a rest; then nothing is left that would wake the loop."""
    turns = Turns()
    happened: list[str] = []
    for name in "abc":
        turns.ask(noting(name, happened))
    assert happened == []
    await eventually(lambda: happened, "the first turn")
    assert happened == ["a"]
    await eventually(lambda: not resting(turns), "the end of all")
    assert happened == ["a", "b", "c"]


async def test_who_asks_twice_has_one_turn_and_who_left_none() -> None:
    """An impatient one gets no more than the others."""
    turns = Turns()
    happened: list[str] = []
    once, left = noting("once", happened), noting("left", happened)
    for take in (once, left, once):
        turns.ask(take)
    turns.leave(left)
    turns.leave(left)
    await eventually(lambda: not resting(turns), "the end of all")
    assert happened == ["once"]


async def test_who_asks_in_its_turn_comes_last() -> None:
    """Nobody is overtaken."""
    turns = Turns()
    happened: list[str] = []

    def greedy() -> None:
        happened.append("greedy")
        if len(happened) < 4:
            turns.ask(greedy)

    turns.ask(greedy)
    turns.ask(noting("other", happened))
    await eventually(lambda: not resting(turns), "the end of all")
    assert happened == ["greedy", "other", "greedy", "greedy"]


async def test_a_turn_that_cost_much_is_a_long_rest() -> None:
    """Two thirds of the time are the others', but nobody stands still."""
    turns = Turns()
    loop = asyncio.get_running_loop()
    began: list[float] = []

    def work() -> None:
        began.append(loop.time())
        until = time.thread_time() + 0.04
        while time.thread_time() < until:
            pass
        if len(began) < 3:
            turns.ask(work)

    turns.ask(work)
    await eventually(lambda: not resting(turns), "the end of all")
    for before, after in pairwise(began):
        assert after - before > 3 * 0.04 - REST_SECONDS
    assert began[-1] - began[0] < 4 * (LONGEST_REST + 0.1)


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(1, 20)), max_size=30))
def test_an_allowance_never_gives_more_than_it_should(steps: list[tuple[float, int]]) -> None:
    """At once no more than the most, and over time no more than comes back."""
    allowance, now, spent = Allowance(8, 20), 0.0, 0
    for passed, wanted in steps:
        now += passed
        got = min(wanted, allowance.left(now))
        allowance.spend(got)
        assert got <= 8
        spent += got
    assert spent <= 8 + 20 * now + 1e-6
    assert allowance.left(now + 1) == 8
