"""The sealed secrets in the database: whether the keys suit them, and sealing them anew."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import inspect, select, update
from sqlalchemy.engine import Connection

from sshauth.accounts.vault import Vault, VaultError
from sshauth.db.engine import Database
from sshauth.db.tables import Authenticator, PendingRegistration

BATCH = 100

Sealed = tuple[UUID, str]
"""An owner and what is sealed for them."""


async def stored_samples(database: Database) -> list[Sealed]:
    """Give the oldest and the newest sealed secret, of a database of any revision; none of an empty one."""
    async with database.engine.connect() as connection:
        if not await connection.run_sync(_has_authenticators):
            return []
        columns = select(Authenticator.user_id, Authenticator.secret_encrypted).limit(1)
        samples = []
        for order in (Authenticator.created_at.asc(), Authenticator.created_at.desc()):
            row = (await connection.execute(columns.order_by(order))).first()
            if row is not None:
                samples.append((row.user_id, row.secret_encrypted))
        return samples


def _has_authenticators(connection: Connection) -> bool:
    return inspect(connection).has_table(Authenticator.__tablename__)


def opens(vault: Vault, samples: Sequence[Sealed]) -> bool:
    """Tell whether the keys open some sealed secrets."""
    try:
        for owner, sealed in samples:
            vault.open(owner, sealed)
    except VaultError:
        return False
    return True


async def reseal_all(database: Database, vault: Vault) -> int:
    """Seal everything anew under the first key, in batches, while people sign in; return how many it was.

    A row that changes meanwhile keeps what it was changed to.

    Raises:
        VaultError: a secret does not open with any of the keys; those before it are sealed anew.
    """
    return sum([await _reseal(database, vault, table) for table in (Authenticator, PendingRegistration)])


async def _reseal(database: Database, vault: Vault, table: type[Authenticator | PendingRegistration]) -> int:
    resealed, last = 0, UUID(int=0)
    while True:
        batch = select(table.id, table.secret_encrypted).where(table.id > last).order_by(table.id)
        async with database.transaction() as session:
            rows = (await session.execute(batch.limit(BATCH))).all()
            for row in rows:
                if (anew := vault.reseal(row.secret_encrypted)) is not None:
                    same = (table.id == row.id, table.secret_encrypted == row.secret_encrypted)
                    await session.execute(update(table).where(*same).values(secret_encrypted=anew))
                    resealed += 1
        if not rows:
            return resealed
        last = rows[-1].id
