"""The app in the present terminal, without SSH."""

import asyncio
import os
import secrets
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

import structlog
from textual.app import App

from sshauth.accounts.peer import Peer
from sshauth.config import Settings
from sshauth.ground import Say, log_of
from sshauth.runtime import at_work, open_house
from sshauth.ssh.hosting import isolate
from sshauth.ssh.terminal import capability_of

INPUT, OUTPUT = 0, 1
"""The descriptors of the terminal."""
BROKEN = 1
BY_SIGNAL = 128
"""What shells add to the number of the signal that ended a program."""
RESTORE = (
    b"\x1b[<u\x1b[?2048l\x1b[?2004l\x1b[?1004l\x1b[?1016l\x1b[?1015l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l"
    b"\x1b[0m\x1b[2J\x1b[H\x1b[?7h\x1b[?25h\x1b[?1049l"
)
"""Takes back what Textual's driver asks of a terminal."""
APOLOGY = "Sorry, something broke on our side (incident {incident}). The log says more."

log = structlog.get_logger(__name__)


async def run(settings: Settings, say: Say) -> int:
    """Run the app in the present terminal, on the same database; return its exit status.

    Raises:
        StartError: something it needs cannot be used.
        ConfigError: the settings do not go together.
    """
    with log_of(settings.model_copy(update={"log_to_stdout": False})):
        async with open_house(settings) as house, at_work(house, settings):
            app = await house.make_app(_peer(), lambda _is_signed_in: None)
            isolate(app)
            with _ended_by_signals(app):
                await app.run_async()
            if app._exception is not None:  # noqa: SLF001 - the only place where Textual keeps it
                return _broken(app._exception, say)  # noqa: SLF001
            if app.return_value:
                say(app.return_value)
            return app.return_code or 0


def _peer() -> Peer:
    """Say who is here, and what their terminal shows."""
    capability = capability_of(os.environ.get("TERM", ""), os.environ)
    return Peer(address="this machine", client="local terminal", draws_qr=capability.qr)


def _broken(error: Exception, say: Say) -> int:
    incident = secrets.token_hex(4).upper()
    log.error("session.broken", incident=incident, exc_info=error)
    say(APOLOGY.format(incident=incident))
    return BROKEN


@contextmanager
def _ended_by_signals(app: App[Any]) -> Iterator[None]:
    """End the app by a signal as by its own way out; by a second one at once, even where it hangs.

    Textual's driver leaves the terminal as it is when a signal ends the process.
    """
    loop = asyncio.get_running_loop()
    modes = termios.tcgetattr(INPUT)
    told = False

    def end(number: int, _frame: FrameType | None) -> None:
        nonlocal told
        if told:
            _end_at_once(number, modes)
        told = True
        loop.call_soon_threadsafe(lambda: app.exit(return_code=BY_SIGNAL + number))

    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_at_once(number: int, modes: list[Any]) -> NoReturn:
    with suppress(OSError, termios.error):
        termios.tcsetattr(INPUT, termios.TCSANOW, modes)
        os.write(OUTPUT, RESTORE)
    os._exit(BY_SIGNAL + number)  # the loop hangs, and would hold up an ordinary exit
