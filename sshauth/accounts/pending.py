"""Registrations under way: who holds which name, and how many a source may begin."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import rules
from sshauth.accounts.errors import InvalidForm, TooManyUnfinished
from sshauth.accounts.mail_limits import MailLimits
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Peer, sources_in
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.db.tables import PendingRegistration, User

HELD_FOR = timedelta(minutes=30)
"""How long a name is held for an unfinished registration whose connection broke without a word."""

CODE_LIFETIME = timedelta(minutes=10)

FORMS_EACH = 6
"""Forms that a source may send for each registration that it may begin."""

TAKEN_USER_NAME = "That user name is taken. Choose another."
TAKEN_EMAIL = "That email address has an account already."


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """What an operator may set: names in use, whether addresses are confirmed, how many a source begins."""

    app_name: str
    confirms_addresses: bool
    an_hour: int = 5
    unfinished: int = 3


@dataclass(frozen=True, slots=True)
class PendingRegistrations:
    """Holds user names for registrations that are not finished yet."""

    throttles: Throttles
    mail_limits: MailLimits
    policy: RegistrationPolicy

    async def count_form(self, session: AsyncSession, peer: Peer, now: datetime) -> None:
        """Count a form before its password is hashed, which takes work, and its answer tells what is taken.

        Raises:
            TooManyTries: the source sent too many.
        """
        forms = Limit(
            "registration forms", FORMS_EACH * self.policy.an_hour, timedelta(hours=1), "registrations"
        )
        await self.throttles.reserve(session, now, (forms, peer.source))

    async def hold(
        self, session: AsyncSession, pending: PendingRegistration, peer: Peer, now: datetime
    ) -> None:
        """Write the row, and ask for the mail with its code where the address is still to be confirmed.

        Raises:
            InvalidForm: the name, or where that may be said the address, has an account.
            TooManyTries, TooManyUnfinished: the source began too many.
            sqlalchemy.exc.IntegrityError: somebody else is registering with the name.
        """
        await self._count(session, peer, now)
        await session.execute(
            delete(PendingRegistration).where(
                PendingRegistration.user_name_canonical == pending.user_name_canonical,
                PendingRegistration.expires_at <= now,
            )
        )
        session.add(pending)
        await session.flush()
        # Asked after the row is in: whoever held the name before has finished by now.
        await self._refuse_taken(session, pending)
        if not pending.email_confirmed:
            await self.mail_code(session, pending, peer, now)

    async def mail_code(
        self, session: AsyncSession, pending: PendingRegistration, peer: Peer, now: datetime
    ) -> None:
        """Ask for the mail that confirms the address, unless the address has had enough of them.

        The code works for ten minutes from the last mail that was asked for.
        """
        if await self.mail_limits.allow_confirmation(session, pending.email_canonical, now):
            registration_id = str(pending.id)
            queue_mail(
                session, MailKind.CONFIRM_ADDRESS, peer, now, user_id=None, registration_id=registration_id
            )
            pending.code_expires_at = now + CODE_LIFETIME

    async def _count(self, session: AsyncSession, peer: Peer, now: datetime) -> None:
        """Count a registration of a source; the counter's row is held, so that the count of rows is exact."""
        an_hour = Limit("registrations", self.policy.an_hour, timedelta(hours=1), "registrations")
        await self.throttles.reserve(session, now, (an_hour, peer.source))
        unfinished = await session.execute(
            select(func.count()).where(
                PendingRegistration.source.in_(self.throttles.hashed.all("registrations of", peer.source)),
                PendingRegistration.expires_at > now,
            )
        )
        if unfinished.scalar_one() >= self.policy.unfinished * sources_in(peer.source):
            raise TooManyUnfinished

    async def _refuse_taken(self, session: AsyncSession, pending: PendingRegistration) -> None:
        problems = {}
        same_name = User.user_name_canonical == pending.user_name_canonical
        if (await session.execute(select(User.id).where(same_name))).one_or_none():
            problems["user_name"] = TAKEN_USER_NAME
        same_email = User.email_canonical == pending.email_canonical
        known = (await session.execute(select(User.id).where(same_email))).one_or_none()
        # Who was invited by a mail to it has shown that it is theirs.
        if known and pending.email_confirmed:
            problems["email"] = TAKEN_EMAIL
        if problems:
            raise InvalidForm(problems)


async def is_taken(session: AsyncSession, user_name: str, now: datetime) -> bool:
    """Tell whether a user name has an account, or is held for a registration."""
    key = rules.canonical(user_name)
    users = select(User.id).where(User.user_name_canonical == key)
    held = select(PendingRegistration.id).where(
        PendingRegistration.user_name_canonical == key, PendingRegistration.expires_at > now
    )
    return (await session.execute(users.union_all(held).limit(1))).first() is not None
