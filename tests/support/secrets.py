"""What the tests use that nobody may write down, and a search for it in what was written."""

import asyncio
import re
from pathlib import Path

from sqlalchemy import select

from sshauth.db.engine import Database, open_database
from sshauth.db.tables import Table

SHORTEST = 6
_noted: set[str] = set()


def note(*secrets: str) -> None:
    """Remember passwords, codes and keys that a test uses."""
    _noted.update(secret for secret in secrets if len(secret) >= SHORTEST)


def forget() -> None:
    """Look no more for what was noted: ten thousands of recovery codes make every search long."""
    _noted.clear()


def secrets_in(text: str) -> list[str]:
    """Give what was noted and stands in a text. Six digits count where they are a number of their own."""
    if not text:
        return []
    digits = set(re.findall(r"(?<![\w.])\d{6}(?!\w)", text))
    return sorted(
        secret
        for secret in _noted
        if (secret in digits if len(secret) == SHORTEST and secret.isdigit() else secret in text)
    )


async def rows_of(database: Database) -> str:
    """Write out all rows of all tables."""
    async with database.transaction() as session:
        tables = [await session.execute(select(table)) for table in Table.metadata.sorted_tables]
        return "\n".join(" | ".join(map(str, row)) for rows in tables for row in rows)


async def assert_nothing_secret_in(database: Database) -> None:
    """Find nothing that was noted in any row: audit events, mails, sessions, counters, accounts."""
    found = secrets_in(await rows_of(database))
    assert found == [], f"the database holds {found}"


def assert_nothing_secret_written(output: str, directory: Path, url: str) -> None:
    """Find nothing that was noted in what a server printed, logged and stored; mails carry codes by trade."""
    written = [output, *(path.read_text(errors="replace") for path in directory.rglob("*.log*"))]
    for text in (*written, asyncio.run(_rows_at(url))):
        found = secrets_in(text)
        assert found == [], f"written down: {found}"


async def _rows_at(url: str) -> str:
    database = open_database(url)
    try:
        return await rows_of(database)
    finally:
        await database.close()
