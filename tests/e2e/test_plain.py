"""The whole journey line by line, by real ssh and in the present terminal."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.people import Person, scan, secret_in
from tests.e2e.test_journey import NEW_PASSWORD, code_in
from tests.mail.smtp_server import SmtpServer
from tests.support.codes import Authenticator
from tests.support.secrets import note
from tests.support.server import SSHAUTH, Server, measured_env
from tests.support.terminal import Terminal

CHOICE = "Your choice"
FIRST_CODE = "Six digits that the app shows now: "
SECRET = re.compile(r"Secret: ((?:[A-Z2-7]{4} ?){8})")
RECOVERY_CODE = re.compile(r"(\d+): ((?:[0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4})\r\n")

ada = Person()


class Listener:
    """Somebody who hears each word once, in its order."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._heard = 0

    def hears(self, words: str) -> str:
        """Wait for words that were not heard before, wrapped or not; give all that came until then."""
        pattern = re.compile(r"(?: |\r\n)".join(map(re.escape, words.split(" "))))
        self.terminal.wait_until(lambda: pattern.search(self._new()) is not None, f"expected {words!r}")
        found = pattern.search(self._new())
        assert found is not None
        heard = found.string[: found.end()]
        self._heard += len(heard.encode())
        return heard

    def _new(self) -> str:
        return bytes(self.terminal._raw)[self._heard :].decode(errors="replace")

    def answers(self, question: str, answer: str) -> str:
        """Wait for a question and answer it."""
        heard = self.hears(question)
        self.terminal.send(f"{answer}\r")
        return heard

    def chooses(self, choice: str) -> None:
        """Wait for the menu, or the question alone, and choose."""
        self.hears(CHOICE)
        self.answers(": ", choice)

    def fills_in(self, person: Person) -> None:
        """Create an account, up to the authenticator."""
        self.chooses("c")
        self.answers("First name: ", person.first_name)
        self.answers("Last name: ", person.last_name)
        self.answers("User name: ", person.user)
        self.answers("Email: ", person.email)
        self.answers("Password: ", person.password)
        self.answers("Password once more: ", person.password)

    def sets_up(self) -> Authenticator:
        """Take the secret that is spelled out, and answer with its first code."""
        found = SECRET.search(self.hears(FIRST_CODE))
        assert found is not None
        authenticator = Authenticator(found[1].replace(" ", ""))
        self.terminal.send(f"{authenticator.next()}\r")
        return authenticator

    def keeps_codes(self, *, clears: bool | None) -> list[str]:
        """Write the recovery codes down, and show that they were kept."""
        codes = dict(RECOVERY_CODE.findall(self.hears("Code number ")))
        note(*codes.values())
        number = self.hears(": ").removesuffix(": ")
        self.terminal.send(f"{codes[number]}\r")
        if clears is not None:
            self.answers("scrolled off it? yes or no [no]: ", "yes" if clears else "")
        return [codes[str(number)] for number in range(1, 11)]

    def signs_in(self, password: str, code: str) -> None:
        """Sign in, with the user name as it is offered."""
        self.chooses("s")
        self.answers("User name or email [ada]: ", "")
        self.answers("Password: ", password)
        self.answers("Code: ", code)
        self.hears("Welcome, Ada. You are signed in as ada.")


@pytest.fixture
def post() -> Iterator[SmtpServer]:
    """Run a mail server."""
    with SmtpServer() as post:
        yield post


def test_the_whole_journey_on_a_terminal_that_knows_nothing(tmp_path: Path, post: SmtpServer) -> None:
    """Register by mail, sign out, reset, sign in, look at sessions, leave: without one escape sequence."""
    env = {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(post.port),
        "MAIL_DEFAULT_SENDER": "accounts@example.org",
        "PUBLIC_ADDRESS": "accounts.example.org:2022",
    }
    note(NEW_PASSWORD)
    with Server(tmp_path, env) as server, server.ssh("plain", term="dumb") as terminal:
        listener = Listener(terminal)
        listener.fills_in(ada)
        listener.answers("Code from the mail: ", code_in(post.wait_for(1)[0]))
        authenticator = listener.sets_up()
        codes = listener.keeps_codes(clears=None)
        listener.hears("close its window when you are done.")
        listener.hears("Welcome, Ada. You are signed in as ada.")
        listener.chooses("s")
        listener.hears("No other session is live.")
        listener.chooses("o")
        listener.hears("You are signed out.")
        listener.chooses("f")
        listener.answers("User name or email [ada]: ", "")
        listener.answers("Reset code from the mail: ", code_in(post.wait_for(2)[1]))
        listener.answers("New password: ", NEW_PASSWORD)
        listener.answers("New password once more: ", NEW_PASSWORD)
        listener.answers("Code of your app, or a recovery code: ", authenticator.next())
        listener.hears("Password changed. Sign in with the new one.")
        listener.signs_in(NEW_PASSWORD, codes[3])
        listener.hears(CHOICE)
        terminal.key("ctrl+d")
        assert terminal.wait_exit() == 0
        assert terminal.raw.endswith(b"Goodbye Ada. Less than a minute, nothing left running.\r\n")
        assert b"\x1b" not in terminal.raw
        assert b"\x07" not in terminal.raw
        assert ada.password.encode() not in terminal.raw
        assert NEW_PASSWORD.encode() not in terminal.raw
        assert server.stop() == 0


def test_the_qr_code_on_request_and_the_history_cleared_on_request(server: Server) -> None:
    """Two decoders read it off the terminal, dark and light; nothing else has escape sequences."""
    grace = Person("grace", "Grace")
    with server.ssh("plain") as terminal:
        listener = Listener(terminal)
        listener.fills_in(grace)
        listener.hears(FIRST_CODE)
        assert b"\x1b" not in terminal.raw
        terminal.send("qr\r")
        listener.hears("End of the QR code.")
        listener.hears(FIRST_CODE)
        authenticator = Authenticator(secret_in(scan(terminal)))
        terminal.send(f"{authenticator.next()}\r")
        listener.keeps_codes(clears=True)
        listener.hears("\x1b[3J\x1b[2J\x1b[HCleared.")
        terminal.wait_for("Welcome, Grace")
        assert "▀" not in terminal.text


def test_a_variable_that_the_client_sends_will_do(server: Server) -> None:
    """With the user name as it is; a name that only says plain is offered to nobody."""
    options = ("-o", "SendEnv=PLAIN")
    for user, label in (("ada", "User name or email [ada]: "), ("plain", "User name or email: ")):
        with server.ssh(user, options=options, env={"PLAIN": "1"}) as terminal:
            listener = Listener(terminal)
            listener.chooses("s")
            listener.hears(label)
            terminal.key("ctrl+c")
            listener.hears("Back to the menu.")
            listener.chooses("l")
            assert terminal.wait_exit() == 0


def test_the_end_of_the_server_is_said(tmp_path: Path) -> None:
    """In the midst of an answer, with the status that says come back."""
    with Server(tmp_path, {"DRAIN_SECONDS": "1"}) as server, server.ssh("plain") as terminal:
        listener = Listener(terminal)
        listener.chooses("s")
        listener.hears("User name or email: ")
        terminal.send("ad")
        listener.hears("ad")
        assert server.stop() == 0
        assert terminal.wait_exit() == 75
        said = terminal.raw.decode()
        assert "ad\r\nThe server stops in 1 second." in said
        assert said.endswith(
            "User name or email: ad\r\nThe server is stopping. Please come back in a moment.\r\n"
        )


# In the present terminal


def local_run(directory: Path, *arguments: str, **variables: str) -> Terminal:
    """Run the app in a terminal."""
    env = measured_env(directory, **{"TERM": "xterm-256color", **variables})
    return Terminal([*SSHAUTH, "tui", *arguments], env=env, cwd=directory)


def test_the_journey_in_the_present_terminal(tmp_path: Path) -> None:
    """`sshauth tui --plain` registers somebody, signs her out and in again, and restores the terminal."""
    with local_run(tmp_path, "--plain") as terminal:
        listener = Listener(terminal)
        listener.fills_in(ada)
        authenticator = listener.sets_up()
        listener.keeps_codes(clears=False)
        listener.chooses("o")
        listener.signs_in(ada.password, authenticator.next())
        listener.chooses("l")
        assert terminal.wait_exit() == 0
        assert terminal.raw.endswith(b"Goodbye Ada. Less than a minute, nothing left running.\r\n")
        assert terminal.is_cooked
        assert b"\x1b" not in terminal.raw


@pytest.mark.parametrize("variables", [{"PLAIN": "1"}, {"TERM": "dumb"}], ids=["variable", "terminal"])
def test_the_environment_will_do_here_too(tmp_path: Path, variables: dict[str, str]) -> None:
    """A signal ends it as it ends the screens."""
    with local_run(tmp_path, **variables) as terminal:
        Listener(terminal).hears(CHOICE)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.is_cooked
        assert b"\x1b" not in terminal.raw
