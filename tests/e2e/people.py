"""What people do at the screens, key by key."""

import urllib.parse
from dataclasses import dataclass

from tests.support.codes import Authenticator
from tests.support.picture import DARK, LIGHT, decode_opencv, decode_zxing, render
from tests.support.terminal import Terminal

SIGN_IN = "F3 Forgot password"  # the title alone would be found on buttons elsewhere
SET_UP = "Set up your authenticator"
HOME = "Signed in as"


@dataclass(frozen=True)
class Person:
    """Somebody with an account, or about to have one."""

    user: str = "ada"
    first_name: str = "Ada"
    last_name: str = "Lovelace"
    password: str = "correct horse battery staple"

    @property
    def email(self) -> str:
        """Give an address that nobody else has."""
        return f"{self.user}@example.org"


def fill(terminal: Terminal, *values: str) -> None:
    """Type into one field after the other, and submit with Enter in the last."""
    for value in values[:-1]:
        terminal.send(value)
        terminal.key("tab")
    terminal.send(values[-1])
    terminal.key("enter")


def create_account(terminal: Terminal, person: Person) -> str:
    """Fill in Create account and give the otpauth URI that the next screen shows."""
    terminal.wait_for(SIGN_IN)
    terminal.key("f2")
    terminal.wait_for("Repeat password")
    password = person.password
    fill(terminal, person.first_name, person.last_name, person.user, person.email, password, password)
    terminal.wait_for(SET_UP)
    return scan(terminal)


def register(terminal: Terminal, person: Person) -> Authenticator:
    """Create an account and sign in with its first code."""
    authenticator = Authenticator(secret_in(create_account(terminal, person)))
    fill(terminal, authenticator.next())
    terminal.wait_for(HOME)
    return authenticator


def sign_in(terminal: Terminal, user: str, password: str, code: str) -> None:
    """Fill in the Sign in screen."""
    terminal.wait_for(SIGN_IN)
    fill(terminal, user, password, code)


def sign_out(terminal: Terminal) -> None:
    """Leave Home for the Sign in screen."""
    terminal.click("Sign out")
    terminal.wait_for(SIGN_IN)


def quit_with_ctrl_q(terminal: Terminal) -> None:
    """Leave, and find the terminal as it was before."""
    terminal.key("ctrl+q")
    assert terminal.wait_exit() == 0
    assert_restored(terminal)


def scan(terminal: Terminal) -> str:
    """Photograph the QR code on a dark and on a light terminal, and read it with two decoders."""

    def read() -> bool:
        return decode_zxing(render(terminal.cells())) is not None

    terminal.wait_until(read, "expected a QR code")
    images = [render(terminal.cells(), colours) for colours in (DARK, LIGHT)]
    uris = {decode(image) for image in images for decode in (decode_zxing, decode_opencv)}
    assert len(uris) == 1, uris
    uri = uris.pop()
    assert uri is not None
    return uri


def secret_in(uri: str) -> str:
    """Take the secret out of an otpauth URI."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(uri).query)["secret"][0]


def assert_restored(terminal: Terminal) -> None:
    """Find every mode that a shell would suffer from switched off after it was last switched on."""
    left_on = [mode for mode in MODES if not _is_restored(terminal.raw, *mode)]
    assert left_on == []


# On and off, as they must stand at the end.
MODES = (
    (b"\x1b[?1049h", b"\x1b[?1049l"),  # alternate screen
    (b"\x1b[?25l", b"\x1b[?25h"),  # hidden cursor
    (b"\x1b[?1000h", b"\x1b[?1000l"),  # mouse
    (b"\x1b[?1002h", b"\x1b[?1002l"),
    (b"\x1b[?1003h", b"\x1b[?1003l"),
    (b"\x1b[?1006h", b"\x1b[?1006l"),
    (b"\x1b[?1004h", b"\x1b[?1004l"),  # focus
    (b"\x1b[?2004h", b"\x1b[?2004l"),  # paste
    (b"\x1b[>1u", b"\x1b[<u"),  # keyboard protocol
)


def _is_restored(raw: bytes, on: bytes, off: bytes) -> bool:
    return raw.rfind(on) <= raw.rfind(off)
