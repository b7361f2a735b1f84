"""One SSH session: a channel, the app that runs on it, and what is said when there is none."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import asyncssh
import structlog
from textual.app import App

from sshauth.accounts.peer import Peer
from sshauth.ssh import colour
from sshauth.ssh.driver import SSHDriver
from sshauth.ssh.hosting import Host

MakeApp = Callable[[Peer], App[Any]]

SMALLEST, LARGEST = (20, 5), (500, 200)
"""Terminal sizes are clamped to these: a screen of 5000 by 5000 costs 50 MB."""
USUAL_SIZE = (80, 24)
LONGEST_EARLY_INPUT = 64 * 1024
"""Bytes kept of what is typed before the app runs; more than that is no person."""

LEFT, REFUSED, BROKEN = 0, 1, 1
"""Exit statuses that the client sees."""

APOLOGY = "Sorry, something broke on our side (incident {incident}). Please connect again."

log = structlog.get_logger(__name__)


def clamp(width: int, height: int) -> tuple[int, int]:
    """Bring a size that a client claims into bounds; real clients send 0 by 0 too."""
    if width <= 0 or height <= 0:
        return USUAL_SIZE
    return (
        min(max(width, SMALLEST[0]), LARGEST[0]),
        min(max(height, SMALLEST[1]), LARGEST[1]),
    )


class Session(asyncssh.SSHServerSession[bytes]):
    """Runs an app for the client, or says in one sentence why not."""

    def __init__(self, host: Host, make_app: MakeApp, peer: Peer, sessions: "set[Session]") -> None:
        """Take what is needed to make the app once the client has asked for one."""
        self._host = host
        self._make_app = make_app
        self._peer = peer
        self._sessions = sessions
        self._refusal: str | None = None
        self._driver: SSHDriver | None = None
        self._app: App[Any] | None = None
        self._farewell = ""
        self._early_input = bytearray()
        self._closed = False
        self._over = False
        self._paused = False
        self.task: asyncio.Task[None] | None = None
        self.size = USUAL_SIZE
        self.depth = colour.Depth.EIGHT_BIT

    def refuse(self, reason: str) -> None:
        """Run no app for this session, whatever it asks for; say why."""
        self._refusal = reason

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Learn the channel."""
        self._chan = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:  # noqa: ANN401, ARG002 - asyncssh's signature
        """Take the terminal's size and kind."""
        self.size = clamp(*term_size[:2])
        return True

    def shell_requested(self) -> bool:
        """Accept: the app is the shell."""
        if self._chan.get_terminal_type() is None:
            self._refusal = self._refusal or "This is an app for a terminal. Connect without -T, or with -t."
        return True

    def exec_requested(self, command: str) -> bool:  # noqa: ARG002 - not run, not logged
        """Accept, to say why nothing is run: refused by protocol, the client would show no reason."""
        self._refusal = "No commands can be run here. Connect without one."
        return True

    def subsystem_requested(self, subsystem: str) -> bool:  # noqa: ARG002
        """Accept, to say why there is none, file transfer for instance."""
        self._refusal = "There is no file transfer and no subsystem here. Connect with plain ssh."
        return True

    def session_started(self) -> None:
        """Start the app."""
        if self._refusal is not None:
            log.info("session.refused", address=self._peer.address, reason=self._refusal)
            self._chan.write_stderr(f"{self._refusal}\r\n".encode())
            self._chan.exit(REFUSED)
            return
        self.depth = colour.depth_of(self._chan.get_terminal_type() or "", self._chan.get_environment())
        self._sessions.add(self)
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        status, error, last_words = LEFT, None, None
        try:
            self._app = self._make_app(self._peer)
            if not self._over:
                error = await self._host.run(self._app, self)
                last_words = self._app.return_value
        except Exception as broken:  # noqa: BLE001 - whatever broke it, it must end this session alone
            error = broken
        finally:
            self._app = self._driver = None
            self._sessions.discard(self)
        words = self._farewell or (last_words if isinstance(last_words, str) else "")
        if error is not None:
            incident = secrets.token_hex(4).upper()
            log.error("session.broken", incident=incident, address=self._peer.address, exc_info=error)
            status, words = BROKEN, APOLOGY.format(incident=incident)
        if words:
            self.write(f"{words}\r\n".encode())
        if not self._closed:
            self._chan.exit(status)

    def end(self, farewell: str) -> None:
        """End the app; the client's terminal is restored and shows ``farewell``."""
        self._farewell = farewell
        self._leave()

    def _leave(self) -> None:
        self._over = True
        if self._app is not None:
            self._app.exit()

    def attach(self, driver: SSHDriver) -> None:
        """Send input to this driver from now on."""
        self._driver = driver
        driver.feed(bytes(self._early_input))
        self._early_input.clear()

    def pause(self, *, paused: bool) -> None:
        """Leave further input with the client until the app has caught up, or take it again."""
        if self._closed or paused == self._paused:
            return
        self._paused = paused
        if paused:
            self._chan.pause_reading()
        else:
            asyncio.get_running_loop().call_soon(self._chan.resume_reading)

    def write(self, data: bytes) -> None:
        """Send output to the client, if it is still there."""
        if not self._closed:
            self._chan.write(data)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002
        """Hand input on."""
        if self._driver is not None:
            self._driver.feed(data)
        elif len(self._early_input) + len(data) <= LONGEST_EARLY_INPUT:
            self._early_input += data

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:  # noqa: ARG002
        """Hand the new size on."""
        self.size = clamp(width, height)
        if self._driver is not None:
            self._driver.resize(self.size)

    def eof_received(self) -> bool:
        """End the app when the client has no more input to send."""
        self._leave()
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - losing it is an ordinary way to leave
        """End the app: its person is gone."""
        self._closed = True
        self._leave()
