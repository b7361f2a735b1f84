"""What is told on each page: whether the service lives, whether people can sign in, and all numbers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from sshauth.accounts.outbox import QueueNow
from sshauth.metrics.database import DatabaseNow
from sshauth.metrics.http import Page, Pages
from sshauth.metrics.kept import Kept
from sshauth.metrics.page import Facts, Mails, page_of
from sshauth.metrics.process import facts_of_this_process
from sshauth.metrics.reading import Reading

READY_SECONDS = 2.0
PAGE_SECONDS = 1.0
"""So long an answer holds: who asks more often costs nobody anything."""


class Signs(Protocol):
    """What a service knows of itself, whether one process is all of it or many are."""

    async def is_well(self) -> bool:
        """Tell whether every process answers."""

    async def read(self) -> Reading:
        """Read the meters of all processes together, also of those that have ended."""

    @property
    def is_stopping(self) -> bool:
        """Whether people are asked to finish."""

    @property
    def workers(self) -> int:
        """How many processes serve people."""

    @property
    def workers_wanted(self) -> int:
        """How many are to."""

    @property
    def worker_deaths(self) -> int:
        """How many have ended unasked."""


class Telling:
    """Makes the pages."""

    def __init__(
        self,
        signs: Signs,
        look: Callable[[], Awaitable[DatabaseNow]],
        clock: Callable[[], datetime],
        *,
        ready_seconds: float = READY_SECONDS,
        page_seconds: float = PAGE_SECONDS,
    ) -> None:
        """Take what the service knows, how to look at its database, and for how long what was seen holds."""
        self._signs = signs
        self._clock = clock
        self._look = Kept(look, ready_seconds)
        self._health = Kept(self._healthz, ready_seconds)
        self._numbers = Kept(self._metrics, page_seconds)

    @property
    def pages(self) -> Pages:
        """The pages by their paths."""
        return {"/metrics": self._numbers, "/healthz": self._health, "/readyz": self._readyz}

    async def _healthz(self) -> Page:
        if await self._signs.is_well():
            return Page.of_words("ok")
        return Page.of_words("not well: a process does not answer", HTTPStatus.SERVICE_UNAVAILABLE)

    async def _readyz(self) -> Page:
        missing = [f"not ready: {each}" for each in self._missing(await self._look())]
        if not missing:
            return Page.of_words("ready")
        return Page.of_words("\n".join(missing), HTTPStatus.SERVICE_UNAVAILABLE)

    async def _metrics(self) -> Page:
        reading, seen = await asyncio.gather(self._signs.read(), self._look())
        return Page(page_of(reading, self._facts(seen)), kind=CONTENT_TYPE_PLAIN_0_0_4)

    def _missing(self, seen: DatabaseNow) -> Iterator[str]:
        if self._signs.is_stopping:
            yield "it is stopping"
        if not self._signs.workers:
            yield "nobody listens"
        if not seen.up:
            yield "the database cannot be reached"
        elif not seen.is_ours:
            yield "the database is at another revision"

    def _facts(self, seen: DatabaseNow) -> Facts:
        signs = self._signs
        return Facts(
            ready=not list(self._missing(seen)),
            database_up=seen.up,
            mails=self._mails(seen.mails) if seen.mails else None,
            workers=signs.workers,
            workers_wanted=signs.workers_wanted,
            worker_deaths=signs.worker_deaths,
            process=facts_of_this_process(),
        )

    def _mails(self, seen: QueueNow) -> Mails:
        age = (self._clock() - seen.oldest_at).total_seconds() if seen.oldest_at else 0.0
        return Mails(seen.waiting, seen.given_up, max(0.0, age))
