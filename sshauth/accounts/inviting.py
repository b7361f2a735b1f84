"""Inviting people, within the transaction of whoever may."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import rules
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.entrance import Entrance, EntrancePolicy
from sshauth.accounts.errors import GoneAway, InvalidForm, NoInvitations, Taken
from sshauth.accounts.invitation_rows import subject_of
from sshauth.accounts.lookup import canonical_login
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import NOWHERE, Peer
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.db.tables import Invitation, User
from sshauth.db.upsert import upsert

TO_AN_ADDRESS = Limit(
    "invitations to an address", 3, timedelta(hours=1), "invitations to that address", field="email"
)
"""Counted by themselves: no stranger uses up what administrators may send."""
BY_AN_ADMIN = Limit("invitations by an administrator", 100, timedelta(hours=1), "invitations", field="email")

WHY_NOT: Mapping[Entrance, str] = {
    Entrance.OPEN: "Nobody needs an invitation while REGISTRATION is open: everybody may create an account.",
    Entrance.CLOSED: "Nobody can use an invitation while REGISTRATION is closed: set it to invite, or make "
    "the account by: sshauth user create",
}
HAS_ACCOUNT = "That address has an account already: {user_name}."


@dataclass(frozen=True, slots=True)
class InvitingPolicy:
    """What an operator may set."""

    entrance: EntrancePolicy
    mail_goes_out: bool
    lifetime: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation, and until when it works."""

    email: str
    expires_at: datetime
    is_mailed: bool
    """Whether a mail server gets it; else it is shown, or lies in a file."""
    code: str = field(default="", repr=False)
    """Blank where nobody but the person may see it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An invitation that was not used yet, without its code."""

    email: str
    invited_by: str
    """A user name; blank: by command, or by somebody whose account is deleted."""
    invited_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Inviting:
    """Writes invitations."""

    codes: MailedCodes
    throttles: Throttles
    audit: Audit
    policy: InvitingPolicy

    def check(self, email: str) -> str:
        """Give an address as it will be kept.

        Raises:
            NoInvitations: nobody needs one, or could use one.
            InvalidForm: it is no address, or none that accounts may have.
        """
        if words := WHY_NOT.get(self.policy.entrance.entrance):
            raise NoInvitations(words, field="email")
        try:
            return self.policy.entrance.check_email(email)
        except ValueError as error:
            raise InvalidForm({"email": str(error)}) from None

    async def invite(
        self,
        session: AsyncSession,
        email: str,
        peer: Peer,
        now: datetime,
        *,
        by: UUID | None = None,
        is_shown: bool = False,
    ) -> Invited:
        """Invite an address that was checked, in the place of what it had before; mail the code, or show it.

        Raises:
            Taken: it has an account.
            TooManyTries: it was invited too often, or ``by`` has invited too many.
        """
        key = rules.canonical(email)
        owner = await session.scalar(select(User.user_name).where(User.email_canonical == key))
        if owner is not None:
            raise Taken(HAS_ACCOUNT.format(user_name=owner), field="email")
        counters = () if is_shown else ((TO_AN_ADDRESS, key),)
        await self.throttles.reserve(session, now, *counters, *(((BY_AN_ADMIN, str(by)),) if by else ()))
        invitation = self._row(email, now, by=by, is_shown=is_shown)
        await _replace(session, invitation)
        request_id = str(invitation.request_id)
        shown = {"shown": True} if is_shown else {}
        self.audit.write(session, Happened.INVITED, peer, now, user_id=by, invitation=request_id, **shown)
        if not is_shown:
            # Whoever invites is no business of whom they invite.
            queue_mail(session, MailKind.INVITATION, NOWHERE, now, user_id=None, request_id=request_id)
        code = self.codes.code_for(subject_of(invitation)) if is_shown else ""
        return Invited(email, invitation.expires_at, invitation.is_mailed, code)

    async def withdraw(
        self, session: AsyncSession, email: str, peer: Peer, now: datetime, *, by: UUID | None = None
    ) -> None:
        """Take an invitation back; a registration that was begun with it cannot be finished.

        Raises:
            GoneAway: there is none for this address.
        """
        is_it = Invitation.email_canonical == canonical_login(email)
        deleted = await session.execute(delete(Invitation).where(is_it).returning(Invitation.request_id))
        request_id = deleted.scalar_one_or_none()
        if request_id is None:
            raise GoneAway
        kind = Happened.INVITATION_WITHDRAWN
        self.audit.write(session, kind, peer, now, user_id=by, invitation=str(request_id))

    def _row(self, email: str, now: datetime, *, by: UUID | None, is_shown: bool) -> Invitation:
        invitation = Invitation(
            email_canonical=rules.canonical(email),
            request_id=uuid.uuid4(),
            email=email,
            invited_by=by,
            is_mailed=self.policy.mail_goes_out and not is_shown,
            invited_at=now,
            expires_at=now + self.policy.lifetime,
        )
        invitation.shelf = self.codes.shelf_of(self.codes.code_for(subject_of(invitation)))
        return invitation


async def _replace(session: AsyncSession, invitation: Invitation) -> None:
    """Write the one invitation of an address; the code of the one before is dead."""
    names = [column.key for column in Invitation.__table__.columns]
    values = {name: getattr(invitation, name) for name in names}
    await upsert(
        session,
        Invitation,
        values=values,
        on=["email_canonical"],
        update={name: value for name, value in values.items() if name != "email_canonical"},
        returning=(Invitation.email_canonical,),
    )


async def standing(session: AsyncSession, now: datetime, *, limit: int) -> tuple[Standing, ...]:
    """Give the invitations that still work, the newest first."""
    rows = await session.execute(
        select(Invitation.email, User.user_name, Invitation.invited_at, Invitation.expires_at)
        .outerjoin(User, User.id == Invitation.invited_by)
        .where(Invitation.expires_at > now)
        .order_by(Invitation.invited_at.desc(), Invitation.email_canonical)
        .limit(limit)
    )
    return tuple(Standing(email, name or "", at, until) for email, name, at, until in rows)
