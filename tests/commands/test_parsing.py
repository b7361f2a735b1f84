"""What commands take and refuse, as people and programs type it. Here in this process, which is quicker."""

import asyncio
import json
import os
import pty
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner, Result

from sshauth.cli import app
from sshauth.commands.looking import moment_in
from sshauth.commands.running import confirm
from sshauth.db.engine import open_database
from tests.e2e.test_commands import sshauth
from tests.operating.test_users import NOBODY, kept, move_in

Run = Callable[..., Result]


def test_what_cannot_be_undone_is_refused_without_a_terminal(run: Run, url: str) -> None:
    """One line that says what would be done and how to have it done; exit 2."""
    for words in (("delete", "ada"), ("reset-authenticator", "ada")):
        said = run("user", *words)
        assert (said.exit_code, said.stdout) == (2, "")
        assert "There is no terminal to ask at: add --yes, since it cannot be undone." in said.stderr
        assert "(ada@example.org)" in said.stderr
        assert said.stderr.count("\n") == 1
    assert asyncio.run(kept(url))[:2] == ([], [])


def test_yes_stands_for_the_answer(run: Run) -> None:
    """Nothing is asked."""
    assert run("user", "delete", "ada", "--yes").stdout == "The account ada is deleted.\n"
    said = run("user", "delete", "ada", "--yes")
    assert (said.exit_code, said.stderr) == (1, f"{NOBODY.format('ada')}\n")


@pytest.mark.parametrize(
    ("typed", "is_done"), [("y\n", True), ("n\n", False), ("\n", False), ("\x04", False)]
)
def test_at_a_terminal_only_yes_is_yes(
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    is_done: bool,
) -> None:
    """Not Enter alone, and not the end of what is typed."""
    ends = pty.openpty()
    with os.fdopen(ends[0], "w") as person, open_both(ends[1]) as (typed_in, shown):
        monkeypatch.setattr(sys, "stdin", typed_in)
        monkeypatch.setattr(sys, "stderr", shown)
        person.write(typed)
        person.flush()
        if is_done:
            confirm("Delete all?", yes=False)
        else:
            with pytest.raises((typer.Exit, typer.Abort)):
                confirm("Delete all?", yes=False)


@contextmanager
def open_both(terminal: int) -> Iterator[tuple[TextIO, TextIO]]:
    """Open a terminal to read from, and to write to."""
    with os.fdopen(terminal) as typed_in, os.fdopen(os.dup(terminal), "w") as shown:
        yield typed_in, shown


def test_what_was_typed_wrongly_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2: names, addresses, kinds, times, numbers."""
    monkeypatch.setenv("REGISTRATION", "invite")
    wrong = {
        ("user", "create", "x", "nowhere"): "User name: Use 2 to 32 characters.\nEmail: Mail cannot reach",
        ("audit", "--kind", "nonsense"): "Kind: There is no such event. There are account-created,",
        ("audit", "--since", "yesterday"): "write 30m, 12h or 7d",
        ("audit", "--limit", "0"): "--limit",
        ("sessions", "--limit", "many"): "--limit",
        ("mail", "retry", "all"): "valid integer",
        ("mail", "test", "nowhere"): "Address: Mail cannot reach that address.",
        ("user", "invite", "nowhere"): "Email: Mail cannot reach that address.",
        ("user", "create", "grace"): "EMAIL",
    }
    for words, expected in wrong.items():
        said = run(*words)
        assert (said.exit_code, said.stdout) == (2, ""), words
        assert expected in said.stderr.replace("│", "").strip(), words


def test_what_cannot_be_done_exits_with_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is taken; an account that is disabled; an address that has one."""
    said = run("user", "create", "Ada", "x@example.org")
    assert (said.exit_code, said.stderr) == (1, "That user name is taken. Choose another.\n")
    said = run("user", "reset-authenticator", "bob", "--yes")
    assert (said.exit_code, said.stderr) == (1, "This account is disabled. Enable it first.\n")
    monkeypatch.setenv("REGISTRATION", "invite")
    said = run("user", "invite", "ADA@example.org")
    assert (said.exit_code, said.stderr) == (1, "That address has an account already: Ada.\n")


def test_every_list_is_said_in_json_on_request(run: Run) -> None:
    """One value, which programs read; words about it go to standard error."""
    for words in (("user", "list"), ("user", "show", "ada"), ("sessions",), ("audit",), ("mail", "queue")):
        said = run(*words, "--json")
        assert said.exit_code == 0
        json.loads(said.stdout)
    said = run("user", "list", "--json", "--limit", "1")
    assert len(json.loads(said.stdout)) == 1
    assert said.stderr == "Only the first 1 of 2 are shown: --limit shows more, --search fewer.\n"


def test_a_database_that_takes_no_changes_is_one_sentence(
    run: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, and nothing of the log of a service beside it."""

    async def follow() -> None:
        await move_in(postgres_url)
        database = open_database(postgres_url)
        async with database.transaction() as session:
            name = postgres_url.rpartition("/")[2]
            await session.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        await database.close()

    asyncio.run(follow())
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    said = run("user", "disable", "ada")
    assert (said.exit_code, said.stdout, said.stderr.count("\n")) == (1, "", 1)
    assert "read-only transaction" in said.stderr


def test_plain_acts_say_what_they_did(run: Run) -> None:
    """Each in a sentence."""
    acts = {
        ("user", "disable", "ada"): "ada is disabled; their sessions have ended.\n",
        ("user", "enable", "ada"): "ada may sign in again.\n",
        ("user", "end-sessions", "ada"): "ada has no live session.\n",
        ("user", "promote", "ada"): "ada is an administrator from the next sign-in on.\n",
        ("user", "demote", "ada"): "ada is no administrator any more; their sessions have ended.\n",
        ("mail", "retry"): "No mail waits for a later try, and none was given up.\n",
        ("mail", "retry", "98", "99"): "There is no such mail that waits for a later try or was given up.\n",
    }
    for words, expected in acts.items():
        said = run(*words)
        assert (said.exit_code, said.stdout, said.stderr) == (0, expected, ""), words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (" 2026-03-01T12:30 ", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:15+02:00", datetime(2026, 3, 1, 10, 30, 15, tzinfo=UTC)),
        ("2026-03-01T12:30Z", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read(text: str, expected: datetime) -> None:
    """A day, or a time, in UTC unless it says otherwise."""
    assert moment_in(text) == expected


@pytest.mark.parametrize(("text", "ago"), [("30m", 30 / 1440), ("12H", 0.5), ("7d", 7)])
def test_a_length_of_time_is_before_now(text: str, ago: float) -> None:
    """Minutes, hours, days."""
    assert abs(datetime.now(UTC) - timedelta(days=ago) - moment_in(text)) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["", "yesterday", "7", "7w", "999999d", "2026-13-01", "٣m3", "-1d", "1e9d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """Also what lies before all time."""
    with pytest.raises(typer.BadParameter, match="That is no time"):
        moment_in(text)


def test_what_others_said_cannot_steer_the_terminal(run: Run) -> None:
    """In what is wrong stand marks for what a terminal would obey (row 26); line ends of ours stay."""
    said = run("user", "show", "\x1b[2J\u202eada")
    assert (said.exit_code, said.stderr) == (1, f"{NOBODY.format('�[2J�ada')}\n")
    assert run("user", "create", "x", "nowhere").stderr.count("\n") == 2


def test_letters_that_a_terminal_has_not_are_spelled_out(tmp_path: Path, url: str) -> None:
    """In place of a traceback."""
    env = {"DATABASE_URL": url, "PYTHONIOENCODING": "latin-1"}
    assert (
        sshauth(tmp_path, "user", "create", "kei", "kei@example.org", "--first-name", "李", env=env).stderr
        == ""
    )
    said = sshauth(tmp_path, "user", "show", "kei", env=env)
    assert (said.returncode, said.stderr) == (0, "")
    assert "\\u674e" in said.stdout


def test_the_shell_completes_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups, commands and options; of user names there is nothing to be seen."""
    monkeypatch.setenv("_SSHAUTH_COMPLETE", "complete_bash")
    completions = {
        "sshauth us": ["user"],
        "sshauth user reset-": ["reset-authenticator"],
        "sshauth mail ": ["queue", "retry", "test"],
        "sshauth user show ": [],
        "sshauth audit --kind sign-in": ["sign-in-failed"],
    }
    for typed, expected in completions.items():
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
        completed = CliRunner().invoke(app, prog_name="sshauth")
        assert completed.stdout.split() == expected
