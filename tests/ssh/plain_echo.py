"""The small app of tests that speaks line by line."""

import asyncio
from collections.abc import Callable

from sshauth.accounts.peer import Peer
from sshauth.ssh.lines import Lines

PLAIN_LEFT = 5


class PlainEcho:
    """Shows each key that it reads; leaves with q, waits with w until it is told to go on, breaks with x."""

    def __init__(self, peer: Peer, signed_in: Callable[[bool], None]) -> None:
        self.peer = peer
        self.signed_in = signed_in
        self.read: list[str] = []
        self.go_on = asyncio.Event()
        self._terminal: Lines | None = None
        self._ending: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()

    async def run(self, terminal: Lines) -> tuple[str, int]:
        """Echo until told to leave."""
        self._terminal = terminal
        terminal.write(f"plain hello {self.peer.user_name or 'whoever'}\r\n")
        echoing = asyncio.create_task(self._echo(terminal))
        await asyncio.wait({echoing, self._ending}, return_when=asyncio.FIRST_COMPLETED)
        echoing.cancel()
        return self._ending.result() if self._ending.done() else echoing.result()

    async def _echo(self, terminal: Lines) -> tuple[str, int]:
        while keys := await terminal.read():
            self.read.append(keys)
            if keys == "w":
                await self.go_on.wait()
            if keys == "x":
                raise ZeroDivisionError
            if keys == "q":
                return "You have left.", PLAIN_LEFT
            terminal.write(f"<{keys}>" if keys.isprintable() else f"<{ord(keys[0])}>")
        return "", 0

    def notice(self, words: str) -> None:
        if self._terminal is not None:
            self._terminal.write(f"{words}\r\n")

    def server_stops(self, words: str) -> None:
        self._ending.set_result((words, 75))

    def exit(self) -> None:
        if not self._ending.done():
            self._ending.set_result(("", 0))


async def make_plain_echo(peer: Peer, signed_in: Callable[[bool], None]) -> PlainEcho:
    return PlainEcho(peer, signed_in)
