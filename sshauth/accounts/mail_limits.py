"""How much mail strangers can have sent by asking for codes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.errors import TooManyTries
from sshauth.accounts.throttle import Limit, Throttles

WRONG_MAILED_CODES = Limit("wrong mailed codes", 10, timedelta(minutes=15), "wrong codes")
"""By source; a wrong one never voids the code (OWASP Forgot Password)."""

TO_AN_ADDRESS = (
    Limit("mail to an address", 3, timedelta(hours=1)),
    Limit("mail to an address a day", 6, timedelta(days=1)),
)

CONFIRMATIONS = (
    Limit("confirmations to an address", 2, timedelta(hours=1)),
    Limit("confirmations to an address a day", 4, timedelta(days=1)),
)
"""Of these so many to confirm it; the rest is left for resets, which strangers must not silence."""


@dataclass(frozen=True, slots=True)
class MailLimits:
    """Counts the mails that people ask for, of all kinds together. Notices are not counted."""

    throttles: Throttles
    site_an_hour: int
    """Mails that the whole site sends an hour, whichever stranger asks."""

    async def allow(
        self, session: AsyncSession, email_canonical: str, now: datetime, *others: tuple[Limit, str]
    ) -> bool:
        """Count one mail to an address, with what else counts it. False if one is used up: then none was."""
        address = ((limit, email_canonical) for limit in TO_AN_ADDRESS)
        site = Limit("mail of the site", self.site_an_hour, timedelta(hours=1))
        return await self.allow_known(session, now, *address, *others, (site, ""))

    async def allow_confirmation(self, session: AsyncSession, email_canonical: str, now: datetime) -> bool:
        """Count one mail that is to confirm an address. False if there were enough: then none was."""
        confirmations = ((limit, email_canonical) for limit in CONFIRMATIONS)
        return await self.allow(session, email_canonical, now, *confirmations)

    async def allow_known(self, session: AsyncSession, now: datetime, *counters: tuple[Limit, str]) -> bool:
        """Count one mail by these counters alone: what strangers use up is no concern of a known source."""
        try:
            await self.throttles.reserve(session, now, *counters)
        except TooManyTries:
            return False
        return True
