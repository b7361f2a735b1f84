"""What serving is, by one process or by many: told by signals, watched by a service manager, in words."""

import asyncio
import os
import resource
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import structlog

from sshauth.config import Settings
from sshauth.greeting import start_lines, stop_line
from sshauth.ground import Ground, Say, sentence
from sshauth.service.systemd import ServiceManager, inherited_sockets
from sshauth.service.told import Told

log = structlog.get_logger(__name__)


class Service:
    """The service as its operator sees it."""

    def __init__(self, settings: Settings, say: Say) -> None:
        """Take the settings, where to say things, and from the environment what a service manager gives.

        Raises:
            StartError: a socket that was handed over cannot be listened on.
        """
        _allow_many_descriptors()
        self.settings = settings
        self.told = Told()
        self.manager = ServiceManager.named_in(os.environ)
        with sentence("Cannot take over the sockets of LISTEN_FDS"):
            self.inherited = inherited_sockets(os.environ)
        self._say = say

    def cannot_listen(self) -> AbstractContextManager[None]:
        """Turn what the operating system says into a sentence."""
        return sentence(f"Cannot listen on {self.settings.ssh_host}:{self.settings.ssh_port}")

    def is_at(self, sockets: Sequence[socket.socket]) -> None:
        """Learn the true port; of inherited sockets the address, too."""
        host, port = sockets[0].getsockname()[:2]
        changes: dict[str, Any] = {"ssh_port": port, **({"ssh_host": host} if self.inherited else {})}
        self.settings = self.settings.model_copy(update=changes)

    def is_ready(self, below: Ground) -> None:
        """Say that people can connect, and all that an operator wants to know then."""
        host_keys = below.host_keys.now
        for line in start_lines(self.settings, host_keys, below.database, below.keys, below.warnings):
            self._say(line)
        self.manager.ready()
        log.info("server.started", address=self.settings.ssh_host, port=self.settings.ssh_port)

    def stops(self, people: int) -> None:
        """Say that the end has begun."""
        self.manager.stopping(self.settings.drain_seconds)
        self._say(stop_line(people, self.settings.drain_seconds))
        log.info("server.stopping", people=people)

    async def report(self, is_well: Callable[[], Awaitable[bool]]) -> None:
        """Tell the watchdog that all is well, twice as often as it wants to hear it."""
        while self.manager.watchdog_seconds is not None:
            if await is_well():
                self.manager.alive()
            await asyncio.sleep(self.manager.watchdog_seconds / 2)

    async def reload(self, read_again: Callable[[], Awaitable[None]]) -> None:
        """Reload whenever a signal says so. The log's file is opened anew by itself, where it was moved."""
        while await self.told.to_reload.wait():
            self.told.to_reload.clear()
            self.manager.reloading()
            await read_again()
            self.manager.ready()


def _allow_many_descriptors() -> None:
    """Have as many open files as the system lets us, more than it gives unasked: each person is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
