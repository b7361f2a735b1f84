"""A real OpenSSH server on this machine, as somebody runs it on a host of their own."""

import getpass
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

from tests.support.net import free_port

SSHD = "/usr/sbin/sshd"
SEPARATED = Path("/run/sshd")
"""A directory that OpenSSH wants where root runs it."""
CONFIGURATION = """
ListenAddress 127.0.0.1
Port {port}
HostKey {directory}/host_key
PidFile none
AuthorizedKeysFile {directory}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
AllowTcpForwarding remote
GatewayPorts clientspecified
ForceCommand /bin/echo a session was opened >> {directory}/sessions
"""


class Sshd:
    """sshd in a directory of its own, on a free port; it can be cut off and run again."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(directory / "host_key")
        (directory / "host_key").chmod(0o600)
        (directory / "authorized_keys").touch()
        self.public_key = " ".join(key.export_public_key().decode().split()[:2])
        configuration = CONFIGURATION.format(port=self.port, directory=directory)
        (directory / "sshd_config").write_text(configuration)
        if os.geteuid() == 0:
            SEPARATED.mkdir(exist_ok=True)

    def __enter__(self) -> Self:
        self.run()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    @property
    def url(self) -> str:
        """Name it as TUNNEL does."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"

    @property
    def known_hosts_line(self) -> str:
        """Give the line that makes it known."""
        return f"[127.0.0.1]:{self.port} {self.public_key}\n"

    @property
    def has_opened_sessions(self) -> bool:
        """Tell whether anybody has asked for more than a tunnel."""
        return (self.directory / "sessions").exists()

    def allow(self, public_key: str) -> None:
        """Let a key in, from now on."""
        with (self.directory / "authorized_keys").open("a") as file:
            file.write(f"{public_key}\n")

    def run(self) -> None:
        """Listen."""
        command = [SSHD, "-D", "-e", "-f", str(self.directory / "sshd_config")]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while not _listens(self.port):
            assert self._process.poll() is None, (self.directory / "log").read_text()
            assert time.monotonic() < deadline, "sshd does not listen"
            time.sleep(0.02)

    def cut(self) -> None:
        """End it with all its connections, as a broken line does."""
        if self._process is not None:
            # One for each connection, in a process group of its own, and one more without privileges.
            for pid in [*_descendants(self._process.pid), self._process.pid]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def _descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [each for child in children for each in (child, *_descendants(child))]


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
