"""Upkeep: taking away what is over, in small batches, so that nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, select, update

from sshauth.accounts.clock import Clock
from sshauth.accounts.known_sources import KNOWN_FOR
from sshauth.accounts.pending import HELD_FOR
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.stillness import LOST_AFTER, Stillness
from sshauth.db.engine import Database
from sshauth.db.tables import (
    Announcement,
    AuditEvent,
    AuthenticatorReset,
    EmailChangeRequest,
    FailureTally,
    Invitation,
    KnownSource,
    OutgoingMail,
    PendingRegistration,
    ResetRequest,
    SessionRow,
    Table,
    Throttle,
)

EVERY_SECONDS = 15.0
BATCH = 200
DEAD_MAIL_KEPT = timedelta(days=30)
ANNOUNCEMENTS_KEPT = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is over is kept."""

    audit: timedelta = timedelta(days=400)
    sessions: timedelta = timedelta(days=90)
    """Ended sessions, with the addresses they came from."""
    addresses: timedelta = timedelta(days=90)
    """Addresses and clients of audit events; the events stay."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Looks after the tables; any number of nodes may at once."""

    database: Database
    clock: Clock
    retention: Retention
    _seen: Stillness[tuple[str, datetime]] = field(default_factory=lambda: Stillness(LOST_AFTER))
    """When the processes of live sessions last said that they are there."""

    async def run(self) -> None:
        """Look after the tables until cancelled. A database that cannot be reached does not end it."""
        # Side by side: much that is over must not keep us from noticing who is lost.
        async with asyncio.TaskGroup() as group:
            group.create_task(_steadily(self.end_lost_sessions))
            group.create_task(_steadily(self.tidy))

    async def once(self) -> None:
        """Do all that there is to do now."""
        await self.end_lost_sessions()
        await self.tidy()

    async def tidy(self) -> None:
        """Take away what is over."""
        now = self.clock()
        await self._write_failures(now)
        over: Sequence[tuple[type[Table], ColumnElement[bool]]] = (
            (PendingRegistration, PendingRegistration.expires_at <= now),
            (Throttle, (Throttle.window_ends_at <= now) & (Throttle.blocked_until <= now)),
            (ResetRequest, ResetRequest.expires_at <= now),
            (EmailChangeRequest, EmailChangeRequest.expires_at <= now),
            (AuthenticatorReset, AuthenticatorReset.expires_at <= now),
            # What was begun with one before it expired may still be finished.
            (Invitation, Invitation.expires_at <= now - HELD_FOR),
            (KnownSource, KnownSource.last_sign_in_at <= now - KNOWN_FOR),
            (SessionRow, SessionRow.ended_at <= now - self.retention.sessions),
            (OutgoingMail, OutgoingMail.dead_at <= now - DEAD_MAIL_KEPT),
            (Announcement, Announcement.at <= now - ANNOUNCEMENTS_KEPT),
            (AuditEvent, AuditEvent.at <= now - self.retention.audit),
        )
        for table, is_over in over:
            await self._purge(table, is_over)
        await self._forget_addresses(now)

    async def _write_failures(self, now: datetime) -> None:
        """Write the failures of finished minutes into the audit log, one event for each source's."""
        while True:
            async with self.database.transaction() as session:
                some = _some(FailureTally, FailureTally.minute_ends_at <= now)
                tallies = (
                    (await session.execute(delete(FailureTally).where(some).returning(FailureTally)))
                    .scalars()
                    .all()
                )
                session.add_all(_event_of(tally) for tally in tallies)
            if len(tallies) < BATCH:
                return

    async def end_lost_sessions(self) -> None:
        """End the sessions of processes that are silent.

        They write down at once, for all their sessions, that they are there. Their clocks may be wrong.
        """
        live = SessionRow.ended_at.is_(None)
        async with self.database.transaction() as session:
            seen = await session.execute(select(SessionRow.node, SessionRow.seen_at).where(live).distinct())
            there = {(row.node, row.seen_at) for row in seen}
            for node, seen_at in sorted(self._seen.look(self.clock(), there)):
                lost = live & (SessionRow.node == node) & (SessionRow.seen_at == seen_at)
                # Those that somebody else is ending are passed: two who lock several in other orders would
                # block.
                free = select(SessionRow.id).where(lost).with_for_update(skip_locked=True)
                await session.execute(
                    update(SessionRow)
                    .where(SessionRow.id.in_(free), lost)
                    .values(ended_at=SessionRow.seen_at, end_reason=EndReason.LOST)
                )

    async def _purge(self, table: type[Table], is_over: ColumnElement[bool]) -> None:
        while True:
            async with self.database.transaction() as session:
                key = _key(table)
                deleted = await session.execute(delete(table).where(_some(table, is_over)).returning(key))
                count = len(deleted.all())
            if count < BATCH:
                return

    async def _forget_addresses(self, now: datetime) -> None:
        """Take old addresses out of the audit log: a part of its retention, and the one change to it."""
        old = (AuditEvent.at <= now - self.retention.addresses) & (AuditEvent.address != "")
        while True:
            async with self.database.transaction() as session:
                blanked = await session.execute(
                    update(AuditEvent)
                    .where(_some(AuditEvent, old))
                    .values(address="", client="")
                    .returning(AuditEvent.id)
                )
                count = len(blanked.all())
            if count < BATCH:
                return


async def _steadily(do: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await do()
        except Exception:
            log.exception("upkeep.failed")
        await asyncio.sleep(EVERY_SECONDS)


def _key(table: type[Table]) -> Any:  # noqa: ANN401 - a column of any type
    return next(iter(table.__mapper__.primary_key))


def _some(table: type[Table], which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Choose a batch of rows. The condition stands outside too: a chosen row may have changed since."""
    key: ColumnElement[Any] = _key(table)
    return key.in_(select(key).where(which).limit(BATCH).with_for_update(skip_locked=True)) & which


def _event_of(tally: FailureTally) -> AuditEvent:
    return AuditEvent(
        at=tally.last_at,
        kind=tally.kind,
        user_id=tally.user_id,
        address=tally.address,
        client=tally.client,
        count=tally.count,
        data={},
    )
