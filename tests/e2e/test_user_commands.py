"""Who is an administrator, as operators say it on the command line."""

import asyncio
from pathlib import Path

from tests.e2e.test_commands import sshauth
from tests.operating.test_users import NOBODY, move_in


def test_an_administrator_is_made_and_unmade_by_command(tmp_path: Path) -> None:
    """What was done is said, and shown by the list; exit 0."""
    url = f"sqlite:///{tmp_path / 'accounts.db'}"
    asyncio.run(move_in(url))
    said = [
        sshauth(tmp_path, "user", *words, env={"DATABASE_URL": url})
        for words in (("promote", "ada"), ("list",), ("demote", "ada"))
    ]
    assert [(each.returncode, each.stderr, each.stdout) for each in said] == [
        (0, "", "ada is an administrator from the next sign-in on.\n"),
        (0, "", "Ada  2026-03-01  administrator\nbob  2026-03-01  disabled\n"),
        (0, "", "ada is no administrator any more; their sessions have ended.\n"),
    ]


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    """A name that nobody has and a database that is not there: exit 1. No name at all: 2."""
    said = sshauth(tmp_path, "user", "promote", "nobody")
    assert (said.returncode, said.stdout, said.stderr) == (1, "", f"{NOBODY.format('nobody')}\n")
    env = {"DATABASE_URL": "postgres://ada:hush-hush@127.0.0.1:1/accounts"}
    said = sshauth(tmp_path, "user", "list", env=env)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("Cannot use the database (Postgres accounts at 127.0.0.1:1)")
    assert said.stderr.count("\n") == 1
    assert "hush" not in said.stderr
    assert sshauth(tmp_path, "user", "demote").returncode == 2
