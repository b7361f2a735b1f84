"""Watching the live sessions of this process: their rows may be ended from anywhere.

Once a second one query asks which of them have ended; their people are told. The same beat writes the
ends that came about here, and when somebody last typed, and passes on what administrators announce.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import methodcaller
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import Clock
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.session_ends import EndReason, farewell
from sshauth.accounts.sessions import end_sessions
from sshauth.db.engine import Database
from sshauth.db.tables import Announcement, SessionRow
from sshauth.telling import one_by_one

BEAT_SECONDS = 1.0
BEAT_MAY_TAKE = 15.0
SAY_SEEN_EVERY = timedelta(seconds=20)
HOLD_AFTER = timedelta(seconds=60)
"""So long the database may be out of reach before signed-in people are held (row 17)."""

LATELY = timedelta(minutes=10)
"""So old an announcement may be that is passed on; also how far the clocks of two machines may differ."""

Said = Mapping[tuple[datetime, int], str]
"""Words by time and number. SQLite gives a number again once its row is gone, and on Postgres a higher one
may be there before a lower one: so no highest one can tell which are new."""

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Who is told what becomes of a session, on the event loop."""

    def session_ended(self, words: str) -> None:
        """Hear that the session is over, and why."""

    def announced(self, words: str) -> None:
        """Hear what an administrator has to say to everybody."""

    def database_lost(self) -> None:
        """Hear that nobody can tell at present whether the session is still live."""

    def database_back(self) -> None:
        """Hear that all is well again."""


class Nobody:
    """Hears nothing: the person has left."""

    def session_ended(self, words: str) -> None:
        """Hear nothing."""

    def announced(self, words: str) -> None:
        """Hear nothing."""

    def database_lost(self) -> None:
        """Hear nothing."""

    def database_back(self) -> None:
        """Hear nothing."""


@dataclass(eq=False)
class LiveSession:
    """A session of this process, as long as somebody is in it."""

    identity: Identity
    peer: Peer
    listener: Listener
    clock: Clock
    last_input_at: datetime
    reason: EndReason | None = None
    on_leave: Callable[[], None] = field(default=lambda: None, repr=False)

    def touch(self) -> None:
        """Say that the person has typed something."""
        self.last_input_at = self.clock()

    def leave(self, reason: EndReason) -> None:
        """Say that the session is over. The first reason counts; it is written within a second."""
        if self.reason is None:
            self.reason = reason
            # While the end waits for a database that is away, nothing of the person's screens stays.
            self.listener = Nobody()
            self.on_leave()


class SessionWatch:
    """Knows the live sessions of this process."""

    def __init__(self, database: Database, audit: Audit, clock: Clock, node: str) -> None:
        """Take the parts; nothing runs yet."""
        self._database = database
        self._audit = audit
        self._clock = clock
        self.node = node
        self._live: dict[UUID, LiveSession] = {}
        self._woken = asyncio.Event()
        self._seen_said_at = self._read_at = clock()
        self._failing = self._held = False
        self._telling: set[asyncio.Task[None]] = set()
        self._in_order = asyncio.Lock()
        self._said: Said | None = None

    @property
    def count(self) -> int:
        """How many sessions there are here."""
        return len(self._live)

    def join(self, identity: Identity, peer: Peer, listener: Listener) -> LiveSession:
        """Watch a session from now on."""
        live = LiveSession(identity, peer, listener, self._clock, self._clock(), on_leave=self._woken.set)
        self._live[identity.session_id] = live
        return live

    async def run(self) -> None:
        """Beat until cancelled. A database that cannot be reached does not end it."""
        while True:
            self._woken.clear()
            try:
                # A database behind a dead line does not even say no.
                async with asyncio.timeout(BEAT_MAY_TAKE):
                    await self.beat()
            except Exception as error:  # noqa: BLE001 - no failure ends the watch; it is logged
                self._failed(error)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._woken.wait()

    async def beat(self) -> None:
        """Write what happened here, and read what happened elsewhere."""
        now = self._clock()
        # In the order in which whoever ends several locks them too: Postgres has no deadlock to undo.
        ids = sorted(self._live)
        # A clock that was put back must not keep us silent: others would take these sessions for lost.
        say_seen = not timedelta(0) <= now - self._seen_said_at < SAY_SEEN_EVERY
        left = [self._live[each] for each in ids if self._live[each].reason is not None]
        # Also without sessions: it shows that the database can be read.
        async with self._database.transaction() as session:
            if seen := ids if say_seen else [live.identity.session_id for live in left]:
                await self._say_seen(session, seen, now)
            await self._write_ends(session, left, now)
            ended = await _ended(session, ids)
            said = await _said_lately(session, now) if ids else None
        for live in left:
            del self._live[live.identity.session_id]
        for session_id, reason in ended.items():
            if live_still := self._live.pop(session_id, None):
                _tell(methodcaller("session_ended", farewell(reason)), live_still.listener)
        self._pass_on(said)
        if say_seen:
            self._seen_said_at = now
        self._all_well(now)

    async def close(self) -> None:
        """Write the last ends; sessions that nobody has left by now were closed."""
        for telling in self._telling:
            telling.cancel()
        for live in self._live.values():
            live.leave(EndReason.CLOSED)
        with suppress(Exception):
            async with asyncio.timeout(5):
                await self.beat()

    def _pass_on(self, said: Said | None) -> None:
        """Tell everybody what was said since the last beat; nothing where nobody was here to hear it."""
        if said is not None and self._said is not None:
            for each in sorted(said.keys() - self._said.keys()):
                self._tell_everybody(methodcaller("announced", said[each]))
        self._said = said

    def _tell_everybody(self, hear: Callable[[Listener], None]) -> None:
        """Tell everybody who is here now, behind whatever they are being told already."""
        telling = asyncio.create_task(self._tell_in_order(list(self._live.values()), hear))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell_in_order(
        self, everybody: Sequence[LiveSession], hear: Callable[[Listener], None]
    ) -> None:
        async with self._in_order:
            # Each listener is looked up when its turn comes: who has left by then hears nothing.
            await one_by_one(everybody, lambda live: _tell(hear, live.listener))

    async def _write_ends(self, session: AsyncSession, left: Sequence[LiveSession], now: datetime) -> None:
        for live in left:
            reason = live.reason or EndReason.CLOSED
            if await end_sessions(session, reason, now, SessionRow.id == live.identity.session_id):
                self._audit.write(
                    session,
                    Happened.SESSION_ENDED,
                    live.peer,
                    now,
                    user_id=live.identity.user_id,
                    reason=reason,
                )

    async def _say_seen(self, session: AsyncSession, ids: Sequence[UUID], now: datetime) -> None:
        connection = await session.connection()
        await connection.execute(
            update(SessionRow)
            .where(SessionRow.id == bindparam("session"), SessionRow.ended_at.is_(None))
            .values(seen_at=bindparam("now"), last_input_at=bindparam("typed")),
            [{"session": each, "now": now, "typed": self._live[each].last_input_at} for each in ids],
        )

    def _all_well(self, now: datetime) -> None:
        self._read_at = now
        self._failing = False
        if self._held:
            self._held = False
            self._tell_everybody(methodcaller("database_back"))

    def _failed(self, error: Exception) -> None:
        """Log the first failure of a row of them, and hold signed-in people once it has lasted too long."""
        if not self._failing:
            log.error("sessions.watch_failed", exc_info=error)
        self._failing = True
        now = self._clock()
        self._read_at = min(self._read_at, now)  # the clock may have been put back
        if not self._held and now - self._read_at >= HOLD_AFTER:
            self._held = True
            self._tell_everybody(methodcaller("database_lost"))


def _tell(hear: Callable[[Listener], None], listener: Listener) -> None:
    """Tell a listener; one that breaks must not keep the others from hearing."""
    try:
        hear(listener)
    except Exception:
        log.exception("sessions.listener_failed")


async def _said_lately(session: AsyncSession, now: datetime) -> Said:
    rows = await session.execute(
        select(Announcement.at, Announcement.id, Announcement.words).where(Announcement.at > now - LATELY)
    )
    return {(row.at, row.id): row.words for row in rows}


async def _ended(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Give those of some sessions that are over, with the reason; None for a row that is gone."""
    rows = await session.execute(
        select(SessionRow.id, SessionRow.ended_at, SessionRow.end_reason).where(SessionRow.id.in_(ids))
    )
    found = {row.id: row for row in rows}
    return {
        each: found[each].end_reason if each in found else None
        for each in ids
        if each not in found or found[each].ended_at is not None
    }
