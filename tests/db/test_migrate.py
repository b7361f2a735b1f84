"""Migrations, and the rule that only this package knows dialects."""

import ast
import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

import sshauth
from sshauth.db.engine import DatabaseError, open_database
from sshauth.db.migrate import upgrade
from sshauth.db.tables import Table

PACKAGE = Path(sshauth.__file__).parent


async def test_migrations_make_the_tables_that_the_code_has(database_url: str) -> None:
    """Nothing is left to migrate after the last one."""
    database = open_database(database_url)
    before, head = await upgrade(database)
    assert (before, head) == (None, "0006")
    assert await upgrade(database) == (head, head)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Table.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_several_that_start_at_once_migrate_once(database_url: str) -> None:
    """One migrates while the others wait; all find the database ready."""
    databases = [open_database(database_url) for _ in range(4)]
    results = await asyncio.gather(*(upgrade(database) for database in databases))
    assert sorted(str(before) for before, _ in results) == ["0006", "0006", "0006", "None"]
    for database in databases:
        await database.close()


@pytest.mark.parametrize(
    "url", ["postgres://nobody:hush@127.0.0.1:1/nowhere", "sqlite:////proc/version", "sqlite:////proc"]
)
async def test_a_database_that_cannot_be_used_is_one_sentence(url: str) -> None:
    """With its name, without its password."""

    async def use() -> None:
        database = open_database(url)
        try:
            await upgrade(database)
        finally:
            await database.close()

    with pytest.raises(DatabaseError, match="Cannot use the database") as refused:
        await use()
    assert "hush" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_only_the_database_package_knows_dialects() -> None:
    """Nothing else imports a dialect, by any of the ways to write an import."""
    offenders = [
        str(path)
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] != "db"
        for name in imported(ast.parse(path.read_text()))
        if name.startswith("sqlalchemy.dialects")
    ]
    assert offenders == []


def imported(tree: ast.AST) -> list[str]:
    """Give the full names of all that a module imports."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names
