"""Backups of either database go into either database, whole or not at all."""

import asyncio
import gzip
import json
import os
from collections.abc import Iterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.vault import Vault
from sshauth.db import engine
from sshauth.db.backup import lines_of
from sshauth.db.backup_file import Backup
from sshauth.db.dump import BackupError
from sshauth.db.engine import Database, DatabaseError, open_database
from sshauth.db.migrate import head, known_revision, known_revisions, upgrade
from sshauth.db.restore import InUseError, NotEmptyError, check_empty, restore
from sshauth.db.tables import OutgoingMail, Table, Throttle, User
from tests.db.full import BEGAN, at_revision

LATER = BEGAN + timedelta(minutes=2)

KEY = Fernet.generate_key().decode()
VAULT = Vault(lambda: [KEY])


async def written(database: Database) -> list[str]:
    """Back a database up, line by line."""
    return [line async for line in lines_of(database, BEGAN)]


def file_of(lines: list[str], path: Path) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


async def nothing(_session: AsyncSession) -> None:
    """Leave a restored database as the backup has it."""


@pytest.fixture(params=["sqlite to postgres", "postgres to sqlite"])
def two_urls(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Give the URLs of an empty database of one kind, and of one of the other."""
    first, _, second = request.param.partition(" to ")
    return request.getfixturevalue(f"{first}_url"), request.getfixturevalue(f"{second}_url")


@pytest.mark.parametrize("revision", known_revisions())
async def test_every_value_of_every_revision_comes_back(
    two_urls: tuple[str, str], revision: str, tmp_path: Path
) -> None:
    """What is restored is what an upgrade would have made of it, to the last value, on the other database."""
    first = await at_revision(two_urls[0], revision, VAULT)
    second = open_database(two_urls[1])
    path = file_of(await written(first), tmp_path / "backup")
    with Backup(path) as backup:
        assert backup.about.revision == revision
        await restore(second, backup, LATER, nothing)
    await upgrade(first)
    assert await written(second) == await written(first)
    assert await known_revision(second) == head()
    await first.close()
    await second.close()


async def test_a_backup_is_of_one_moment_and_holds_up_nobody(database_url: str, tmp_path: Path) -> None:
    """Somebody writes while it is made: that works at once, and is not in it."""
    database, other = await at_revision(database_url, head(), VAULT), open_database(database_url)
    before = await written(database)
    during: list[str] = []
    async with aclosing(lines_of(database, BEGAN)) as lines:
        async for line in lines:
            if len(during) == 1:
                async with asyncio.timeout(5), other.transaction() as session:
                    session.add(Throttle(key="new", tries=1, window_ends_at=BEGAN, blocked_until=BEGAN))
                    await session.execute(text("DELETE FROM audit_events"))
            during.append(line)
    assert during == before
    assert await written(database) != before
    with Backup(file_of(during, tmp_path / "backup")) as backup:
        assert sum(len(rows) for _, rows in backup.batches()) == sum(backup.about.rows.values())
    await database.close()
    await other.close()


async def test_new_rows_are_numbered_on(two_urls: tuple[str, str], tmp_path: Path) -> None:
    """The database does not give a number again that a restored row has."""
    first = await at_revision(two_urls[0], head(), VAULT)
    second = open_database(two_urls[1])
    with Backup(file_of(await written(first), tmp_path / "backup")) as backup:
        await restore(second, backup, LATER, nothing)
    async with second.transaction() as session:
        session.add(OutgoingMail(user_id=None, kind="x", data={}, created_at=BEGAN, due_at=BEGAN))
    async with second.transaction() as session:
        assert sorted(await session.scalars(select(OutgoingMail.id))) == [7, 8]
    await first.close()
    await second.close()


async def test_nothing_that_is_there_is_overwritten(database_url: str, tmp_path: Path) -> None:
    """Not by the look before, and not by the restore itself; a service that was only started leaves room."""
    database = await at_revision(database_url, head(), VAULT)
    lines = await written(database)
    with Backup(file_of(lines, tmp_path / "backup")) as backup:
        for ask in (check_empty(database, LATER), restore(database, backup, LATER, nothing)):
            with pytest.raises(NotEmptyError, match="is not empty: it has rows in"):
                await ask
        assert await written(database) == lines
        async with database.transaction() as session:
            for table in reversed(Table.metadata.sorted_tables):
                if table.name not in {"nodes", "check_values", "throttles"}:
                    await session.execute(table.delete())
        await check_empty(database, LATER)
        await restore(database, backup, LATER, nothing)
    assert await written(database) == lines
    await database.close()


async def test_a_database_that_somebody_serves_from_is_left_alone(database_url: str, tmp_path: Path) -> None:
    """A process that was seen lately is named; one that was seen long ago is gone."""
    database = await at_revision(database_url, head(), VAULT)
    with Backup(file_of(await written(database), tmp_path / "backup")) as backup:
        async with database.transaction() as session:
            for table in reversed(Table.metadata.sorted_tables):
                if table.name != "nodes":
                    await session.execute(table.delete())
        lately = BEGAN - timedelta(seconds=75)
        for ask in (check_empty(database, lately), restore(database, backup, lately, nothing)):
            with pytest.raises(InUseError, match="A service runs on the database"):
                await ask
        await restore(database, backup, LATER, nothing)
    await database.close()


async def test_a_restore_takes_the_time_that_it_needs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other transactions end after half a minute; a million rows take longer. What follows is kept, too."""
    first = await at_revision(f"sqlite:///{tmp_path}/first.db", head(), VAULT)
    lines = await written(first)
    await first.close()
    monkeypatch.setattr(engine, "TRANSACTION_SECONDS", 0)
    database = open_database(database_url)

    async def add(session: AsyncSession) -> None:
        session.add(Throttle(key="after", tries=1, window_ends_at=BEGAN, blocked_until=BEGAN))

    with Backup(file_of(lines, tmp_path / "backup")) as backup:
        await restore(database, backup, LATER, add)
    async with database.snapshot() as connection:
        assert await connection.scalar(select(Throttle.tries).where(Throttle.key == "after")) == 1
    await database.close()


async def test_an_empty_database_has_nothing_to_back_up(database_url: str) -> None:
    """One sentence."""
    database = open_database(database_url)
    with pytest.raises(BackupError, match=r"There is nothing to back up: .* is empty\.$"):
        await written(database)
    await database.close()


async def test_a_restore_that_fails_leaves_the_database_empty(database_url: str, tmp_path: Path) -> None:
    """Whether a row does not fit, the file is damaged further on, or what is to follow fails."""
    first = await at_revision(f"sqlite:///{tmp_path}/first.db", head(), VAULT)
    lines = await written(first)
    await first.close()
    at = next(number for number, line in enumerate(lines) if '"authenticators", "columns"' in line) + 1
    twice = [*lines[: at + 1], *lines[at:]]
    database = open_database(database_url)
    with Backup(file_of(twice, tmp_path / "twice")) as backup, pytest.raises(DatabaseError):
        await restore(database, backup, LATER, nothing)
    with Backup(file_of(lines[:-1], tmp_path / "short")) as backup, pytest.raises(BackupError):
        await restore(database, backup, LATER, nothing)

    async def fail(session: AsyncSession) -> None:
        assert await session.scalar(select(func.count()).select_from(User)) == 1
        raise IntegrityError("", {}, ValueError("no"))

    with Backup(file_of(lines, tmp_path / "whole")) as backup, pytest.raises(DatabaseError):
        await restore(database, backup, LATER, fail)
    assert await known_revision(database) is None
    async with database.engine.connect() as connection:
        assert await connection.run_sync(lambda inner: inner.dialect.get_table_names(inner)) == []
    await database.close()


def read(path: Path) -> int:
    """Read a backup to its end, and count its rows."""
    with Backup(path) as backup:
        return sum(len(rows) for _, rows in backup.batches())


async def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    """Wherever it was cut off, and whichever line is gone, double or nonsense."""
    database = await at_revision(f"sqlite:///{tmp_path}/first.db", head(), VAULT)
    lines = await written(database)
    await database.close()
    whole = file_of(lines, tmp_path / "whole")
    assert read(whole) == len(Table.metadata.tables)
    content, cut = whole.read_bytes(), tmp_path / "cut"
    for length in range(0, len(content), 97):
        cut.write_bytes(content[:length])
        with pytest.raises(BackupError, match=r"is damaged or was cut short|is no backup"):
            read(cut)
    for number, harmed in enumerate(harmed_lines(lines)):
        with pytest.raises(BackupError):
            read(file_of(harmed, tmp_path / f"harmed{number}"))


def harmed_lines(lines: list[str]) -> Iterator[list[str]]:
    for number, line in enumerate(lines):
        yield [*lines[:number], *lines[number + 1 :]]
        if '{"table": ' not in line:
            yield [*lines[: number + 1], *lines[number:]]
        for nonsense in ("nonsense", "[]", "{}", "7", '{"table": "users", "columns": {"id": "x"}}'):
            yield [*lines[:number], nonsense, *lines[number + 1 :]]
    yield [*lines[:-1], '{"table": "pg_class", "columns": {}}', lines[-1]]
    yield [*lines, "null"]


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    """It can be read once, and opening it might take for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BackupError, match="is no file that can be read as often as is needed"):
        Backup(tmp_path / "pipe")


async def test_other_files_and_newer_backups_are_refused_in_a_sentence(tmp_path: Path) -> None:
    """With what it is, and what to do."""
    database = await at_revision(f"sqlite:///{tmp_path}/first.db", head(), VAULT)
    first, *others = await written(database)
    newer = [first.replace(f'"{head()}"', '"9999"'), *others]
    format_2 = [json.dumps({**json.loads(first), "sshauth-backup": 2}), *others]
    (tmp_path / "text").write_text("not a backup")
    with pytest.raises(BackupError, match="text is no backup that `sshauth db backup` made"):
        Backup(tmp_path / "text")
    with pytest.raises(BackupError, match=r"Cannot read .*: No such file or directory\.$"):
        Backup(tmp_path / "nothing")
    with pytest.raises(BackupError, match="newer sshauth: restore it with that one"):
        Backup(file_of(format_2, tmp_path / "format"))
    with (
        Backup(file_of(newer, tmp_path / "newer")) as backup,
        pytest.raises(BackupError, match="made by a newer sshauth"),
    ):
        await restore(database, backup, LATER, nothing)
    await database.close()
