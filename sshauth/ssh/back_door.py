"""Where visitors of a tunnel come in: whoever holds the tunnel gives their sockets, and servers take them.

It is a pair of sockets that nothing but this program can reach: one process gives, any number of others take,
each visitor once. What is given waits while all that take are dead.
"""

import asyncio
import errno
import os
import socket
from contextlib import suppress

from sshauth.ssh.sockets import readable, writable

GIVE_SECONDS = 5.0
LONGEST_ADDRESS = 64


def back_door() -> tuple[socket.socket, socket.socket]:
    """Make one: give by the first, take from the second."""
    giving, taking = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for each in (giving, taking):
        each.settimeout(0)
    return giving, taking


async def give(giving: socket.socket, visitor: socket.socket, address: str) -> None:
    """Give a visitor's socket, with the address to go by; it is still to be closed here.

    Raises:
        OSError: nobody takes it in time.
    """
    told = address.encode()[:LONGEST_ADDRESS]
    async with asyncio.timeout(GIVE_SECONDS):
        while True:
            with suppress(BlockingIOError):
                socket.send_fds(giving, [told], [visitor.fileno()])
                return
            await writable(giving)


async def take(taking: socket.socket) -> tuple[socket.socket, str]:
    """Wait for a visitor; give their socket and the address to go by.

    Raises:
        OSError: there are too many open files.
    """
    while True:
        await readable(taking)
        try:
            told, descriptors, *_ = socket.recv_fds(taking, LONGEST_ADDRESS, 1)
        except BlockingIOError:
            continue  # another was quicker
        if not descriptors:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        sock = socket.socket(fileno=descriptors[0])
        sock.set_inheritable(False)
        sock.settimeout(0)
        return sock, told.decode()
