"""What people do at the screens, key by key."""

import re
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.codes import Authenticator
from tests.support.picture import DARK, LIGHT, decode_opencv, decode_zxing, render
from tests.support.secrets import note
from tests.support.terminal import Terminal

SIGN_IN = "F3 Forgot password"  # the title alone would be found on buttons elsewhere
SET_UP = "Set up your authenticator"
RECOVERY_CODES = "Your recovery codes"
RECOVERY_CODE = re.compile(r"(\d+) +((?:[0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4})")
HOME = "Signed in as"
ANOTHER_USER_NAME = "f5"  # puts the focus on the user name, which ssh has filled in
WAIT = re.compile(r"Try again in (\d+) s")


@dataclass(frozen=True)
class Person:
    """Somebody with an account, or about to have one."""

    user: str = "ada"
    first_name: str = "Ada"
    last_name: str = "Lovelace"
    password: str = "correct horse battery staple"

    def __post_init__(self) -> None:
        note(self.password)

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


def create_account(terminal: Terminal, person: Person, mailed_code: Callable[[], str] | None = None) -> str:
    """Fill in Create account, and the code from the mail if there is one; give the otpauth URI shown next."""
    terminal.wait_for(SIGN_IN)
    terminal.key("f2")
    terminal.wait_for("Repeat password")
    password = person.password
    fill(terminal, person.first_name, person.last_name, person.user, person.email, password, password)
    if mailed_code is not None:
        terminal.wait_for("Code from the mail")
        fill(terminal, mailed_code())
    terminal.wait_for(SET_UP)
    return scan(terminal)


def register(
    terminal: Terminal, person: Person, mailed_code: Callable[[], str] | None = None
) -> Authenticator:
    """Create an account, keep its recovery codes, and come Home with its first code."""
    authenticator = Authenticator(secret_in(create_account(terminal, person, mailed_code)))
    fill(terminal, authenticator.next())
    authenticator.recovery_codes = keep_recovery_codes(terminal)
    terminal.wait_for(HOME)
    return authenticator


def keep_recovery_codes(terminal: Terminal) -> list[str]:
    """Write the codes down off the screen, and show that they were kept."""
    terminal.wait_for(RECOVERY_CODES)
    terminal.wait_until(lambda: len(RECOVERY_CODE.findall(terminal.text)) == 10, "expected ten codes")
    codes = dict(RECOVERY_CODE.findall(terminal.text))
    note(*codes.values())
    terminal.key("f6")
    terminal.wait_for(re.compile(r"type code number \d+"))
    asked = re.search(r"type code number (\d+)", terminal.text)
    assert asked is not None
    fill(terminal, codes[asked[1]])
    return [codes[str(number)] for number in range(1, 11)]


def sign_in(terminal: Terminal, user: str, password: str, code: str, answer: str = HOME) -> None:
    """Fill in the Sign in screen and wait for its answer; where it says to wait, wait and try again."""
    terminal.wait_for(SIGN_IN)
    terminal.key(ANOTHER_USER_NAME)
    fill(terminal, user, password, code)
    while True:
        terminal.wait_until(lambda: terminal.shows(answer) or terminal.shows(WAIT), f"expected {answer!r}")
        told = WAIT.search(terminal.text)
        if terminal.shows(answer) or told is None:
            return
        time.sleep(int(told[1]))
        terminal.key("enter")
        terminal.wait_gone(WAIT)


def sign_out(terminal: Terminal) -> None:
    """Leave Home for the Sign in screen."""
    terminal.wait_for("Sign out")
    terminal.click("Sign out")
    terminal.wait_for(SIGN_IN)


def quit_with_ctrl_q(terminal: Terminal) -> None:
    """Leave, and find the terminal as it was before."""
    terminal.key("ctrl+q")
    assert terminal.wait_exit() == 0
    assert_restored(terminal)


def scan(terminal: Terminal) -> str:
    """Photograph the QR code on a dark and on a light terminal, and read it with two decoders."""
    uris: set[str | None] = set()

    def read() -> bool:
        """Do it until the code is there as a whole: part of it may be enough for one of the two."""
        uris.clear()
        cells = terminal.cells()
        if decode_zxing(render(cells)) is not None:
            images = [render(cells, colours) for colours in (DARK, LIGHT)]
            uris.update(decode(image) for image in images for decode in (decode_zxing, decode_opencv))
        return len(uris) == 1 and None not in uris

    terminal.wait_until(read, "expected a QR code")
    uri = uris.pop()
    assert uri is not None
    return uri


def secret_in(uri: str) -> str:
    """Take the secret out of an otpauth URI."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(uri).query)["secret"][0]


def last_words(terminal: Terminal) -> str:
    """Give what was said in the normal screen, after the app's own."""
    return terminal.raw.decode().split("\x1b[?1049l")[-1]


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
