"""From where people sign in to their accounts: strangers elsewhere cannot hold them up there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.key_rows import id_of_key
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import Peer, sources_in
from sshauth.db.tables import KnownSource
from sshauth.db.upsert import upsert

KNOWN_FOR = timedelta(days=90)
MOST_KEPT = 10


@dataclass(frozen=True, slots=True)
class KnownSources:
    """Tells and remembers the known sources of accounts. They are kept as HMACs, another for each account."""

    hashed: KeyedHash

    def hash_of(self, user_id: UUID, peer: Peer) -> str:
        """Give what stands for a peer's source in an account's rows."""
        return self.hashed(user_id.hex, peer.source)

    async def place_of(self, session: AsyncSession, user_id: UUID, peer: Peer, now: datetime) -> str | None:
        """Name the known source that a peer comes from, for counters; None for a stranger.

        A key that the account remembers is one wherever it comes from. Else it is a source from which the
        account completed a sign-in in the last 90 days, but none that many strangers come from, too.
        """
        if peer.key is not None and await id_of_key(session, user_id, peer.key):
            return f"key {peer.key.fingerprint}"
        if sources_in(peer.source) > 1 or not await self.has_seen(session, user_id, peer, now):
            return None
        return f"source {peer.source}"

    async def has_seen(self, session: AsyncSession, user_id: UUID, peer: Peer, now: datetime) -> bool:
        """Tell whether the account completed a sign-in from a peer's source in the last 90 days."""
        known = await session.execute(
            select(
                exists().where(
                    KnownSource.user_id == user_id,
                    KnownSource.source.in_(self.hashed.all(user_id.hex, peer.source)),
                    KnownSource.last_sign_in_at > now - KNOWN_FOR,
                )
            )
        )
        return known.scalar_one()

    async def remember(self, session: AsyncSession, user_id: UUID, peer: Peer, now: datetime) -> None:
        """Keep the source of a completed sign-in; of more than ten the oldest goes."""
        await upsert(
            session,
            KnownSource,
            values={"user_id": user_id, "source": self.hash_of(user_id, peer), "last_sign_in_at": now},
            on=["user_id", "source"],
            update={"last_sign_in_at": now},
            returning=(KnownSource.user_id,),
        )
        # It may stand there under a key that is still accepted, too.
        others = set(self.hashed.all(user_id.hex, peer.source)) - {self.hash_of(user_id, peer)}
        newest = (
            select(KnownSource.source)
            .where(KnownSource.user_id == user_id, KnownSource.source.not_in(others))
            .order_by(KnownSource.last_sign_in_at.desc())
            .limit(MOST_KEPT)
        )
        await session.execute(
            delete(KnownSource).where(KnownSource.user_id == user_id, KnownSource.source.not_in(newest))
        )
