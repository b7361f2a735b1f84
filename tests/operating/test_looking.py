"""What the commands say that look at live sessions and at the audit log, on either database."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.errors import GoneAway, InvalidForm
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import COMMAND_LINE, Peer
from sshauth.db.engine import open_database
from sshauth.operating import events, sessions
from sshauth.operating.events import Wanted
from tests.operating.test_users import move_in, settings_of

NOW = datetime(2026, 3, 10, 12, 0, 15, tzinfo=UTC)
ADA = uuid.uuid5(uuid.NAMESPACE_DNS, "ada")
ALL = Wanted("", "", None, 50)


async def happen(url: str) -> None:
    """Let some events come to pass: Ada's, a stranger's, one by command, and one of an account now gone."""
    database = open_database(url)
    audit = Audit(KeyedHash.under("a key", "failures"))
    there = Peer("192.0.2.1", client="SSH-2.0-OpenSSH_9.9")
    machine = Peer("db1", client=COMMAND_LINE)
    async with database.transaction() as session:
        days = (NOW - timedelta(days=each) for each in (4, 3, 2, 1))
        audit.write(session, Happened.REGISTERED, there, next(days), user_id=uuid.UUID(int=7))
        audit.write(session, Happened.SIGNED_IN, there, next(days), user_id=ADA)
        audit.write(session, Happened.ACCOUNT_DISABLED, machine, next(days), user_id=ADA, by_admin=True)
        audit.write(session, Happened.MAIL_RETRIED, machine, next(days), user_id=None, mails=1)
        await audit.count_failure(session, Happened.SIGN_IN_FAILED, there, NOW, user_id=None)
        await audit.count_failure(session, Happened.SIGN_IN_FAILED, there, NOW, user_id=None)
    await database.close()


def rows(said: Sequence[str]) -> list[str]:
    """Give the lines below the headings, blanks squeezed."""
    return [" ".join(line.split()) for line in said[-1].splitlines()[1:]]


# Sessions


async def test_live_sessions_are_shown(tmp_path: Path, database_url: str) -> None:
    """Of everybody or of one, with how long nothing was typed."""
    await move_in(database_url)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    await sessions.show(settings, "", 10, said.append, said.append, in_json=False)
    (line,) = rows(said)
    assert line.startswith("Ada 192.0.2.7 OpenSSH node/1 2026-03-01 12:00 ")
    await sessions.show(settings, "ADA", 10, said.append, said.append, in_json=True)
    (live,) = json.loads(said[-1])
    assert (live["user_name"], live["client"]) == ("Ada", "SSH-2.0-OpenSSH_9.9")
    assert live["started_at"] == "2026-03-01T12:00:00+00:00"
    await sessions.show(settings, "bob", 10, said.append, said.append, in_json=False)
    assert said[-1] == "bob is not signed in."
    with pytest.raises(GoneAway, match="Nobody has the user name nobody"):
        await sessions.show(settings, "nobody", 10, said.append, said.append, in_json=False)


async def test_nobody_is_signed_in(tmp_path: Path, sqlite_url: str) -> None:
    """That is said, and none in JSON."""
    settings, said = settings_of(tmp_path, sqlite_url), list[str]()
    await sessions.show(settings, "", 10, said.append, said.append, in_json=False)
    await sessions.show(settings, "", 10, said.append, said.append, in_json=True)
    assert said == ["Nobody is signed in.", "[]"]


# The audit log


async def test_events_are_shown_with_names_for_ids(tmp_path: Path, database_url: str) -> None:
    """The newest first, failures of the present minute among them; what was typed is nowhere (row 21)."""
    await move_in(database_url)
    await happen(database_url)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    await events.show(settings, ALL, said.append, said.append, in_json=False)
    assert rows(said) == [
        "2026-03-10 12:00:15 unknown 2 failed sign-ins 192.0.2.1 OpenSSH",
        "2026-03-09 12:00:15 command line Had a mail tried again db1 command line",
        "2026-03-08 12:00:15 Ada The account was disabled db1 command line",
        "2026-03-07 12:00:15 Ada Signed in 192.0.2.1 OpenSSH",
        "2026-03-06 12:00:15 deleted account Created the account 192.0.2.1 OpenSSH",
    ]


async def test_events_are_chosen(tmp_path: Path, database_url: str) -> None:
    """By user, kind, time and number, and all of them together."""
    await move_in(database_url)
    await happen(database_url)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    wanted = {
        Wanted("ADA", "", None, 50): 2,
        Wanted("", "sign-in-failed", None, 50): 1,
        Wanted("", "signed-in", None, 50): 1,
        Wanted("", "", NOW - timedelta(days=1), 50): 2,
        Wanted("", "", None, 3): 3,
        Wanted("ada", "signed-in", NOW - timedelta(days=3), 1): 1,
    }
    for each, expected in wanted.items():
        await events.show(settings, each, said.append, print, in_json=False)
        assert len(rows(said)) == expected
    await events.show(settings, Wanted("bob", "", None, 50), said.append, said.append, in_json=False)
    assert said[-1] == "There is no such event."
    with pytest.raises(InvalidForm) as refused:
        await events.show(settings, Wanted("", "nonsense", None, 50), said.append, said.append, in_json=False)
    assert "There are account-created, account-deleted," in refused.value.problems["kind"]
    with pytest.raises(GoneAway):
        await events.show(settings, Wanted("nobody", "", None, 50), said.append, said.append, in_json=False)


async def test_events_are_said_in_json_too(tmp_path: Path, database_url: str) -> None:
    """With kinds and ids, by which deleted accounts are told from each other."""
    await move_in(database_url)
    await happen(database_url)
    said = list[str]()
    await events.show(settings_of(tmp_path, database_url), ALL, said.append, said.append, in_json=True)
    failed, *_, oldest = json.loads(said[0])
    assert (failed["kind"], failed["count"], failed["user_id"]) == ("sign-in-failed", 2, None)
    assert (oldest["user_name"], oldest["user_id"]) == ("deleted account", str(uuid.UUID(int=7)))
    assert oldest["at"] == "2026-03-06T12:00:15+00:00"


async def test_who_asks_for_fewer_events_hears_that_there_are_more(tmp_path: Path, sqlite_url: str) -> None:
    """Beside them, as of every list; not where these are all."""
    await move_in(sqlite_url)
    await happen(sqlite_url)
    for limit, expected in ((4, ["Only the newest 4 are shown: --limit shows more."]), (5, [])):
        said, warned = list[str](), list[str]()
        wanted = Wanted("", "", None, limit)
        await events.show(settings_of(tmp_path, sqlite_url), wanted, said.append, warned.append, in_json=True)
        assert (len(json.loads(said[0])), warned) == (limit, expected)
