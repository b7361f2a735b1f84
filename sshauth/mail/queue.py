"""Sending the mail that use cases left in the outbox, off everybody's path."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.clock import Clock
from sshauth.db.engine import Database
from sshauth.db.tables import OutgoingMail
from sshauth.mail.transport import MailError, Transport

CLAIMED_FOR = timedelta(minutes=2)
"""How long a sender may take before another takes the mail over. Longer than a send can last."""
GIVE_UP_AFTER = timedelta(days=1)
LONGEST_WAIT = timedelta(hours=1)
LOOK_EVERY_SECONDS = 5.0
"""How often the outbox is looked at for mail of other processes and for retries."""

Render = Callable[[OutgoingMail], Awaitable[EmailMessage | None]]
"""Makes the mail, deriving its code; None when there is nothing to say any more (an expired code)."""

log = structlog.get_logger(__name__)


class MailQueue:
    """Takes mails from the outbox one by one. Each is sent at least once, and almost never twice."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        render: Render,
        clock: Clock,
        waiting: asyncio.Event,
    ) -> None:
        """Take the parts; ``waiting`` is set by whoever put a mail into the outbox. Nothing runs yet."""
        self._database = database
        self._transport = transport
        self._render = render
        self._clock = clock
        self._waiting = waiting

    async def run(self) -> None:
        """Send until cancelled. No fault of a mail or of the database ends it."""
        while True:
            self._waiting.clear()
            try:
                while await self.send_next():
                    pass
            except Exception:
                log.exception("mail.queue_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._waiting.wait()

    async def send_next(self) -> bool:
        """Send one mail that is due; tell whether there was one."""
        mail = await self._claim()
        if mail is None:
            return False
        try:
            message = await self._render(mail)
            if message is not None:
                await self._transport.send(message)
        except MailError as error:
            await self._retry_later(mail, str(error), give_up=error.permanent)
        except Exception as error:
            # A fault of ours in one mail must not hold up the others.
            log.exception("mail.failed", mail=mail.id)
            await self._retry_later(mail, type(error).__name__)
        else:
            await self._forget(mail)
            log.info("mail.sent" if message is not None else "mail.dropped", mail=mail.id, kind=mail.kind)
        return True

    async def _claim(self) -> OutgoingMail | None:
        """Take the mail that is longest due, by moving its time ahead: one UPDATE decides who has it."""
        now = self._clock()
        # On Postgres one that another sender is claiming is passed over; SQLite lets in one at a time
        longest_due = (
            select(OutgoingMail.id)
            .where(OutgoingMail.due_at <= now, OutgoingMail.dead_at.is_(None))
            .order_by(OutgoingMail.due_at, OutgoingMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        async with self._database.transaction() as session:
            claimed = await session.execute(
                update(OutgoingMail)
                .where(OutgoingMail.id == longest_due)
                .values(due_at=now + CLAIMED_FOR, tries=OutgoingMail.tries + 1)
                .returning(OutgoingMail)
                .execution_options(synchronize_session=False)
            )
            return claimed.scalar_one_or_none()

    async def _retry_later(self, mail: OutgoingMail, reason: str, *, give_up: bool = False) -> None:
        now = self._clock()
        about = {"mail": mail.id, "kind": mail.kind, "tries": mail.tries, "reason": reason}
        async with self._database.transaction() as session:
            if give_up or mail.created_at + GIVE_UP_AFTER <= now:
                # Kept, for the operator to see that and what people did not get.
                if await _change(session, mail, dead_at=now):
                    log.error("mail.given_up", **about, dead_mails=await _count_dead(session))
                return
            wait = min(timedelta(seconds=5 * 2 ** min(mail.tries, 16)), LONGEST_WAIT)
            if await _change(session, mail, due_at=now + wait):
                log.warning("mail.retry", **about)

    async def _forget(self, mail: OutgoingMail) -> None:
        async with self._database.transaction() as session:
            await session.execute(delete(OutgoingMail).where(OutgoingMail.id == mail.id))


async def try_again(session: AsyncSession, now: datetime, ids: Sequence[int] = ()) -> int:
    """Make mails due that wait for a later try or were given up: these, or all. Return how many.

    Those given up get a day of tries anew. What a sender may have in hand at present is left to it.
    """
    wanted = OutgoingMail.dead_at.is_not(None) | (OutgoingMail.due_at > now + CLAIMED_FOR)
    if ids:
        wanted &= OutgoingMail.id.in_(ids)
    changed = await session.execute(
        update(OutgoingMail)
        .where(wanted)
        .values(due_at=now, dead_at=None, tries=0, created_at=now)
        .returning(OutgoingMail.id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())


async def _change(session: AsyncSession, mail: OutgoingMail, **values: datetime) -> bool:
    """Change a claimed mail; False where its claim ran out and another sender has taken it over."""
    changed = await session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id == mail.id, OutgoingMail.tries == mail.tries)
        .values(**values)
        .returning(OutgoingMail.id)
    )
    return changed.one_or_none() is not None


async def _count_dead(session: AsyncSession) -> int:
    dead = await session.execute(select(func.count()).where(OutgoingMail.dead_at.is_not(None)))
    return dead.scalar_one()
