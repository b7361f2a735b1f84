"""Work beside other work: it goes on until the end, and does not break unheard."""

import asyncio

from structlog.testing import capture_logs

from sshauth.background import in_background


async def test_work_is_done_until_the_end() -> None:
    begun = asyncio.Event()
    ended = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with capture_logs() as logged:
        async with in_background(work()):
            await begun.wait()
            assert not ended.is_set()
    assert ended.is_set()
    assert logged == []


async def test_what_breaks_is_logged_and_ends_nothing_else() -> None:
    broken = asyncio.Event()

    async def work() -> None:
        broken.set()
        raise ZeroDivisionError

    with capture_logs() as logged:
        async with in_background(work()):
            await broken.wait()
    (line,) = logged
    assert (line["event"], line["log_level"]) == ("background.failed", "error")
