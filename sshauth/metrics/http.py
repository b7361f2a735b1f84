"""A web server of a few pages, for programs that watch. Whoever else comes can hold up nothing.

Requests have a limit of size and of time, connections one of number: beyond it the one goes that has waited
longest without having asked, or after its answer. Each connection has one answer.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import structlog

LONGEST_REQUEST = 8 * 1024
SECONDS = 5.0
"""For a request and its answer."""
MOST_CONNECTIONS = 64
BACKLOG = 64
REQUEST_LINE_PARTS = 3
PLAIN = "text/plain; charset=utf-8"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    kind: str = PLAIN

    @classmethod
    def of_words(cls, words: str, status: HTTPStatus = HTTPStatus.OK) -> "Page":
        """Say something in a line or more."""
        return cls(f"{words}\n".encode(), status)


Pages = Mapping[str, Callable[[], Awaitable[Page]]]
"""What makes the page of each path."""


class WebServer:
    """Gives pages to whoever asks for them."""

    def __init__(self, pages: Pages, *, seconds: float = SECONDS) -> None:
        """Take the pages; nothing listens yet."""
        self._pages = pages
        self._seconds = seconds
        self._idle: dict[asyncio.StreamWriter, None] = {}
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Listen on these sockets, which are closed at the end."""
        self._servers = [
            await asyncio.start_server(self._begin, sock=each, limit=LONGEST_REQUEST, backlog=BACKLOG)
            for each in sockets
        ]

    async def close(self) -> None:
        """Answer nobody any more."""
        for server in self._servers:
            server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._serving) >= MOST_CONNECTIONS and not self._make_room():
            writer.transport.abort()
            return
        self._idle[writer] = None
        # What is written has gone once it was waited for.
        writer.transport.set_write_buffer_limits(0)
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    def _make_room(self) -> bool:
        """Cut off who has waited longest for nothing of ours; False where all wait for an answer."""
        for longest in self._idle:
            del self._idle[longest]
            longest.transport.abort()
            return True
        return False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                request = await _request(reader)
                self._idle.pop(writer, None)
                page = await self._answer(request)
                writer.write(_head(page) + (b"" if _wants_head_alone(request) else page.body))
                writer.write_eof()
                await writer.drain()
                self._idle[writer] = None
                # Closed with something of the client's unread, the answer would not arrive.
                await reader.read(LONGEST_REQUEST)
        except (OSError, EOFError, TimeoutError):
            pass  # it has gone, or is too slow
        finally:
            self._idle.pop(writer, None)
            writer.transport.abort()

    async def _answer(self, request: bytes | None) -> Page:
        if request is None:
            return Page.of_words("The request is too long.", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        parts = request.partition(b"\r\n")[0].decode("latin-1").split(" ")
        if len(parts) != REQUEST_LINE_PARTS or not parts[2].startswith("HTTP/1."):
            return Page.of_words("That is no request.", HTTPStatus.BAD_REQUEST)
        if parts[0] not in {"GET", "HEAD"}:
            return Page.of_words("Only GET and HEAD are answered.", HTTPStatus.METHOD_NOT_ALLOWED)
        make = self._pages.get(parts[1].partition("?")[0])
        if make is None:
            return Page.of_words("\n".join(self._pages), HTTPStatus.NOT_FOUND)
        try:
            return await make()
        except Exception:
            log.exception("metrics.failed", page=parts[1].partition("?")[0])
            return Page.of_words("That failed; the log says more.", HTTPStatus.INTERNAL_SERVER_ERROR)


async def _request(reader: asyncio.StreamReader) -> bytes | None:
    """Read a request; None for one that is too long."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        return None


def _wants_head_alone(request: bytes | None) -> bool:
    return request is not None and request.startswith(b"HEAD ")


def _head(page: Page) -> bytes:
    head = [
        f"HTTP/1.1 {page.status.value} {page.status.phrase}",
        f"Content-Type: {page.kind}",
        f"Content-Length: {len(page.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        *(["Allow: GET, HEAD"] if page.status == HTTPStatus.METHOD_NOT_ALLOWED else []),
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode()
