"""Creating an account: nothing exists for sign-in until the authenticator's first code was right."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from sshauth.accounts import mailed_codes, rules, totp
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.doorkeeper import Doorkeeper
from sshauth.accounts.enrolment import Enrolment, Registered
from sshauth.accounts.entrance import EntrancePolicy
from sshauth.accounts.errors import (
    ConfirmationCodeWrong,
    InvalidForm,
    RegistrationGone,
)
from sshauth.accounts.first_code import step_of_first_code
from sshauth.accounts.invitation_rows import is_confirmed_by
from sshauth.accounts.known_sources import KnownSources
from sshauth.accounts.mail_limits import WRONG_MAILED_CODES
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.new_account import NewAccount, NewAccountCheck
from sshauth.accounts.new_user import make_account
from sshauth.accounts.outcomes import REGISTERED, Outcomes
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.accounts.pending import (
    CODE_LIFETIME,
    HELD_FOR,
    TAKEN_EMAIL,
    TAKEN_USER_NAME,
    PendingRegistrations,
    is_taken,
)
from sshauth.accounts.recovery import make_codes
from sshauth.accounts.sessions import open_session
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.accounts.vault import Vault
from sshauth.db.engine import Database, DatabaseLost
from sshauth.db.tables import Invitation, PendingRegistration

LIVE_CHECKS = Limit("user names looked up", 30, timedelta(minutes=1))
ABANDON_MAY_TAKE = 2.0


@dataclass(frozen=True, slots=True)
class Registration:
    """The use cases of registering."""

    database: Database
    passwords: Passwords
    door: Doorkeeper
    check: NewAccountCheck
    vault: Vault
    codes: MailedCodes
    throttles: Throttles
    pending: PendingRegistrations
    known_sources: KnownSources
    audit: Audit
    clock: Clock
    node: str
    outcomes: Outcomes
    mail_is_waiting: Callable[[], None]

    async def user_name_problem(self, text: str, peer: Peer) -> str | None:
        """Say what is wrong with a user name that is being typed; None if nothing.

        Raises:
            TooManyTries: the source has asked for 30 names within a minute; this one was not looked up.
        """
        if not text.strip():
            return None
        try:
            name = rules.check_user_name(text, app_name=self.pending.policy.app_name)
        except ValueError as error:
            return str(error)
        async with self.database.transaction() as session:
            await self.throttles.reserve(session, self.clock(), (LIVE_CHECKS, peer.source))
            return TAKEN_USER_NAME if await is_taken(session, name, self.clock()) else None

    def email_problem(self, text: str) -> str | None:
        """Say what is wrong with an address, as far as can be told of any; None if nothing."""
        try:
            self.entrance.check_email(text)
        except ValueError as error:
            return str(error)
        return None

    @property
    def entrance(self) -> EntrancePolicy:
        """Who may create an account here."""
        return self.door.policy

    async def begin(
        self, form: NewAccount, peer: Peer, *, shown_before: Enrolment | None = None
    ) -> Enrolment:
        """Check the form, hold the user name, and make an authenticator secret.

        Where addresses are confirmed, a code is mailed: the answer is the same for an address that has an
        account, whose owner is told so by mail instead (ASVS 6.3.8). Elsewhere that is said.

        Who was shown a secret for this name before, and went back, gets the same: an app may have it by now.

        Whose invitation went to the address in the form, and nowhere else, has confirmed it by that.

        Raises:
            RegistrationClosed: nobody is let in.
            InvitationWrong: the invitation is wrong, used, withdrawn, replaced or expired.
            InvalidForm: with words for each field that cannot be accepted.
            TooManyTries, TooManyUnfinished: the source began too many registrations, or gave too many wrong
                codes.
            Busy: too many passwords wait to be hashed.
        """
        async with self.database.transaction() as session:
            await self.pending.count_form(session, peer, self.clock())
        invitation = await self.door.admit(form.invitation, peer, self.clock())
        values = await self.check(form, peer)
        password_hash = await self.passwords.hash(form.password, source=peer.source)
        now = self.clock()
        secret = _secret_for(values["user_name"], shown_before)
        pending = self._pending(values, password_hash, invitation, peer, now)
        await self._hold(pending, secret, peer, now)
        self.mail_is_waiting()
        uri = totp.otpauth_uri(secret, user_name=pending.user_name, app_name=self.pending.policy.app_name)
        return Enrolment(pending.id, pending.user_name, pending.email, pending.email_confirmed, secret, uri)

    async def send_again(self, enrolment: Enrolment, peer: Peer) -> None:
        """Mail the code once more, within the limits of mail to an address. The answer tells nothing."""
        now = self.clock()
        async with self.database.transaction() as session:
            pending = await session.get(PendingRegistration, enrolment.id, with_for_update=True)
            if pending is not None and pending.expires_at > now:
                await self.pending.mail_code(session, pending, peer, now)
        self.mail_is_waiting()

    async def confirm_address(self, enrolment: Enrolment, mail_code: str, peer: Peer) -> None:
        """Take the code that was mailed to the address.

        Raises:
            ConfirmationCodeWrong: it is wrong or has expired.
            TooManyTries: the source gave too many wrong ones.
            RegistrationGone: the registration was finished, abandoned, or left for too long.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            tried = await self.throttles.reserve(session, now, (WRONG_MAILED_CODES, peer.source))
            pending = await session.get(PendingRegistration, enrolment.id)
        if pending is None or pending.expires_at <= now:
            raise RegistrationGone
        subject = mailed_codes.for_registration(pending.id, pending.email_canonical)
        if not self.codes.matches(mail_code, subject) or pending.code_expires_at <= now:
            raise ConfirmationCodeWrong
        async with self.database.transaction() as session:
            await self.throttles.give_back(session, *tried)
            await session.execute(
                update(PendingRegistration)
                .where(PendingRegistration.id == enrolment.id)
                .values(email_confirmed=True)
            )

    async def confirm(self, enrolment: Enrolment, code: str, peer: Peer) -> Registered:
        """Make the account if the code is the authenticator's, use that code up, and sign in.

        Raises:
            WrongCode: the code is not the authenticator's.
            ClockOff: it is, but of another time.
            RegistrationGone: it was finished, abandoned, or left for too long; its address was taken, or its
                invitation used or withdrawn.
        """
        now = self.clock()
        step = step_of_first_code(enrolment.secret, code, now)
        try:
            async with self.database.transaction() as session:
                user, invitation_id = await make_account(session, enrolment, step, now)
                by = {"invitation": str(invitation_id)} if invitation_id else {}
                recovery_codes = await make_codes(session, user.id)
                await self.known_sources.remember(session, user.id, peer, now)
                self.audit.write(session, Happened.REGISTERED, peer, now, user_id=user.id, **by)
                await session.flush()
                identity = await open_session(session, user, peer, self.node, now)
        except IntegrityError:
            # Somebody else finished with this address meanwhile; who is here has shown that it is theirs.
            raise RegistrationGone(TAKEN_EMAIL) from None
        self.outcomes.signed_in(peer, identity.user_id, outcome=REGISTERED)
        return Registered(identity, recovery_codes)

    async def abandon(self, enrolment: Enrolment) -> None:
        """Forget an unfinished registration and free its names. Harmless for a finished one.

        Who leaves while the database is away is not kept for that: upkeep does it when its time is up.
        """
        with suppress(TimeoutError, DatabaseLost):
            async with asyncio.timeout(ABANDON_MAY_TAKE), self.database.transaction() as session:
                await session.execute(
                    delete(PendingRegistration).where(PendingRegistration.id == enrolment.id)
                )

    def _pending(
        self,
        values: Mapping[str, str],
        password_hash: str,
        invitation: Invitation | None,
        peer: Peer,
        now: datetime,
    ) -> PendingRegistration:
        invited = is_confirmed_by(invitation, values["email"])
        return PendingRegistration(
            id=uuid.uuid4(),
            **values,
            user_name_canonical=rules.canonical(values["user_name"]),
            email_canonical=rules.canonical(values["email"]),
            email_confirmed=invited or not self.pending.policy.confirms_addresses,
            password_hash=password_hash,
            source=self.throttles.hashed("registrations of", peer.source),
            invitation_id=invitation.request_id if invitation else None,
            code_expires_at=now + CODE_LIFETIME,
            expires_at=now + HELD_FOR,
        )

    async def _hold(self, pending: PendingRegistration, secret: str, peer: Peer, now: datetime) -> None:
        """Write the pending row. Its unique name decides between two who want the same at once."""
        try:
            async with self.database.transaction() as session:
                # Once nothing is waited for any more: keys may have been rotated meanwhile.
                pending.secret_encrypted = self.vault.seal(pending.id, secret)
                await self.pending.hold(session, pending, peer, now)
        except IntegrityError:
            raise InvalidForm({"user_name": TAKEN_USER_NAME}) from None


def _secret_for(user_name: str, shown_before: Enrolment | None) -> str:
    if shown_before is not None and shown_before.user_name == user_name:
        return shown_before.secret
    return totp.new_secret()
