"""The whole journey by real ssh, by keys alone and by mouse alone: nobody needs both."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.e2e.hands import Hands, KeyboardHands, MouseHands
from tests.e2e.people import HOME, SET_UP, SIGN_IN, Person, assert_restored, last_words, scan, secret_in
from tests.e2e.test_commands import sshauth
from tests.e2e.test_journey import ON_ITS_WAY, code_in
from tests.mail.smtp_server import SmtpServer
from tests.support.codes import Authenticator
from tests.support.secrets import note
from tests.support.server import Server
from tests.support.terminal import Terminal

NEW_PASSWORD = "a quite different pass phrase"

# The rooms behind Home, and what can be chosen there, each with words that are only seen then.
ROOMS = {
    "F2 Profile": {
        "Change names": "What we call you.",
        "Change email": "New email",
        "Other colours": "light",
        "See my data": "My data",
        "Delete account": "cannot be undone",
    },
    "F3 Security": {
        "Change password": "New password",
        "Authenticators": "Add a second one",
        "New recovery codes": "Make new codes",
    },
    "F4 Keys": {},
    "F5 Sessions": {},
    "F6 Activity": {},
}
SAID = {
    "F2 Profile": "Names",
    "F3 Security": "10 left",
    "F4 Keys": "No key is remembered.",
    "F5 Sessions": "this one",
    "F6 Activity": "Created the account",
}


@pytest.fixture(scope="module")
def post() -> Iterator[SmtpServer]:
    """Run a mail server."""
    with SmtpServer() as post:
        yield post


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, post: SmtpServer) -> Iterator[Server]:
    """Run a server with mail, so that new people must confirm their address."""
    env = {
        "MAIL_SERVER": post.host,
        "MAIL_PORT": str(post.port),
        "MAIL_DEFAULT_SENDER": "accounts@example.org",
    }
    with Server(tmp_path_factory.mktemp("server"), env) as server:
        yield server


def mailed_code(terminal: Terminal, post: SmtpServer, person: Person, about: str) -> str:
    """Wait for a mail to somebody by words of its subject, and take the code out of it."""
    found: list[str] = []

    def arrived() -> bool:
        mails = [mail for mail in post.messages if mail["To"] == person.email and about in mail["Subject"]]
        found[:] = map(code_in, mails)
        return bool(found)

    terminal.wait_until(arrived, f"expected a mail about {about!r}")
    return found[-1]


@pytest.mark.parametrize(
    ("hands_of", "person"),
    [(KeyboardHands, Person("kay")), (MouseHands, Person("mortimer"))],
    ids=["keyboard", "mouse"],
)
def test_the_whole_journey(server: Server, post: SmtpServer, hands_of: type[Hands], person: Person) -> None:
    """Register, look into every room, sign out and in, forget the password, reset it, sign in, and leave."""
    with server.ssh(person.user) as terminal:
        hands = hands_of(terminal)
        authenticator = register(hands, post, person)
        for room, behind in ROOMS.items():
            look_into(hands, room, behind, person, authenticator)
        sign_out(hands)
        sign_in(hands, person.password, authenticator.next())
        sign_out(hands)
        reset(hands, post, person, authenticator.recovery_codes[0])
        sign_in(hands, NEW_PASSWORD, authenticator.recovery_codes[1])
        hands.go("Ctrl+Q Quit")
        assert terminal.wait_exit() == 0
        assert_restored(terminal)
        assert f"Goodbye {person.first_name}. Less than a minute, nothing left running." in last_words(
            terminal
        )


@pytest.mark.parametrize(
    ("hands_of", "person"),
    [(KeyboardHands, Person("kim")), (MouseHands, Person("minnie"))],
    ids=["keyboard", "mouse"],
)
def test_an_account_that_was_made_for_somebody(server: Server, hands_of: type[Hands], person: Person) -> None:
    """The code alone on Sign in, then names and a password, the authenticator, the recovery codes."""
    made = sshauth(server.directory, "user", "create", person.user, person.email, "--print", "--json")
    code = json.loads(made.stdout)["code"]
    note(code, person.password)
    with server.ssh(person.user) as terminal:
        hands = hands_of(terminal)
        hands.sees(SIGN_IN)
        hands.fill({"Password": "", "Code": code}, "Sign in")
        hands.sees("Set up your account")
        fields = {
            "First name": person.first_name,
            "Last name": person.last_name,
            "Password": person.password,
            "Repeat password": person.password,
        }
        hands.fill(fields, "Go on")
        hands.sees(SET_UP)
        hands.fill({"Code": Authenticator(secret_in(scan(terminal))).next()}, "Confirm")
        hands.keep_recovery_codes()
        hands.sees(HOME)


def register(hands: Hands, post: SmtpServer, person: Person) -> Authenticator:
    """Create an account: form, address, authenticator, recovery codes."""
    hands.sees(SIGN_IN)
    hands.go("F2 Create account")
    fields = {
        "First name": person.first_name,
        "Last name": person.last_name,
        "User name": person.user,
        "Email": person.email,
        "Password": person.password,
        "Repeat password": person.password,
    }
    hands.fill(fields, "Create account")
    hands.sees("Code from the mail")
    hands.fill({"Code from the mail": mailed_code(hands.terminal, post, person, "ddress")}, "Confirm")
    hands.sees(SET_UP)
    authenticator = Authenticator(secret_in(scan(hands.terminal)))
    hands.fill({"Code": authenticator.next()}, "Confirm")
    authenticator.recovery_codes = hands.keep_recovery_codes()
    hands.sees(HOME)
    return authenticator


def look_into(
    hands: Hands, room: str, behind: dict[str, str], person: Person, authenticator: Authenticator
) -> None:
    """Go into a room, read its help, go into each room behind it, and come home again."""
    hands.go(room)
    hands.sees(SAID[room])
    hands.go("F1 Help")
    hands.sees("Help: ")
    hands.choose("Close", after=0)
    hands.terminal.wait_gone("Help: ")
    for index, (label, words) in enumerate(behind.items()):
        hands.choose(label, after=min(index, 1))
        hands.terminal.wait_for(re.compile(f"{re.escape(words)}|Confirm it's you"))
        if hands.terminal.shows("Confirm it's you"):
            hands.fill({"Password": person.password, "Code": authenticator.next()}, "Confirm")
            hands.sees(words)
        if label != "Other colours":
            hands.go("Esc Back")
        hands.sees(SAID[room])
    hands.go("Esc Back")
    hands.sees(HOME)


def sign_out(hands: Hands) -> None:
    """Leave Home for Sign in."""
    hands.go("Ctrl+O Sign out")
    hands.sees("You are signed out.")


def sign_in(hands: Hands, password: str, code: str) -> None:
    """Come Home; the user name is there already."""
    note(password)
    hands.fill({"Password": password, "Code": code}, "Sign in")
    hands.sees(HOME)


def reset(hands: Hands, post: SmtpServer, person: Person, recovery_code: str) -> None:
    """Have a code mailed, and set another password."""
    hands.go("F3 Forgot password")
    hands.sees("User name or email")
    hands.fill({}, "Send code")
    hands.sees(ON_ITS_WAY)
    fields = {
        "Reset code": mailed_code(hands.terminal, post, person, "reset code"),
        "App or recovery": recovery_code,
        "New password": NEW_PASSWORD,
        "Repeat password": NEW_PASSWORD,
    }
    hands.fill(fields, "Change password")
    hands.sees("Password changed.")
