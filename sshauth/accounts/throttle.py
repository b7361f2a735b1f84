"""Counters of tries, in the database so that they hold across processes.

A try is *reserved* before the check it limits, by one statement, in a transaction of its own: parallel
tries cannot all see the old count. What turns out to be right gives its reservation back.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.errors import TooManyTries
from sshauth.db.tables import Throttle
from sshauth.db.upsert import upsert


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``tries`` in each window of ``window``; ``what`` names them to the person."""

    name: str
    tries: int
    window: timedelta
    what: str
    field: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """One counted try, to be given back if it was right."""

    key: str
    window_ends_at: datetime


class Throttles:
    """Reserves tries. Keys are HMACs: the table tells nobody who was counted."""

    def __init__(self, secret_key: str) -> None:
        """Derive the HMAC key from the server's secret key."""
        self._key = hmac.digest(secret_key.encode(), b"sshauth.throttle", "sha256")

    async def reserve(self, session: AsyncSession, limit: Limit, subject: str, now: datetime) -> Reservation:
        """Count one try of a subject.

        Raises:
            TooManyTries: the window's tries are used up. The try is not judged, and the window not longer.
        """
        key = hmac.new(self._key, f"{limit.name}\0{subject}".encode(), hashlib.sha256).hexdigest()
        over = Throttle.window_ends_at <= now
        row = await upsert(
            session,
            Throttle,
            values={"key": key, "tries": 1, "window_ends_at": now + limit.window},
            on="key",
            update={
                "tries": case((over, 1), else_=Throttle.tries + 1),
                "window_ends_at": case((over, now + limit.window), else_=Throttle.window_ends_at),
            },
            returning=(Throttle.tries, Throttle.window_ends_at),
        )
        if row.tries > limit.tries:
            raise TooManyTries(row.window_ends_at - now, limit.what, field=limit.field)
        return Reservation(key, row.window_ends_at)

    async def give_back(self, session: AsyncSession, *reservations: Reservation) -> None:
        """Take back tries that were right, unless their window has passed."""
        for reservation in reservations:
            await session.execute(
                update(Throttle)
                .where(
                    Throttle.key == reservation.key,
                    Throttle.window_ends_at == reservation.window_ends_at,
                )
                .values(tries=Throttle.tries - 1)
            )
