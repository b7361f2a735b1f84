"""The whole journey by real ssh, on each database, with mail."""

import re
import time
import urllib.parse
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.e2e.people import (
    SIGN_IN,
    Person,
    create_account,
    fill,
    quit_with_ctrl_q,
    register,
    secret_in,
    sign_in,
    sign_out,
)
from tests.mail.smtp_server import SmtpServer
from tests.support.codes import Authenticator, code_at
from tests.support.secrets import note
from tests.support.server import Server
from tests.support.terminal import Terminal

WRONG = "User name, password or code is wrong."
USED = "That code was already used. Wait for the next one."
ON_ITS_WAY = "If that account exists, a code is on its way"
NEW_PASSWORD = "a quite different pass phrase"

ada = Person()


@pytest.fixture
def post() -> Iterator[SmtpServer]:
    """Run a mail server."""
    with SmtpServer() as post:
        yield post


@pytest.fixture
def journey_server(tmp_path: Path, database_url: str, post: SmtpServer) -> Iterator[Server]:
    """Run a server on each database, with mail."""
    env = {
        "DATABASE_URL": database_url,
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(post.port),
        "MAIL_DEFAULT_SENDER": "accounts@example.org",
        "PUBLIC_ADDRESS": "accounts.example.org:2022",
    }
    with Server(tmp_path, env) as server:
        yield server


def test_register_sign_in_reset_and_sign_in_again(journey_server: Server, post: SmtpServer) -> None:
    """Somebody registers, signs in, forgets the password, resets it by mail and signs in with the new one."""
    with journey_server.ssh(ada.user) as terminal:
        authenticator = register(terminal, ada, lambda: code_in(post.wait_for(1)[0]))
        assert ada.user in terminal.text
        sign_out(terminal)
        sign_in_and_out(terminal, ada.user, ada.password, authenticator)
        quit_with_ctrl_q(terminal)
    assert_refused(journey_server, ada.password, wrong_code(authenticator))
    assert_refused(journey_server, "not the password", code_at(authenticator.secret))
    with journey_server.ssh(ada.user) as terminal:
        request_reset(terminal)
        reset(terminal, reset_code_in(post.wait_for(2)[1]), authenticator)
    assert_refused(journey_server, ada.password, code_at(authenticator.secret))
    with journey_server.ssh(ada.user) as terminal:
        sign_in_and_out(terminal, ada.email, NEW_PASSWORD, authenticator)
        quit_with_ctrl_q(terminal)
    assert journey_server.stop() == 0


def assert_refused(server: Server, password: str, code: str) -> None:
    """Try to sign in and be told that something is wrong, whichever part it was."""
    with server.ssh(ada.user) as terminal:
        sign_in(terminal, ada.user, password, code, WRONG)


def wrong_code(authenticator: Authenticator) -> str:
    """Give a code that none of the last and next minutes has."""
    near = {code_at(authenticator.secret, time.time() + 30 * step) for step in range(-20, 21)}
    return next(code for code in map(str, range(123456, 123500)) if code not in near)


def sign_in_and_out(terminal: Terminal, login: str, password: str, authenticator: Authenticator) -> None:
    """Sign in with a fresh code, sign out, and find that the code is spent."""
    code = authenticator.next()
    sign_in(terminal, login, password, code)
    sign_out(terminal)
    sign_in(terminal, login, password, code, USED)


def request_reset(terminal: Terminal) -> None:
    """Ask for a code by mail."""
    terminal.wait_for(SIGN_IN)
    terminal.key("f3")
    terminal.wait_for("User name or email")
    fill(terminal, ada.email)
    terminal.wait_for(ON_ITS_WAY)
    terminal.wait_for("Reset code")


def reset_code_in(message: EmailMessage) -> str:
    """Read the mail as its text part shows it."""
    assert message["To"] == ada.email
    body = message.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    assert "ssh -p 2022 accounts.example.org" in text or "ssh -p 2022 ada@accounts.example.org" in text
    assert "10 minutes" in text
    assert "127.0.0.1" in text
    return code_in(message)


def code_in(message: EmailMessage) -> str:
    """Find the code in a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    found = re.search(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b", text)
    assert found is not None, text
    note(found[0])
    return found[0]


def reset(terminal: Terminal, reset_code: str, authenticator: Authenticator) -> None:
    """Fill in the form that follows, on whose second field the focus is."""
    fill(terminal, reset_code, authenticator.next(), NEW_PASSWORD, NEW_PASSWORD)
    terminal.wait_for("Password changed")
    terminal.wait_for(SIGN_IN)


def test_the_qr_code_is_what_authenticators_expect(server: Server) -> None:
    """The code on the screen names the application and the user, and its secret is the one in letters."""
    with server.ssh("grace") as terminal:
        uri = create_account(terminal, Person("grace"))
        parts = urllib.parse.urlsplit(uri)
        assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
        assert urllib.parse.unquote(parts.path) == "/sshauth:grace"
        secret = secret_in(uri)
        assert re.fullmatch("[A-Z2-7]{32}", secret)
        terminal.wait_for("Code")
        terminal.click("Can't scan it?")
        # In groups of four, which may stand beside the QR code on more than one line.
        terminal.wait_for(re.compile(r"[\s▀]+".join(re.findall("....", secret))))


def test_leaving_before_the_first_code_frees_the_name(server: Server) -> None:
    """Somebody who hangs up at the QR code leaves no account, and the name can be taken."""
    person = Person("edsger")
    with server.ssh(person.user) as terminal:
        abandoned = Authenticator(secret_in(create_account(terminal, person)))
    with server.ssh(person.user) as terminal:
        sign_in(terminal, person.user, person.password, abandoned.next(), WRONG)
    with server.ssh(person.user) as terminal:
        register(terminal, person)


def test_forgot_password_says_the_same_to_strangers(server: Server) -> None:
    """Nobody learns from it who has an account."""
    with server.ssh("nobody") as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.key("f3")
        terminal.wait_for("User name or email")
        fill(terminal, "nobody")
        terminal.wait_for(ON_ITS_WAY)
