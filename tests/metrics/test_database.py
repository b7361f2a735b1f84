"""Looking at the database: what is seen, and that nobody waits for one that does not answer."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text, update

from sshauth.accounts.outbox import MailKind, QueueNow, queue_mail
from sshauth.accounts.peer import NOWHERE
from sshauth.db.engine import open_database
from sshauth.db.tables import OutgoingMail
from sshauth.metrics.database import AWAY, DatabaseLook, DatabaseNow

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def look(url_with_tables: str) -> AsyncIterator[DatabaseLook]:
    """Look at a database of each kind."""
    look = DatabaseLook(open_database(url_with_tables))
    yield look
    await look.close()


async def test_a_database_that_is_well_is_seen_with_its_mails(look: DatabaseLook) -> None:
    """How many wait and since when, and how many were given up."""
    assert await look() == DatabaseNow(up=True, is_ours=True, mails=QueueNow(0, None, 0))
    async with look._database.transaction() as session:
        for minute in (5, 3, 1):
            now = NOON.replace(minute=minute)
            queue_mail(session, MailKind.FAULT, NOWHERE, now, user_id=None)
        await session.flush()
        oldest = OutgoingMail.created_at == NOON.replace(minute=1)
        await session.execute(update(OutgoingMail).where(oldest).values(dead_at=NOON))
    assert (await look()).mails == QueueNow(2, NOON.replace(minute=3), 1)


async def test_a_database_of_another_revision_is_up_and_not_ours(look: DatabaseLook) -> None:
    """Somebody has upgraded it under our feet."""
    async with look._database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    assert await look() == DatabaseNow(up=True)


async def test_a_database_that_cannot_be_reached_is_away() -> None:
    """Nothing is raised."""
    look = DatabaseLook(open_database("postgres://nobody:hush@127.0.0.1:1/nowhere"))
    assert await look() == AWAY
    await look.close()


async def test_nobody_waits_for_a_database_that_does_not_answer() -> None:
    """The next who looks does not wait longer, and one connection is tried at a time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        look = DatabaseLook(open_database(f"postgres://nobody:hush@127.0.0.1:{port}/nowhere"), seconds=0.1)
        began = time.monotonic()
        assert await asyncio.gather(*(look() for _ in range(10))) == [AWAY] * 10
        assert await look() == AWAY
        assert time.monotonic() - began < 5
        await look.close()
