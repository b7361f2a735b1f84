"""What the commands about mail do and say, on either database."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import InvalidForm
from sshauth.config import ConfigError
from sshauth.db.engine import open_database
from sshauth.db.tables import OutgoingMail
from sshauth.ground import StartError
from sshauth.operating import mail
from tests.mail.smtp_server import SmtpServer
from tests.operating.test_users import kept, move_in, settings_of

DAY = timedelta(days=1)
NO_DATABASE = "postgres://127.0.0.1:1/none"


def files_in(directory: Path) -> list[Path]:
    """Give all files, however deep."""
    return [each for each in directory.rglob("*") if each.is_file()]


async def wait_in_queue(url: str, now: datetime) -> None:
    """Let mails wait: one given up, one for a later try, one that is being sent, one that is due."""
    database = open_database(url)
    async with database.transaction() as session:
        for due_in, dead_at in ((-3 * DAY, now - DAY), (DAY / 24, None), (DAY / 1440, None), (-DAY, None)):
            session.add(
                OutgoingMail(
                    user_id=None, kind="admin-made", data={"at": now.isoformat()}, tries=3, dead_at=dead_at,
                    created_at=now - 3 * DAY, due_at=now + due_in,
                )
            )  # fmt: skip
            await session.flush()
    await database.close()


async def test_the_queue_is_shown(tmp_path: Path, database_url: str) -> None:
    """What waits, then what was given up: what about, never what it says."""
    await move_in(database_url)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    await mail.show(settings, 10, said.append, said.append, in_json=False)
    assert said.pop() == "No mail waits to be sent, and none was given up."
    await wait_in_queue(database_url, utc_now())
    await mail.show(settings, 10, said.append, said.append, in_json=False)
    headings, *lines = said.pop().splitlines()
    assert headings.split()[:2] == ["ID", "ABOUT"]
    assert [line.split()[0] for line in lines] == ["4", "3", "2", "1"]
    assert "next try" in lines[0]
    assert "given up" in lines[3]
    assert "A new administrator" in lines[0]
    await mail.show(settings, 1, said.append, said.append, in_json=True)
    assert said[0] == "Only 1 are shown: --limit shows more."
    assert [each["id"] for each in json.loads(said[1])] == [4]


async def test_mails_are_tried_again(tmp_path: Path, database_url: str) -> None:
    """Those that wait long and those given up, with a day of tries anew; not what may be on its way."""
    await move_in(database_url)
    now = utc_now()
    await wait_in_queue(database_url, now)
    settings, said = settings_of(tmp_path, database_url), list[str]()
    await mail.retry(settings, (3, 99), said.append)
    await mail.retry(settings, (1,), said.append)
    await mail.retry(settings, (), said.append)
    await mail.retry(settings, (), said.append)
    again = "The running service tries 1 mail again within seconds. What still waits: sshauth mail queue"
    assert said == [
        "There is no such mail that waits for a later try or was given up.",
        again,
        again,
        "No mail waits for a later try, and none was given up.",
    ]
    database = open_database(database_url)
    async with database.transaction() as session:
        rows = list(await session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))
    await database.close()
    assert [row.dead_at for row in rows] == [None] * 4
    assert [row.tries for row in rows] == [0, 0, 3, 3]
    assert [row.created_at >= now for row in rows] == [True, True, False, False]
    assert all(row.due_at <= utc_now() for row in rows[:2])
    events, _, _ = await kept(database_url)
    assert [(each.kind, each.user_id, each.client, each.data) for each in events] == [
        ("mail-retried", None, "command line", {"mails": 1})
    ] * 2


async def test_a_trial_mail_is_sent_at_once(tmp_path: Path) -> None:
    """And says what took it; no database is needed."""
    said = list[str]()
    with SmtpServer() as server:
        settings = settings_of(tmp_path, NO_DATABASE, mail_server=server.host, mail_port=server.port)
        await mail.try_out(settings, "ada@example.org", said.append)
    assert said[0].startswith(f"{server.host}:{server.port} took the mail for ada@example.org in ")
    assert files_in(tmp_path) == []


async def test_a_mail_that_is_not_taken_is_one_sentence(tmp_path: Path) -> None:
    """A server that is away, or refuses; an address that is none; settings that do not go together."""
    away = settings_of(tmp_path, NO_DATABASE, mail_server="127.0.0.1", mail_port=1)
    with pytest.raises(StartError, match=r"^The mail was not sent: .*\.$"):
        await mail.try_out(away, "ada@example.org", print)
    with pytest.raises(InvalidForm, match="marked"):
        await mail.try_out(away, "nowhere", print)
    clear = settings_of(
        tmp_path, NO_DATABASE, mail_server="mail.example.org", mail_username="ada", mail_password="hush-hush"
    )
    with pytest.raises(ConfigError, match="must be on"):
        await mail.try_out(clear, "ada@example.org", print)


async def test_without_a_mail_server_a_file_is_written(tmp_path: Path) -> None:
    """Where it lies is said."""
    said = list[str]()
    await mail.try_out(settings_of(tmp_path, NO_DATABASE), "ada@example.org", said.append)
    (file,) = files_in(tmp_path)
    assert said == [f"No mail server is set (MAIL_SERVER): the mail lies in {file.parent}."]
    assert "A trial mail from sshauth" in file.read_text()
