"""Telling many people something, one after the other."""

import asyncio
import time
from collections.abc import Callable

import pytest

from sshauth import telling
from sshauth.telling import one_by_one


async def test_each_is_told_once_and_in_order() -> None:
    """Nobody is left out, and where nobody is, nothing happens."""
    heard: list[int] = []
    await one_by_one(range(5), heard.append)
    await one_by_one((), heard.append)
    assert heard == [0, 1, 2, 3, 4]


async def test_others_have_their_turn_between_two_who_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where telling takes longer than there is time for: then all are late, and none waits for all."""
    monkeypatch.setattr(telling, "WITHIN", 0.1)
    turns, seen = 0, []

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def tell(_who: int) -> None:
        seen.append(turns)
        time.sleep(0.01)  # what a screen costs

    busy = asyncio.create_task(others())
    await one_by_one(range(50), tell)
    busy.cancel()
    assert len(set(seen)) == 50


async def test_many_are_told_in_two_seconds() -> None:
    """However many: the rest between two becomes shorter. Few are told at an easy pace."""
    assert await seconds_for(400, lambda _who: None) < telling.WITHIN + 0.5
    assert await seconds_for(10, lambda _who: None) < 1


async def seconds_for(count: int, tell: Callable[[int], None]) -> float:
    """Tell so many, and give how long that took."""
    began = time.monotonic()
    await one_by_one(range(count), tell)
    return time.monotonic() - began
