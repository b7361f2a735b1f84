"""Turning somebody away before any key exchange, so that their SSH client shows why."""

import asyncio
import socket
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

import structlog

IDENTIFICATION = b"SSH-2.0-sshauth\r\n"
MSG_DISCONNECT = 1
TOO_MANY_CONNECTIONS = 12
BLOCK = 8
LEAST_PADDING = 4
NO_LANGUAGE = bytes(4)

LINGER_SECONDS = 2.0
LONGEST_LEFT_UNREAD = 65_536
"""What a client may still send while it is given time to read; beyond that it is cut off."""
LOG_SECONDS = 1.0

log = structlog.get_logger(__name__)


def disconnect(words: str) -> bytes:
    """Make the unencrypted packet that ends an SSH connection and says why."""
    text = words.encode()
    payload = struct.pack("!BII", MSG_DISCONNECT, TOO_MANY_CONNECTIONS, len(text)) + text + NO_LANGUAGE
    padding = BLOCK - (5 + len(payload)) % BLOCK
    if padding < LEAST_PADDING:
        padding += BLOCK
    return struct.pack("!IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


async def refuse(sock: socket.socket, words: str) -> None:
    """Say why, and give the client a moment to read it; the caller closes the socket.

    Closed while something of the client's lay unread, it would reset the connection and take the words away.
    """
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        async with asyncio.timeout(LINGER_SECONDS):
            await loop.sock_sendall(sock, IDENTIFICATION + disconnect(words))
            sock.shutdown(socket.SHUT_WR)
            left = LONGEST_LEFT_UNREAD
            while left > 0 and (data := await loop.sock_recv(sock, left)):
                left -= len(data)


def refuse_in_haste(sock: socket.socket, words: str) -> None:
    """Say why and wait for nothing: the client reads it, unless it had sent something already."""
    with suppress(OSError):
        sock.send(IDENTIFICATION + disconnect(words))


class Refusals:
    """Counts who was turned away, by reason, and logs it: one line a second for each reason, however many."""

    def __init__(self, counts: Counter[str] | None = None) -> None:
        """Begin with none, or count on."""
        self.counts: Counter[str] = Counter() if counts is None else counts
        self._folded: dict[str, _Folded] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, address: str, reason: str) -> None:
        """Count one, and log it: at once, or with others of its reason when this second is over."""
        self.counts[reason] += 1
        folded = self._folded.get(reason)
        if folded is not None:
            folded.address, folded.count = address, folded.count + 1
            return
        _log(address, reason, 1)
        self._folded[reason] = _Folded()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOG_SECONDS, self._unfold)

    def close(self) -> None:
        """Log what is not logged yet."""
        while self._timer is not None:
            self._timer.cancel()
            self._unfold()

    def _unfold(self) -> None:
        last, self._folded, self._timer = self._folded, {}, None
        for reason, folded in last.items():
            if folded.count:
                _log(folded.address, reason, folded.count)
                self._folded[reason] = _Folded()
        if self._folded:
            self._timer = asyncio.get_running_loop().call_later(LOG_SECONDS, self._unfold)


@dataclass(slots=True)
class _Folded:
    """Those of one reason since its last line: how many, and the address of the last."""

    address: str = ""
    count: int = 0


def _log(address: str, reason: str, count: int) -> None:
    log.info("connection.refused", address=address, reason=reason, count=count)
