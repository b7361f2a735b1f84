"""The keys that the server proves itself with: made once or brought by the operator, kept with mode 0600."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import asyncssh

from sshauth.files import make_private, write_private
from sshauth.ssh.key_file import ED25519, NAMES, RSA, SHORTEST_RSA, read_key, rsa_bits

FILES = {ED25519: "ssh_host_ed25519_key", RSA: "ssh_host_rsa_key"}
"""As OpenSSH calls them."""
FILE_NAME = FILES[ED25519]
SSHFP_NUMBERS = {RSA: 1, ED25519: 4}
RSA_SIGNATURES = (b"rsa-sha2-256", b"rsa-sha2-512")
"""The better one last: AsyncSSH takes the last to prove a key that was announced."""


class Use(StrEnum):
    """What a host key is for."""

    IN_USE = "in use"
    NEXT = "next, announced"
    OLD = "old, still announced"


SUFFIXES = {Use.IN_USE: "", Use.NEXT: ".next", Use.OLD: ".old"}


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host key, where it is kept, and what it is for."""

    key: asyncssh.SSHKey = field(repr=False)
    path: Path
    use: Use

    @property
    def fingerprint(self) -> str:
        """The SHA256 fingerprint, as ``ssh`` shows it at the first connection."""
        return self.key.get_fingerprint("sha256")

    @property
    def kind(self) -> str:
        """The kind, in words."""
        algorithm = self.key.get_algorithm()
        return f"{NAMES[algorithm]} {rsa_bits(self.key)}" if algorithm == RSA else NAMES[algorithm]

    @property
    def public_line(self) -> str:
        """The public key, as known_hosts has it behind the host."""
        return " ".join(self.key.export_public_key().decode().split()[:2])

    @property
    def sshfp(self) -> str:
        """The DNS record by which ``ssh -o VerifyHostKeyDNS=yes`` knows the key."""
        number = SSHFP_NUMBERS[self.key.get_algorithm()]
        return f"SSHFP {number} 2 {hashlib.sha256(self.key.public_data).hexdigest()}"


@dataclass(frozen=True, slots=True)
class HostKeys:
    """The host keys of a server: first the ed25519 key in use, then the others, each once."""

    all: tuple[HostKey, ...]
    made_now: bool = False
    """Whether this start made the ed25519 key."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the ed25519 key in use."""
        return self.all[0].fingerprint

    @property
    def path(self) -> Path:
        """The file of the ed25519 key in use."""
        return self.all[0].path

    @property
    def in_use(self) -> tuple[HostKey, ...]:
        """Those that the server proves itself with at a connection."""
        return tuple(host_key for host_key in self.all if host_key.use is Use.IN_USE)

    @property
    def public_keys(self) -> list[asyncssh.SSHKey]:
        """What a client of ours trusts."""
        return [host_key.key.convert_to_public() for host_key in self.all]

    @property
    def server_keys(self) -> list[asyncssh.SSHKeyPair]:
        """What AsyncSSH is given, with ``send_server_host_keys``: of one algorithm the first signs."""
        return [pair for host_key in self.all for pair in _pairs(host_key.key)]


class KeptHostKeys:
    """The host keys of a directory as they were read last. A rotation is taken over by reading again."""

    def __init__(self, directory: Path, *, rsa: bool = False) -> None:
        """Read the keys, or make them, as ``load_or_make`` does."""
        self._directory = directory
        self._rsa = rsa
        self.now = load_or_make(directory, rsa=rsa)

    def read_again(self) -> HostKeys:
        """Read the keys again, and give them; where that fails, those read before stay.

        Raises:
            HostKeyError: a key is missing or cannot be used.
            OSError: a file cannot be read, or can be read by others.
        """
        self.now = load(self._directory, rsa=self._rsa)
        return self.now


def load_or_make(directory: Path, *, rsa: bool = False) -> HostKeys:
    """Read the host keys of a directory; make the ed25519 key, and if asked an RSA key, if it is not there.

    Making an RSA key takes a second or more: not on the event loop.

    Raises:
        HostKeyError: a file holds something that cannot be used.
        OSError: the directory or a file cannot be read or written, or can be read by others.
    """
    make_private(directory)
    made_now = write_private(path_of(directory, Use.IN_USE), new_ed25519)
    if rsa:
        write_private(directory / FILES[RSA], _new_rsa)
    return HostKeys(load(directory, rsa=rsa).all, made_now)


def load(directory: Path, *, rsa: bool = False) -> HostKeys:
    """Read the host keys of a directory, and change nothing there.

    Raises:
        HostKeyError: one that must be there is not, or a file holds something that cannot be used.
        OSError: a file cannot be looked at, or can be read by others.
    """
    found = [_read(path_of(directory, Use.IN_USE), ED25519, Use.IN_USE)]
    if rsa:
        found.append(_read(directory / FILES[RSA], RSA, Use.IN_USE))
    announced = ((path_of(directory, use), use) for use in (Use.NEXT, Use.OLD))
    found += [_read(path, ED25519, use) for path, use in announced if path.exists()]
    each: dict[bytes, HostKey] = {}
    for host_key in found:
        # A rotation that was interrupted has left one key in two files.
        each.setdefault(host_key.key.public_data, host_key)
    return HostKeys(tuple(each.values()))


def path_of(directory: Path, use: Use) -> Path:
    """Give the file of an ed25519 key."""
    return directory / f"{FILES[ED25519]}{SUFFIXES[use]}"


def new_ed25519() -> bytes:
    """Make an ed25519 key, as its file holds it."""
    return asyncssh.generate_private_key(ED25519).export_private_key()


def _new_rsa() -> bytes:
    return asyncssh.generate_private_key(RSA, key_size=SHORTEST_RSA).export_private_key()


def _read(path: Path, kind: str, use: Use) -> HostKey:
    return HostKey(read_key(path, kind), path, use)


def _pairs(key: asyncssh.SSHKey) -> list[asyncssh.SSHKeyPair]:
    if key.get_algorithm() != RSA:
        return list(asyncssh.load_keypairs([key]))
    pairs = []
    # One for each: connections that agree on different signatures would change a pair under each other.
    for signature in RSA_SIGNATURES:
        (pair,) = asyncssh.load_keypairs([key])
        pair.host_key_algorithms = (signature,)
        pair.set_sig_algorithm(signature)
        pairs.append(pair)
    return pairs
