"""Health and readiness, in words and statuses."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sshauth.accounts.outbox import QueueNow
from sshauth.metrics.database import AWAY, DatabaseNow
from sshauth.metrics.reading import Reading
from sshauth.metrics.telling import Telling
from tests.metrics.asking import numbers_on

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WELL = DatabaseNow(up=True, is_ours=True, mails=QueueNow(2, NOON - timedelta(minutes=5), 0))


@dataclass
class Signs:
    """A service that says of itself what a test wants."""

    well: bool = True
    is_stopping: bool = False
    workers: int = 2
    workers_wanted: int = 2
    worker_deaths: int = 0

    async def is_well(self) -> bool:
        return self.well

    async def read(self) -> Reading:
        return Reading()


@dataclass
class Asked:
    """What is told of a service, and how often its database was looked at."""

    signs: Signs = field(default_factory=Signs)
    seen: DatabaseNow = WELL
    looks: int = 0

    def __post_init__(self) -> None:
        self.telling = Telling(self.signs, self._look, lambda: NOON)

    async def _look(self) -> DatabaseNow:
        self.looks += 1
        return self.seen

    async def page(self, path: str) -> tuple[int, str]:
        page = await self.telling.pages[path]()
        return page.status.value, page.body.decode()


@pytest.mark.parametrize(
    ("signs", "seen", "missing"),
    [
        (Signs(), WELL, []),
        (Signs(workers=1), WELL, []),
        (Signs(workers=0), WELL, ["nobody listens"]),
        (Signs(is_stopping=True), WELL, ["it is stopping"]),
        (Signs(), AWAY, ["the database cannot be reached"]),
        (Signs(), DatabaseNow(up=True), ["the database is at another revision"]),
        (
            Signs(is_stopping=True, workers=0),
            AWAY,
            ["it is stopping", "nobody listens", "the database cannot be reached"],
        ),
    ],
)
async def test_what_is_missing_for_readiness_is_said(
    signs: Signs, seen: DatabaseNow, missing: list[str]
) -> None:
    """One line each, status 503, and the same in the numbers."""
    asked = Asked(signs, seen)
    words = "".join(f"not ready: {each}\n" for each in missing) or "ready\n"
    assert await asked.page("/readyz") == (503 if missing else 200, words)
    now = numbers_on((await asked.page("/metrics"))[1])
    assert now["sshauth_ready"] == (not missing)
    assert now["sshauth_database_up"] == seen.up


async def test_it_is_well_as_long_as_every_process_answers() -> None:
    """Whatever the database does: a restart of ours would not mend it."""
    assert await Asked(seen=AWAY).page("/healthz") == (200, "ok\n")
    assert await Asked(Signs(well=False)).page("/healthz") == (503, "not well: a process does not answer\n")


async def test_the_database_is_looked_at_once_for_many_who_ask() -> None:
    """Whichever page they want."""
    asked = Asked()
    for path in ("/readyz", "/metrics", "/readyz", "/metrics"):
        assert (await asked.page(path))[0] == 200
    assert asked.looks == 1


async def test_the_age_of_the_oldest_mail_is_told() -> None:
    """In seconds; 0 where none waits, or the database's clock is ahead."""
    ages = []
    for oldest in (NOON - timedelta(minutes=5), None, NOON + timedelta(minutes=5)):
        asked = Asked(seen=DatabaseNow(up=True, is_ours=True, mails=QueueNow(1, oldest, 0)))
        ages.append(numbers_on((await asked.page("/metrics"))[1])["sshauth_mail_oldest_seconds"])
    assert ages == [300, 0, 0]
