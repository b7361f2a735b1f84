"""Reading a private key of the server from its file, and saying exactly what is wrong with it."""

from pathlib import Path

import asyncssh
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from sshauth.files import check_private, reason_of

ED25519, RSA = "ssh-ed25519", "ssh-rsa"
NAMES = {ED25519: "ed25519", RSA: "RSA"}
SHORTEST_RSA = 3072


class HostKeyError(Exception):
    """A host key cannot be used; the text is for the operator, with what to do."""


class HostKeyMissingError(HostKeyError):
    """There is no host key yet."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is no host key in {path}. `sshauth serve` makes it when it starts.")


def read_key(path: Path, kind: str) -> asyncssh.SSHKey:
    """Read a private key of a kind, in OpenSSH or PEM format.

    Raises:
        HostKeyMissingError: it is not there.
        HostKeyError: the file holds something else.
        OSError: the file cannot be looked at, or can be read by others.
    """
    wanted = f"a private {NAMES[kind]} key belongs there"
    if not path.exists():
        raise HostKeyMissingError(path)
    if not path.is_file():
        raise HostKeyError(f"{path} is not a file. Take it away; {wanted}.")
    check_private(path)
    key = private_key(path)
    if key.get_algorithm() != kind:
        raise HostKeyError(f"{path} holds a key of another kind; {wanted}.")
    if kind == RSA and rsa_bits(key) < SHORTEST_RSA:
        raise HostKeyError(
            f"{path} holds an RSA key of {rsa_bits(key)} bits; it takes {SHORTEST_RSA}. "
            "Take it away, and the next start makes one."
        )
    return key


def rsa_bits(key: asyncssh.SSHKey) -> int:
    """Give the size of an RSA key."""
    inner = key.pyca_key
    assert isinstance(inner, RSAPrivateKey | RSAPublicKey)  # noqa: S101 - its algorithm was looked at
    return inner.key_size


def private_key(path: Path) -> asyncssh.SSHKey:
    """Read a private key of any kind.

    Raises:
        HostKeyError: the file holds something else, or cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HostKeyError(f"{path} cannot be read: {reason_of(error)}. Make it this user's own.") from None
    try:
        return asyncssh.import_private_key(content)
    except ValueError as error:
        if "assphrase" in str(error):
            raise HostKeyError(
                f"{path} has a passphrase, which nobody is there to type. "
                f"To take it off, type:\n  ssh-keygen -p -N '' -f {path}"
            ) from None
    raise HostKeyError(f"{path} {_what(content)} Nothing was changed.")


def _what(content: bytes) -> str:
    try:
        asyncssh.import_public_key(content)
    except ValueError:
        return "holds no private key in OpenSSH or PEM format. Put it back from a backup."
    return "holds a public key; the private one belongs there."
