"""Upkeep: taking away what is over, in small batches, so that nobody waits for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, select, update

from sshauth.accounts.clock import Clock
from sshauth.accounts.known_sources import KNOWN_FOR
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.session_watch import BLIND_AFTER, SessionWatch
from sshauth.db.engine import Database
from sshauth.db.tables import (
    Announcement,
    AuditEvent,
    AuthenticatorReset,
    EmailChangeRequest,
    FailureTally,
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
LOST_AFTER = timedelta(seconds=75)
"""So long a session's process may be silent: with what it takes to look, two minutes after a kill at most."""
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
    watch: SessionWatch

    async def run(self) -> None:
        """Look after the tables until cancelled. A database that cannot be reached does not end it."""
        while True:
            try:
                await self.once()
            except Exception:
                log.exception("upkeep.failed")
            await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> None:
        """Do all that there is to do now."""
        now = self.clock()
        await self._write_failures(now)
        await self._end_lost_sessions(now)
        over: Sequence[tuple[type[Table], ColumnElement[bool]]] = (
            (PendingRegistration, PendingRegistration.expires_at <= now),
            (Throttle, (Throttle.window_ends_at <= now) & (Throttle.blocked_until <= now)),
            (ResetRequest, ResetRequest.expires_at <= now),
            (EmailChangeRequest, EmailChangeRequest.expires_at <= now),
            (AuthenticatorReset, AuthenticatorReset.expires_at <= now),
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

    async def _end_lost_sessions(self, now: datetime) -> None:
        """End the sessions of processes that are silent; not while we may have been silent ourselves."""
        if now - self.watch.read_since < LOST_AFTER or now - self.watch.read_at > BLIND_AFTER:
            return
        lost = SessionRow.ended_at.is_(None) & (SessionRow.seen_at <= now - LOST_AFTER)
        # Those that somebody else is ending are passed: two who lock several in other orders would block.
        free = select(SessionRow.id).where(lost).with_for_update(skip_locked=True)
        async with self.database.transaction() as session:
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
