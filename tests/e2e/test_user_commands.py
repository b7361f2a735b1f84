"""What operators do to accounts on the command line, while the service runs, and what people see of it."""

import json
from pathlib import Path

from tests.e2e.people import HOME, SET_UP, SIGN_IN, Person, fill, keep_recovery_codes, scan, secret_in
from tests.e2e.test_commands import sshauth
from tests.operating.test_users import NOBODY
from tests.support.codes import Authenticator
from tests.support.secrets import note
from tests.support.server import SSHAUTH, Server, measured_env
from tests.support.terminal import Terminal

grace = Person("grace", "Grace", "Hopper")


def come_in(terminal: Terminal, code: str) -> None:
    """Set up the account that was made for Grace, over SSH."""
    terminal.wait_for(SIGN_IN)
    fill(terminal, "", code)
    terminal.wait_for("Set up your account")
    fill(terminal, grace.first_name, grace.last_name, grace.password, grace.password)
    terminal.wait_for(SET_UP)
    fill(terminal, Authenticator(secret_in(scan(terminal))).next())
    keep_recovery_codes(terminal)
    terminal.wait_for(HOME)


def test_an_account_from_its_making_to_its_end(tmp_path: Path) -> None:
    """The first administrator is made by command, comes in by SSH, is seen, is put out, and is deleted."""
    with Server(tmp_path) as server:
        made = sshauth(tmp_path, "user", "create", "grace", grace.email, "--admin", "--print", "--json")
        assert (made.returncode, made.stderr) == (0, "")
        code = json.loads(made.stdout)["code"]
        note(code)
        with server.ssh(grace.user) as terminal:
            come_in(terminal, code)
            terminal.wait_for("F8 Admin")
            seen = sshauth(tmp_path, "sessions")
            assert seen.returncode == 0
            assert "grace      127.0.0.1" in seen.stdout
            assert sshauth(tmp_path, "user", "disable", "grace").returncode == 0
            terminal.wait_for("You were signed out: this account was disabled.")
        log = sshauth(tmp_path, "audit", "--user", "grace")
        for words in (
            "The account was disabled",
            "Set up the account",
            "The account was made for its person",
        ):
            assert words in log.stdout
        command = [*SSHAUTH, "user", "delete", "grace"]
        with Terminal(command, env=measured_env(tmp_path, TERM="xterm-256color"), cwd=tmp_path) as terminal:
            terminal.wait_for("[y/N]")
            terminal.send("y")
            terminal.key("enter")
            terminal.wait_for("The account grace is deleted.")
            assert terminal.wait_exit() == 0
        assert sshauth(tmp_path, "user", "list").stdout == "Nobody has an account yet.\n"
        assert server.stop() == 0


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    """A name that nobody has and a database that is not there: exit 1."""
    said = sshauth(tmp_path, "user", "promote", "nobody")
    assert (said.returncode, said.stdout, said.stderr) == (1, "", f"{NOBODY.format('nobody')}\n")
    env = {"DATABASE_URL": "postgres://ada:hush-hush@127.0.0.1:1/accounts"}
    said = sshauth(tmp_path, "user", "list", env=env)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("Cannot use the database (Postgres accounts at 127.0.0.1:1)")
    assert said.stderr.count("\n") == 1
    assert "hush" not in said.stderr
