"""One SSH session: a channel, the app that runs on it, and what is said when there is none."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncssh
import structlog
from textual.app import App

from sshauth.accounts.peer import Peer
from sshauth.ssh import terminal
from sshauth.ssh.driver import SSHDriver
from sshauth.ssh.environment import BoundedEnvironment
from sshauth.ssh.guards import Asked, refusal_of
from sshauth.ssh.hall import Hall, Hosted, Line, PlainApp
from sshauth.ssh.lines import Lines
from sshauth.ssh.output import Output

SMALLEST, LARGEST = (20, 5), (500, 200)
"""Terminal sizes are clamped to these: a screen of 5000 by 5000 costs 50 MB."""
USUAL_SIZE = (80, 24)
LONGEST_EARLY_INPUT = 64 * 1024
"""Bytes kept of what is typed before the app runs; more than that is no person."""

LEFT, REFUSED, BROKEN, STOPPED = 0, 1, 1, 75
"""Exit statuses that the client sees; apps have their own. The last one is EX_TEMPFAIL: come back."""

APOLOGY = "Sorry, something broke on our side (incident {incident}). Please connect again."
ONE_MOMENT = "One moment: many people are coming in at once."

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

    def __init__(
        self, hall: Hall, line: Line, peer: Peer, *, is_second: bool = False, is_stopping: bool = False
    ) -> None:
        """Take what is needed to make the app once the client has asked for one."""
        self._hall = hall
        self._line = line
        self._peer = peer
        self._asked = Asked(None, is_second=is_second, is_stopping=is_stopping)
        self._driver: SSHDriver | Lines | None = None
        self._app: App[Any] | PlainApp | None = None
        self._wants_lines = False
        self._leave_gate: Callable[[], None] = _nothing
        self._farewell: tuple[str, int] | None = None
        self._early_input = bytearray()
        self._closed = False
        self._over = False
        self._paused = False
        self._begun_at: float | None = None
        self.task: asyncio.Task[None] | None = None
        self.size = USUAL_SIZE
        self.capability = terminal.capability_of("", {})

    # What the client asks for

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Learn the channel."""
        self._chan = chan
        chan._env = BoundedEnvironment()  # noqa: SLF001 - AsyncSSH keeps whatever a client sends

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:  # noqa: ANN401, ARG002 - asyncssh's signature
        """Take the terminal's size and kind."""
        self.size = clamp(*term_size[:2])
        self._asked = replace(self._asked, term=term_type)
        return True

    def shell_requested(self) -> bool:
        """Accept: the app is the shell."""
        return True

    def exec_requested(self, command: str) -> bool:  # noqa: ARG002 - not run, not logged
        """Accept, to say why nothing is run: refused by protocol, the client would show no reason."""
        self._asked = replace(self._asked, what="exec")
        return True

    def subsystem_requested(self, subsystem: str) -> bool:  # noqa: ARG002
        """Accept, to say why there is none, file transfer for instance."""
        self._asked = replace(self._asked, what="subsystem")
        return True

    def session_started(self) -> None:
        """Start the app, if every guard lets it."""
        packets = self._chan._send_pktsize  # noqa: SLF001 - AsyncSSH tells it nowhere else
        refusal = refusal_of(replace(self._asked, packet_bytes=packets))
        if refusal is not None:
            self._line.refused(refusal)
            self._chan.write_stderr(f"{refusal.words}\r\n".encode())
            self._chan.exit(STOPPED if self._asked.is_stopping else REFUSED)
            return
        environment = terminal.accepted_environment(self._chan.get_environment())
        self.capability = terminal.capability_of(self._asked.term or "", environment)
        self._peer = replace(
            self._peer,
            draws_qr=self.capability.qr,
            shows_colours=self.capability.shows_colours,
            time_zone=environment.get("TZ", ""),
        )
        self._wants_lines = not self.capability.knows_codes or terminal.wants_lines(
            environment, user_name=self._peer.user_name
        )
        if terminal.is_plain_user(self._peer.user_name):
            self._peer = replace(self._peer, user_name="")
        self._output = Output(
            self._send,
            lambda: self._chan.get_write_buffer_size() + self._line.unsent,
            drained=self._repaint,
            stuck=lambda: self._line.abort("reads nothing"),
        )
        self._begun_at = asyncio.get_running_loop().time()
        self._hall.sessions.add(self)
        self._line.is_in_use(True)  # noqa: FBT003 - there is nothing else that it could mean
        self.task = asyncio.get_running_loop().create_task(self._run())

    # The app

    async def _run(self) -> None:
        error = None
        words, status = "", LEFT
        began = asyncio.get_running_loop().time()
        log.info("session.began", address=self._peer.address, plain=self._wants_lines)
        try:
            self._leave_gate = await self._hall.gate.enter(lambda: self._say(ONE_MOMENT))
            if self._wants_lines:
                words, status = await self._run_plain_app()
            elif not self._over:
                self._app = app = await self._hall.make_app(self._peer, self._line.signed_in)
                if not self._over:
                    error = await self._hall.host.run(app, self)
                    words, status = _last_words(app)
        except Exception as broken:  # noqa: BLE001 - whatever broke it, it must end this session alone
            error = broken
        finally:
            self._leave_gate()
            self._app = self._driver = None
            self._hall.sessions.discard(self)
        words, status = self._farewell or (words, status)
        if error is not None:
            incident = secrets.token_hex(4).upper()
            log.error("session.broken", incident=incident, address=self._peer.address, exc_info=error)
            words, status = APOLOGY.format(incident=incident), BROKEN
        if words:
            self._say(words)
        seconds = round(asyncio.get_running_loop().time() - began, 1)
        log.info("session.ended", address=self._peer.address, status=status, seconds=seconds)
        await self._output.finish()
        if not self._closed:
            self._chan.exit(status)
        self._line.is_in_use(False)  # noqa: FBT003 - the same

    async def _run_plain_app(self) -> tuple[str, int]:
        lines = Lines(self, self._hall.host.turns)
        try:
            if not self._over:
                self._app = app = await self._hall.make_plain_app(self._peer, self._line.signed_in)
                self.attach(lines)
                if not self._over:
                    return await app.run(lines)
        finally:
            lines.close()
        return "", LEFT

    def notice(self, words: str) -> None:
        """Show the person words, over whatever they are doing."""
        app = self._app
        if isinstance(app, Hosted):
            app.notice(words)
        elif isinstance(app, App):
            app.notify(words)

    def end(self, farewell: str) -> None:
        """End the app because the server stops; the client's terminal is restored and shows ``farewell``."""
        self._farewell = (farewell, STOPPED)
        app = self._app
        if isinstance(app, Hosted):
            self._over = True
            app.server_stops(farewell)
        else:
            self._leave()

    def _leave(self) -> None:
        self._over = True
        if self._app is not None:
            self._app.exit()

    # The terminal, as the app's driver sees it

    def attach(self, driver: SSHDriver | Lines) -> None:
        """Send input there from now on."""
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

    def has_room(self, length: int) -> bool:
        """Tell whether the client takes so many bytes more without falling behind."""
        return self._output.has_room(length)

    def write(self, data: bytes) -> None:
        """Send output to the client, if it is still there. The first picture lets the next app start."""
        if self._driver is not None:
            self._leave_gate()
            self._time_start()
        if not self._closed:
            self._output.write(data)

    def _time_start(self) -> None:
        if self._begun_at is not None:
            self._hall.meters.app_starts.add(asyncio.get_running_loop().time() - self._begun_at)
            self._begun_at = None

    def _send(self, data: bytes) -> None:
        """Send, unless the client has closed the channel, which we are told a moment later."""
        if not self._chan.is_closing():
            self._chan.write(data)

    def _say(self, words: str) -> None:
        self.write(self.capability.render(f"{words}\r\n"))

    def _repaint(self) -> None:
        if self._driver is not None:
            self._driver.repaint()

    # What the client does

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
        if self.task is not None:
            self._output.close()


def _last_words(app: App[Any]) -> tuple[str, int]:
    words = app.return_value if isinstance(app.return_value, str) else ""
    return words, app.return_code or LEFT


def _nothing() -> None:
    """Do nothing: there is no gate to leave yet."""
