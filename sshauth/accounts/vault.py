"""Secrets at rest: encrypted under keys that are not in the database."""

from collections.abc import Sequence
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select

from sshauth.db.engine import Database
from sshauth.db.tables import Authenticator


class VaultError(Exception):
    """A sealed secret cannot be opened: another key, another owner, or a damaged row."""


class Vault:
    """Seals authenticator secrets with MultiFernet (RFC 6238 5.1); the first key seals, all open.

    The owner's id is sealed in, so that a secret moved to another person's row does not open.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Take Fernet keys, the newest first.

        Raises:
            ValueError: a key is not 32 bytes in URL-safe base64.
        """
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, owner: UUID, secret: str) -> str:
        """Encrypt a secret for its owner."""
        return self._fernet.encrypt(owner.bytes + secret.encode()).decode()

    def open(self, owner: UUID, sealed: str) -> str:
        """Decrypt a secret.

        Raises:
            VaultError: it was not sealed for this owner under one of the keys.
        """
        try:
            content = self._fernet.decrypt(sealed)
        except InvalidToken:
            raise VaultError("a sealed secret does not open with these keys") from None
        if content[:16] != owner.bytes:
            raise VaultError("a sealed secret belongs to somebody else")
        return content[16:].decode()


async def opens_what_is_stored(database: Database, vault: Vault) -> bool:
    """Tell whether the keys open the secrets in the database, by one of them. True where there is none."""
    async with database.transaction() as session:
        stored = (await session.execute(select(Authenticator).limit(1))).scalar_one_or_none()
    if stored is None:
        return True
    try:
        vault.open(stored.user_id, stored.secret_encrypted)
    except VaultError:
        return False
    return True
