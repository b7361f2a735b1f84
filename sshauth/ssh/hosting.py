"""Running Textual apps, many in one process, so that none can touch the others or the server."""

import asyncio
import gc
import io
import sys
from collections.abc import Awaitable, Callable
from typing import Any, cast

from rich.console import Console
from textual.app import App
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.filter import Monochrome, NoColor

from sshauth.ssh import strips
from sshauth.ssh.driver import Terminal, driver_for
from sshauth.ssh.stylesheets import SharedStylesheet, Shelves
from sshauth.ssh.turns import Turns


def isolate(app: App[Any]) -> None:
    """Take away from an app what reaches the whole process.

    Textual redirects standard output and error of the process to the app that started last, so that
    one session would get, and keep alive, what others print; and its report of a crash shows the
    values of local variables, passwords among them.
    """
    stdout, stderr = sys.__stdout__ or io.StringIO(), sys.__stderr__ or io.StringIO()
    app._capture_stdout = stdout  # type: ignore[assignment]  # noqa: SLF001 - no public way
    app._capture_stderr = stderr  # type: ignore[assignment]  # noqa: SLF001
    app._fatal_error = app._close_messages_no_wait  # type: ignore[method-assign]  # noqa: SLF001


class Host:
    """Runs apps for terminals. What starting an app costs again and again is paid once and shared."""

    def __init__(self, echoed: Callable[[float], None] = lambda _seconds: None) -> None:
        """Share nothing yet: the first app of a kind fills in what the next ones take.

        ``echoed`` is told how long each key took to be seen.
        """
        self._echoed = echoed
        self._shelves = Shelves()
        self.turns = Turns()
        strips.keep_none()

    async def run(self, app: App[Any], terminal: Terminal) -> Exception | None:
        """Run an app for a terminal until it ends; return what broke it, if something did."""
        self._prepare(app)
        app.driver_class = cast("type[Driver]", driver_for(terminal, self.turns, self._echoed))
        await app.run_async(size=terminal.size)
        return _what_broke(app)

    async def warm_up(self, make_app: Callable[[], Awaitable[App[Any]]]) -> None:
        """Start and end an app that nobody sees, so that the first person does not wait for caches.

        Then what is loaded by now is taken out of the garbage collector's sight, and its runs made
        rarer: they were most of the slowest first pictures.
        """
        await self._start_unseen(await make_app())
        await asyncio.sleep(0)  # callbacks of its last tasks hold the app until then
        gc.collect()
        gc.freeze()
        # With 20 in place of the 2, hundreds of sessions piled up: 130 MiB, and 1.8 s to be rid of them.
        gc.set_threshold(10_000, 20, 2)

    async def _start_unseen(self, app: App[Any]) -> None:
        self._prepare(app)
        async with app.run_test(size=(80, 24)) as pilot:
            for theme in getattr(app, "THEMES", ()):
                app.theme = theme
                await pilot.pause()

    def _prepare(self, app: App[Any]) -> None:
        isolate(app)
        # Neither errors that draw themselves nor last words belong on the server's own terminal.
        app._print_error_renderables = app._exit_renderables.clear  # type: ignore[method-assign]  # noqa: SLF001
        # Of the palette's commands some act on the server's disk; those of an app itself stay.
        if type(app).get_system_commands is App.get_system_commands:
            app.get_system_commands = lambda screen: ()  # type: ignore[method-assign]  # noqa: ARG005
        # Colours come from the client, later, not from the server's own TERM or NO_COLOR.
        app.no_color = False
        app._filters = [each for each in app._filters if not isinstance(each, Monochrome | NoColor)]  # noqa: SLF001
        app.console = Console(
            color_system="truecolor",
            file=io.StringIO(),
            force_terminal=True,
            legacy_windows=False,
            markup=True,
            highlight=False,
            emoji=False,
            safe_box=False,
            _environ={},
        )
        app.stylesheet = SharedStylesheet(self._shelves, app.get_css_variables())


def _what_broke(app: App[Any]) -> Exception | None:
    """Give the error that ended an app, if it was one.

    Told to end while it makes a screen, Textual leaves out the widgets that the screen then looks for.
    """
    error = app._exception  # noqa: SLF001 - the only place where Textual keeps it
    if app._exit and isinstance(error, NoMatches):  # noqa: SLF001 - no public way
        app._return_code = 0  # noqa: SLF001 - which the error has set to 1
        return None
    return error
