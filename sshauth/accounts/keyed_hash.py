"""Keyed hashes: a table full of them tells nobody what was hashed. Pure."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

GiveKeys = Callable[[], Sequence[str]]
"""Gives the keys that are in force, the newest first; others may change them while we run."""
SecretKey = str | GiveKeys
"""The server's secret key; or what gives it, and then those that are still accepted."""

T = TypeVar("T")


def all_of(secret_key: SecretKey) -> Sequence[str]:
    """Give the secret key and those that are still accepted."""
    return (secret_key,) if isinstance(secret_key, str) else secret_key()


class Derived(Generic[T]):
    """What is derived for one purpose from each of the server's secret keys, anew when these change."""

    def __init__(self, secret_key: SecretKey, derive: Callable[[str], T]) -> None:
        """Take the secret keys, and how to derive from one."""
        self._secret_key = secret_key
        self._derive = derive
        self._from: tuple[str, ...] = ()
        self._derived: tuple[T, ...] = ()

    def __call__(self) -> Sequence[T]:
        """Give what is derived, from the newest key first."""
        secrets = tuple(all_of(self._secret_key))
        if secrets != self._from:
            self._from, self._derived = secrets, tuple(map(self._derive, secrets))
        return self._derived


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """HMAC-SHA-256 under keys derived from the server's secret keys for one purpose."""

    secret_key: SecretKey = field(repr=False)
    purpose: str = field(repr=False)
    _keys: Derived[bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive nothing yet."""
        object.__setattr__(self, "_keys", Derived(self.secret_key, partial(_derive, self.purpose)))

    @classmethod
    def under(cls, secret_key: SecretKey, purpose: str) -> "KeyedHash":
        """Hash for a purpose."""
        return cls(secret_key, purpose)

    def __call__(self, *parts: str) -> str:
        """Hash some text, as 64 hexadecimal digits."""
        return _hash(self._keys()[0], parts)

    def all(self, *parts: str) -> Sequence[str]:
        """Give what the text hashes to now, and what it did under keys that are still accepted."""
        return [_hash(key, parts) for key in self._keys()]


def _derive(purpose: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"sshauth.{purpose}".encode(), "sha256")


def _hash(key: bytes, parts: Sequence[str]) -> str:
    return hmac.new(key, "\0".join(parts).encode(errors="replace"), hashlib.sha256).hexdigest()
