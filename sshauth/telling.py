"""Telling many people something: a screen that shows it takes 12 ms of everybody's time."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

WITHIN = 2.0
"""Seconds in which everybody is told if nothing else is said, unless their screens take longer than that."""
REST = 0.02
"""Seconds between two who are told, where that leaves time for all of them."""

T = TypeVar("T")


async def one_by_one(everybody: Sequence[T], tell: Callable[[T], None], within: float = WITHIN) -> None:
    """Tell one after the other within some seconds, with time between for what others do."""
    loop = asyncio.get_running_loop()
    rest = min(REST, within / max(len(everybody), 1))
    at = loop.time()
    for each in everybody:
        tell(each)
        at += rest
        # Who is late rests no less than one turn of the loop.
        await asyncio.sleep(max(0.0, at - loop.time()))
