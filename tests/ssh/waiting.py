"""Waiting for what is about to be true."""

import asyncio
from collections.abc import Callable

LONG_ENOUGH = 10.0


async def eventually(condition: Callable[[], object], what: str) -> None:
    """Let the loop run until a condition holds, or fail and say which."""
    try:
        async with asyncio.timeout(LONG_ENOUGH):
            while not condition():
                await asyncio.sleep(0.002)
    except TimeoutError:
        raise AssertionError(f"{what} within {LONG_ENOUGH} s") from None
