"""Writing the mails that use cases asked for. Codes are derived here, when a mail is about to be sent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import own_data
from sshauth.accounts.clock import Clock
from sshauth.accounts.invitation_rows import subject_of
from sshauth.accounts.mailed_codes import (
    MailedCodes,
    for_enrolment,
    for_new_email,
    for_registration,
    for_reset,
)
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.peer import client_name
from sshauth.db.engine import Database
from sshauth.db.tables import (
    AuthenticatorReset,
    EmailChangeRequest,
    Invitation,
    OutgoingMail,
    PendingRegistration,
    ResetRequest,
    User,
)
from sshauth.mail import admin_notices, fault_notices, messages, notices, setting_up
from sshauth.mail.layout import Content, Occasion, Place

Request = TypeVar("Request", ResetRequest, EmailChangeRequest, AuthenticatorReset)
"""What waits for a mailed code, one a user."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What to send to whom."""

    to: str
    content: Content


@dataclass(frozen=True, slots=True)
class Mails:
    """Writes mails from what the outbox says they are about."""

    database: Database
    mailed_codes: MailedCodes
    place: Place
    clock: Clock

    async def write(self, mail: OutgoingMail) -> Letter | None:
        """Write a mail; None if there is nothing to say any more.

        Raises:
            ValueError: there is no such kind of mail.
        """
        write = _WRITERS.get(mail.kind)
        if write is None:
            raise ValueError(f"no such kind of mail: {mail.kind}")
        async with self.database.transaction() as session:
            return await write(self, session, mail)


async def _reset_code(mails: Mails, session: AsyncSession, mail: OutgoingMail) -> Letter | None:
    found = await _requested(mails, session, mail, ResetRequest, User.disabled_at.is_(None))
    if found is None:
        return None
    user, request = found
    occasion = _occasion(mail, user)
    if not user.password_hash:
        return Letter(user.email, setting_up.not_set_up(mails.place, occasion))
    subject = for_reset(request.request_id, user.id, user.email_canonical, user.password_generation)
    code = mails.mailed_codes.code_for(subject)
    return Letter(user.email, messages.reset_code(mails.place, occasion, code, request.expires_at))


async def _confirm_address(mails: Mails, session: AsyncSession, mail: OutgoingMail) -> Letter | None:
    now = mails.clock()
    found = await session.execute(
        select(PendingRegistration).where(
            PendingRegistration.id == UUID(mail.data["registration_id"]),
            PendingRegistration.email_confirmed.is_(False),
            PendingRegistration.code_expires_at > now,
            PendingRegistration.expires_at > now,
        )
    )
    pending = found.scalar_one_or_none()
    if pending is None:
        return None  # Finished, abandoned or expired while the mail waited.
    owner = await _owner_of(session, pending.email_canonical)
    if owner is not None:
        return Letter(owner.email, messages.address_known(mails.place, _occasion(mail, owner)))
    code = mails.mailed_codes.code_for(for_registration(pending.id, pending.email_canonical))
    content = messages.confirm_address(mails.place, _occasion(mail, pending), code, pending.code_expires_at)
    return Letter(pending.email, content)


async def _confirm_new_address(mails: Mails, session: AsyncSession, mail: OutgoingMail) -> Letter | None:
    found = await _requested(mails, session, mail, EmailChangeRequest)
    if found is None:
        return None
    user, request = found
    owner = await _owner_of(session, request.email_canonical)
    if owner is not None and owner.id != user.id:
        return Letter(owner.email, messages.address_in_use(mails.place, _occasion(mail, owner)))
    code = mails.mailed_codes.code_for(for_new_email(request.request_id, user.id, request.email_canonical))
    content = messages.confirm_new_address(mails.place, _occasion(mail, user), code, request.expires_at)
    return Letter(request.email, content)


async def _enrolment_code(mails: Mails, session: AsyncSession, mail: OutgoingMail) -> Letter | None:
    found = await _requested(mails, session, mail, AuthenticatorReset, User.disabled_at.is_(None))
    if found is None:
        return None
    user, request = found
    code = mails.mailed_codes.code_for(for_enrolment(request.request_id, user.id, user.email_canonical))
    if "shown" in mail.data:
        code = ""
    occasion, keys = _occasion(mail, user), mail.data["keys_forgotten"]
    if user.password_hash:
        content = setting_up.enrolment_code(mails.place, occasion, code, request.expires_at, keys)
    else:
        content = setting_up.account_made(mails.place, occasion, code, request.expires_at)
    return Letter(user.email, content)


async def _invitation(mails: Mails, session: AsyncSession, mail: OutgoingMail) -> Letter | None:
    request_id, now = UUID(mail.data["request_id"]), mails.clock()
    found = await session.execute(
        select(Invitation).where(Invitation.request_id == request_id, Invitation.expires_at > now)
    )
    invitation = found.scalar_one_or_none()
    if invitation is None:
        return None  # Used, withdrawn, replaced or expired while the mail waited.
    code = mails.mailed_codes.code_on(invitation.shelf, subject_of(invitation))
    content = setting_up.invitation(mails.place, invitation.invited_at, code, invitation.expires_at)
    return Letter(invitation.email, content)


async def _own_data(mails: Mails, session: AsyncSession, mail: OutgoingMail) -> Letter | None:
    user = await _user_of(session, mail)
    if user is None:
        return None
    data = await own_data.as_json(await own_data.collect(session, user.id))
    return Letter(user.email, messages.own_data(mails.place, _occasion(mail, user), data))


async def _notice(mails: Mails, session: AsyncSession, mail: OutgoingMail) -> Letter | None:
    user = await _user_of(session, mail)
    kept = {"to": user.email, "first_name": user.first_name, "user_name": user.user_name} if user else {}
    # A mail that was asked for before an upgrade does not say how many.
    facts = {"keys_forgotten": 0, "keys_kept": 0, **kept, **mail.data}
    if not {"to", "first_name", "user_name"} <= facts.keys():
        return None  # The account is gone, and the row does not say whose it was.
    notice = _NOTICES[mail.kind]
    words = {name: facts[name] for name in notice.facts}
    occasion = _occasion(mail, _Named(facts["first_name"], facts["user_name"]))
    return Letter(facts["to"], notice.write(mails.place, occasion, **words))


@dataclass(frozen=True, slots=True)
class _Named:
    """Whose account a mail is about, or was."""

    first_name: str
    user_name: str


def _occasion(mail: OutgoingMail, person: User | PendingRegistration | _Named) -> Occasion:
    client = mail.data["client"]
    return Occasion(
        # Whose account an operator made has no names yet.
        first_name=person.first_name or person.user_name,
        user_name=person.user_name,
        at=datetime.fromisoformat(mail.data["at"]),
        address=mail.data["address"],
        client=client_name(client) if client else "",
    )


async def _user_of(session: AsyncSession, mail: OutgoingMail) -> User | None:
    return (await session.execute(select(User).where(User.id == mail.user_id))).scalar_one_or_none()


async def _requested(
    mails: Mails, session: AsyncSession, mail: OutgoingMail, table: type[Request], *which: ColumnElement[bool]
) -> tuple[User, Request] | None:
    """Give the account and the request that a mail's code is for; None for one that is done or expired."""
    found = await session.execute(
        select(User, table)
        .join(table, table.user_id == User.id)
        .where(
            User.id == mail.user_id,
            table.request_id == UUID(mail.data["request_id"]),
            table.expires_at > mails.clock(),
            *which,
        )
    )
    row = found.one_or_none()
    return (row[0], row[1]) if row is not None else None


async def _owner_of(session: AsyncSession, email_canonical: str) -> User | None:
    found = await session.execute(select(User).where(User.email_canonical == email_canonical))
    return found.scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class _Notice:
    """How a notice is written, and what of the row's data it tells."""

    write: Callable[..., Content]
    facts: tuple[str, ...] = ()


_NOTICES: Mapping[str, _Notice] = {
    MailKind.NEW_SOURCE: _Notice(notices.new_source),
    MailKind.WRONG_CODES: _Notice(notices.wrong_codes),
    MailKind.WRONG_CODES_WITH_KEY: _Notice(notices.wrong_codes_with_key, ("fingerprint",)),
    MailKind.CODES_USED_UP: _Notice(notices.codes_used_up),
    MailKind.CODES_WITH_KEY_USED_UP: _Notice(notices.codes_with_key_used_up, ("fingerprint",)),
    MailKind.PASSWORD_CHANGED: _Notice(notices.password_changed, ("keys_forgotten", "keys_kept")),
    MailKind.PASSWORD_RESET: _Notice(notices.password_reset, ("keys_forgotten",)),
    MailKind.RECOVERY_CODE_USED: _Notice(notices.recovery_code_used, ("left",)),
    MailKind.RECOVERY_CODES_REMADE: _Notice(notices.recovery_codes_remade),
    MailKind.AUTHENTICATOR_ADDED: _Notice(notices.authenticator_added, ("name",)),
    MailKind.AUTHENTICATOR_REPLACED: _Notice(notices.authenticator_replaced, ("name",)),
    MailKind.AUTHENTICATOR_REMOVED: _Notice(notices.authenticator_removed, ("name",)),
    MailKind.AUTHENTICATOR_SET_UP: _Notice(notices.authenticator_set_up),
    MailKind.KEY_ADDED: _Notice(notices.key_added, ("name", "fingerprint")),
    MailKind.EMAIL_CHANGED: _Notice(notices.email_changed, ("old", "new", "to")),
    MailKind.NAMES_CHANGED: _Notice(notices.names_changed),
    MailKind.DATA_TAKEN: _Notice(notices.data_taken),
    MailKind.ADMIN_MADE: _Notice(admin_notices.admin_made),
    MailKind.ADMIN_UNMADE: _Notice(admin_notices.admin_unmade),
    MailKind.PROMOTED: _Notice(admin_notices.promoted),
    MailKind.DEMOTED: _Notice(admin_notices.demoted),
    MailKind.ACCOUNT_DISABLED: _Notice(admin_notices.account_disabled),
    MailKind.ACCOUNT_ENABLED: _Notice(admin_notices.account_enabled),
    MailKind.ACCOUNT_DELETED: _Notice(notices.account_deleted),
    MailKind.ACCOUNT_REMOVED: _Notice(admin_notices.account_removed),
    MailKind.FAULT: _Notice(fault_notices.fault, ("event", "error", "places", "facts", "before")),
}

_WRITERS: Mapping[str, Callable[[Mails, AsyncSession, OutgoingMail], Awaitable[Letter | None]]] = {
    MailKind.RESET_CODE: _reset_code,
    MailKind.CONFIRM_ADDRESS: _confirm_address,
    MailKind.CONFIRM_NEW_ADDRESS: _confirm_new_address,
    MailKind.AUTHENTICATOR_RESET: _enrolment_code,
    MailKind.ACCOUNT_CREATED: _enrolment_code,
    MailKind.INVITATION: _invitation,
    MailKind.OWN_DATA: _own_data,
    **dict.fromkeys(_NOTICES, _notice),
}
