"""The way to a relay: its host key checked, our key shown, and what goes wrong in one sentence."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncssh

from sshauth.config_tunnel import Relay
from sshauth.files import reason_of
from sshauth.ssh import algorithms
from sshauth.ssh.key_file import HostKeyError, private_key
from sshauth.ssh.tunnel_ear import Ear
from sshauth.ssh.tunnel_words import shown

CONNECT_SECONDS = 10.0
KEEPALIVE_SECONDS, KEEPALIVES = 15, 3
"""A relay that answers nothing is given up after four intervals: a minute."""
WINDOW = 128 * 1024
"""Bytes that a visitor may send ahead."""
SIGNED_BY = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
             "rsa-sha2-512", "rsa-sha2-256")  # fmt: skip
"""How relays may prove their keys."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which relay to ask for what, and by which files."""

    relay: Relay
    key: Path
    known_hosts: Path
    host: str = "localhost"
    """Where the relay is to listen."""
    port: int = 0
    command: str | None = None
    is_own: bool = False
    """Whether it is the operator's own sshd, which tells true addresses, and says nothing on a session."""


class TunnelError(Exception):
    """There is no tunnel; the text is one sentence for the operator."""


class RelayUnknownError(TunnelError):
    """The relay is not proven to be the one that is meant. The text ends with a line to add."""


class RelayConnection(asyncssh.SSHClientConnection):
    """AsyncSSH's connection, which can be waited for when it is full, and takes any relay's word."""

    def __init__(self, loop: asyncio.AbstractEventLoop, options: asyncssh.SSHClientConnectionOptions) -> None:
        """Begin with room."""
        super().__init__(loop, options, wait="auth")
        self.has_room = asyncio.Event()
        self.has_room.set()
        self.visitors = 0
        """Who came by it and has not gone. Of those who come as it ends AsyncSSH says nothing more."""
        self._dynamic_remote_listeners = _OneForAll()

    def pause_writing(self) -> None:
        """Hear that the relay takes nothing at present: AsyncSSH would go on, for each visitor's window."""
        self.has_room.clear()

    def resume_writing(self) -> None:
        """Hear that it goes on."""
        self.has_room.set()

    def connection_lost(self, exc: Exception | None = None) -> None:
        """Let nobody wait any more."""
        self.has_room.set()
        super().connection_lost(exc)

    def take_all(self, listener: Any) -> None:  # noqa: ANN401 - of AsyncSSH's own kind
        """Let visitors in whatever the relay calls the address that they came to: ours is the only one."""
        self._dynamic_remote_listeners[""] = listener


class _OneForAll(dict[str, Any]):
    """A dictionary that gives the one that it holds for every name."""

    def get(self, _name: object, default: Any = None) -> Any:  # noqa: ANN401 - AsyncSSH keeps its own kinds there
        return next(iter(self.values()), default)

    def __delitem__(self, _name: object) -> None:
        self.clear()


class _Guest(asyncssh.SSHClient):
    """Shows our key, or nothing where the relay wants nothing; and remembers which host key was not known."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._has_tried = False
        self.key: asyncssh.SSHKey | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        self.key = key
        return False

    def auth_banner_received(self, msg: str, lang: str) -> None:  # noqa: ARG002
        for line in msg.splitlines()[:20]:
            self._ear.hear(shown(line))

    def connection_lost(self, exc: Exception | None) -> None:
        self._ear.lost(exc)

    def password_auth_requested(self) -> str | None:
        """Give the empty one, once: some relays ask, and take any."""
        tried, self._has_tried = self._has_tried, True
        return None if tried else ""

    def kbdint_auth_requested(self) -> str | None:
        return self.password_auth_requested()

    def kbdint_challenge_received(
        self,
        name: str,  # noqa: ARG002
        instructions: str,  # noqa: ARG002
        lang: str,  # noqa: ARG002
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str]:
        return [""] * len(prompts)


async def connect(plan: Plan, ear: Ear) -> RelayConnection:
    """Connect and sign in to a relay, and hear what it says meanwhile.

    Raises:
        RelayUnknownError: its host key is not in the file, or another is.
        TunnelError: it cannot be reached, or does not let us in.
    """
    host = plan.relay.host
    guest = _Guest(ear)
    try:
        key, known = await asyncio.to_thread(_read, plan)
        async with asyncio.timeout(CONNECT_SECONDS):
            return await _open(_options(plan, guest, key, known))
    except asyncssh.HostKeyNotVerifiable as error:
        raise RelayUnknownError(_unknown(plan, guest.key, known, error)) from None
    except asyncssh.PermissionDenied:
        raise TunnelError(
            f"{host} does not let us in with {plan.key}. Is the name in TUNNEL right? Give it this key:\n"
            f"  {_public(key)} sshauth"
        ) from None
    except asyncssh.Error as error:
        raise TunnelError(f"{host} hangs up: {shown(error.reason) or type(error).__name__}") from None
    except HostKeyError as error:
        raise TunnelError(str(error)) from None
    except (OSError, ValueError) as error:
        raise TunnelError(f"{host} cannot be reached: {reason_of(error)}") from None


def _read(plan: Plan) -> tuple[asyncssh.SSHKey, asyncssh.SSHKnownHosts]:
    try:
        text = plan.known_hosts.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        text = ""
    return private_key(plan.key), asyncssh.import_known_hosts(text)


def _options(
    plan: Plan, guest: _Guest, key: asyncssh.SSHKey, known: asyncssh.SSHKnownHosts
) -> asyncssh.SSHClientConnectionOptions:
    trusted, authorities, *_ = _known(plan, known)
    signed_by = [name.decode() for each in trusted for name in each.sig_algorithms]
    # Of a known relay only what it can be known by; a certificate's kinds AsyncSSH knows itself.
    kinds: Any = () if authorities else [name for name in SIGNED_BY if name in signed_by] or SIGNED_BY
    return asyncssh.SSHClientConnectionOptions(
        client_factory=lambda: guest,
        host=plan.relay.host,
        port=plan.relay.port,
        username=plan.relay.user,
        config=None,
        client_keys=[key],
        agent_path=None,
        known_hosts=known,
        server_host_key_algs=kinds,
        preferred_auth=["publickey"] if plan.is_own else ["publickey", "keyboard-interactive", "password"],
        keepalive_interval=KEEPALIVE_SECONDS,
        keepalive_count_max=KEEPALIVES,
        login_timeout=CONNECT_SECONDS,
        x509_trusted_certs=None,
        **algorithms.OPTIONS,
    )


async def _open(options: asyncssh.SSHClientConnectionOptions) -> RelayConnection:
    loop = asyncio.get_running_loop()
    options.waiter = loop.create_future()
    make = partial(RelayConnection, loop, options)
    _, connection = await loop.create_connection(make, options.host, options.port)
    try:
        await options.waiter
    except BaseException:
        connection.abort()
        raise
    return connection


def _known(plan: Plan, known: asyncssh.SSHKnownHosts) -> Any:  # noqa: ANN401 - a tuple of AsyncSSH's
    port = None if plan.relay.port == asyncssh.DEFAULT_PORT else plan.relay.port
    return asyncssh.match_known_hosts(known, plan.relay.host, "", port)


def _unknown(
    plan: Plan, key: asyncssh.SSHKey | None, known: asyncssh.SSHKnownHosts, error: asyncssh.Error
) -> str:
    """Say what is wrong with a relay's key, and what to do if its operator names the same."""
    host, file = plan.relay.host, plan.known_hosts
    if key is None:
        return f"{host} is not trusted: {shown(error.reason)}. Nothing was sent to it."
    name = host if plan.relay.port == asyncssh.DEFAULT_PORT else f"[{host}]:{plan.relay.port}"
    line = f"{name} {_public(key)}"
    fingerprint = f"{key.get_fingerprint()} ({key.get_algorithm()})"
    if _known(plan, known)[0]:
        return (
            f"{host} does not have the host key of {file} any more: it shows {fingerprint}. Somebody may "
            "stand in between. Only if its operator names that fingerprint, put this in place of its lines "
            f"there:\n  {line}"
        )
    return (
        f"The host key of {host} is not known: it shows {fingerprint}. If its operator names the same, "
        f"add this line to {file}:\n  {line}"
    )


def _public(key: asyncssh.SSHKey) -> str:
    """Give the public half as files of keys have it, without its comment."""
    return " ".join(key.export_public_key().decode().split()[:2])
