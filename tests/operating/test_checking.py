"""Whether the database is whole, as the command says it, on either database."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from sshauth.accounts.vault import Vault
from sshauth.config import Settings
from sshauth.db.engine import open_database
from sshauth.db.migrate import head
from sshauth.db.tables import Table
from sshauth.ground import StartError, upgrade_database
from sshauth.operating.checking import check
from tests.db.full import at_revision

KEY = Fernet.generate_key().decode()


def settings_of(directory: Path, url: str) -> Settings:
    values: dict[str, Any] = {"database_url": url}
    return Settings(data_dir=directory, **values)


async def full(url: str, *statements: str, revision: str | None = None) -> None:
    """Make a database with a row in every table, and do something to it."""
    database = await at_revision(url, revision or head(), Vault(lambda: [KEY]))
    async with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Foreign keys are off from the beginning of a transaction, or not at all.
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            await connection.exec_driver_sql("BEGIN")
        for statement in statements:
            await connection.execute(text(statement))
        await connection.commit()
    await database.close()


async def said_of(directory: Path, url: str) -> tuple[bool, dict[str, Any]]:
    """Give what is said to programs."""
    said = list[str]()
    is_well = await check(settings_of(directory, url), said.append, in_json=True)
    values: dict[str, Any] = json.loads(said[0])
    return is_well, values


async def test_a_database_that_is_whole(tmp_path: Path, database_url: str) -> None:
    """Every look says so, in a line; rows are counted; exit 0."""
    await full(database_url)
    said = list[str]()
    assert await check(settings_of(tmp_path, database_url), said.append, in_json=False)
    lines = [line.split(maxsplit=1) for line in said[0].splitlines()]
    assert [label for label, _ in lines] == [
        "Database", "Revision", "Integrity", "Tables", "References", "Doubles", "Rows",
    ]  # fmt: skip
    assert lines[1][1] == f"{head()}, the newest"
    assert {value for _, value in lines[2:6]} == {"fine"}
    assert "1 users" in lines[6][1]
    is_well, values = await said_of(tmp_path, database_url)
    assert (is_well, values["well"], values["revision"]) == (True, True, head())
    assert values["rows"] == dict.fromkeys(Table.metadata.tables, 1)


async def test_an_older_one_wants_an_upgrade(tmp_path: Path, database_url: str) -> None:
    """It says how; afterwards all is well."""
    await full(database_url, revision="0003")
    is_well, values = await said_of(tmp_path, database_url)
    assert (is_well, values["well"]) == (False, False)
    (problem,) = values["problems"]["revision"]
    assert problem.startswith(
        f"0003, older than this version, which wants {head()}. Type: sshauth db upgrade"
    )
    settings = settings_of(tmp_path, database_url)
    await upgrade_database(settings)
    assert (await said_of(tmp_path, database_url))[0]


async def test_tables_that_are_not_ours(tmp_path: Path, database_url: str) -> None:
    """Missing and foreign columns, indexes and tables are named; one of another program is not ours."""
    await full(
        database_url,
        "DROP TABLE announcements",
        "DROP INDEX ix_sessions_ended_at",
        "ALTER TABLE users ADD COLUMN colour VARCHAR(8)",
        "CREATE TABLE of_another_program (id INTEGER)",
    )
    is_well, values = await said_of(tmp_path, database_url)
    assert not is_well
    assert sorted(values["problems"]["tables"]) == [
        "column users.colour is not of this version",
        "index ix_announcements_at is missing",
        "index ix_sessions_ended_at is missing",
        "table announcements is missing",
    ]


async def test_rows_that_refer_to_nobody(tmp_path: Path, database_url: str) -> None:
    """They are counted, by table."""
    away = "UPDATE sessions SET user_id = request_id FROM reset_requests"
    on_postgres = database_url.startswith("postgres")
    trick = ("ALTER TABLE sessions DISABLE TRIGGER ALL",) if on_postgres else ()
    await full(database_url, *trick, away)
    is_well, values = await said_of(tmp_path, database_url)
    assert not is_well
    assert values["problems"]["references"] == ["1 rows of sessions refer to users that are not there"]


async def test_two_of_what_there_may_be_one(tmp_path: Path, postgres_url: str) -> None:
    """As a damaged index of Postgres allows; SQLite's own look finds that."""
    await full(
        postgres_url,
        "ALTER TABLE ssh_keys DROP CONSTRAINT uq_ssh_keys_fingerprint",
        "CREATE TABLE copied AS SELECT * FROM ssh_keys",
        "UPDATE copied SET id = gen_random_uuid()",
        "INSERT INTO ssh_keys SELECT * FROM copied",
    )
    is_well, values = await said_of(tmp_path, postgres_url)
    assert not is_well
    assert values["problems"]["doubles"] == ["1 values of ssh_keys (fingerprint) are there more than once"]
    assert values["problems"]["tables"] == ["constraint uq_ssh_keys_fingerprint is missing"]


async def test_a_damaged_sqlite_file(tmp_path: Path, sqlite_url: str) -> None:
    """A page of nonsense is found, or is one sentence where nothing can be read any more."""
    await full(sqlite_url, "DELETE FROM audit_events")
    path = tmp_path / "test.db"
    whole = await asyncio.to_thread(path.read_bytes)
    page = int.from_bytes(whole[16:18], "big")
    found = 0
    for number in range(1, len(whole) // page, 7):
        path.write_bytes(whole[: number * page] + b"\xff" * page + whole[(number + 1) * page :])
        try:
            is_well, values = await said_of(tmp_path, sqlite_url)
        except StartError as error:
            assert str(error).startswith("Cannot use the database (SQLite")
        else:
            assert not is_well
            found += len(values["problems"]["integrity"])
    assert found > 0


async def test_no_database_at_all(tmp_path: Path, database_url: str) -> None:
    """No file is made; an empty one will have its tables by the next start."""
    with pytest.raises(StartError, match="There is no database yet"):
        await check(settings_of(tmp_path, f"sqlite:///{tmp_path}/gone.db"), print, in_json=False)
    database = open_database(database_url)
    await database.close()
    said = list[str]()
    assert await check(settings_of(tmp_path, database_url), said.append, in_json=False)
    assert "empty; the next start makes its tables" in said[0]
    assert said[0].endswith("none")
