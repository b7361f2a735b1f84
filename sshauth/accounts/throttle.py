"""Counters of tries, in the database so that they hold across processes.

A try is *reserved* before the check it limits, by one statement: parallel tries cannot all see the old
count. A try inside a wait changes nothing. What turns out to be right gives its reservation back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.errors import TooManyTries
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import sources_in
from sshauth.db.tables import Throttle
from sshauth.db.upsert import upsert

NOT_BLOCKED = datetime(1970, 1, 1, tzinfo=UTC)
"""In the past by every clock. The time of a try is not: the next may come from a node that is behind."""


class Rule(Protocol):
    """How tries are counted, and when no more are judged."""

    @property
    def name(self) -> str:
        """What the counter is called, apart from all others."""

    @property
    def what(self) -> str:
        """What there were too many of, as the person is told."""

    @property
    def field(self) -> str | None:
        """The form field that this concerns."""

    @property
    def each_waits(self) -> bool:
        """Whether each try makes a wait of its own."""

    def times(self, number: int) -> Self:
        """Give the rule for who stands for so many."""

    def first(self, now: datetime) -> Mapping[str, datetime]:
        """Give the columns of the first try."""

    def next(self, now: datetime) -> Mapping[str, Any]:
        """Give the columns of a later try, as expressions over the row that is there."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``tries`` in each window of ``window``; ``what`` names them to the person."""

    name: str
    tries: int
    window: timedelta
    what: str = "tries"
    field: str | None = None
    each_waits = False

    def times(self, number: int) -> Self:
        """Give the limit for so many sources together."""
        return replace(self, tries=self.tries * number)

    def first(self, now: datetime) -> Mapping[str, datetime]:
        """Begin a window."""
        end = now + self.window
        return {"window_ends_at": end, "blocked_until": end if self.tries == 1 else NOT_BLOCKED}

    def next(self, now: datetime) -> Mapping[str, Any]:
        """Count within the window, or begin another; the last try blocks until the window's end."""
        first, over = self.first(now), Throttle.window_ends_at <= now
        return {
            "window_ends_at": case((over, first["window_ends_at"]), else_=Throttle.window_ends_at),
            "blocked_until": case(
                (over, first["blocked_until"]),
                (Throttle.tries + 1 >= self.tries, Throttle.window_ends_at),
                else_=NOT_BLOCKED,
            ),
        }


@dataclass(frozen=True, slots=True)
class Delay:
    """A wait after each try from the ``free``-th on: one second, doubling to ``longest``. Never a lock.

    All are forgotten ``forgotten_after`` the first of them: right tries keep no wrong ones alive.
    """

    name: str
    free: int
    longest: timedelta
    forgotten_after: timedelta
    what: str
    field: str | None = None
    each_waits = True

    def times(self, number: int) -> Self:  # noqa: ARG002 - as the protocol has it
        """Give the same: a delay is for a name, never for a source."""
        return self

    def after(self, tries: int) -> timedelta:
        """Give the wait after so many tries."""
        if tries < self.free:
            return timedelta(0)
        # Bounded before it is raised to: 2 to the power of a million would take a while.
        return min(timedelta(seconds=2 ** min(tries - self.free, 32)), self.longest)

    def first(self, now: datetime) -> Mapping[str, datetime]:
        """Begin to count."""
        return {"window_ends_at": now + self.forgotten_after, "blocked_until": self._blocked(now, 1)}

    def next(self, now: datetime) -> Mapping[str, Any]:
        """Count on, or begin anew where the tries are forgotten."""
        first, over = self.first(now), Throttle.window_ends_at <= now
        steps = [(Throttle.tries == tries, self._blocked(now, tries + 1)) for tries in self._short_waits()]
        return {
            "window_ends_at": case((over, first["window_ends_at"]), else_=Throttle.window_ends_at),
            "blocked_until": case((over, first["blocked_until"]), *steps, else_=now + self.longest),
        }

    def _blocked(self, now: datetime, tries: int) -> datetime:
        wait = self.after(tries)
        return now + wait if wait else NOT_BLOCKED

    def _short_waits(self) -> Sequence[int]:
        """Give the numbers of tries after which one more does not make the longest wait yet."""
        tries = 0
        while self.after(tries + 1) < self.longest:
            tries += 1
        return range(tries)


@dataclass(frozen=True, slots=True)
class Reservation:
    """One counted try, to be given back if it was right."""

    key: str
    each_waits: bool
    tries: int
    window_ends_at: datetime
    blocked_until: datetime
    also: tuple["Reservation", ...] = ()
    """The same try, as it was counted under keys that are still accepted."""

    @property
    def all(self) -> tuple["Reservation", ...]:
        """It, and the same under other keys."""
        return (self, *self.also)


@dataclass(frozen=True, slots=True)
class Throttles:
    """Reserves tries. Keys are HMACs: the table tells nobody who was counted."""

    hashed: KeyedHash

    async def reserve(
        self, session: AsyncSession, now: datetime, *counters: tuple[Rule, str]
    ) -> list[Reservation]:
        """Count one try in each counter, named by its rule and who or what is counted, or in none.

        A source that stands for many has as many times the tries. Under each key that is accepted, so that a
        limit holds while nodes go over to a new one.

        Raises:
            TooManyTries: a counter is used up, for as long as the longest of them is. Nothing has changed.
        """
        reserved: list[Reservation] = []
        refusals: list[TooManyTries] = []
        for rule, subject in counters:
            under = {}
            # In one order, for whoever has the same keys in another: Postgres has no deadlock to undo.
            for key in sorted(keys := self.hashed.all(rule.name, subject)):
                reservation = await self._reserve_one(session, now, rule.times(sources_in(subject)), key)
                if reservation is None:
                    refusals.append(await self._refusal(session, now, rule, key))
                else:
                    under[key] = reservation
            if len(under) < len(keys):
                await self.give_back(session, *under.values())
            else:
                newest, *others = (under[key] for key in keys)
                reserved.append(replace(newest, also=tuple(others)))
        if refusals:
            await self.give_back(session, *reserved)
            raise max(refusals, key=lambda refusal: refusal.wait)
        return reserved

    async def reserve_if_possible(
        self, session: AsyncSession, now: datetime, *limits: tuple[Limit, str]
    ) -> list[Reservation]:
        """Count one try in each counter, or in none where one is used up; the work tells nobody which."""
        reserved = [
            await self._reserve_one(session, now, limit, self.hashed(limit.name, subject))
            for limit, subject in limits
        ]
        counted = [each for each in reserved if each is not None]
        is_possible = len(counted) == len(limits)
        # Where there is nothing to give back, the same statement runs on no row.
        nothing = Reservation("", Limit.each_waits, 0, now, now)
        await self.give_back(session, *(nothing if is_possible else each or nothing for each in reserved))
        return counted if is_possible else []

    async def _reserve_one(
        self, session: AsyncSession, now: datetime, rule: Rule, key: str
    ) -> Reservation | None:
        row = await upsert(
            session,
            Throttle,
            values={"key": key, "tries": 1, **rule.first(now)},
            on=["key"],
            update={
                "tries": case((Throttle.window_ends_at <= now, 1), else_=Throttle.tries + 1),
                **rule.next(now),
            },
            where=Throttle.blocked_until <= now,
            returning=(Throttle.tries, Throttle.window_ends_at, Throttle.blocked_until),
        )
        return (
            None
            if row is None
            else Reservation(key, rule.each_waits, row.tries, row.window_ends_at, row.blocked_until)
        )

    async def _refusal(self, session: AsyncSession, now: datetime, rule: Rule, key: str) -> TooManyTries:
        until = await session.execute(select(Throttle.blocked_until).where(Throttle.key == key))
        return TooManyTries(until.scalar_one() - now, rule.what, field=rule.field)

    async def clear(self, session: AsyncSession, reservation: Reservation) -> None:
        """Forget all tries of a counter: who was counted there has shown who they are."""
        keys = [each.key for each in reservation.all]
        await session.execute(
            update(Throttle).where(Throttle.key.in_(keys)).values(tries=0, blocked_until=NOT_BLOCKED)
        )

    async def give_back(self, session: AsyncSession, *reservations: Reservation) -> None:
        """Take back tries that were right, or not judged, and the wait that they alone made."""
        for mine in (each for reservation in reservations for each in reservation.all):
            # Where each try makes a wait, a later one has set its own.
            is_mine = Throttle.blocked_until == mine.blocked_until
            unblocked = (
                case((is_mine, NOT_BLOCKED), else_=Throttle.blocked_until) if mine.each_waits else NOT_BLOCKED
            )
            same_window = Throttle.window_ends_at == mine.window_ends_at
            await session.execute(
                update(Throttle)
                .where(Throttle.key == mine.key, Throttle.tries > 0, same_window)
                .values(tries=Throttle.tries - 1, blocked_until=unblocked)
            )
