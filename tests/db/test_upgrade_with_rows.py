"""The upgrade of a database that is in use: nothing is lost, and whoever was signed in no longer is."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import Row, delete, inspect, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from sshauth.db.engine import Database, open_database
from sshauth.db.migrate import alembic_config, upgrade
from sshauth.db.tables import (
    Authenticator,
    OutgoingMail,
    PendingRegistration,
    ResetRequest,
    SessionRow,
    SSHKey,
    Table,
    Throttle,
    User,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PEOPLE = [uuid.UUID(int=number) for number in (1, 2)]


def _go_to(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def at_0001(url: str) -> Database:
    """Make a database of the first revision with rows in every table, as its code wrote them."""
    database = open_database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(_go_to, "0001")
        sqlite = connection.dialect.name == "sqlite"
        for number, person in enumerate(PEOPLE):
            values = {
                "id": person.hex if sqlite else person,
                "other": uuid.uuid4().hex if sqlite else uuid.uuid4(),
                "name": f"ada{number}",
                "email": f"ada{number}@example.org",
                "at": "2026-03-01 12:00:00.000000" if sqlite else NOON,
                "data": '{"request_id": "x"}',
            }
            for statement in ROWS:
                await connection.execute(text(statement), values)
    return database


ROWS = (
    "INSERT INTO users VALUES (:id, :name, :name, :email, :email, 'Ada', 'Lovelace', 'hash', 3, :at)",
    "INSERT INTO authenticators VALUES (:other, :id, 'sealed', 58000000, :at)",
    """
    INSERT INTO outbox (user_id, kind, data, created_at, due_at, tries)
    VALUES (:id, 'reset-code', :data, :at, :at, 2)
    """,
    "INSERT INTO reset_requests VALUES (:id, :other, 'source', :at, :at)",
    "INSERT INTO sessions VALUES (:other, :id, '192.0.2.1', 'SSH-2.0-x', :at)",
    "INSERT INTO throttles VALUES (:name, :at, 4)",
    """
    INSERT INTO pending_registrations
    VALUES (:other, :name, :name, :email, :email, 'A', 'B', 'hash', 'sealed', :at)
    """,
)


async def rows_of(database: Database, table: type[Table]) -> Sequence[Row[tuple[Table]]]:
    async with database.transaction() as session:
        columns = table.__table__.columns
        return (await session.execute(select(*columns).order_by(*table.__mapper__.primary_key))).all()


async def test_nothing_is_lost(database_url: str) -> None:
    """Accounts, authenticators, mails and resets are there with all that they held."""
    database = await at_0001(database_url)
    assert await upgrade(database) == ("0001", "0006")
    users = await rows_of(database, User)
    assert [(row.id, row.user_name, row.email_canonical) for row in users] == [
        (person, f"ada{number}", f"ada{number}@example.org") for number, person in enumerate(PEOPLE)
    ]
    for row in users:
        assert (row.password_hash, row.password_generation, row.created_at) == ("hash", 3, NOON)
        assert (row.password_changed_at, row.disabled_at, row.recovery_codes_kept) == (None, None, False)
    authenticators = await rows_of(database, Authenticator)
    assert {row.user_id for row in authenticators} == set(PEOPLE)
    assert {(row.name, row.secret_encrypted, row.last_step) for row in authenticators} == {
        ("Authenticator", "sealed", 58000000)
    }
    mails = await rows_of(database, OutgoingMail)
    assert [(row.user_id, row.kind, row.data, row.tries, row.dead_at) for row in mails] == [
        (person, "reset-code", {"request_id": "x"}, 2, None) for person in PEOPLE
    ]
    assert [row.user_id for row in await rows_of(database, ResetRequest)] == PEOPLE
    await database.close()


async def test_whoever_was_signed_in_no_longer_is(database_url: str) -> None:
    """The server was stopped for the upgrade: the rows say so."""
    database = await at_0001(database_url)
    await upgrade(database)
    sessions = await rows_of(database, SessionRow)
    assert len(sessions) == 2
    for row in sessions:
        assert (row.address, row.client, row.node) == ("192.0.2.1", "SSH-2.0-x", "")
        assert row.started_at == row.last_input_at == row.seen_at == row.ended_at == NOON
        assert (row.end_reason, row.confirmed_at) == ("upgraded", None)
    await database.close()


async def test_what_lives_for_a_day_begins_anew(database_url: str) -> None:
    """Counters, and registrations under way, whose connections the stop of the server broke."""
    database = await at_0001(database_url)
    await upgrade(database)
    assert await rows_of(database, Throttle) == []
    assert await rows_of(database, PendingRegistration) == []
    await database.close()


async def test_foreign_keys_hold(database_url: str) -> None:
    """All rows refer to accounts that are there; deleting one takes its rows along, and no others."""
    database = await at_0001(database_url)
    await upgrade(database)
    async with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert (await connection.execute(text("PRAGMA foreign_key_check"))).all() == []
            assert (await connection.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(
                Authenticator(
                    id=uuid.uuid4(), user_id=uuid.UUID(int=9), name="x", secret_encrypted="", last_step=0,
                    created_at=NOON,
                )
            )  # fmt: skip
    async with database.transaction() as session:
        await session.execute(delete(User).where(User.id == PEOPLE[0]))
    for table in (Authenticator, OutgoingMail, ResetRequest, SessionRow):
        assert [row.user_id for row in await rows_of(database, table)] == [PEOPLE[1]], table
    await database.close()


async def test_the_new_tables_take_rows(database_url: str) -> None:
    """A mail of no account, a dead one, and a second session of a person: what the new code writes."""
    database = await at_0001(database_url)
    await upgrade(database)
    later = NOON + timedelta(days=1)
    async with database.transaction() as session:
        session.add(
            OutgoingMail(
                user_id=None, kind="x", data={}, created_at=NOON, due_at=NOON, tries=0, dead_at=later
            )
        )
        session.add(
            SessionRow(
                id=uuid.uuid4(), user_id=PEOPLE[0], address="", client="", node="n", started_at=later,
                last_input_at=later, seen_at=later,
            )
        )  # fmt: skip
    assert len(await rows_of(database, OutgoingMail)) == 3
    assert [row.ended_at for row in await rows_of(database, SessionRow)].count(None) == 1
    await database.close()


def ssh_key(user_id: uuid.UUID) -> SSHKey:
    """Give a remembered key, always the same one."""
    return SSHKey(
        id=uuid.uuid4(), user_id=user_id, fingerprint="SHA256:x", kind="ssh-ed25519", name="x", added_at=NOON
    )


async def test_people_of_the_second_revision_stay_signed_in_and_can_have_keys(database_url: str) -> None:
    """Nothing of theirs changes; the database gives a key to one of them, and takes it away with them."""
    database = await at_0001(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(_go_to, "0002")
        await connection.execute(update(SessionRow).values(ended_at=None, end_reason=None))
    kept = (Authenticator, OutgoingMail, ResetRequest, SessionRow)
    before = [await rows_of(database, table) for table in kept]
    assert await upgrade(database) == ("0002", "0006")
    assert [await rows_of(database, table) for table in kept] == before
    people = await rows_of(database, User)
    assert [(row.id, row.is_admin, row.theme) for row in people] == [(each, False, None) for each in PEOPLE]
    async with database.transaction() as session:
        session.add(ssh_key(PEOPLE[0]))
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(ssh_key(PEOPLE[1]))
    assert [row.user_id for row in await rows_of(database, SSHKey)] == [PEOPLE[0]]
    async with database.transaction() as session:
        await session.execute(delete(User).where(User.id == PEOPLE[0]))
    assert await rows_of(database, SSHKey) == []
    await database.close()


async def test_an_upgrade_that_fails_changes_nothing(database_url: str) -> None:
    """It is one transaction on both databases: the old code still finds what it knows."""
    database = await at_0001(database_url)
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE failure_tallies (key VARCHAR(64))"))
    with pytest.raises(Exception, match="failure_tallies"):
        await upgrade(database)
    async with database.engine.connect() as connection:
        tables = await connection.run_sync(lambda inner: inspect(inner).get_table_names())
        columns = await connection.run_sync(
            lambda inner: {column["name"] for column in inspect(inner).get_columns("sessions")}
        )
        counters = (await connection.execute(text("SELECT count(*) FROM throttles"))).scalar_one()
    assert "recovery_codes" not in tables
    assert "node" not in columns
    assert counters == 2
    await database.close()
