"""Asking for a reset: how often, and whether a request replaces the one before."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import mailed_codes
from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.known_sources import KnownSources
from sshauth.accounts.lookup import NOBODY
from sshauth.accounts.mail_limits import MailLimits
from sshauth.accounts.mailed_codes import Subject
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Peer
from sshauth.accounts.throttle import Limit
from sshauth.db.tables import ResetRequest, User
from sshauth.db.upsert import upsert

SAME_CODE_FOR = timedelta(minutes=2)
"""So long a request from elsewhere sends the same code again: a stranger cannot kill the owner's code."""

REQUESTS = (
    Limit("reset requests", 3, timedelta(hours=1)),
    Limit("reset requests of the day", 5, timedelta(days=1)),
)
"""For an account from unknown sources together, and as many again for each known one."""


@dataclass(frozen=True, slots=True)
class ResetRequests:
    """Writes requests, and the mails that carry their codes."""

    mail_limits: MailLimits
    known_sources: KnownSources
    audit: Audit
    code_lifetime: timedelta

    async def ask(self, session: AsyncSession, user: User, peer: Peer, now: datetime) -> None:
        """Have a code mailed: the one under way again, if somebody elsewhere has just asked, or a new one."""
        request = await live_request(session, user, now)
        if request is not None and _is_lately_from_elsewhere(request, peer, now):
            request_id = request.request_id
            # The next is compared with this one; how long the code works stays as it is.
            request.source, request.requested_at = peer.source, now
        else:
            request_id = await self._replace_request(session, user, peer, now)
        self.audit.write(session, Happened.RESET_REQUESTED, peer, now, user_id=user.id)
        queue_mail(session, MailKind.RESET_CODE, peer, now, user_id=user.id, request_id=str(request_id))

    async def may_ask(self, session: AsyncSession, user: User, peer: Peer, now: datetime) -> bool:
        """Count a request. Each known source has a count of its own, which strangers cannot use up."""
        if place := await self.known_sources.place_of(session, user.id, peer, now):
            who = f"{user.id} {place}"
            return await self.mail_limits.allow_known(session, now, *((limit, who) for limit in REQUESTS))
        counters = ((limit, str(user.id)) for limit in REQUESTS)
        return await self.mail_limits.allow(session, user.email_canonical, now, *counters)

    async def _replace_request(
        self, session: AsyncSession, user: User, peer: Peer, now: datetime
    ) -> uuid.UUID:
        request_id = uuid.uuid4()
        values = {
            "request_id": request_id,
            "source": peer.source,
            "requested_at": now,
            "expires_at": now + self.code_lifetime,
        }
        await upsert(
            session,
            ResetRequest,
            values={"user_id": user.id, **values},
            on=["user_id"],
            update=values,
            returning=(ResetRequest.user_id,),
        )
        return request_id


def _is_lately_from_elsewhere(request: ResetRequest, peer: Peer, now: datetime) -> bool:
    return request.source != peer.source and now < request.requested_at + SAME_CODE_FOR


async def live_request(session: AsyncSession, user: User | None, now: datetime) -> ResetRequest | None:
    """Give the reset of an account that is under way; for nobody ask the same of no row."""
    rows = await session.execute(
        select(ResetRequest).where(
            ResetRequest.user_id == (user.id if user else NOBODY), ResetRequest.expires_at > now
        )
    )
    return rows.scalar_one_or_none()


def subject_of(user: User | None, request: ResetRequest | None) -> Subject:
    """Say what the code must be bound to; where there is no request, a subject that no code was made for."""
    if user is None or request is None:
        return mailed_codes.for_reset(uuid.uuid4(), NOBODY, "", 0)
    return mailed_codes.for_reset(request.request_id, user.id, user.email_canonical, user.password_generation)
