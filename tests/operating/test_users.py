"""What the commands about users do and say, on either database."""

import json
import re
import socket
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from sshauth.accounts.console import Newcomer
from sshauth.accounts.errors import GoneAway, InvalidForm, Taken
from sshauth.config import Settings
from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from sshauth.db.tables import AuditEvent, OutgoingMail, SessionRow, User
from sshauth.ground import StartError
from sshauth.operating import people, users
from tests.accounts.people import MAILED_CODE
from tests.support.secrets import note

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOBODY = "Nobody has the user name {}. Who has one is said by: sshauth user list"
BOB = "disabled, no authenticator"
GRACE = Newcomer("grace", "grace@example.org")
UNTIL = r"it works once, until 20\d\d-\d\d-\d\d at \d\d:\d\d UTC"


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
                    last_name="King", password_hash="none that opens", created_at=BEGAN,
                    disabled_at=disabled_at,
                )
            )  # fmt: skip
        await session.flush()
        session.add(
            SessionRow(
                id=uuid.uuid4(), user_id=uuid.uuid5(uuid.NAMESPACE_DNS, "ada"), address="192.0.2.7",
                client="SSH-2.0-OpenSSH_9.9", node="node/1", started_at=BEGAN, last_input_at=BEGAN,
                seen_at=BEGAN,
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


def settings_of(directory: Path, url: str, **more: Any) -> Settings:
    return Settings(data_dir=directory, database_url=url, admins="bob@example.org", **more)  # type: ignore[arg-type]  # as read


def ask(question: str) -> None:
    """Say yes, once the question tells what it is about."""
    assert question.endswith("?")
    assert "ada@example.org" in question.lower()


async def listed(settings: Settings, search: str = "", limit: int = 1000) -> list[str]:
    """Give the lines of the list."""
    said = list[str]()
    await people.show_all(settings, search, limit, said.append, said.append, in_json=False)
    return "\n".join(said).splitlines()


# Looking


async def test_all_accounts_are_listed_by_name(tmp_path: Path, database_url: str) -> None:
    """Aligned below headings; searched, cut off with a word about it, or said to be none."""
    await move_in(database_url)
    settings = settings_of(tmp_path, database_url)
    assert await listed(settings) == [
        "USER NAME  NAME      EMAIL            CREATED     LAST SIGN-IN (UTC)  LIVE  STATE",
        "Ada        Ada King  ada@example.org  2026-03-01  2026-03-01 12:00    1     no authenticator",
        "bob        bob King  bob@example.org  2026-03-01  never               0     " + BOB,
    ]
    assert [line.split()[0] for line in await listed(settings, "BOB@")] == ["USER", "bob"]
    assert await listed(settings, "nobody") == ["Nobody is found by that."]
    assert [line.split()[0] for line in await listed(settings, limit=1)] == ["Only", "USER", "Ada"]
    assert (await listed(settings, limit=1))[0].startswith("Only the first 1 of 2 are shown: ")


async def test_the_list_is_said_in_json_too(tmp_path: Path, database_url: str) -> None:
    """All fields of an account, times with their zone; nothing of a password."""
    await move_in(database_url)
    said = list[str]()
    await people.show_all(settings_of(tmp_path, database_url), "", 10, said.append, said.append, in_json=True)
    ada, bob = json.loads(said[0])
    assert (ada["user_name"], ada["live_sessions"], ada["disabled_at"]) == ("Ada", 1, None)
    assert (bob["state"], bob["disabled_at"]) == (
        ["disabled", "no authenticator"],
        "2026-03-01T12:00:00+00:00",
    )
    assert "none that opens" not in said[0]


async def test_one_account_is_shown(tmp_path: Path, database_url: str) -> None:
    """Fact by fact, or in JSON."""
    await move_in(database_url)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    await people.show(settings, "ADA", said.append, in_json=False)
    lines = [" ".join(line.split()) for line in said.pop().splitlines()]
    assert lines[:3] == ["User name Ada", "Name Ada King", "Email ada@example.org"]
    assert {"Disabled no", "Last sign-in 2026-03-01 12:00 UTC", "SSH keys 0"} <= set(lines)
    await people.show(settings, "bob", said.append, in_json=True)
    assert json.loads(said.pop())["recovery_codes"] == 0
    await users.create(settings, GRACE, said.append, is_admin=False, is_shown=False, in_json=False)
    said.clear()
    await people.show(settings, "grace", said.append, in_json=False)
    assert "not set up yet" in said[0]
    assert "not chosen yet" in said[0]
    with pytest.raises(GoneAway, match="Nobody has the user name nobody"):
        await people.show(settings, "nobody", said.append, in_json=False)


async def test_nobody_has_an_account_yet(tmp_path: Path, database_url: str) -> None:
    """On an empty database that is said, and none in JSON."""
    settings, said = settings_of(tmp_path, database_url), list[str]()
    assert await listed(settings) == ["Nobody has an account yet."]
    await people.show_all(settings, "", 10, said.append, said.append, in_json=True)
    assert json.loads(said[0]) == []


# Making accounts


async def test_an_account_is_made_with_a_code_by_mail(tmp_path: Path, database_url: str) -> None:
    """To whom it goes is said; without a mail server, where it lies and how to be shown one."""
    said = list[str]()
    mails = settings_of(tmp_path, database_url, mail_server="mail.example.org")
    await users.create(mails, GRACE, said.append, is_admin=False, is_shown=False, in_json=False)
    assert said.pop(0) == "Made the account grace."
    assert (await listed(mails))[1].endswith("not set up yet")
    assert re.fullmatch(f"The running service mails a code to grace@example.org; {UNTIL}\\.", said.pop(0))
    assert said == []
    ben = Newcomer("ben", "ben@example.org")
    files = settings_of(tmp_path, database_url)
    await users.create(files, ben, said.append, is_admin=False, is_shown=False, in_json=True)
    made = json.loads(said.pop())
    assert (made["user_name"], made["mailed"], made["code"]) == ("ben", True, None)
    await users.reset_authenticator(files, "ben", ask, said.append, is_shown=False, in_json=False)
    assert said[0] == "ben has not set up the account yet: there is a new code."
    assert said[2].startswith("No mail server is set (MAIL_SERVER): the mail is written as a file to ")
    assert said[2].endswith("To be shown a code here: sshauth user reset-authenticator ben --print")


async def test_the_first_administrator_is_made_with_a_code_that_is_shown(
    tmp_path: Path, database_url: str
) -> None:
    """With all that its person needs to know; ADMINS hear of a new administrator."""
    settings, said = settings_of(tmp_path, database_url), list[str]()
    await users.create(settings, GRACE, said.append, is_admin=True, is_shown=True, in_json=False)
    assert said[0] == "Made the account grace, an administrator."
    code = MAILED_CODE.search(said[1].replace("  ", ""))
    assert code is not None
    note(code[0])
    assert "ssh -p 2222 localhost" in said[2]
    assert "they type the user name grace, leave the password empty, and type the code" in said[2]
    _, mails, _ = await kept(database_url)
    assert [each.kind for each in mails] == ["account-created", "promoted", "admin-made"]
    assert (await listed(settings))[1].endswith("administrator, not set up yet")


async def test_what_cannot_be_made_is_said(tmp_path: Path, database_url: str) -> None:
    """Whatever is wrong with it."""
    await move_in(database_url)
    settings = settings_of(tmp_path, database_url)
    for newcomer, error in (
        (Newcomer("ada", "x@example.org"), Taken),
        (Newcomer("eve", "ada@example.org"), Taken),
        (Newcomer("e", "x@example.org"), InvalidForm),
    ):
        with pytest.raises(error):
            await users.create(settings, newcomer, print, is_admin=True, is_shown=True, in_json=False)
    assert (await kept(database_url))[:2] == ([], [])


# Acts


async def test_an_administrator_is_made_and_unmade(tmp_path: Path, database_url: str) -> None:
    """Twice says that it is so already; the list shows it; ADMINS hear of it, and make nobody one."""
    await move_in(database_url)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    for name in ("ada", "ADA"):
        await users.promote(settings, name, said.append)
    assert "administrator" in (await listed(settings))[1]
    for name in ("ada", "ada"):
        await users.demote(settings, name, said.append)
    assert "administrator" not in (await listed(settings))[1]
    assert said == [
        "ada is an administrator from the next sign-in on.",
        "ADA is an administrator already.",
        "ada is no administrator any more; their sessions have ended.",
        "ada is no administrator.",
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


async def test_accounts_are_disabled_enabled_reset_and_deleted(tmp_path: Path, database_url: str) -> None:
    """Each says what has become of it; what is done already changes nothing."""
    await move_in(database_url)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    await users.end_sessions(settings, "ada", said.append)
    await users.end_sessions(settings, "ada", said.append)
    for disabled in (True, True, False, False):
        await users.set_disabled(settings, "ADA", said.append, disabled=disabled)
    await users.reset_authenticator(settings, "ada", ask, said.append, is_shown=True, in_json=False)
    await users.delete(settings, "ada", ask, said.append)
    code = MAILED_CODE.search(said.pop(7).replace("  ", ""))
    assert code is not None
    note(code[0])
    assert "type their password" in said.pop(7)
    assert said == [
        "Ended 1 session of ada.",
        "ada has no live session.",
        "ADA is disabled; their sessions have ended.",
        "ADA is disabled: nothing was changed.",
        "ADA may sign in again.",
        "ADA is not disabled: nothing was changed.",
        "The authenticator of Ada is reset; their sessions have ended.",
        "The account ada is deleted.",
    ]
    assert [line.split()[0] for line in (await listed(settings))[1:]] == ["bob"]
    events, _, _ = await kept(database_url)
    assert {(each.address, each.client) for each in events} == {(socket.gethostname(), "command line")}
    assert [each.kind for each in events] == [
        "sessions-ended",
        "account-disabled",
        "account-enabled",
        "authenticator-reset",
        "account-deleted",
    ]


Act = Callable[[Settings], Awaitable[object]]

OF_NOBODY: dict[str, Act] = {
    "promote": lambda it: users.promote(it, "ada@example.org", print),
    "demote": lambda it: users.demote(it, "ada@example.org", print),
    "disable": lambda it: users.set_disabled(it, "ada@example.org", print, disabled=True),
    "end sessions": lambda it: users.end_sessions(it, "ada@example.org", print),
    "reset": lambda it: users.reset_authenticator(
        it, "ada@example.org", ask, print, is_shown=True, in_json=False
    ),
    "delete": lambda it: users.delete(it, "ada@example.org", ask, print),
    "show": lambda it: people.show(it, "ada@example.org", print, in_json=False),
}


async def test_a_name_that_nobody_has_is_said(tmp_path: Path, sqlite_url: str) -> None:
    """With the way to find the right one."""
    settings = settings_of(tmp_path, sqlite_url)
    for act in OF_NOBODY.values():
        with pytest.raises(GoneAway) as refused:
            await act(settings)
        assert refused.value.message == NOBODY.format("ada@example.org")


async def test_a_database_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    """Whatever is asked of it; the password of its URL is not said."""
    settings = settings_of(tmp_path, "postgres://ada:hush-hush@127.0.0.1:1/accounts")
    acts: list[Act] = [*OF_NOBODY.values(), listed]
    for act in acts:
        with pytest.raises(StartError) as refused:
            await act(settings)
        words = str(refused.value)
        assert words.startswith("Cannot use the database (Postgres accounts at 127.0.0.1:1)")
        assert "\n" not in words
        assert "hush" not in words
