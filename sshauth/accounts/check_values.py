"""Check values in the database: they tell whether a node's secrets are those that it has lived with.

Each is made with the secret itself, and tells nobody what that is. A node with others would mail codes that
no other accepts, count tries by itself, and seal what nobody opens.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.keyed_hash import GiveKeys, KeyedHash
from sshauth.accounts.lookup import NOBODY
from sshauth.accounts.vault import Vault, VaultError
from sshauth.db.engine import Database
from sshauth.db.tables import CheckValue
from sshauth.db.upsert import upsert

SECRET_KEY, TOTP_KEYS = "SECRET_KEY", "TOTP_KEYS"
_SAID = "check value"
_ID_LENGTH = 16


def ids_of(keys: Sequence[str]) -> tuple[str, ...]:
    """Give what tells keys apart, and tells nobody what they are."""
    return tuple(
        hmac.digest(key.encode(), b"sshauth.key id", hashlib.sha256).hex()[:_ID_LENGTH] for key in keys
    )


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of a node."""

    secret_keys: GiveKeys = field(repr=False)
    totp_keys: GiveKeys = field(repr=False)

    def wrong(self, values: Mapping[str, str]) -> list[str]:
        """Name the variables whose secret is not the one that these values were made with."""
        return [name for name, value in values.items() if not self._fits(name, value)]

    def values(self) -> Mapping[str, str]:
        """Make the value of each variable, with the secret in force."""
        return {SECRET_KEY: self._hashed(SECRET_KEY), TOTP_KEYS: self._vault.seal(NOBODY, _SAID)}

    def _fits(self, name: str, value: str) -> bool:
        if name == SECRET_KEY:
            return any(hmac.compare_digest(value, each) for each in self._hashed.all(SECRET_KEY))
        try:
            self._vault.open(NOBODY, value)
        except VaultError:
            return False
        return True

    @property
    def _hashed(self) -> KeyedHash:
        return KeyedHash.under(self.secret_keys, _SAID)

    @property
    def _vault(self) -> Vault:
        return Vault(self.totp_keys)


async def stored_values(database: Database) -> Mapping[str, str]:
    """Give the values that a database of any revision holds, by variable."""
    async with database.engine.connect() as connection:
        if not await connection.run_sync(_has_values):
            return {}
        rows = await connection.execute(select(CheckValue.name, CheckValue.value))
        return {row.name: row.value for row in rows}


def _has_values(connection: Connection) -> bool:
    return inspect(connection).has_table(CheckValue.__tablename__)


async def adopt(database: Database, secrets: Secrets) -> list[str]:
    """Write the values that are missing, and name the variables whose secret differs from who was first."""
    async with database.transaction() as session:
        there = {
            name: await _write(session, name, value, keep=True) for name, value in secrets.values().items()
        }
    return secrets.wrong(there)


async def replace_values(database: Database, secrets: Secrets) -> None:
    """Have the secrets in force be those that the database lives with from now on."""
    async with database.transaction() as session:
        for name, value in secrets.values().items():
            await _write(session, name, value, keep=False)


async def _write(session: AsyncSession, name: str, value: str, *, keep: bool) -> str:
    row = await upsert(
        session,
        CheckValue,
        values={"name": name, "value": value},
        on=["name"],
        update={"value": CheckValue.value if keep else value},
        returning=(CheckValue.value,),
    )
    assert row is not None  # noqa: S101 - it has no condition under which nothing is written
    return str(row.value)
