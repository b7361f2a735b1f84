"""What systemd and its like ask of a service: to say how it is, and to take sockets that are open already.

The variables are taken out of the environment: they are meant for this process alone, not for its children.
"""

import os
import socket
import time
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Self

FIRST_DESCRIPTOR = 3
TIME_TO_END_SECONDS = 10.0
"""What stopping may take beyond the time that people are given."""

Environment = MutableMapping[str, str]


class InheritedSocketError(OSError):
    """A socket that was handed over is none that can be listened on."""


class ServiceManager:
    """Whoever started us and wants to hear how we are: nobody, unless the environment names a socket."""

    def __init__(self, address: str = "", watchdog_seconds: float | None = None) -> None:
        """Take where to tell it, and how often at least it wants to hear that all is well."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog_seconds = watchdog_seconds

    @classmethod
    def named_in(cls, environment: Environment) -> Self:
        """Find it in the environment, see sd_notify(3) and sd_watchdog_enabled(3)."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        is_ours = environment.pop("WATCHDOG_PID", "") in {"", str(os.getpid())}
        return cls(address, int(microseconds) / 1e6 if is_ours and microseconds.isdecimal() else None)

    def ready(self) -> None:
        """Say that people can connect, at the start or after a reload."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """Say that a reload has begun."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self, seconds: float) -> None:
        """Say that the end has begun, and how long people have to finish."""
        self._tell("STOPPING=1", f"EXTEND_TIMEOUT_USEC={int((seconds + TIME_TO_END_SECONDS) * 1e6)}")

    def alive(self) -> None:
        """Say that all is well."""
        self._tell("WATCHDOG=1")

    def _tell(self, *words: str) -> None:
        if self._address:
            # A manager that does not listen must not keep us from serving.
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
                wire.settimeout(0)
                wire.connect(self._address)
                wire.send("\n".join(words).encode())


def inherited_sockets(environment: Environment) -> list[socket.socket]:
    """Take the listening sockets that were opened for this process, see sd_listen_fds(3); most have none.

    Raises:
        InheritedSocketError: one of them is not a TCP socket that listens.
    """
    process, count = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", "")
    if process != str(os.getpid()) or not count.isdecimal():
        return []
    return [_inherited(descriptor) for descriptor in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(count))]


def _inherited(descriptor: int) -> socket.socket:
    try:
        sock = socket.socket(fileno=descriptor)
        listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        listens = 0
    if not listens or sock.family not in {socket.AF_INET, socket.AF_INET6}:
        raise InheritedSocketError(
            f"descriptor {descriptor} of socket activation is no TCP socket that listens; "
            "the socket unit needs ListenStream= with a port"
        )
    sock.settimeout(0)
    sock.set_inheritable(False)
    return sock
