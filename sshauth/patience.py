"""Patience: how long somebody may go without a key, and how long all may last, with a word ahead of the end.

One timer at a time. A key does not move it: it looks anew when its time has come.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta

from sshauth.accounts.peer import TimeLimits
from sshauth.accounts.session_ends import EndReason

AHEAD = timedelta(minutes=1)
"""How long before the end there is a word, where the limit is not shorter than two of these."""
LOOK_AGAIN = " Press any key to see the screen again."
"""What stands behind words that lie over a screen."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody is allowed at present."""

    idle: timedelta
    absolute: timedelta
    signed_in: bool = False

    @classmethod
    def of_stranger(cls, limits: TimeLimits, *, waits: bool = False, has_waited: bool = False) -> "Allowance":
        """Give what is allowed to who is not signed in, and more to who waits for a mail or is registering.

        The time in all stays the longer one on the way back from there.
        """
        return cls(
            limits.waiting_idle if waits else limits.stranger_idle,
            limits.waiting_absolute if has_waited else limits.stranger_absolute,
        )

    @classmethod
    def of_signed_in(cls, limits: TimeLimits) -> "Allowance":
        """Give what is allowed to who is signed in."""
        return cls(limits.idle, limits.absolute, signed_in=True)


class Patience:
    """Says when it is nearly over, and when it is."""

    def __init__(self, *, warn: Callable[[str], None], end: Callable[[EndReason, str], None]) -> None:
        """Take what to call with words, ahead of the end and at the end."""
        self._warn = warn
        self._end = end
        self._allowance: Allowance | None = None
        self._begun_at = self._last_key_at = 0.0
        self._warned: set[EndReason] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, allowance: Allowance) -> None:
        """Begin to count, from nothing."""
        self._begun_at = self._last_key_at = asyncio.get_running_loop().time()
        self._warned.clear()
        self.allow(allowance)

    def allow(self, allowance: Allowance) -> None:
        """Allow something else from now on; what has been counted stays."""
        self._allowance = allowance
        self._look()

    def touch(self) -> None:
        """Count from anew how long there was no key."""
        if self._allowance is not None:
            self._last_key_at = asyncio.get_running_loop().time()
            self._warned.discard(EndReason.IDLE)

    def stop(self) -> None:
        """Count no more."""
        self._allowance = None
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        """Say what is due, and look again when the next thing is."""
        allowance = self._allowance
        if allowance is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        ends = {
            EndReason.IDLE: self._last_key_at + allowance.idle.total_seconds(),
            EndReason.EXPIRED: self._begun_at + allowance.absolute.total_seconds(),
        }
        first = min(ends, key=lambda reason: ends[reason])
        if loop.time() >= ends[first]:
            self.stop()
            self._end(first, _farewell(first, allowance))
            return
        next_look = []
        for reason, ends_at in ends.items():
            word_at = ends_at - _ahead(reason, allowance).total_seconds()
            is_due = loop.time() >= word_at
            next_look.append(ends_at if is_due else word_at)
            if is_due and reason is first and reason not in self._warned:
                self._warned.add(reason)
                self._warn(_warning(reason, allowance))
        # Until its time has come, a cancelled timer keeps its context, and with that the app.
        self._timer = loop.call_at(min(next_look), self._look, context=Context())


def _limit(reason: EndReason, allowance: Allowance) -> timedelta:
    return allowance.idle if reason is EndReason.IDLE else allowance.absolute


def _ahead(reason: EndReason, allowance: Allowance) -> timedelta:
    return min(AHEAD, _limit(reason, allowance) / 2)


def _warning(reason: EndReason, allowance: Allowance) -> str:
    ahead, limit = spoken(_ahead(reason, allowance)), spoken(_limit(reason, allowance))
    if reason is EndReason.IDLE:
        what = "you will be signed out" if allowance.signed_in else "the connection will be closed"
        return f"Still there? In {ahead} {what}. Press any key to stay."
    what = "This session ends" if allowance.signed_in else "The connection closes"
    return f"{what} in {ahead}: it is {limit} old.{LOOK_AGAIN}"


def _farewell(reason: EndReason, allowance: Allowance) -> str:
    limit = spoken(_limit(reason, allowance))
    if reason is EndReason.IDLE:
        return f"{'Signed out' if allowance.signed_in else 'Closed'}: nothing was typed for {limit}."
    if allowance.signed_in:
        return f"Signed out: the session was {limit} old. Connect again to sign in anew."
    return f"Closed: nobody signed in for {limit}. Connect again to begin anew."


def spoken(time: timedelta) -> str:
    """Say a limit the way people do: "1 minute", "12 hours"; what is no whole minute, in seconds."""
    seconds = time.total_seconds()
    for size, name in ((3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:.0f} {name}{'s' if seconds > size else ''}"
    return f"{seconds:g} s"
