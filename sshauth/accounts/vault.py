"""Secrets at rest: encrypted under keys that are not in the database."""

from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sshauth.accounts.keyed_hash import GiveKeys


class VaultError(Exception):
    """A sealed secret cannot be opened: another key, another owner, or a damaged row."""


class Vault:
    """Seals authenticator secrets with MultiFernet (RFC 6238 5.1); the first key seals, all open.

    The owner's id is sealed in, so that a secret moved to another person's row does not open.
    """

    def __init__(self, give_keys: GiveKeys) -> None:
        """Take who gives the Fernet keys.

        Raises:
            ValueError: a key is not 32 bytes in URL-safe base64.
        """
        self._give_keys = give_keys
        self._keys: tuple[str, ...] = ()
        self._fernets: list[Fernet] = []
        self._in_force()

    def seal(self, owner: UUID, secret: str) -> str:
        """Encrypt a secret for its owner."""
        return self._in_force()[0].encrypt(owner.bytes + secret.encode()).decode()

    def open(self, owner: UUID, sealed: str) -> str:
        """Decrypt a secret.

        Raises:
            VaultError: it was not sealed for this owner under one of the keys.
        """
        try:
            content = MultiFernet(self._in_force()).decrypt(sealed)
        except InvalidToken:
            raise VaultError("a sealed secret does not open with these keys") from None
        if content[:16] != owner.bytes:
            raise VaultError("a sealed secret belongs to somebody else")
        return content[16:].decode()

    def reseal(self, sealed: str) -> str | None:
        """Encrypt a sealed secret anew under the first key; None where it is already.

        Raises:
            VaultError: none of the keys opens it.
        """
        fernets = self._in_force()
        try:
            fernets[0].decrypt(sealed)
        except InvalidToken:
            try:
                return MultiFernet(fernets).rotate(sealed).decode()
            except InvalidToken:
                raise VaultError("a sealed secret does not open with these keys") from None
        return None

    def _in_force(self) -> list[Fernet]:
        keys = tuple(self._give_keys())
        if keys != self._keys:
            self._keys, self._fernets = keys, [Fernet(key) for key in keys]
        return self._fernets
