"""A person's authenticators: one or two. The old one works until the new one's first code was right."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import rules, totp
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.confirmation import require_confirmation
from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.errors import GoneAway, InvalidForm, LastAuthenticator, TooManyAuthenticators
from sshauth.accounts.first_code import step_of_first_code
from sshauth.accounts.lookup import MOST_AUTHENTICATORS
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_other_sessions
from sshauth.accounts.vault import Vault
from sshauth.db.engine import Database
from sshauth.db.tables import Authenticator

NAME_LENGTH = 32


@dataclass(frozen=True, slots=True)
class AuthenticatorInfo:
    """What a person sees of an authenticator."""

    id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Authenticators:
    """The use cases. All but looking raise ConfirmationNeeded, and GoneAway when the session has ended."""

    database: Database
    vault: Vault
    audit: Audit
    clock: Clock
    app_name: str
    mail_is_waiting: Callable[[], None]

    async def all(self, identity: Identity) -> tuple[AuthenticatorInfo, ...]:
        """Give a person's authenticators, the oldest first."""
        async with self.database.transaction() as session:
            rows = await _rows(session, identity.user_id)
        return tuple(AuthenticatorInfo(row.id, row.name, row.created_at) for row in rows)

    async def begin(self, identity: Identity) -> Enrolment:
        """Make a secret for a new authenticator. Nothing is kept until its first code."""
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, self.clock())
        secret = totp.new_secret()
        uri = totp.otpauth_uri(secret, user_name=user.user_name, app_name=self.app_name)
        return Enrolment(uuid.uuid4(), user.user_name, user.email, True, secret, uri)  # noqa: FBT003 - a field

    async def add(self, identity: Identity, enrolment: Enrolment, name: str, code: str, peer: Peer) -> None:
        """Add a second authenticator, for its first code.

        Raises:
            InvalidForm: the name cannot be accepted.
            WrongCode, ClockOff: the code is not the new authenticator's, or not of now.
            TooManyAuthenticators: there are two.
        """
        now = self.clock()
        new = self._checked(identity, enrolment, name, code, now)
        async with self.database.transaction() as session:
            await require_confirmation(session, identity, now)
            if len(await _rows(session, identity.user_id)) >= MOST_AUTHENTICATORS:
                raise TooManyAuthenticators
            self._seal(new, enrolment)
            session.add(new)
            await self._changed(session, identity, peer, now, Happened.AUTHENTICATOR_ADDED, new.name)
        self.mail_is_waiting()

    async def replace(
        self, identity: Identity, enrolment: Enrolment, old_id: UUID, name: str, code: str, peer: Peer
    ) -> None:
        """Put a new authenticator in the place of an old one, for the new one's first code.

        Raises:
            InvalidForm: the name cannot be accepted.
            WrongCode, ClockOff: the code is not the new authenticator's, or not of now.
            GoneAway: the old one is not there any more.
        """
        now = self.clock()
        new = self._checked(identity, enrolment, name, code, now)
        async with self.database.transaction() as session:
            await require_confirmation(session, identity, now)
            await _delete(session, identity, old_id)
            self._seal(new, enrolment)
            session.add(new)
            await self._changed(session, identity, peer, now, Happened.AUTHENTICATOR_REPLACED, new.name)
        self.mail_is_waiting()

    async def remove(self, identity: Identity, authenticator_id: UUID, peer: Peer) -> None:
        """Remove one of two authenticators.

        Raises:
            LastAuthenticator: it is the only one.
            GoneAway: it is not there any more.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            await require_confirmation(session, identity, now)
            if len(await _rows(session, identity.user_id)) < MOST_AUTHENTICATORS:
                raise LastAuthenticator
            name = await _delete(session, identity, authenticator_id)
            await self._changed(session, identity, peer, now, Happened.AUTHENTICATOR_REMOVED, name)
        self.mail_is_waiting()

    def _checked(
        self, identity: Identity, enrolment: Enrolment, name: str, code: str, now: datetime
    ) -> Authenticator:
        try:
            checked = rules.check_name(name, longest=NAME_LENGTH)
        except ValueError as error:
            raise InvalidForm({"name": str(error)}) from None
        step = step_of_first_code(enrolment.secret, code, now)
        return Authenticator(
            # Unique, so that one enrolment makes one authenticator.
            id=enrolment.id,
            user_id=identity.user_id,
            name=checked,
            last_step=step,
            created_at=now,
        )

    def _seal(self, new: Authenticator, enrolment: Enrolment) -> None:
        """Seal the secret, once nothing is waited for any more: keys may have been rotated meanwhile."""
        new.secret_encrypted = self.vault.seal(new.user_id, enrolment.secret)

    async def _changed(
        self, session: AsyncSession, identity: Identity, peer: Peer, now: datetime, what: Happened, name: str
    ) -> None:
        """End the person's other sessions, write it down, and mail them (ASVS 7.4, 6.3.7)."""
        await end_other_sessions(session, identity, EndReason.AUTHENTICATOR_CHANGED, now)
        self.audit.write(session, what, peer, now, user_id=identity.user_id)
        queue_mail(session, MailKind(what), peer, now, user_id=identity.user_id, name=name)


async def _rows(session: AsyncSession, user_id: UUID) -> list[Authenticator]:
    rows = await session.execute(
        select(Authenticator).where(Authenticator.user_id == user_id).order_by(Authenticator.created_at)
    )
    return list(rows.scalars())


async def _delete(session: AsyncSession, identity: Identity, authenticator_id: UUID) -> str:
    deleted = await session.execute(
        delete(Authenticator)
        .where(Authenticator.id == authenticator_id, Authenticator.user_id == identity.user_id)
        .returning(Authenticator.name)
    )
    name = deleted.scalar_one_or_none()
    if name is None:
        raise GoneAway
    return name
