"""The way in from outside by a tunnel, as the operator sees it; where none is wanted, nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

from sshauth.config import Settings, command_to
from sshauth.config_tunnel import EVERYWHERE, Relay
from sshauth.files import check_private, make_private, write_private
from sshauth.ground import Say, StartError, sentence
from sshauth.ssh.back_door import back_door
from sshauth.ssh.key_file import ED25519, private_key
from sshauth.ssh.tunnel import Tunnel
from sshauth.ssh.tunnel_relay import Plan, RelayUnknownError

AS_SSH_ASKS = "localhost"
"""Where ``ssh -R`` asks a relay to listen unless told otherwise; public relays take it for anywhere."""
NGROK = (".ngrok-agent.com", ".ngrok.com")
NGROK_COMMAND = "tcp"


class Outside:
    """Hears from a tunnel, and tells the operator and whoever names the address to people."""

    def __init__(self, settings: Settings, say: Say) -> None:
        """Take the settings, and where to say things."""
        self._settings = settings
        self._say = say
        self._said = ""
        self._tunnel: Tunnel | None = None
        self._giving: socket.socket | None = None
        self.taking: socket.socket | None = None
        """The back door that servers take visitors from; none without a tunnel."""
        self._follow: Callable[[str], None] = _nobody_follows

    async def begin(self, relay: Relay) -> None:
        """Make sure of the relay before people can connect.

        Raises:
            StartError: our key cannot be used, or the relay is not proven to be the one that is meant.
        """
        settings = self._settings
        key = settings.tunnel_key or tunnel_key_file(settings)
        name = "TUNNEL_KEY" if settings.tunnel_key else "DATA_DIR"
        with sentence(f"Cannot use {name} ({settings.tunnel_key or settings.data_dir})"):
            await asyncio.to_thread(_see_to_key, key, is_ours=settings.tunnel_key is None)
        giving, self.taking = back_door()
        self._giving, self._tunnel = giving, Tunnel(plan_of(settings, relay, key), giving, self)
        try:
            await self._tunnel.begin()
        except RelayUnknownError as error:
            raise StartError(str(error)) from None

    async def run(self, follow: Callable[[str], None]) -> None:
        """Keep the tunnel open; ``follow`` hears the command to connect, unless PUBLIC_ADDRESS names it."""
        if self._tunnel is not None:
            if self._settings.public_address is None:
                self._follow = follow
            await self._tunnel.run()

    def rest(self) -> None:
        """Let nobody in any more."""
        if self._tunnel is not None:
            self._tunnel.rest()

    def close(self) -> None:
        """Let go of everything."""
        if self._tunnel is not None:
            self._tunnel.give_up()
        for each in (self._giving, self.taking):
            if each is not None:
                each.close()

    def opened(self, host: str, port: int) -> None:
        """Say where people can connect."""
        command = command_to(host, port)
        self._follow(command)
        self._tell(f"The tunnel is open. From anywhere:  {command}")

    def closed(self, reason: str, again_in: float) -> None:  # noqa: ARG002 - the log says when
        """Say why they cannot."""
        self._tell(f"The tunnel is not open; it is tried again. {reason}")

    def _tell(self, words: str) -> None:
        """Say something, once for as long as it is so."""
        if words != self._said:
            self._said = words
            self._say(words)


@asynccontextmanager
async def way_from_outside(settings: Settings, say: Say) -> AsyncIterator[Outside]:
    """Begin a tunnel, if one is wanted, and let go of it at the end.

    Raises:
        StartError: it cannot be begun.
    """
    outside = Outside(settings, say)
    try:
        if settings.relay is not None:
            await outside.begin(settings.relay)
        yield outside
    finally:
        outside.close()


def tunnel_key_file(settings: Settings) -> Path:
    """Give the file of the key that is made where TUNNEL_KEY names none."""
    return settings.data_dir / "tunnel.key"


def plan_of(settings: Settings, relay: Relay, key: Path) -> Plan:
    """Say what to ask a relay for."""
    is_own = settings.tunnel_trust_origin
    host = settings.tunnel_host or (EVERYWHERE if is_own else AS_SSH_ASKS)
    is_ngrok = f".{relay.host}".endswith(NGROK)
    return Plan(
        relay,
        key,
        settings.tunnel_known_hosts or settings.data_dir / "known_hosts",
        # Spoken, all addresses are none.
        "" if host == EVERYWHERE else host,
        settings.tunnel_port,
        settings.tunnel_command or (NGROK_COMMAND if is_ngrok else None),
        is_own,
    )


def _see_to_key(key: Path, *, is_ours: bool) -> None:
    if is_ours:
        make_private(key.parent)
        write_private(key, lambda: asyncssh.generate_private_key(ED25519).export_private_key())
    check_private(key)
    private_key(key)


def _nobody_follows(_command: str) -> None:
    """Tell nobody: PUBLIC_ADDRESS names the address, or nothing runs yet."""
