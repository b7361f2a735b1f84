"""Our server as an operator runs it, and the OpenSSH client as people do."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.net import free_port
from tests.support.secrets import assert_nothing_secret_written
from tests.support.terminal import Terminal

SSHAUTH = (sys.executable, "-m", "sshauth")
_OPTIONS = (
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "PubkeyAuthentication=no",
    "LogLevel=ERROR",
    "EscapeChar=none",
    "ConnectTimeout=20",
)
# Tests connect from one address as a crowd would; those of the limits themselves set others.
PLENTY = {
    "CONNECTIONS_PER_MINUTE": "100000",
    "CONNECTIONS_PER_SOURCE": "1000",
    "STRANGERS_PER_SOURCE": "1000",
}
# For ssh, scp and sftp alike: nothing of the caller's configuration, no keys, no questions.
CLIENT_FLAGS = ("-F", "none", *(part for option in _OPTIONS for part in ("-o", option)))


def clean_env(home: Path, **variables: str) -> dict[str, str]:
    """Give an environment with nothing of the caller's but the path."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **variables}


def measured_env(home: Path, **variables: str) -> dict[str, str]:
    """Give one in which coverage is measured, too: at twice the time, so few processes have it."""
    measuring = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return clean_env(home, **measuring, **variables)


def unmeasured_env() -> dict[str, str]:
    """Give our own environment, but without what measures coverage."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


class Server:
    """`sshauth serve` in a directory of its own, on a free port."""

    def __init__(
        self, directory: Path, env: Mapping[str, str] | None = None, *, measured: bool = False
    ) -> None:
        self.directory = directory
        self.port = int((env or {}).get("SSH_PORT", free_port()))
        self._log = directory / "serve.log"
        self._settings = {
            "SSH_PORT": str(self.port),
            "DATA_DIR": str(directory / "data"),
            "HOST_KEYS_DIR": str(directory / "host_keys"),
            **PLENTY,
            **(env or {}),
        }
        environment = measured_env if measured else clean_env
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*SSHAUTH, "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=directory,
                env=environment(directory, **self._settings),
            )

    def __enter__(self) -> Self:
        self.wait_listening()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
            assert_nothing_secret_written(self.output, self.directory, self.database_url)
        else:
            self.kill()

    @property
    def database_url(self) -> str:
        """The URL of its database."""
        return self._settings.get("DATABASE_URL") or f"sqlite:///{self._settings['DATA_DIR']}/sshauth.db"

    def kill(self) -> None:
        """End the server as a crash does, at once."""
        self._process.kill()
        self._process.wait()

    @property
    def output(self) -> str:
        """All that the server has printed, on both streams."""
        return self._log.read_text()

    def wait_listening(self, timeout: float = 20) -> None:
        """Wait until the server greets as SSH servers do."""
        deadline = time.monotonic() + timeout
        while not _greets(self.port):
            assert self._process.poll() is None, f"the server ended:\n{self.output}"
            assert time.monotonic() < deadline, f"the server does not listen:\n{self.output}"
            time.sleep(0.05)

    def wait_exit(self, timeout: float = 20) -> int:
        """Wait for the server to end by itself and give its exit status."""
        return self._process.wait(timeout)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its main process."""
        self._process.send_signal(number)

    def stop(self, timeout: float = 20) -> int:
        """Ask the server to end, as service managers do, and give its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"the server did not end within {timeout} s:\n{self.output}") from None

    def ssh_command(self, *arguments: str, user: str = "ada", options: tuple[str, ...] = ()) -> list[str]:
        """Give a command line of the OpenSSH client; the first of two equal options counts."""
        return ["ssh", *options, *CLIENT_FLAGS, "-p", str(self.port), f"{user}@127.0.0.1", *arguments]

    def ssh(
        self,
        user: str = "ada",
        *,
        term: str = "xterm-256color",
        size: tuple[int, int] = (80, 24),
        options: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
    ) -> Terminal:
        """Connect as a person does, in a terminal."""
        variables = {"TERM": term, **(env or {})}
        command = self.ssh_command(user=user, options=options)
        return Terminal(command, env=clean_env(self.directory, **variables), cwd=self.directory, size=size)


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
