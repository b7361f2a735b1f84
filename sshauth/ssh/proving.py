"""AsyncSSH's connection with what it lacks: which key was proven, and bounds on what floods cost."""

import asyncio
from collections.abc import Callable

import asyncssh
from asyncssh.packet import SSHPacket
from asyncssh.public_key import decode_ssh_public_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from sshauth.accounts.peer import ProvenKey
from sshauth.ssh import algorithms
from sshauth.ssh.front import Visitor
from sshauth.ssh.influx import Influx
from sshauth.ssh.limits import Refusal
from sshauth.ssh.turns import Turns

SMALLEST_RSA = 2048
LONGEST_PROOF = 2048
"""Bytes of host keys that a client may ask to be proven at once."""
OVERHEAD = 128
"""Bytes that a packet that waits takes beside its own."""


class ProvingConnection(asyncssh.SSHServerConnection):
    """AsyncSSH's connection, which also knows whose it is, and which key its client really signed with."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        options: asyncssh.SSHServerConnectionOptions,
        visitor: Visitor,
        turns: Turns,
    ) -> None:
        """Take who was let in, and the turns that floods share."""
        super().__init__(loop, options)
        self.visitor = visitor
        self.proven_key: ProvenKey | None = None
        self.refused: Callable[[Refusal], None] = _nobody_hears
        """Hears what was refused that AsyncSSH asks nobody about."""
        self._influx = Influx(turns, take=self._take, pause=self._pause)

    def data_received(self, data: bytes, datatype: asyncssh.DataType = None) -> None:  # noqa: ARG002
        """Take what came: at once what an honest client sends, of a flood a little each turn."""
        self._influx.feed(data)

    def connection_lost(self, exc: Exception | None = None) -> None:
        """Take nothing more."""
        self._influx.close()
        super().connection_lost(exc)

    def _take(self, data: bytes) -> None:
        if self._transport is not None:
            super().data_received(data)

    def _pause(self, *, paused: bool) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    async def validate_public_key(self, username: str, key_data: bytes, msg: bytes, signature: bytes) -> bool:
        """Judge an offered key, or a signature; only the second proves that the client holds the key."""
        if msg and not _is_modern(signature):
            return False
        is_valid = await super().validate_public_key(username, key_data, msg, signature)
        if is_valid and msg:
            self.proven_key = proven(decode_ssh_public_key(key_data))
        return is_valid

    async def reload_config(self) -> None:
        """Read nothing anew: there is no configuration file, and making all options again takes time."""

    def _process_hostkeys_prove_00_at_openssh_dot_com_global_request(self, packet: SSHPacket) -> None:
        """Prove the keys that clients ask about, which are few: a request of 256 KB is a second of work."""
        if len(packet.get_remaining_payload()) > LONGEST_PROOF:
            self._report_global_response(False)  # noqa: FBT003 - AsyncSSH's own
        else:
            super()._process_hostkeys_prove_00_at_openssh_dot_com_global_request(packet)

    async def attach_x11_listener(self, *_what: object) -> None:
        """Refuse X11, counted: AsyncSSH would write a line for each request, and stop at none."""
        self._refuse("X11 forwarding")

    async def create_agent_listener(self) -> bool:
        """Refuse the agent, likewise."""
        self._refuse("agent forwarding")
        return False

    def _refuse(self, reason: str) -> None:
        self.refused(Refusal(reason, ""))

    @property
    def unsent(self) -> int:
        """How many bytes wait to be sent, also those that wait for new keys to be agreed on."""
        waiting = sum(OVERHEAD + sum(map(len, parts)) for _, parts in self._deferred_packets)
        return waiting + (self._transport.get_write_buffer_size() if self._transport else 0)


def proven(key: asyncssh.SSHKey) -> ProvenKey:
    """Name a key."""
    bits = _rsa_bits(key)
    kind = key.get_algorithm() if bits is None else f"{key.get_algorithm()} {bits}"
    return ProvenKey(kind, key.get_fingerprint("sha256"))


def _is_modern(signature: bytes) -> bool:
    """Tell whether a signature is of a kind that we name to clients: AsyncSSH takes SHA-1 as well."""
    length = int.from_bytes(signature[:4], "big")
    return signature[4 : 4 + length].decode("ascii", "replace") in algorithms.SIGNATURES


def _rsa_bits(key: asyncssh.SSHKey) -> int | None:
    """Give the size of an RSA key; None for any other."""
    return key.pyca_key.key_size if isinstance(key.pyca_key, RSAPublicKey) else None


def is_weak(key: asyncssh.SSHKey) -> bool:
    """Tell whether a key is of a kind that others could forge: DSA, and RSA under 2048 bits."""
    bits = _rsa_bits(key)
    return key.get_algorithm() == "ssh-dss" or (bits is not None and bits < SMALLEST_RSA)


def _nobody_hears(_refusal: Refusal) -> None:
    """Hear nothing: nobody has taken the connection yet."""
