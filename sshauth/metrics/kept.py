"""Finding something out once for all who ask, and not again for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Something that is found out when somebody asks, and then kept for some seconds."""

    def __init__(self, find: Callable[[], Awaitable[T]], seconds: float) -> None:
        """Take how to find it out, and for how long it holds."""
        self._find = find
        self._seconds = seconds
        self._finding: asyncio.Task[T] | None = None
        self._until = 0.0

    async def __call__(self) -> T:
        """Give it as it is now, or was a moment ago."""
        loop = asyncio.get_running_loop()
        if self._finding is None or (self._finding.done() and loop.time() >= self._until):
            self._finding = asyncio.create_task(self._found())
        # Who asked first may go: others wait for the same.
        return await asyncio.shield(self._finding)

    async def _found(self) -> T:
        try:
            return await self._find()
        finally:
            self._until = asyncio.get_running_loop().time() + self._seconds
