"""Hygiene: of a session nothing is left in the process, however it came to its end."""

import asyncio
import gc
import io
import signal
import sys
import tempfile
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from textual.app import App
from textual.screen import Screen

from sshauth.logs import logging_to
from sshauth.ssh.hosting import Host
from tests.ssh.fake_terminal import FakeTerminal
from tests.ssh.test_hosting import (
    MARKER,
    BrokenInCompose,
    BrokenOnMount,
    BrokenWorker,
    Form,
    Started,
    begin,
    start,
)
from tests.ssh.waiting import LONG_ENOUGH, eventually

CRASH = "\x1b[15~"


async def leave(session: Started) -> None:
    """Type all kinds of things, and quit."""
    # Text, a key of the kitty protocol, a key twice, the mouse, a paste, an answer.
    session.terminal.type("ada\t\x1b[97;5u\x1b[1;5C\x1b[1;5Cx\x1b[<0;3;4M\x1b[<0;3;4m")
    session.terminal.type("\x1b[200~pasted\x1b[201~\x1b[?2026;2$y\r")
    await session.terminal.shows("pasted")
    assert await session.end() is None


async def crash(session: Started) -> None:
    """Press the key that breaks it."""
    assert isinstance(await session.end(CRASH), ZeroDivisionError)


async def cancel(session: Started) -> None:
    """Cancel what runs it."""
    session.running.cancel()
    await asyncio.wait([session.running], timeout=LONG_ENOUGH)
    assert session.running.done()


async def cut_in_the_middle_of_a_picture(session: Started) -> None:
    """Read half of a picture, and be gone."""
    session.terminal.slow = True
    session.terminal.driver.write("\x1b[H" + "\x1b[31mx" * 100_000)  # type: ignore[union-attr]
    session.terminal.read(1000)
    session.terminal.output.close()
    session.app.exit()
    assert await asyncio.wait_for(session.running, LONG_ENOUGH) is None


async def leave_while_behind(session: Started) -> None:
    """Read nothing, and have the app end."""
    session.terminal.slow = True
    session.terminal.output.write(b"\x00" * 100_000)
    session.terminal.type("never seen")
    session.app.exit()
    assert await asyncio.wait_for(session.running, LONG_ENOUGH) is None
    session.terminal.output.close()


async def leave_in_a_flood(session: Started) -> None:
    """Type more than is taken, begin a sequence and a storm of sizes, and have the app end."""
    session.terminal.type("x\t" * 5000)
    for columns in (40, 50, 60):
        session.terminal.resize(columns, 20)
    session.terminal.type("\x1b")
    session.app.exit()
    assert await asyncio.wait_for(session.running, LONG_ENOUGH) is None


async def leave_in_a_paste(session: Started) -> None:
    """Begin what never ends."""
    session.terminal.type("\x1b[200~x")
    session.app.exit()
    assert await asyncio.wait_for(session.running, LONG_ENOUGH) is None


ENDINGS: list[Callable[[Started], Awaitable[None]]] = [
    leave,
    crash,
    cancel,
    cut_in_the_middle_of_a_picture,
    leave_while_behind,
    leave_in_a_flood,
    leave_in_a_paste,
]


def names_in(directory: str) -> list[str]:
    return sorted(path.name for path in Path(directory).iterdir())


class Process:
    """What of the process a session could leave something in."""

    def __init__(self) -> None:
        self.threads = set(threading.enumerate())
        self.handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        self.files = names_in(tempfile.gettempdir())
        self.descriptors = names_in("/proc/self/fd")
        self.hooks = sys.excepthook, sys.unraisablehook, threading.excepthook


@pytest.fixture(autouse=True)
def own_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep other programs' temporary files out of sight."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@asynccontextmanager
async def nothing_left(apps: list[weakref.ref[App[Any]]]) -> AsyncIterator[None]:
    """See that all is as before, and that no app is alive."""
    # The first app of a process starts what stays: a second one adds nothing.
    await (await start(Host())).end()
    before = Process()
    yield
    await eventually(lambda: len(asyncio.all_tasks()) == 1, "no more tasks")
    await eventually(lambda: timers() == [], "no more timers")
    gc.collect()
    assert [app() for app in apps if app() is not None] == []
    assert [each for each in gc.get_objects() if isinstance(each, Screen)] == []
    assert vars(Process()) == vars(before)


def timers() -> list[str]:
    """Give what the loop will do later, but for what gives tests their time."""
    handles = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return [repr(each) for each in handles if not each.cancelled() and "Timeout" not in repr(each)]


async def test_50_sessions_leave_nothing_behind() -> None:
    """Each begins before the one before it ends, in all the ways that there are."""
    apps: list[weakref.ref[App[Any]]] = []
    async with nothing_left(apps):
        await open_and_close(apps)
    assert len(apps) == 50


async def open_and_close(apps: list[weakref.ref[App[Any]]]) -> None:
    host, before = Host(), None
    for number in range(50):
        after = await start(host, f"number {number}")
        apps.append(weakref.ref(after.app))
        if before is not None:
            await ENDINGS[number % len(ENDINGS)](before)
        before = after
    if before is not None:
        await before.end()


@pytest.mark.parametrize("kind", [BrokenInCompose, BrokenOnMount, BrokenWorker])
async def test_an_app_that_breaks_as_it_begins_leaves_nothing_behind(kind: type[Form]) -> None:
    """Not even the error that it ended by keeps it, once that is forgotten."""
    apps: list[weakref.ref[App[Any]]] = []
    async with nothing_left(apps):
        apps += [weakref.ref(await broken(kind)) for _ in range(5)]


async def broken(kind: type[Form]) -> Form:
    app = kind()
    assert "ZeroDivisionError" in repr(await Host().run(app, FakeTerminal()))
    return app


async def test_an_app_that_is_cancelled_as_it_begins_leaves_nothing_behind() -> None:
    """At whatever step it was."""
    apps: list[weakref.ref[App[Any]]] = []
    async with nothing_left(apps):
        apps += [weakref.ref(await cancelled(steps)) for steps in range(0, 40, 3)]


async def cancelled(steps: int) -> Form:
    app = Form()
    running = begin(Host(), app, FakeTerminal())
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running], timeout=LONG_ENOUGH)
    assert running.done()
    return app


async def test_a_client_that_is_gone_before_its_app_has_begun_leaves_nothing_behind() -> None:
    """The app is told to end at whatever step of its beginning."""
    apps: list[weakref.ref[App[Any]]] = []
    async with nothing_left(apps):
        apps += [weakref.ref(await gone(steps)) for steps in range(0, 40, 3)]


async def gone(steps: int) -> Form:
    app, terminal = Form(), FakeTerminal()
    running = begin(Host(), app, terminal)
    for _ in range(steps):
        await asyncio.sleep(0)
    terminal.output.close()
    app.exit()
    assert await asyncio.wait_for(running, LONG_ENOUGH) is None
    return app


async def test_an_idle_app_wakes_nobody() -> None:
    """A hundred of them, waiting for their people, cost nothing: no timer runs."""
    session = await start(Host())
    session.terminal.type("a\x1b[<0;3;4M\x1b[<0;3;4m")
    await eventually(lambda: timers() == [], "rest")
    await session.end()


async def test_a_task_factory_that_an_app_brings_does_not_stay() -> None:
    """From Python 3.12 on Textual makes all tasks of the loop eager, and AsyncSSH's are among them."""

    class Eager(Form):
        def _build_driver(self, *arguments: Any, **options: Any) -> Any:
            asyncio.get_running_loop().set_task_factory(
                lambda loop, coroutine: asyncio.Task(coroutine, loop=loop)
            )
            return super()._build_driver(*arguments, **options)

    session = await start(Host(), kind=Eager)
    assert asyncio.get_running_loop().get_task_factory() is None
    await session.end()


async def test_no_handler_and_no_thread_is_there_while_an_app_runs() -> None:
    """Signals are the server's, and so is standard input."""
    before = Process()
    session = await start(Host())
    during = Process()
    assert (during.handlers, during.threads) == (before.handlers, before.threads)
    await session.end()


async def test_the_log_tells_where_an_app_broke_and_nothing_of_what_it_held(tmp_path: Path) -> None:
    """A traceback has lines of code; the values of variables, passwords among them, are not in it."""
    error = await (await start(Host())).end(CRASH)
    with logging_to(tmp_path / "log" / "log", "INFO"):
        structlog.get_logger("sshauth").error("session.broken", exc_info=error)
    logged = (tmp_path / "log" / "log").read_text()
    assert "action_crash" in logged
    assert "ZeroDivisionError" in logged
    assert MARKER not in logged.replace(f'"{MARKER}"', "")


async def test_the_command_palette_runs_nothing_on_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator's app may have a palette: of the commands that Textual puts there none is left."""

    class WithPalette(Form):
        ENABLE_COMMAND_PALETTE = True

    monkeypatch.chdir(tmp_path)
    session = await start(Host(), kind=WithPalette)
    assert list(session.app.get_system_commands(session.app.screen)) == []
    session.app.deliver_screenshot(path=str(tmp_path))
    session.app.deliver_text(io.StringIO("text"), save_directory=tmp_path, save_filename="file")
    await session.end()
    assert names_in(str(tmp_path)) == []
