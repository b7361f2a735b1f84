"""Creating an account: nothing exists for sign-in until the authenticator's first code was right."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import rules, totp
from sshauth.accounts.clock import Clock
from sshauth.accounts.errors import DIFFERENT_PASSWORDS, ClockOff, InvalidForm, RegistrationGone, WrongCode
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.sessions import open_session
from sshauth.accounts.vault import Vault
from sshauth.db.engine import Database
from sshauth.db.tables import Authenticator, PendingRegistration, User

HELD_FOR = timedelta(minutes=30)
"""How long a name is held for an unfinished registration whose connection broke without a word."""

TAKEN_USER_NAME = "That user name is taken. Choose another."
TAKEN_EMAIL = "That email address has an account already."


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What the Create account form holds."""

    first_name: str
    last_name: str
    user_name: str
    email: str
    password: str = field(repr=False)
    repeat_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A registration that waits for its first code, and what the authenticator app needs to know."""

    id: UUID
    user_name: str
    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """The use cases of registering."""

    database: Database
    passwords: Passwords
    vault: Vault
    clock: Clock
    app_name: str

    async def begin(self, form: NewAccount) -> Enrolment:
        """Check the form, hold the user name and address, and make an authenticator secret.

        Raises:
            InvalidForm: with words for each field that cannot be accepted.
        """
        values = self._checked(form)
        password_hash = await self.passwords.hash(form.password)
        now = self.clock()
        secret, enrolment_id = totp.new_secret(), uuid.uuid4()
        pending = PendingRegistration(
            id=enrolment_id,
            user_name=values["user_name"],
            user_name_canonical=rules.canonical(values["user_name"]),
            email=values["email"],
            email_canonical=rules.canonical(values["email"]),
            first_name=values["first_name"],
            last_name=values["last_name"],
            password_hash=password_hash,
            secret_encrypted=self.vault.seal(enrolment_id, secret),
            expires_at=now + HELD_FOR,
        )
        await self._hold(pending)
        uri = totp.otpauth_uri(secret, user_name=pending.user_name, app_name=self.app_name)
        return Enrolment(enrolment_id, pending.user_name, secret, uri)

    async def confirm(self, enrolment: Enrolment, code: str, peer: Peer) -> Identity:
        """Make the account if the code is the authenticator's, use that code up, and sign in.

        Raises:
            WrongCode: the code is not the authenticator's.
            ClockOff: it is, but of another time.
            RegistrationGone: it was finished, abandoned, or left for too long.
        """
        now = self.clock()
        step = totp.matching_step(enrolment.secret, code, now)
        if step is None:
            raise WrongCode
        if abs(off := step - totp.step_at(now)) > totp.WINDOW:
            raise ClockOff(timedelta(seconds=off * totp.STEP_SECONDS))
        async with self.database.transaction() as session:
            deleted = await session.execute(
                delete(PendingRegistration)
                .where(PendingRegistration.id == enrolment.id, PendingRegistration.expires_at > now)
                .returning(PendingRegistration)
            )
            pending = deleted.scalar_one_or_none()
            if pending is None:
                raise RegistrationGone
            user = _user_from(pending, now=now)
            session.add(user)
            await session.flush()
            session.add(
                Authenticator(
                    id=uuid.uuid4(),
                    user_id=user.id,
                    secret_encrypted=pending.secret_encrypted,
                    last_step=step,
                    created_at=now,
                )
            )
            return await open_session(session, user, peer, now)

    async def abandon(self, enrolment: Enrolment) -> None:
        """Forget an unfinished registration and free its names. Harmless for a finished one."""
        async with self.database.transaction() as session:
            await session.execute(delete(PendingRegistration).where(PendingRegistration.id == enrolment.id))

    def _checked(self, form: NewAccount) -> dict[str, str]:
        checks: dict[str, Callable[[str], str]] = {
            "first_name": rules.check_name,
            "last_name": rules.check_name,
            "user_name": lambda text: rules.check_user_name(text, app_name=self.app_name),
            "email": rules.check_email,
            "password": rules.check_password,
        }
        values, problems = {}, {}
        for name, check in checks.items():
            try:
                values[name] = check(getattr(form, name))
            except ValueError as error:
                problems[name] = str(error)
        if form.password != form.repeat_password:
            problems.update(DIFFERENT_PASSWORDS)
        if problems:
            raise InvalidForm(problems)
        return values

    async def _hold(self, pending: PendingRegistration) -> None:
        """Write the pending row. Its unique columns decide between two who want the same name at once."""
        try:
            async with self.database.transaction() as session:
                await session.execute(
                    delete(PendingRegistration).where(PendingRegistration.expires_at <= self.clock())
                )
                session.add(pending)
                await session.flush()
                # Asked after the row is in: whoever held the name before has finished by now.
                await _refuse_taken(session, User, pending)
        except IntegrityError:
            async with self.database.transaction() as session:
                await _refuse_taken(session, PendingRegistration, pending)
            # Whoever held the name left between the two transactions.
            await self._hold(pending)


async def _refuse_taken(
    session: AsyncSession, table: type[User | PendingRegistration], wanted: PendingRegistration
) -> None:
    rows = await session.execute(
        select(table.user_name_canonical, table.email_canonical).where(
            or_(
                table.user_name_canonical == wanted.user_name_canonical,
                table.email_canonical == wanted.email_canonical,
            )
        )
    )
    problems = {}
    for row in rows:
        if row.user_name_canonical == wanted.user_name_canonical:
            problems["user_name"] = TAKEN_USER_NAME
        if row.email_canonical == wanted.email_canonical:
            problems["email"] = TAKEN_EMAIL
    if problems:
        raise InvalidForm(problems)


def _user_from(pending: PendingRegistration, *, now: datetime) -> User:
    # The id is kept: the secret was sealed for it.
    return User(
        id=pending.id,
        user_name=pending.user_name,
        user_name_canonical=pending.user_name_canonical,
        email=pending.email,
        email_canonical=pending.email_canonical,
        first_name=pending.first_name,
        last_name=pending.last_name,
        password_hash=pending.password_hash,
        password_generation=1,
        created_at=now,
    )
