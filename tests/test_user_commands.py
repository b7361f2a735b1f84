"""What the commands about users do and say, on either database."""

import socket
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from sshauth import user_commands
from sshauth.accounts.errors import GoneAway
from sshauth.config import Settings
from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from sshauth.db.tables import AuditEvent, OutgoingMail, SessionRow, User

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOBODY = "Nobody has the user name {}. Who has one is said by: sshauth user list"


async def move_in(url: str) -> None:
    """Give Ada an account with a live session, and Bob one that is disabled."""
    database = open_database(url)
    await upgrade(database)
    async with database.transaction() as session:
        for name, disabled_at in (("Ada", None), ("bob", BEGAN)):
            key = name.lower()
            session.add(
                User(
                    id=uuid.uuid5(uuid.NAMESPACE_DNS, key), user_name=name, user_name_canonical=key,
                    email=f"{key}@example.org", email_canonical=f"{key}@example.org", first_name=name,
                    last_name="King", password_hash="", created_at=BEGAN, disabled_at=disabled_at,
                )
            )  # fmt: skip
        await session.flush()
        session.add(
            SessionRow(
                id=uuid.uuid4(), user_id=uuid.uuid5(uuid.NAMESPACE_DNS, "ada"), address="", client="",
                node="", started_at=BEGAN, last_input_at=BEGAN, seen_at=BEGAN,
            )
        )  # fmt: skip
    await database.close()


async def kept(url: str) -> tuple[list[AuditEvent], list[OutgoingMail], list[SessionRow]]:
    """Give what was written down, what waits to be mailed, and the sessions."""
    database = open_database(url)
    async with database.transaction() as session:
        events = list(await session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
        mails = list(await session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))
        sessions = list(await session.scalars(select(SessionRow)))
    await database.close()
    return events, mails, sessions


def settings_of(directory: Path, url: str) -> Settings:
    return Settings(data_dir=directory, database_url=url, admins="bob@example.org")  # type: ignore[arg-type]  # as read


async def test_an_administrator_is_made_and_unmade(tmp_path: Path, database_url: str) -> None:
    """Twice says that it is so already; the list shows it; ADMINS hear of it, and make nobody one."""
    await move_in(database_url)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    for name in ("ada", "ADA"):
        await user_commands.promote(settings, name, said.append)
    await user_commands.show(settings, said.append)
    for name in ("ada", "ada"):
        await user_commands.demote(settings, name, said.append)
    await user_commands.show(settings, said.append)
    assert said == [
        "ada is an administrator from the next sign-in on.",
        "ADA is an administrator already.",
        "Ada  2026-03-01  administrator",
        "bob  2026-03-01  disabled",
        "ada is no administrator any more; their sessions have ended.",
        "ada is no administrator.",
        "Ada  2026-03-01",
        "bob  2026-03-01  disabled",
    ]
    events, mails, (session,) = await kept(database_url)
    here = (socket.gethostname(), "command line")
    assert [(each.kind, each.address, each.client) for each in events] == [
        ("admin-made", *here),
        ("admin-unmade", *here),
    ]
    assert [(each.kind, each.data.get("to")) for each in mails] == [
        ("promoted", None),
        ("admin-made", "bob@example.org"),
        ("demoted", None),
        ("admin-unmade", "bob@example.org"),
    ]
    assert session.end_reason == "demoted"


async def test_a_name_that_nobody_has_is_said(tmp_path: Path, database_url: str) -> None:
    """With the way to find the right one; the list of nobody says so."""
    settings, said = settings_of(tmp_path, database_url), list[str]()
    for command in (user_commands.promote, user_commands.demote):
        with pytest.raises(GoneAway) as refused:
            await command(settings, "ada@example.org", said.append)
        assert refused.value.message == NOBODY.format("ada@example.org")
    await user_commands.show(settings, said.append)
    assert said == ["Nobody has an account yet."]
