"""The rows of remembered SSH keys: an account's own, remembering one, forgetting them all."""

import uuid
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.errors import KeyOfAnother, NoKey, TooManyKeys
from sshauth.accounts.key_words import first_name_of
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.db.tables import SSHKey
from sshauth.db.upsert import upsert

MOST_KEYS = 20


async def id_of_key(session: AsyncSession, user_id: UUID, key: ProvenKey) -> UUID | None:
    """Give the id under which an account remembers a key, if it does."""
    found = await session.execute(
        select(SSHKey.id).where(SSHKey.user_id == user_id, SSHKey.fingerprint == key.fingerprint)
    )
    return found.scalar_one_or_none()


async def remember_key(session: AsyncSession, audit: Audit, user_id: UUID, peer: Peer, now: datetime) -> None:
    """Remember the key of a connection, write it down and mail its owner. One that is remembered stays.

    Whoever calls this holds the account's row. Of two accounts at once the database gives it to one.

    Raises:
        NoKey, KeyOfAnother, TooManyKeys: it cannot be remembered.
    """
    key = peer.key
    if key is None:
        raise NoKey
    if await id_of_key(session, user_id, key):
        return
    theirs = await session.execute(select(SSHKey.id).where(SSHKey.user_id == user_id))
    if len(theirs.all()) >= MOST_KEYS:
        raise TooManyKeys
    row = {
        "id": uuid.uuid4(),
        "user_id": user_id,
        "fingerprint": key.fingerprint,
        "kind": key.kind,
        "name": first_name_of(key, peer.client),
        "added_at": now,
    }
    is_theirs = SSHKey.user_id == user_id
    if not await upsert(
        session, SSHKey, values=row, on=["fingerprint"], update={"user_id": user_id}, where=is_theirs,
        returning=(SSHKey.id,),
    ):  # fmt: skip
        raise KeyOfAnother
    # Not the fingerprint: it would say whose event this was when the account is gone.
    audit.write(session, Happened.KEY_ADDED, peer, now, user_id=user_id, key=str(row["id"]))
    queue_mail(
        session, MailKind.KEY_ADDED, peer, now, user_id=user_id, name=row["name"], fingerprint=key.fingerprint
    )


async def count_keys(session: AsyncSession, user_id: UUID) -> int:
    """Tell how many keys an account remembers."""
    count = select(func.count()).select_from(SSHKey).where(SSHKey.user_id == user_id)
    return (await session.execute(count)).scalar_one()


async def forget_all_keys(session: AsyncSession, user_id: UUID) -> int:
    """Forget the keys of an account; return how many there were."""
    forgotten = await session.execute(delete(SSHKey).where(SSHKey.user_id == user_id).returning(SSHKey.id))
    return len(forgotten.all())
