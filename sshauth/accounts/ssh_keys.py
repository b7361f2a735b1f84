"""A person's SSH keys: each stands for the password when they sign in, never for the code."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from sshauth.accounts import rules
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.confirmation import require_confirmation, require_live
from sshauth.accounts.errors import GoneAway, InvalidForm
from sshauth.accounts.key_rows import remember_key
from sshauth.accounts.key_words import NAME_LENGTH, key_kind
from sshauth.accounts.peer import Identity, Peer
from sshauth.db.engine import Database
from sshauth.db.tables import SSHKey, User


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose key a connection has shown."""

    user_name: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What a person sees of a key."""

    id: UUID
    name: str
    kind: str
    """As people say it: "ed25519", "RSA 3072"."""
    fingerprint: str
    added_at: datetime
    last_used_at: datetime | None
    is_this: bool
    """Whether it is the key of this connection."""


@dataclass(frozen=True, slots=True)
class SSHKeys:
    """The use cases. All but looking raise GoneAway when the session has ended."""

    database: Database
    audit: Audit
    clock: Clock
    mail_is_waiting: Callable[[], None]

    async def recognise(self, peer: Peer) -> Recognised | None:
        """Say whose key a connection has shown; None without a key, or with one that signs nobody in."""
        if peer.key is None:
            return None
        async with self.database.transaction() as session:
            found = await session.execute(
                select(User.user_name)
                .join(SSHKey, SSHKey.user_id == User.id)
                .where(SSHKey.fingerprint == peer.key.fingerprint, User.disabled_at.is_(None))
            )
            user_name = found.scalar_one_or_none()
        return Recognised(user_name, peer.key.fingerprint) if user_name else None

    async def all(self, identity: Identity, peer: Peer) -> tuple[KeyInfo, ...]:
        """Give a person's keys, the oldest first."""
        async with self.database.transaction() as session:
            rows = await session.execute(
                select(SSHKey).where(SSHKey.user_id == identity.user_id).order_by(SSHKey.added_at, SSHKey.id)
            )
        this = peer.key.fingerprint if peer.key else None
        return tuple(
            KeyInfo(
                row.id,
                row.name,
                key_kind(row.kind),
                row.fingerprint,
                row.added_at,
                row.last_used_at,
                row.fingerprint == this,
            )
            for row in rows.scalars()
        )

    async def add(self, identity: Identity, peer: Peer) -> None:
        """Remember the key of this connection; nothing changes where it is remembered already.

        Raises:
            ConfirmationNeeded: this session did not confirm within the last five minutes.
            NoKey: the connection has shown none.
            KeyOfAnother: another account remembers it.
            TooManyKeys: there are as many as an account may have.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, now)
            await remember_key(session, self.audit, user.id, peer, now)
        self.mail_is_waiting()

    async def rename(self, identity: Identity, key_id: UUID, name: str, peer: Peer) -> None:
        """Call a key something else.

        Raises:
            InvalidForm: the name cannot be accepted.
            GoneAway: the key is not there any more.
        """
        try:
            checked = rules.check_name(name, longest=NAME_LENGTH)
        except ValueError as error:
            raise InvalidForm({"name": str(error)}) from None
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_live(session, identity)
            renamed = await session.execute(
                update(SSHKey)
                .where(SSHKey.id == key_id, SSHKey.user_id == user.id)
                .values(name=checked)
                .returning(SSHKey.id)
            )
            if renamed.one_or_none() is None:
                raise GoneAway
            self.audit.write(session, Happened.KEY_RENAMED, peer, now, user_id=user.id, key=str(key_id))

    async def remove(self, identity: Identity, key_id: UUID, peer: Peer) -> None:
        """Forget a key. It takes no confirmation: nobody gets in by it.

        Raises:
            GoneAway: the key is not there any more.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_live(session, identity)
            removed = await session.execute(
                delete(SSHKey).where(SSHKey.id == key_id, SSHKey.user_id == user.id).returning(SSHKey.id)
            )
            if removed.one_or_none() is None:
                raise GoneAway
            self.audit.write(session, Happened.KEY_REMOVED, peer, now, user_id=user.id, key=str(key_id))
