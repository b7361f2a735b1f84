"""Visitors that a relay sends: each is given a socket of their own, and what goes either way is copied."""

import asyncio
import socket
from contextlib import suppress
from ipaddress import ip_address

import asyncssh
import structlog

from sshauth.accounts.peer import TUNNEL
from sshauth.files import reason_of
from sshauth.ssh.back_door import GIVE_SECONDS, give
from sshauth.ssh.tunnel_relay import RelayConnection

MOST_VISITORS = 2000
"""At once by one tunnel, let in or not; beyond them a relay is told that there are too many."""
AT_ONCE = 32 * 1024
CLOSE_SECONDS = 5.0
"""What a relay may take to hand over what was said last."""

Reader = asyncssh.SSHReader[bytes]
Writer = asyncssh.SSHWriter[bytes]

log = structlog.get_logger(__name__)


class Visitors:
    """Hands visitors on by a back door."""

    def __init__(self, giving: socket.socket, *, trusts_origin: bool) -> None:
        """Take the door, and whether a relay's word on who somebody is counts."""
        self._giving = giving
        self._trusts_origin = trusts_origin
        self._turn = asyncio.Lock()
        self.are_welcome = True
        """Whether more are let in."""

    def expect(self, connection: RelayConnection) -> None:
        """Make room for one more, who comes by this connection.

        Raises:
            asyncssh.ChannelOpenError: there is none.
        """
        if not self.are_welcome or connection.visitors >= MOST_VISITORS:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, "No more at present.")
        connection.visitors += 1

    async def serve(self, connection: RelayConnection, origin: str, reader: Reader, writer: Writer) -> None:
        """Hand one on who was expected, and copy until one side has gone. Raises nothing of theirs."""
        try:
            await self._serve(connection, self._address_of(origin), reader, writer)
        except (OSError, asyncssh.Error) as error:
            log.info("tunnel.visitor_lost", reason=reason_of(error))
        finally:
            connection.visitors -= 1
            writer.channel.abort()

    def _address_of(self, origin: str) -> str:
        """Give the address that somebody goes by: their own, or that of the tunnel as a whole."""
        with suppress(ValueError):
            if self._trusts_origin:
                return str(ip_address(origin))
        return TUNNEL

    async def _serve(self, connection: RelayConnection, address: str, reader: Reader, writer: Writer) -> None:
        ours, theirs = socket.socketpair()
        try:
            ours.settimeout(0)
            with theirs:
                # One at a time: the loop waits for a socket on behalf of one alone.
                async with asyncio.timeout(GIVE_SECONDS), self._turn:
                    await give(self._giving, theirs, address)
            near, far = await asyncio.open_unix_connection(sock=ours)
        except BaseException:
            ours.close()
            raise
        outward = asyncio.create_task(_to_visitor(connection, near, writer))
        inward = asyncio.create_task(_from_visitor(reader, far))
        try:
            await asyncio.wait({outward, inward}, return_when=asyncio.FIRST_COMPLETED)
            if not outward.done() and inward.exception() is None:
                # Who has nothing more to say may still listen.
                await asyncio.wait({outward})
            writer.close()
            async with asyncio.timeout(CLOSE_SECONDS):
                await writer.wait_closed()
        finally:
            for task in (outward, inward):
                task.cancel()
            await asyncio.gather(outward, inward, return_exceptions=True)
            far.close()


async def _from_visitor(reader: Reader, far: asyncio.StreamWriter) -> None:
    while data := await reader.read(AT_ONCE):
        far.write(data)
        await far.drain()
    far.write_eof()


async def _to_visitor(connection: RelayConnection, near: asyncio.StreamReader, writer: Writer) -> None:
    while data := await near.read(AT_ONCE):
        writer.write(data)
        await writer.drain()
        # A window may be large; what the relay does not take must not pile up here.
        await connection.has_room.wait()
    writer.write_eof()
