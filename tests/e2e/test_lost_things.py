"""People who lose a phone, forget a password without one, or see somebody else in: by real ssh."""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from sshauth.leaving import ENDED_ELSEWHERE
from tests.e2e.people import (
    HOME,
    Person,
    assert_restored,
    fill,
    last_words,
    register,
    scan,
    secret_in,
    sign_in,
    sign_out,
)
from tests.e2e.test_journey import ON_ITS_WAY, WRONG, code_in
from tests.support.codes import Authenticator
from tests.support.secrets import note
from tests.support.server import Server
from tests.support.terminal import Terminal

NEW_PASSWORD = "a quite different pass phrase"

ada = Person()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """Run a server for one test alone, with mail that goes to files."""
    with Server(tmp_path) as server:
        yield server


def mails_of(server: Server) -> list[EmailMessage]:
    """Read what was mailed, oldest first."""
    files = sorted((server.directory / "data" / "outbox").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def wait_for_mail(server: Server, terminal: Terminal, about: str) -> EmailMessage:
    """Wait for a mail by words of its subject."""
    found: list[EmailMessage] = []

    def arrived() -> bool:
        found[:] = [mail for mail in mails_of(server) if about in mail["Subject"]]
        return bool(found)

    terminal.wait_until(arrived, f"expected a mail about {about!r}")
    return found[-1]


def confirm_it_is_me(terminal: Terminal, password: str, code: str) -> None:
    """Give password and code once more."""
    terminal.wait_for("Confirm it's you")
    fill(terminal, password, code)


def try_to_sign_in(server: Server, password: str, code: str, answer: str) -> None:
    """Connect anew, and see what signing in leads to."""
    with server.ssh(ada.user) as terminal:
        sign_in(terminal, ada.user, password, code, answer)


def go_to_security(terminal: Terminal, label: str) -> None:
    """Go from Home to a room of Security."""
    terminal.wait_for(HOME)
    terminal.key("f3")
    terminal.wait_for("New recovery codes")
    terminal.click(label)


def test_a_lost_phone_is_replaced(own_server: Server) -> None:
    """A recovery code signs in and confirms; the new phone's first code ends the old one's use."""
    with own_server.ssh(ada.user) as terminal:
        old = register(terminal, ada)
        sign_out(terminal)
        sign_in(terminal, ada.user, ada.password, old.recovery_codes[0].lower())
        wait_for_mail(own_server, terminal, "recovery code")
        go_to_security(terminal, "Authenticators")
        confirm_it_is_me(terminal, ada.password, old.recovery_codes[1])
        terminal.wait_for("Add a second one")
        terminal.click("Replace")
        terminal.wait_for("Replace First")
        new = Authenticator(secret_in(scan(terminal)))
        fill(terminal, new.next())
        terminal.wait_for("works no more")
        wait_for_mail(own_server, terminal, "uthenticator")
        terminal.key("escape", "escape")
        terminal.wait_for(HOME)
    try_to_sign_in(own_server, ada.password, old.next(), WRONG)
    try_to_sign_in(own_server, ada.password, old.recovery_codes[0], WRONG)
    try_to_sign_in(own_server, ada.password, new.next(), HOME)


def test_a_reset_without_the_phone(own_server: Server) -> None:
    """The mailed code and a recovery code set a new password."""
    with own_server.ssh(ada.user) as terminal:
        authenticator = register(terminal, ada)
        sign_out(terminal)
        terminal.key("f3")
        terminal.wait_for("Send code")
        terminal.key("enter")
        terminal.wait_for(ON_ITS_WAY)
        reset_code = code_in(wait_for_mail(own_server, terminal, "reset code"))
        note(NEW_PASSWORD)
        fill(terminal, reset_code, authenticator.recovery_codes[4], NEW_PASSWORD, NEW_PASSWORD)
        terminal.wait_for("Password changed")
        wait_for_mail(own_server, terminal, "was reset")
    try_to_sign_in(own_server, ada.password, authenticator.next(), WRONG)
    try_to_sign_in(own_server, NEW_PASSWORD, authenticator.next(), HOME)


def _change_password(terminal: Terminal, authenticator: Authenticator) -> None:
    go_to_security(terminal, "Change password")
    confirm_it_is_me(terminal, ada.password, authenticator.next())
    terminal.wait_for("New password")
    note(NEW_PASSWORD)
    fill(terminal, NEW_PASSWORD, NEW_PASSWORD)
    terminal.wait_for("Password changed")


def _end_all_others(terminal: Terminal, _authenticator: Authenticator) -> None:
    terminal.wait_for(HOME)
    terminal.key("f5")
    terminal.wait_for("End all others")
    terminal.click("End all others")


@pytest.mark.parametrize(
    ("act", "words"),
    [(_change_password, "the password was changed"), (_end_all_others, "from another session of yours")],
    ids=["a new password", "end all others"],
)
def test_another_session_is_ended_and_told_why(
    own_server: Server, act: Callable[[Terminal, Authenticator], None], words: str
) -> None:
    """Within two seconds, with a clean terminal; the session where it was done goes on."""
    with own_server.ssh(ada.user) as terminal:
        authenticator = register(terminal, ada)
        with own_server.ssh(ada.user) as other:
            sign_in(other, ada.user, ada.password, authenticator.next())
            act(terminal, authenticator)
            assert other.wait_exit(3) == ENDED_ELSEWHERE
            assert_restored(other)
            assert words in last_words(other)
        terminal.key("escape")
        terminal.wait_for(re.compile(f"{HOME}|New recovery codes"))


def test_an_account_is_deleted(own_server: Server) -> None:
    """Said plainly, mailed, and gone: the name is free, and nobody signs in."""
    with own_server.ssh(ada.user) as terminal:
        authenticator = register(terminal, ada)
        terminal.wait_for(HOME)
        terminal.key("f2")
        terminal.wait_for("Delete account")
        terminal.click("Delete account")
        confirm_it_is_me(terminal, ada.password, authenticator.next())
        terminal.wait_for("cannot be undone")
        fill(terminal, ada.user)
        assert terminal.wait_exit() == 0
        assert "deleted" in last_words(terminal)
    with own_server.ssh(ada.user) as terminal:
        wait_for_mail(own_server, terminal, "deleted")
        sign_in(terminal, ada.user, ada.password, authenticator.next(), WRONG)
    with own_server.ssh(ada.user) as terminal:
        register(terminal, ada)
