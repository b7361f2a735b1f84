"""Keyed hashes: a table full of them tells nobody what was hashed. Pure."""

import hashlib
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """HMAC-SHA-256 under a key derived from the server's secret key for one purpose."""

    key: bytes = field(repr=False)

    @classmethod
    def under(cls, secret_key: str, purpose: str) -> "KeyedHash":
        """Derive the key of a purpose."""
        return cls(hmac.digest(secret_key.encode(), f"sshauth.{purpose}".encode(), "sha256"))

    def __call__(self, *parts: str) -> str:
        """Hash some text, as 64 hexadecimal digits."""
        return hmac.new(self.key, "\0".join(parts).encode(errors="replace"), hashlib.sha256).hexdigest()
