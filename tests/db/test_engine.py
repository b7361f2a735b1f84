"""Opening databases from the URLs that people have."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from sshauth.db.postgres import asyncpg_dsn
from sshauth.db.tables import SessionRow, Throttle
from sshauth.db.upsert import upsert

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "dsn"),
    [
        ("postgres://u:p@h/d", "postgresql://u:p@h/d"),
        ("postgresql+asyncpg://u@h:1/d", "postgresql://u@h:1/d"),
        (
            "postgres://h/d?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
            "postgresql://h/d?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
        ),
        ("postgres://h/d?sslmode=require&channel_binding=require", "postgresql://h/d?sslmode=require"),
        ("postgres://u:p@h,i:1/d", "postgresql://u:p@h,i:1/d?target_session_attrs=read-write"),
        (
            "postgres://h,i/d?target_session_attrs=primary",
            "postgresql://h,i/d?target_session_attrs=primary",
        ),
    ],
)
def test_postgres_urls_become_what_asyncpg_reads(url: str, dsn: str) -> None:
    """As hosted databases give them, ``sslmode`` and ``sslrootcert`` included."""
    assert asyncpg_dsn(url) == dsn


def test_other_databases_are_refused() -> None:
    """Only the two kinds are known."""
    with pytest.raises(ValueError, match="mysql"):
        open_database("mysql://root@localhost/x")


def test_a_database_names_itself_without_its_password(tmp_path: Path) -> None:
    """For the start, and for errors."""
    assert open_database("postgres://u:hush@db.example/app").name == "Postgres app at db.example:5432"
    several = open_database("postgres://u:hush@one.example,two.example:1/app")
    assert several.name == "Postgres app at one.example:5432, two.example:1"
    assert open_database(f"sqlite:///{tmp_path}/x/y.db").name == f"SQLite {tmp_path}/x/y.db"


@pytest.mark.parametrize("mode", ["disable", "prefer", "allow"])
async def test_sslmode_in_the_url_works(postgres_url: str, mode: str) -> None:
    """Asked of a real server, which has no TLS."""
    database = open_database(f"{postgres_url}?sslmode={mode}")
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await database.close()


async def test_required_tls_is_never_left_out(postgres_url: str) -> None:
    """A server without TLS is refused where the URL asks for it."""
    database = open_database(f"{postgres_url}?sslmode=require")
    with pytest.raises(ConnectionError, match="SSL"):
        async with database.transaction() as session:
            await session.scalar(text("SELECT 1"))
    await database.close()


async def test_sqlite_is_set_up_for_many_processes(sqlite_url: str) -> None:
    """Write-ahead log, foreign keys, and a wait where another process writes."""
    database = open_database(sqlite_url)
    async with database.transaction() as session:
        values = [
            await session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 1, 10_000]
    await database.close()


async def test_errors_do_not_quote_values(database_url: str) -> None:
    """What was about to be stored may be a secret."""
    database = open_database(database_url)
    await upgrade(database)

    async def store() -> None:
        async with database.transaction() as session:
            session.add(Throttle(key="hush", window_ends_at=NOON, blocked_until=NOON, tries=1))

    await store()
    with pytest.raises(IntegrityError) as broken:
        await store()
    assert "[SQL parameters hidden" in str(broken.value)
    await database.close()


async def test_times_come_back_aware_and_in_utc(database_url: str) -> None:
    """Whatever zone they were given in; naive ones are refused."""
    database = open_database(database_url)
    await upgrade(database)
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    async with database.transaction() as session:
        session.add(Throttle(key="x", window_ends_at=there, blocked_until=there, tries=1))
    async with database.transaction() as session:
        (kept,) = (await session.execute(select(Throttle.window_ends_at))).scalars()
    assert kept == NOON
    assert kept.utcoffset() == timedelta(0)
    with pytest.raises(StatementError, match="naive"):
        async with database.transaction() as session:
            session.add(
                Throttle(key="y", window_ends_at=NOON.replace(tzinfo=None), blocked_until=NOON, tries=1)
            )
    await database.close()


async def test_forty_upserts_at_once_all_count(database_url: str) -> None:
    """One statement, so no two read the same old value."""
    database = open_database(database_url)
    await upgrade(database)

    async def count() -> int:
        async with database.transaction() as session:
            row = await upsert(
                session,
                Throttle,
                values={"key": "x", "window_ends_at": NOON, "blocked_until": NOON, "tries": 1},
                on=["key"],
                update={"tries": Throttle.tries + 1},
                returning=(Throttle.tries,),
            )
            assert row is not None
            return int(row.tries)

    assert sorted(await asyncio.gather(*(count() for _ in range(40)))) == list(range(1, 41))
    await database.close()


async def test_a_session_belongs_to_a_user(database_url: str) -> None:
    """Foreign keys are held on both databases."""
    database = open_database(database_url)
    await upgrade(database)
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(
                SessionRow.__table__.insert().values(  # type: ignore[attr-defined]
                    id=uuid.uuid4(),
                    user_id=uuid.uuid4(),
                    address="",
                    client="",
                    started_at=NOON,
                )
            )
    await database.close()
