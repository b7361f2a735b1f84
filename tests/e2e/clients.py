"""Four SSH clients: each connects from a terminal of some kind, and sends of it what it can."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import paramiko

from tests.support.server import Server, clean_env
from tests.support.terminal import Screen, Terminal

USER = "ada"


@dataclass(frozen=True)
class Kind:
    """A kind of terminal: what a client tells the server of it."""

    term: str
    environment: Mapping[str, str] = field(default_factory=dict)


Client = Callable[[Server, Path, Kind], Terminal]


def openssh(server: Server, _home: Path, kind: Kind) -> Terminal:
    """Connect with OpenSSH, which sends the variables that it is told to send."""
    # Not the tests' own locale.
    options = ("-o", "SendEnv=COLORTERM NO_COLOR LC_ALL")
    return server.ssh(USER, term=kind.term, options=options, env=kind.environment)


def putty(server: Server, home: Path, kind: Kind) -> Terminal:
    """Connect with PuTTY's plink, which has the kind of its terminal in a saved session."""
    session = home / ".putty" / "sessions" / "ours"
    session.parent.mkdir(parents=True)
    variables = ",".join(f"{name}={value}" for name, value in kind.environment.items())
    session.write_text(f"TerminalType={kind.term}\nEnvironment={variables}\n")
    fingerprint = re.search(r"SHA256:[\w+/]+", server.output)
    assert fingerprint is not None, server.output
    address = ("-P", str(server.port), "-hostkey", fingerprint[0], f"{USER}@127.0.0.1")
    command = ["plink", "-load", "ours", "-ssh", "-batch", *address]
    return Terminal(command, env=clean_env(home, TERM=kind.term), cwd=home)


def dropbear(server: Server, home: Path, kind: Kind) -> Terminal:
    """Connect with dropbear's dbclient, which sends no variables."""
    command = ["dbclient", "-y", "-y", "-p", str(server.port), f"{USER}@127.0.0.1"]
    return Terminal(command, env=clean_env(home, TERM=kind.term, **kind.environment), cwd=home)


class Paramiko(Terminal):
    """The screen of a person whose client is written in Python."""

    def __init__(self, server: Server, kind: Kind, size: tuple[int, int] = (80, 24)) -> None:
        self.screen = Screen(*size)
        self._raw = bytearray()
        self._changed = threading.Condition()
        self._transport = paramiko.Transport(("127.0.0.1", server.port))
        self._transport.start_client(timeout=20)
        self._transport.auth_interactive(USER, lambda _title, _instructions, prompts: [""] * len(prompts))
        self._channel = self._transport.open_session(timeout=20)
        self._channel.update_environment(kind.environment)
        self._channel.get_pty(kind.term, *size)
        self._channel.invoke_shell()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, text: str, timeout: float = 30) -> None:
        """Type text in one go."""
        self._channel.settimeout(timeout)
        self._channel.sendall(text.encode())

    def wait_exit(self, timeout: float = 10) -> int:
        """Wait for the session to end, and give its exit status."""
        assert self._channel.status_event.wait(timeout), f"still running; the screen is\n{self.text}"
        self._reader.join(timeout)
        status: int = self._channel.recv_exit_status()
        return status

    def close(self) -> None:
        """Close the connection, if it is still open."""
        self._transport.close()
        self._reader.join(5)

    def _read(self) -> None:
        self._channel.settimeout(None)
        while data := self._channel.recv(65536):
            with self._changed:
                self._raw += data
                self.screen.feed(data)
                self._changed.notify_all()


def python(server: Server, _home: Path, kind: Kind) -> Terminal:
    """Connect with paramiko."""
    return Paramiko(server, kind)
