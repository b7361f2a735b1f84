"""The audit log: who, what, when, from where. Rows are only added; upkeep alone takes old ones away."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import Peer
from sshauth.db.tables import AuditEvent, FailureTally
from sshauth.db.upsert import upsert

MINUTE = timedelta(minutes=1)


class Happened(StrEnum):
    """What can happen to an account."""

    REGISTERED = "registered"
    INVITED = "invited"
    INVITATION_WITHDRAWN = "invitation-withdrawn"
    INVITATION_FAILED = "invitation-failed"
    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SESSION_ENDED = "session-ended"
    CONFIRMED = "confirmed"
    CONFIRM_FAILED = "confirm-failed"
    RESET_REQUESTED = "reset-requested"
    RESET_FAILED = "reset-failed"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - something that happens
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the same
    RECOVERY_CODE_USED = "recovery-code-used"
    RECOVERY_CODES_REMADE = "recovery-codes-remade"
    AUTHENTICATOR_ADDED = "authenticator-added"
    AUTHENTICATOR_REPLACED = "authenticator-replaced"
    AUTHENTICATOR_REMOVED = "authenticator-removed"
    AUTHENTICATOR_RESET = "authenticator-reset"
    AUTHENTICATOR_SET_UP = "authenticator-set-up"
    KEY_ADDED = "key-added"
    KEY_RENAMED = "key-renamed"
    KEY_REMOVED = "key-removed"
    EMAIL_CHANGED = "email-changed"
    NAMES_CHANGED = "names-changed"
    DATA_TAKEN = "data-taken"
    SESSIONS_ENDED = "sessions-ended"
    ANNOUNCED = "announced"
    MAIL_RETRIED = "mail-retried"
    ADMIN_MADE = "admin-made"
    ADMIN_UNMADE = "admin-unmade"
    ACCOUNT_CREATED = "account-created"
    ACCOUNT_DISABLED = "account-disabled"
    ACCOUNT_ENABLED = "account-enabled"
    ACCOUNT_DELETED = "account-deleted"
    BACKED_UP = "backed-up"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Audit:
    """Writes events, in the transaction of what happened. Never a name, an address of mail or a secret."""

    hashed: KeyedHash

    def write(
        self,
        session: AsyncSession,
        kind: Happened,
        peer: Peer,
        now: datetime,
        *,
        user_id: UUID | None,
        **data: Any,  # noqa: ANN401 - JSON
    ) -> None:
        """Add an event."""
        session.add(
            AuditEvent(
                at=now, kind=kind, user_id=user_id, address=peer.address[:64], client=peer.client[:255],
                count=1, data=data,
            )
        )  # fmt: skip

    async def count_failure(
        self, session: AsyncSession, kind: Happened, peer: Peer, now: datetime, *, user_id: UUID | None
    ) -> None:
        """Count a failed try: those of one source in one minute become one event (ASVS 16)."""
        minute_ends_at = now.replace(second=0, microsecond=0) + MINUTE
        await upsert(
            session,
            FailureTally,
            values={
                "key": self.hashed(kind, peer.source, str(user_id), minute_ends_at.isoformat()),
                "kind": kind,
                "user_id": user_id,
                "address": peer.address[:64],
                "client": peer.client[:255],
                "minute_ends_at": minute_ends_at,
                "last_at": now,
                "count": 1,
            },
            on=["key"],
            update={"count": FailureTally.count + 1, "last_at": now},
            returning=(FailureTally.count,),
        )
