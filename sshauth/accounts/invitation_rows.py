"""The rows of invitations: an address has one at most, which is used once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import code_shapes, mailed_codes
from sshauth.accounts.code_shapes import Shape
from sshauth.accounts.mailed_codes import MailedCodes, Subject
from sshauth.db.tables import Invitation


def subject_of(invitation: Invitation) -> Subject:
    """Say what the code is bound to."""
    return mailed_codes.for_invitation(invitation.request_id, invitation.email_canonical)


async def find_by_code(
    session: AsyncSession, codes: MailedCodes, typed: str, now: datetime
) -> Invitation | None:
    """Give the invitation that a code is for. Which addresses were invited, no wrong code finds out."""
    if code_shapes.shape_of(typed) is not Shape.MAILED:
        return None
    code = code_shapes.bare(typed)
    found = await session.scalars(
        select(Invitation).where(Invitation.shelf.in_(codes.shelves_of(code)), Invitation.expires_at > now)
    )
    return next((each for each in found if codes.matches(code, subject_of(each))), None)


def is_confirmed_by(invitation: Invitation | None, email: str) -> bool:
    """Tell whether who holds the code has shown that this address, as it was checked, is theirs."""
    # Not by the canonical form: straße.example and strasse.example have different owners.
    return invitation is not None and invitation.is_mailed and invitation.email.lower() == email.lower()


async def use_up(session: AsyncSession, invitation_id: UUID) -> bool:
    """Use an invitation up; of any number of parallel tries one succeeds. False where it is gone."""
    deleted = await session.execute(
        delete(Invitation).where(Invitation.request_id == invitation_id).returning(Invitation.request_id)
    )
    return deleted.one_or_none() is not None
