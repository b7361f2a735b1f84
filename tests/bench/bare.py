"""The measure of all figures: AsyncSSH with no app behind it, listening as ``sshauth.ssh.server`` does.

Run as a script, so that it loads nothing but AsyncSSH.
"""

import asyncio
import json
import sys
from typing import Any

import asyncssh

_LEAVE = b"\x11"


class BareSession(asyncssh.SSHServerSession[bytes]):
    """Prints a static text, then sends every key back; Ctrl+Q ends it."""

    def __init__(self, picture: bytes) -> None:
        self._picture = picture

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._chan = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:  # noqa: ARG002 - asyncssh's signature
        return True

    def shell_requested(self) -> bool:
        return True

    def session_started(self) -> None:
        self._chan.write(self._picture)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002
        if data == _LEAVE:
            self._chan.exit(0)
        else:
            self._chan.write(data)


class BareConnection(asyncssh.SSHServer):
    """Lets everybody in."""

    def __init__(self, picture: bytes) -> None:
        self._picture = picture

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        return False

    def session_requested(self) -> BareSession:
        return BareSession(self._picture)


async def serve(port: int, picture: bytes, **algorithms: Any) -> None:
    """Listen until killed."""
    acceptor = await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=lambda: BareConnection(picture),
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        server_version="bare",
        config=None,
        encoding=None,
        line_editor=False,
        agent_forwarding=False,
        x11_forwarding=False,
        compression_algs=None,
        keepalive_interval=30,
        login_timeout=30,
        **algorithms,
    )
    await acceptor.wait_closed()


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    asyncio.run(serve(options.pop("port"), options.pop("picture").encode(), **options))
