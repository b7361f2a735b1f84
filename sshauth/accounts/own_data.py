"""All that is kept about a person, for that person, as JSON: nothing that opens an account."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.activity import in_words
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.confirmation import require_confirmation
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.recovery import count_codes
from sshauth.db.engine import Database
from sshauth.db.tables import AuditEvent, Authenticator, SessionRow, SSHKey, Table, User

PIECE = 200
OF_USER = ("user_name", "email", "first_name", "last_name", "created_at", "password_changed_at")
OF_AUTHENTICATOR = ("name", "created_at")
OF_KEY = ("name", "kind", "fingerprint", "added_at", "last_used_at")
OF_SESSION = ("address", "client", "started_at", "last_input_at", "ended_at", "end_reason")


@dataclass(frozen=True, slots=True)
class OwnData:
    """The use cases. They raise ConfirmationNeeded, and GoneAway when the session has ended."""

    database: Database
    audit: Audit
    clock: Clock
    mail_is_waiting: Callable[[], None]

    async def text(self, identity: Identity, peer: Peer) -> str:
        """Give a person's data."""
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, now)
            self.audit.write(session, Happened.DATA_TAKEN, peer, now, user_id=user.id)
            queue_mail(session, MailKind.DATA_TAKEN, peer, now, user_id=user.id)
            await session.flush()
            data = await collect(session, user.id)
        self.mail_is_waiting()
        return await as_json(data)

    async def mail(self, identity: Identity, peer: Peer) -> None:
        """Mail a person's data to their address; it is collected when the mail is sent."""
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, now)
            self.audit.write(session, Happened.DATA_TAKEN, peer, now, user_id=user.id)
            queue_mail(session, MailKind.OWN_DATA, peer, now, user_id=user.id)
        self.mail_is_waiting()


async def collect(session: AsyncSession, user_id: UUID) -> dict[str, Any]:
    """Give a person's rows; hashes, secrets and codes are left out."""
    user = (await session.execute(select(User).where(User.id == user_id))).scalar_one()
    authenticators = await session.execute(
        select(Authenticator).where(Authenticator.user_id == user_id).order_by(Authenticator.created_at)
    )
    keys = await session.execute(
        select(SSHKey).where(SSHKey.user_id == user_id).order_by(SSHKey.added_at, SSHKey.id)
    )
    sessions = await session.execute(
        select(SessionRow).where(SessionRow.user_id == user_id).order_by(SessionRow.started_at)
    )
    # In pieces: nobody else waits while a year of events is read.
    events = await session.stream(
        select(
            AuditEvent.at,
            AuditEvent.kind,
            AuditEvent.count.label("times"),
            AuditEvent.data,
            AuditEvent.address,
            AuditEvent.client,
        )
        .where(AuditEvent.user_id == user_id)
        .order_by(AuditEvent.at, AuditEvent.id)
        .execution_options(yield_per=PIECE)
    )
    return {
        "account": _fields(user, OF_USER),
        "authenticators": [_fields(row, OF_AUTHENTICATOR) for row in authenticators.scalars()],
        "ssh_keys": [_fields(row, OF_KEY) for row in keys.scalars()],
        "recovery_codes_left": await count_codes(session, user_id),
        "sessions": [_fields(row, OF_SESSION) for row in sessions.scalars()],
        "activity": [
            {"at": row.at, "what": in_words(row.kind, row.times, row.data), "address": row.address,
             "client": row.client}
            async for row in events
        ],
    }  # fmt: skip


async def as_json(data: dict[str, Any]) -> str:
    """Write a person's data as JSON, off the loop, and best while no transaction waits for it."""
    return await asyncio.to_thread(
        json.dumps, data, indent=2, ensure_ascii=False, default=lambda moment: moment.isoformat()
    )


def _fields(row: Table, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
