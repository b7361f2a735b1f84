"""The web server: what it answers, and that nobody can hold it up."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from sshauth.metrics import http
from sshauth.metrics.http import LONGEST_REQUEST, Page, WebServer
from tests.metrics.asking import ask, get, read


class Site:
    """A web server in this loop, and its port."""

    def __init__(self, seconds: float) -> None:
        self.asked = 0
        self.let = asyncio.Event()
        pages = {"/page": self._page, "/slow": self._slow, "/broken": self._broken, "/long": self._long}
        self.server = WebServer(pages, seconds=seconds)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    async def start(self) -> None:
        await self.server.start([self._listening])

    async def _page(self) -> Page:
        self.asked += 1
        return Page.of_words("hello")

    async def _slow(self) -> Page:
        await self.let.wait()
        return Page.of_words("at last")

    async def _broken(self) -> Page:
        raise LookupError("nothing there")

    async def _long(self) -> Page:
        return Page(b"x" * 20_000_000)

    async def ask(self, request: bytes) -> bytes:
        return await asyncio.to_thread(ask, self.port, request)

    async def serves(self, number: int, idle: int) -> None:
        """Wait until so many are served, and so many of them wait for nothing."""
        async with asyncio.timeout(5):
            while (len(self.server._serving), len(self.server._idle)) != (number, idle):
                await asyncio.sleep(0)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


@asynccontextmanager
async def serving(seconds: float = 10) -> AsyncIterator[Site]:
    """Serve until the end."""
    site = Site(seconds)
    await site.start()
    yield site
    async with asyncio.timeout(5):
        await site.server.close()


async def test_a_page_is_given_to_who_asks_for_it() -> None:
    """As HTTP/1.1, and nothing of it is kept anywhere; what stands behind a question mark says nothing."""
    async with serving() as site:
        for path in ("/page", "/page?a=b"):
            answer = await asyncio.to_thread(get, site.port, path)
            assert (answer.status, answer.body) == (200, "hello\n")
        assert {"Content-Length: 6", "Connection: close", "Cache-Control: no-store"} <= set(
            answer.head.split("\r\n")
        )


async def test_who_wants_the_head_alone_has_that() -> None:
    """As of the whole page: so some watch a page without reading it."""
    async with serving() as site:
        whole = await site.ask(b"GET /page HTTP/1.1\r\n\r\n")
        assert await site.ask(b"HEAD /page HTTP/1.1\r\n\r\n") == whole.removesuffix(b"hello\n")
        assert read(await site.ask(b"HEAD /nothing HTTP/1.1\r\n\r\n")).body == ""


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /nothing HTTP/1.1\r\n\r\n", 404),
        (b"GET /../page HTTP/1.1\r\n\r\n", 404),
        (b"POST /page HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 405),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /page\r\n\r\n", 400),
        (b"\xff\xfe \x00 HTTP/1.1\r\n\r\n", 405),
        (b"GET /page HTTP/1.1\r\nX: " + b"x" * 4 * LONGEST_REQUEST + b"\r\n\r\n", 431),
        (b"GET /broken HTTP/1.1\r\n\r\n", 500),
    ],
)
async def test_what_is_no_good_request_has_an_answer_that_says_so(request_: bytes, status: int) -> None:
    """In words of ours; nothing of the request comes back."""
    async with serving() as site:
        with capture_logs() as logged:
            answer = read(await site.ask(request_))
        assert answer.status == status
        assert ("Allow: GET, HEAD" in answer.head) == (status == 405)
        assert [line["event"] for line in logged] == ["metrics.failed"] * (status == 500)
        assert site.asked == 0


async def test_who_does_not_ask_in_time_is_cut_off() -> None:
    """So is who does not read; a page that takes as long is given up."""
    async with serving(seconds=0.1) as site:
        for said in (b"", b"GET /page HTTP/1.1\r\n", b"GET /slow HTTP/1.1\r\n\r\n"):
            began = time.monotonic()
            assert await site.ask(said) == b""
            assert time.monotonic() - began < 5
        _, writer = await site.connect()
        writer.write(b"GET /long HTTP/1.1\r\n\r\n")
        await site.serves(1, idle=0)
        await site.serves(0, idle=0)
        writer.close()


async def test_who_says_nothing_gives_way_to_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that has waited longest goes; who is being answered does not."""
    monkeypatch.setattr(http, "MOST_CONNECTIONS", 3)
    async with serving() as site:
        reading, asking = await site.connect()
        asking.write(b"GET /slow HTTP/1.1\r\n\r\n")
        await site.serves(1, idle=0)
        idle = [await site.connect() for _ in range(2)]
        assert read(await site.ask(b"GET /page HTTP/1.1\r\n\r\n")).body == "hello\n"
        assert await idle[0][0].read() == b""
        site.let.set()
        assert (await reading.read()).endswith(b"at last\n")
        for _, writer in [(reading, asking), *idle]:
            writer.close()


async def test_who_has_an_answer_gives_way_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks and then stays holds up nobody."""
    monkeypatch.setattr(http, "MOST_CONNECTIONS", 2)
    async with serving() as site:
        answered = [await site.connect() for _ in range(2)]
        for reading, writer in answered:
            writer.write(b"GET /page HTTP/1.1\r\n\r\n")
            assert (await reading.read()).endswith(b"hello\n")
        assert read(await site.ask(b"GET /page HTTP/1.1\r\n\r\n")).body == "hello\n"
        for _, writer in answered:
            writer.close()


async def test_more_than_can_be_answered_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all have asked and wait; as soon as one is done, the next is welcome."""
    monkeypatch.setattr(http, "MOST_CONNECTIONS", 2)
    async with serving() as site:
        busy = [await site.connect() for _ in range(2)]
        for _, writer in busy:
            writer.write(b"GET /slow HTTP/1.1\r\n\r\n")
        await site.serves(2, idle=0)
        reading, writer = await site.connect()
        assert await reading.read() == b""
        writer.close()
        site.let.set()
        for reading, writer in busy:
            assert (await reading.read()).endswith(b"at last\n")
            writer.close()
        assert read(await site.ask(b"GET /page HTTP/1.1\r\n\r\n")).status == 200
