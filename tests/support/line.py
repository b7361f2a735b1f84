"""A line to a database, which tests can cut, hold dead without a word, and mend."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self
from urllib.parse import urlsplit


class Line:
    """Carries bytes between whoever connects here and a server elsewhere."""

    def __init__(self, url: str) -> None:
        self._far = urlsplit(url)
        self._lives = asyncio.Event()
        self._lives.set()
        self._loses_answer = False
        self._server: asyncio.Server | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The URL of the same database by this line."""
        return self._far._replace(netloc=f"postgres@127.0.0.1:{self._port}").geturl()

    @property
    def count(self) -> int:
        """How many are connected."""
        return len(self._writers) // 2

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[Self]:
        """Lay a line to the database of a URL."""
        line = cls(url)
        await line.mend()
        try:
            yield line
        finally:
            await line.cut()
            for task in line._tasks:
                task.cancel()
            await asyncio.gather(*line._tasks, return_exceptions=True)

    async def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.break_all()

    def break_all(self) -> None:
        """Break all connections, as a restart does; new ones come through."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def lose_next_answer(self) -> None:
        """Break all connections when the server next answers: what was said to it came through."""
        self._loses_answer = True

    async def mend(self) -> None:
        """Let connections through again, at the same port."""
        self._lives.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    def die(self) -> None:
        """Carry nothing any more, and say nothing either."""
        self._lives.clear()

    def revive(self) -> None:
        """Carry on, with what has piled up."""
        self._lives.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._far.hostname, self._far.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        for source, sink, answers in ((reader, far_writer, False), (far_reader, writer, True)):
            task = asyncio.create_task(self._carry(source, sink, answers=answers))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(OSError):
            try:
                while data := await source.read(65536):
                    await self._lives.wait()
                    if answers and self._loses_answer:
                        self._loses_answer = False
                        self.break_all()
                        return
                    sink.write(data)
            finally:
                self._writers.discard(sink)
                sink.close()
