"""Upgrades from every revision that was ever released, with rows in all tables, on both databases."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sshauth.db.backup import shapes_of
from sshauth.db.engine import Database, open_database
from sshauth.db.migrate import NewerDatabaseError, head, known_revision, known_revisions, upgrade
from tests.accounts.people import HERE, PASSWORD, World
from tests.db.full import ADA, BEGAN, at_revision, code_at

BEGIN_ANEW = {"0001": {"throttles", "pending_registrations"}}
"""What the next revision empties: it lives for a day at most."""


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """Count the rows of each table."""
    shapes = await connection.run_sync(shapes_of)
    return {
        shape.name: (await connection.execute(select(func.count()).select_from(shape.table))).scalar_one()
        for shape in shapes
    }


@pytest.mark.parametrize("revision", known_revisions())
async def test_rows_survive_and_people_sign_in(database_url: str, revision: str) -> None:
    """From each revision to the newest: every row is there, and the old authenticator is good."""
    world = World(open_database(database_url))
    await world.database.close()
    world.database = await at_revision(database_url, revision, world.vault)
    async with world.database.engine.connect() as connection:
        before = await counts(connection)
    assert await upgrade(world.database) == (revision, head())
    async with world.database.engine.connect() as connection:
        after = await counts(connection)
    gone = BEGIN_ANEW.get(revision, set())
    assert {table: after[table] for table in before} == {table: int(table not in gone) for table in before}
    world.accounts, world.now = world.another_node("node/1"), BEGAN
    world.wait(30)
    identity = await world.accounts.sign_in("Ada", PASSWORD, code_at(world.now), HERE)
    assert identity.user_id == ADA
    await world.database.close()
    world.passwords.close()
    world.strength.close()


async def of_tomorrow(url: str) -> Database:
    """Make a database as a version to come has left it."""
    database = open_database(url)
    await upgrade(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    return database


async def test_a_newer_database_is_refused(database_url: str) -> None:
    """By whoever asks for its revision or would upgrade it, in one sentence that says what to do."""
    database = await of_tomorrow(database_url)
    for ask in (known_revision, upgrade):
        with pytest.raises(NewerDatabaseError) as refused:
            await ask(database)
        said = str(refused.value)
        assert f"was made by a newer sshauth: it is at revision 9999, and this one knows {head()}" in said
        assert "Install the newer one again" in said
        assert "\n" not in said
    await database.close()
