"""Bringing the database to the present revision."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from sshauth.db.engine import Database, DatabaseError, in_one_sentence

_LOCK = 7_346_221_094
"""The number of the Postgres advisory lock that migrations hold."""


class NewerDatabaseError(DatabaseError):
    """The database was brought to a revision that this version does not know; nothing was changed."""

    def __init__(self, name: str, revision: str) -> None:
        super().__init__(
            f"The database ({name}) was made by a newer sshauth: it is at revision {revision}, and this one "
            f"knows {head()} at most. Install the newer one again, or restore a backup from before."
        )


def alembic_config() -> Config:
    """Make Alembic's configuration for the migrations inside the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@cache
def known_revisions() -> tuple[str, ...]:
    """Give the revisions that this version knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def head() -> str:
    """Give the revision that this version works with."""
    return known_revisions()[0]


def revision_of(connection: Connection) -> str | None:
    """Give the revision of a database; None where it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


async def known_revision(database: Database) -> str | None:
    """Give the revision of a database that this version can work with; None of an empty one.

    Raises:
        NewerDatabaseError: a newer version has brought it to its own revision.
        DatabaseError: the database cannot be reached, or is no database.
    """
    with in_one_sentence(database.name):
        async with database.snapshot() as connection:
            revision = await connection.run_sync(revision_of)
    _refuse_newer(database.name, revision)
    return revision


async def upgrade(database: Database) -> tuple[str | None, str]:
    """Apply the migrations that are missing; return the revision before and after.

    Several processes may start at once: one migrates while the others wait, on Postgres for an
    advisory lock, on SQLite for the write lock that every transaction of ours takes first.

    Raises:
        NewerDatabaseError: a newer version has brought it to its own revision.
        DatabaseError: the database cannot be reached, or is no database.
    """
    with in_one_sentence(database.name):
        async with database.engine.begin() as connection:
            await connection.run_sync(lock)
            before = await connection.run_sync(revision_of)
            _refuse_newer(database.name, before)
            if before != head():
                await connection.run_sync(go_to, "head")
            return before, head()


def lock(connection: Connection) -> None:
    """Let nobody else migrate until the transaction ends: on SQLite its beginning has done that."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def go_to(connection: Connection, revision: str) -> None:
    """Apply the migrations up to a revision."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _refuse_newer(name: str, revision: str | None) -> None:
    if revision is not None and revision not in known_revisions():
        raise NewerDatabaseError(name, revision)
