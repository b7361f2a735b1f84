"""What must never be written down: a journey full of mistakes, then a look at all that was written."""

import json
from pathlib import Path

from tests.e2e.people import (
    SIGN_IN,
    Person,
    create_account,
    fill,
    register,
    scan,
    secret_in,
    sign_in,
    sign_out,
)
from tests.e2e.test_commands import sshauth
from tests.support.codes import Authenticator
from tests.support.server import Server
from tests.support.terminal import Terminal

EVE = Person(user="eve", password="a password that nobody may see")
MISTYPED = "another one that was mistyped"
WRONG_CODE = "WRNG-WRNG-WRNG-WRNG"
NEW_PASSWORD = "the new one, as secret as the old"


def test_nothing_secret_is_written_down(tmp_path: Path) -> None:
    """Neither log, output nor database shows a password, a code, an authenticator secret or a key."""
    with Server(tmp_path, {"LOG_LEVEL": "DEBUG"}) as server:
        with server.ssh(EVE.user) as terminal:
            abandoned = secret_in(create_account(terminal, Person(user="mallory", password=MISTYPED)))
            terminal.key("escape", "escape")
            authenticator = register(terminal, EVE)
            sign_out(terminal)
            sign_in(terminal, EVE.user, MISTYPED, "135797", "is wrong")
            terminal.key("f3")
            terminal.wait_for("Send code")
            terminal.key("enter")
            terminal.wait_for("on its way")
            reset_code = mailed_code(terminal, tmp_path)
            fill(terminal, WRONG_CODE, "246802", NEW_PASSWORD, NEW_PASSWORD)
            terminal.wait_for("reset code is wrong")
            terminal.key("escape", "escape")
        with server.ssh(EVE.user) as terminal:
            reset(terminal, reset_code, authenticator)
        assert server.stop() == 0
        written = written_by(server, tmp_path)
    keys = [path.read_text().strip() for path in tmp_path.rglob("*.key")]
    assert len(keys) == 2
    secrets = [
        EVE.password,
        MISTYPED,
        NEW_PASSWORD,
        authenticator.secret,
        abandoned,
        reset_code,
        reset_code.replace("-", ""),
        "WRNG-WRNG",
        "135797",
        "246802",
        *keys,
    ]
    assert [secret for secret in secrets if secret.encode() in written] == []
    assert b"mail.sent" in written, "the log was not among what was looked at"


def test_nothing_that_lets_people_in_is_written_down(tmp_path: Path) -> None:
    """Neither an invitation nor the code of an account that was made, wrong or right, nor what is chosen."""
    env = {"LOG_LEVEL": "DEBUG", "REGISTRATION": "invite"}
    with Server(tmp_path, env) as server:
        invited = sshauth(tmp_path, "user", "invite", EVE.email, "--print", "--json", env=env)
        made = sshauth(tmp_path, "user", "create", "grace", "grace@example.org", "--print", "--json", env=env)
        invitation, code = json.loads(invited.stdout)["invitation"], json.loads(made.stdout)["code"]
        with server.ssh("grace") as terminal:
            terminal.wait_for(SIGN_IN)
            terminal.key("f2")
            terminal.wait_for("takes an invitation")
            fill(terminal, WRONG_CODE, "Eve", "Cox", EVE.user, EVE.email, MISTYPED, MISTYPED)
            terminal.wait_for("That invitation is wrong")
            fill(terminal, invitation)
            terminal.key(*["enter"] * 6)
            abandoned = secret_in(scan(terminal))
            terminal.key("escape", "escape")
            terminal.wait_for(SIGN_IN)
            fill(terminal, "", WRONG_CODE)
            terminal.wait_for("is wrong")
            fill(terminal, code)
            terminal.wait_for("Set up your account")
            fill(terminal, "Grace", "Hopper", NEW_PASSWORD, NEW_PASSWORD)
            terminal.wait_for("Set up your authenticator")
            secret = secret_in(scan(terminal))
        assert server.stop() == 0
        written = written_by(server, tmp_path)
    secrets = [invitation, code, WRONG_CODE, MISTYPED, NEW_PASSWORD, abandoned, secret]
    secrets += [each.replace("-", "") for each in (invitation, code, WRONG_CODE)]
    assert [each for each in secrets if each.encode() in written] == []
    assert b"sign_in.refused" in written, "the log was not among what was looked at"


def written_by(server: Server, directory: Path) -> bytes:
    """Put together all that a server has said and stored."""
    return server.output.encode() + b"".join(
        path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and holds_no_secret_by_trade(path)
    )


def holds_no_secret_by_trade(path: Path) -> bool:
    """Leave out the key files, and the mail, which is there to carry the code."""
    return path.suffix not in {".key", ".eml"} and "host_key" not in str(path)


def mailed_code(terminal: Terminal, directory: Path) -> str:
    """Read the newest mail of the outbox, once it is there."""
    outbox = directory / "data" / "outbox"
    terminal.wait_until(lambda: any(outbox.glob("*.eml")), "expected a mail")
    text = max(outbox.glob("*.eml")).read_text()
    return next(word for word in text.split() if word.count("-") == 3 and len(word) == 19)


def reset(terminal: Terminal, reset_code: str, authenticator: Authenticator) -> None:
    """Reset the password from a new connection: F3, "I have a code"."""
    terminal.wait_for(SIGN_IN)
    terminal.key("f3")
    terminal.wait_for("I have a code")
    terminal.click("I have a code")
    terminal.wait_for("Change password")
    fill(terminal, reset_code, authenticator.next(), NEW_PASSWORD, NEW_PASSWORD)
    terminal.wait_for("Password changed")
