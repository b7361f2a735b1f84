"""What is on its way to one client: never much of it, and the client is watched while there is any."""

import asyncio
from collections.abc import Callable

MOST_PENDING = 256 * 1024
"""Bytes that wait in all buffers together, at most. What is longer goes out piece by piece."""
HIGH_WATER = 64 * 1024
"""A client with more than this to read has fallen behind: pictures are dropped until it has caught up."""
LOW_WATER = 16 * 1024
"""A client with no more than this to read has caught up, and may begin on a picture of any length."""
STUCK_SECONDS = 30.0
LOOK_SECONDS = 0.05
"""How often a client is looked after that has something to read."""

_PIECE = 16 * 1024
_PACKETS = 4 * 1024
"""What the packets round a piece may take, so that it stays within the limit with them."""


class Output:
    """Writes to one client. All buffers between the two count together, whoever keeps them.

    A client that takes nothing for half a minute is stuck. While nothing waits, no timer runs.
    """

    def __init__(
        self,
        write: Callable[[bytes], None],
        pending: Callable[[], int],
        *,
        drained: Callable[[], None],
        stuck: Callable[[], None],
        patience: float = STUCK_SECONDS,
    ) -> None:
        """Take what writes, and what counts the bytes written that the client has not taken.

        ``drained`` is called when there is room again after there was none, ``stuck`` when the client
        has taken nothing for so many seconds.
        """
        self._write = write
        self._pending = pending
        self._drained = drained
        self._stuck = stuck
        self._patience = patience
        self._kept_back = bytearray()
        self._is_behind = False
        self._is_closed = False
        self._all_handed_over = asyncio.Event()
        self._all_handed_over.set()
        self._look: asyncio.TimerHandle | None = None
        self._seen = 0
        self._taken_at = 0.0

    def has_room(self, length: int) -> bool:
        """Tell whether a picture may be written now; if not, ``drained`` is called when one may."""
        pending = self._pending()
        fits = pending <= HIGH_WATER and pending + length <= MOST_PENDING
        if not self._kept_back and (fits or pending <= LOW_WATER):
            return True
        self._is_behind = True
        self._watch()
        return False

    def write(self, data: bytes) -> None:
        """Send, whether there is room or not; what finds none waits for it, and nothing overtakes it."""
        if self._is_closed or not data:
            return
        self._kept_back += data
        self._hand_over()
        if self._pending():
            self._watch()

    async def finish(self) -> None:
        """Wait until nothing is kept back here any more, or it is closed."""
        await self._all_handed_over.wait()

    def close(self) -> None:
        """Send nothing any more, and stop watching: the client is gone."""
        self._is_closed = True
        self._kept_back.clear()
        self._all_handed_over.set()
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _hand_over(self) -> None:
        """Hand over as much as may be pending."""
        before = self._pending()
        while self._kept_back and self._pending() <= MOST_PENDING - _PIECE - _PACKETS:
            piece = bytes(self._kept_back[:_PIECE])
            del self._kept_back[:_PIECE]
            self._write(piece)
        self._seen += self._pending() - before
        if self._kept_back:
            self._all_handed_over.clear()
        else:
            self._all_handed_over.set()

    def _watch(self) -> None:
        """Look again a little later, and as long as anything waits."""
        if self._look is None and not self._is_closed:
            loop = asyncio.get_running_loop()
            self._seen, self._taken_at = self._pending(), loop.time()
            self._look = loop.call_later(LOOK_SECONDS, self._look_now)

    def _look_now(self) -> None:
        """See what the client has taken meanwhile."""
        loop = asyncio.get_running_loop()
        self._look = None
        pending = self._pending()
        if pending < self._seen:
            self._taken_at = loop.time()
        self._seen = pending
        if pending and loop.time() - self._taken_at >= self._patience:
            self.close()
            self._stuck()
            return
        self._hand_over()
        caught_up = not self._kept_back and self._pending() <= LOW_WATER
        if self._kept_back or self._pending():
            self._look = loop.call_later(LOOK_SECONDS, self._look_now)
        if caught_up and self._is_behind:
            self._is_behind = False
            self._drained()
