"""What must never be written down: a journey full of mistakes, then a look at all that was written."""

from pathlib import Path

from tests.e2e.people import SIGN_IN, Person, create_account, fill, register, secret_in, sign_in, sign_out
from tests.support.codes import Authenticator
from tests.support.server import Server
from tests.support.terminal import Terminal

EVE = Person(user="eve", password="a password that nobody may see")
MISTYPED = "another one that was mistyped"
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
            fill(terminal, "WRNG-WRNG-WRNG-WRNG", "246802", NEW_PASSWORD, NEW_PASSWORD)
            terminal.wait_for("reset code is wrong")
            terminal.key("escape", "escape")
        with server.ssh(EVE.user) as terminal:
            reset(terminal, reset_code, authenticator)
        assert server.stop() == 0
        written = server.output.encode() + b"".join(
            path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file() and holds_no_secret_by_trade(path)
        )
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
