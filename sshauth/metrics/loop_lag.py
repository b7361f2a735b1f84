"""How late the event loop is: what everybody feels who is served by it."""

import asyncio

from sshauth.meters import Times

EVERY_SECONDS = 0.25


async def watch_loop(lags: Times) -> None:
    """Time, until cancelled, how much later than wished a sleep ends."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        lags.add(max(0.0, loop.time() - due))
