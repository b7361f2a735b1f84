"""Key pairs of clients that asyncssh has not: a security key made in software, and a key without its half."""

from hashlib import sha256

import asyncssh
from asyncssh.packet import Byte, String, UInt32
from asyncssh.public_key import SSHKeyPair, decode_ssh_public_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

USER_PRESENT = 1
_ALGORITHM = b"sk-ssh-ed25519@openssh.com"
_APPLICATION = b"ssh:"


class SoftSecurityKey(SSHKeyPair):
    """Signs as a security key does (OpenSSH's PROTOCOL.u2f), and says truly whether it was touched."""

    def __init__(self, *, touched: bool) -> None:
        self._private = Ed25519PrivateKey.generate()
        self._flags = USER_PRESENT if touched else 0
        public = String(_ALGORITHM) + String(self._private.public_key().public_bytes_raw())
        public += String(_APPLICATION)
        super().__init__(_ALGORITHM, _ALGORITHM, (_ALGORITHM,), (_ALGORITHM,), public, None)

    @property
    def fingerprint(self) -> str:
        return decode_ssh_public_key(self.public_data).get_fingerprint("sha256")

    def sign(self, data: bytes) -> bytes:
        flags, counter = Byte(self._flags), UInt32(1)
        signed = sha256(_APPLICATION).digest() + flags + counter + sha256(data).digest()
        return String(_ALGORITHM) + String(self._private.sign(signed)) + flags + counter


class SomebodysKey(SSHKeyPair):
    """A public key without the private half: it can be offered; a signature is a wrong one, or none."""

    def __init__(self, key: asyncssh.SSHKey, *, signs: bool = False) -> None:
        algorithm = key.algorithm
        super().__init__(algorithm, algorithm, (algorithm,), (algorithm,), key.public_data, None)
        self._own = asyncssh.generate_private_key(key.get_algorithm()) if signs else None
        self.asked_to_sign = 0

    def sign(self, data: bytes) -> bytes:
        """Try: a server that asks for a signature would take the key."""
        self.asked_to_sign += 1
        if self._own is None:
            raise ValueError("there is no private key")
        return self._own.sign(data, self._own.algorithm)
