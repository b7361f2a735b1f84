"""Something found out once for all who ask, and kept for a while."""

import asyncio

import pytest

from sshauth.metrics.kept import Kept


class Oracle:
    """Knows how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = asyncio.Event()

    async def __call__(self) -> int:
        self.asked += 1
        await self.let.wait()
        return self.asked


async def test_all_who_ask_at_once_have_one_answer() -> None:
    """Also when the first of them goes."""
    oracle = Oracle()
    kept = Kept(oracle, 10)
    asking = [asyncio.create_task(kept()) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    oracle.let.set()
    assert await asyncio.gather(*asking[1:]) == [1] * 4
    assert await kept() == 1


async def test_it_is_found_out_anew_when_it_is_old() -> None:
    """And not before."""
    oracle = Oracle()
    oracle.let.set()
    kept = Kept(oracle, 0)
    assert [await kept(), await kept()] == [1, 2]


async def test_who_asks_hears_of_a_failure() -> None:
    """Everybody does, until it is asked anew."""

    async def fail() -> None:
        raise LookupError

    kept = Kept(fail, 10)
    for _ in range(2):
        with pytest.raises(LookupError):
            await kept()
