"""Bringing the database to the present revision."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from sshauth.db.engine import Database, in_one_sentence

_LOCK = 7_346_221_094
"""The number of the Postgres advisory lock that migrations hold."""


def alembic_config() -> Config:
    """Make Alembic's configuration for the migrations inside the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def upgrade(database: Database) -> tuple[str | None, str]:
    """Apply the migrations that are missing; return the revision before and after.

    Several processes may start at once: one migrates while the others wait, on Postgres for an
    advisory lock, on SQLite for the write lock that every transaction of ours takes first.

    Raises:
        DatabaseError: the database cannot be reached, or is no database.
    """
    with in_one_sentence(database.name):
        async with database.engine.begin() as connection:
            return await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> tuple[str | None, str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = alembic_config()
    before = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(config).get_current_head()
    if head is None:
        message = "the package holds no migrations"
        raise RuntimeError(message)
    if before != head:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, head
