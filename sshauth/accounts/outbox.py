"""Asking for mails: rows of the outbox, written in the transaction that needs the mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from sshauth.accounts.peer import Peer
from sshauth.db.tables import OutgoingMail, User


class MailKind(StrEnum):
    """What a mail is about."""

    RESET_CODE = "reset-code"
    CONFIRM_ADDRESS = "confirm-address"
    CONFIRM_NEW_ADDRESS = "confirm-new-address"
    INVITATION = "invitation"
    OWN_DATA = "own-data"
    DATA_TAKEN = "data-taken"
    NEW_SOURCE = "new-source"
    WRONG_CODES = "wrong-codes"
    WRONG_CODES_WITH_KEY = "wrong-codes-with-key"
    CODES_USED_UP = "codes-used-up"
    CODES_WITH_KEY_USED_UP = "codes-with-key-used-up"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a kind of mail
    PASSWORD_RESET = "password-reset"  # noqa: S105 - the same
    RECOVERY_CODE_USED = "recovery-code-used"
    RECOVERY_CODES_REMADE = "recovery-codes-remade"
    AUTHENTICATOR_ADDED = "authenticator-added"
    AUTHENTICATOR_REPLACED = "authenticator-replaced"
    AUTHENTICATOR_REMOVED = "authenticator-removed"
    AUTHENTICATOR_RESET = "authenticator-reset"
    AUTHENTICATOR_SET_UP = "authenticator-set-up"
    KEY_ADDED = "key-added"
    EMAIL_CHANGED = "email-changed"
    NAMES_CHANGED = "names-changed"
    ADMIN_MADE = "admin-made"
    ADMIN_UNMADE = "admin-unmade"
    PROMOTED = "promoted"
    DEMOTED = "demoted"
    ACCOUNT_CREATED = "account-created"
    ACCOUNT_DISABLED = "account-disabled"
    ACCOUNT_ENABLED = "account-enabled"
    ACCOUNT_DELETED = "account-deleted"
    ACCOUNT_REMOVED = "account-removed"
    FAULT = "fault"


def queue_mail(
    session: AsyncSession,
    kind: MailKind,
    peer: Peer,
    now: datetime,
    *,
    user_id: UUID | None,
    **data: Any,  # noqa: ANN401 - JSON
) -> None:
    """Leave a mail in the outbox: what it is about and from where that came, never a code."""
    session.add(OutgoingMail(user_id=user_id, **_columns(kind, peer, now, data)))


async def queue_mail_if_there(
    session: AsyncSession,
    kind: MailKind,
    peer: Peer,
    now: datetime,
    *,
    user_id: UUID,
    **data: Any,  # noqa: ANN401 - JSON
) -> None:
    """Leave a mail to an account in the outbox; for nobody the same statement runs, and leaves none."""
    columns = _columns(kind, peer, now, data)
    values = [literal(value, getattr(OutgoingMail, name).type) for name, value in columns.items()]
    mail = select(User.id, *values).where(User.id == user_id)
    await session.execute(insert(OutgoingMail).from_select(["user_id", *columns], mail))


@dataclass(frozen=True, slots=True)
class QueueNow:
    """The outbox as a whole."""

    waiting: int
    oldest_at: datetime | None
    """When the oldest mail that waits was asked for."""
    given_up: int


async def look_at_queue(connection: AsyncConnection) -> QueueNow:
    """Count the mails of all nodes."""
    is_waiting, is_dead = OutgoingMail.dead_at.is_(None), OutgoingMail.dead_at.is_not(None)
    found = await connection.execute(
        select(
            func.count().filter(is_waiting),
            func.min(OutgoingMail.created_at).filter(is_waiting),
            func.count().filter(is_dead),
        ).select_from(OutgoingMail)
    )
    return QueueNow(*found.one())


def _columns(kind: MailKind, peer: Peer, now: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    where = {"at": now.isoformat(), "address": peer.address[:64], "client": peer.client[:255]}
    return {"kind": kind, "data": {**where, **data}, "created_at": now, "due_at": now, "tries": 0}
