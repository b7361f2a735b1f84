"""The app in the present terminal, without SSH."""

import asyncio
import os
import secrets
import signal
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

import structlog
from structlog.contextvars import bind_contextvars

from sshauth.accounts.peer import Peer
from sshauth.config import Settings
from sshauth.fault_mails import box_of
from sshauth.ground import Say, log_of
from sshauth.local_lines import LocalEnd
from sshauth.runtime import House, at_work, open_house
from sshauth.ssh.hosting import isolate
from sshauth.ssh.terminal import Capability, capability_of, wants_lines

INPUT, OUTPUT = 0, 1
"""The descriptors of the terminal."""
LOCAL_TIME = "/etc/localtime"
"""A link to the file of the machine's time zone, which bears the zone's name."""
HERE = "this machine"
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


async def run(settings: Settings, say: Say, *, plain: bool = False) -> int:
    """Run the app in the present terminal, on the same database; return its exit status.

    Where that is wished, or the terminal cannot show screens, it is the one that speaks line by line.

    Raises:
        StartError: something it needs cannot be used.
        ConfigError: the settings do not go together.
    """
    faults = box_of(settings)
    with log_of(settings.model_copy(update={"log_to_stdout": False}), faults):
        bind_contextvars(session=secrets.token_hex(4), address=HERE)
        async with open_house(settings) as house, at_work(house, settings, faults):
            capability = capability_of(os.environ.get("TERM", ""), os.environ)
            if plain or not capability.knows_codes or wants_lines(os.environ):
                return await _run_lines(house, capability, say)
            return await _run_screens(house, capability, say)


async def _run_screens(house: House, capability: Capability, say: Say) -> int:
    app = await house.make_app(_peer(capability), lambda _is_signed_in: None)
    isolate(app)
    with _ended_by_signals(lambda status: app.exit(return_code=status), RESTORE):
        await app.run_async()
    if app._exception is not None:  # noqa: SLF001 - the only place where Textual keeps it
        return _broken(app._exception, say)  # noqa: SLF001
    if app.return_value:
        say(app.return_value)
    return app.return_code or 0


async def _run_lines(house: House, capability: Capability, say: Say) -> int:
    app = await house.make_plain_app(_peer(capability), lambda _is_signed_in: None)
    end = LocalEnd(capability)
    try:
        with _ended_by_signals(app.exit, b""), end.listening() as lines:
            words, status = await app.run(lines)
    except Exception as error:  # noqa: BLE001 - whatever broke it
        return _broken(error, say)
    if words:
        say(words)
    return status


def _peer(capability: Capability) -> Peer:
    """Say who is here, what their terminal shows, and what their clock does."""
    time_zone = os.environ.get("TZ") or os.path.realpath(LOCAL_TIME)
    return Peer(address=HERE, client="local terminal", draws_qr=capability.qr, time_zone=time_zone)


def _broken(error: Exception, say: Say) -> int:
    incident = secrets.token_hex(4).upper()
    log.error("session.broken", incident=incident, exc_info=error)
    say(APOLOGY.format(incident=incident))
    return BROKEN


@contextmanager
def _ended_by_signals(end_with: Callable[[int], None], restore: bytes) -> Iterator[None]:
    """End the app by a signal as by its own way out; by a second one at once, even where it hangs.

    Nobody else would give the terminal back: Textual's driver leaves it as it is.
    """
    loop = asyncio.get_running_loop()
    modes = termios.tcgetattr(INPUT)
    told = False

    def end(number: int, _frame: FrameType | None) -> None:
        nonlocal told
        if told:
            _end_at_once(number, modes, restore)
        told = True
        loop.call_soon_threadsafe(end_with, BY_SIGNAL + number)

    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_at_once(number: int, modes: list[Any], restore: bytes) -> NoReturn:
    with suppress(OSError, termios.error):
        termios.tcsetattr(INPUT, termios.TCSANOW, modes)
        os.write(OUTPUT, restore)
    os._exit(BY_SIGNAL + number)  # the loop hangs, and would hold up an ordinary exit
