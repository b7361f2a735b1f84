"""Changing one's email address: the new one is confirmed by a mailed code, the old one is told."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import mailed_codes, rules
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.confirmation import require_confirmation, require_live
from sshauth.accounts.entrance import EntrancePolicy
from sshauth.accounts.errors import ConfirmationCodeWrong, InvalidForm
from sshauth.accounts.mail_limits import WRONG_MAILED_CODES, MailLimits
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.sessions import end_other_sessions
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.db.engine import Database
from sshauth.db.tables import EmailChangeRequest, ResetRequest, User
from sshauth.db.upsert import upsert

CODE_LIFETIME = timedelta(minutes=10)
REQUESTS = Limit("changes of address", 5, timedelta(hours=1), "changes of address", field="email")
"""By account: nobody uses up the whole site's mail, or asks which addresses have accounts, by these."""
TAKEN = "That email address has an account already."
SAME = "That is your address already."


@dataclass(frozen=True, slots=True)
class EmailChange:
    """The use cases. They raise ConfirmationNeeded, and GoneAway when the session has ended."""

    database: Database
    codes: MailedCodes
    throttles: Throttles
    mail_limits: MailLimits
    audit: Audit
    clock: Clock
    entrance: EntrancePolicy
    needs_code: bool
    """Whether mail really goes out; without it an address is changed at once."""
    mail_is_waiting: Callable[[], None]

    async def request(self, identity: Identity, email: str, peer: Peer) -> None:
        """Mail a code to the new address; the answer is the same where it has an account (ASVS 6.3.8).

        Raises:
            InvalidForm: it is no address, none that accounts may have, or the present one; without mail also
                one that has an account.
            TooManyTries: there were too many requests.
        """
        try:
            checked = self.entrance.check_email(email)
        except ValueError as error:
            raise InvalidForm({"email": str(error)}) from None
        now = self.clock()
        async with self.database.transaction() as session:
            user = await require_confirmation(session, identity, now)
            if rules.canonical(checked) == user.email_canonical:
                raise InvalidForm({"email": SAME})
            await self.throttles.reserve(session, now, (REQUESTS, str(user.id)))
            if self.needs_code:
                await self._mail_code(session, user, checked, peer, now)
        if not self.needs_code:
            await self._change(identity, checked, peer, now)
        self.mail_is_waiting()

    async def confirm(self, identity: Identity, mail_code: str, peer: Peer) -> None:
        """Change the address for the code mailed to it; every other session ends (ASVS 7.4).

        Raises:
            ConfirmationCodeWrong: it is wrong, used, replaced or expired.
            TooManyTries: the source gave too many wrong ones.
            InvalidForm: the address got an account meanwhile.
        """
        now = self.clock()
        async with self.database.transaction() as session:
            tried = await self.throttles.reserve(session, now, (WRONG_MAILED_CODES, peer.source))
            request = await session.get(EmailChangeRequest, identity.user_id)
        if request is None or request.expires_at <= now:
            raise ConfirmationCodeWrong
        subject = mailed_codes.for_new_email(request.request_id, request.user_id, request.email_canonical)
        if not self.codes.matches(mail_code, subject):
            raise ConfirmationCodeWrong
        async with self.database.transaction() as session:
            await self.throttles.give_back(session, *tried)
        await self._change(identity, request.email, peer, now, request)
        self.mail_is_waiting()

    async def _mail_code(
        self, session: AsyncSession, user: User, email: str, peer: Peer, now: datetime
    ) -> None:
        values = {
            "request_id": uuid.uuid4(),
            "email": email,
            "email_canonical": rules.canonical(email),
            "requested_at": now,
            "expires_at": now + CODE_LIFETIME,
        }
        if not await self.mail_limits.allow_confirmation(session, rules.canonical(email), now):
            return
        await upsert(
            session,
            EmailChangeRequest,
            values={"user_id": user.id, **values},
            on=["user_id"],
            update=values,
            returning=(EmailChangeRequest.user_id,),
        )
        request_id = str(values["request_id"])
        queue_mail(session, MailKind.CONFIRM_NEW_ADDRESS, peer, now, user_id=user.id, request_id=request_id)

    async def _change(
        self,
        identity: Identity,
        email: str,
        peer: Peer,
        now: datetime,
        request: EmailChangeRequest | None = None,
    ) -> None:
        """Write the new address, using its request up; its uniqueness is the database's to judge."""
        try:
            async with self.database.transaction() as session:
                user = await require_live(session, identity)
                if request is not None and not await _use_up(session, request):
                    raise ConfirmationCodeWrong
                old = user.email
                await session.execute(
                    update(User)
                    .where(User.id == user.id)
                    .values(email=email, email_canonical=rules.canonical(email))
                )
                for table in (EmailChangeRequest, ResetRequest):
                    await session.execute(delete(table).where(table.user_id == user.id))
                await end_other_sessions(session, identity, EndReason.EMAIL_CHANGED, now)
                self.audit.write(session, Happened.EMAIL_CHANGED, peer, now, user_id=user.id)
                facts = {"old": old, "new": email}
                queue_mail(session, MailKind.EMAIL_CHANGED, peer, now, user_id=user.id, to=email, **facts)
                # Of no account's: a thief who deletes the account afterwards cannot take it back.
                names = {"first_name": user.first_name, "user_name": user.user_name}
                queue_mail(session, MailKind.EMAIL_CHANGED, peer, now, user_id=None, to=old, **names, **facts)
        except IntegrityError:
            raise InvalidForm({"email": TAKEN}) from None


async def _use_up(session: AsyncSession, request: EmailChangeRequest) -> bool:
    """Use up a request; of any number of parallel tries with its code one succeeds."""
    deleted = await session.execute(
        delete(EmailChangeRequest)
        .where(
            EmailChangeRequest.user_id == request.user_id, EmailChangeRequest.request_id == request.request_id
        )
        .returning(EmailChangeRequest.user_id)
    )
    return deleted.one_or_none() is not None
