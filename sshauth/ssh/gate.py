"""The gate of app starts: each takes tens of milliseconds of the one event loop, so few go at once."""

import asyncio
from collections.abc import Callable

AT_ONCE = 2
LONGEST_SECONDS = 10.0
"""After so long somebody else may start, whether the app has shown itself or not."""


class Gate:
    """Lets few through at once. Who is through says when it is done; whoever forgets is done in the end."""

    def __init__(self, at_once: int = AT_ONCE, longest_seconds: float = LONGEST_SECONDS) -> None:
        """Take how many go at once, and for how long at most one keeps others waiting."""
        self._starts = asyncio.Semaphore(at_once)
        self._longest_seconds = longest_seconds

    async def enter(self, must_wait: Callable[[], None]) -> Callable[[], None]:
        """Wait for one's turn, having heard of it if there is a wait; give what to call when it is over."""
        if self._starts.locked():
            must_wait()
        await self._starts.acquire()
        is_inside = True

        def leave() -> None:
            nonlocal is_inside
            if is_inside:
                is_inside = False
                timer.cancel()
                self._starts.release()

        timer = asyncio.get_running_loop().call_later(self._longest_seconds, leave)
        return leave
