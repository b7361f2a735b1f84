"""The QR code as it stands in a real terminal: an xterm, on a display that nobody sees, runs the real ssh."""

import re
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.people import SET_UP, SIGN_IN, Person, fill
from tests.e2e.xterm import Display, XTerm
from tests.support.picture import DARK, LIGHT, Colours, decode_opencv, decode_zxing, photographed
from tests.support.secrets import note
from tests.support.server import Server

pytestmark = pytest.mark.interop

APP_NAME = "Example Organisation"
LONG_NAME = "wolfeschlegelsteinhausenbergerdo"
BLACK = Colours("ffffff", "000000")
SECRET = re.compile(r"Secret +((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})")
THEMES = ("dark", "light", "high contrast")
READERS: dict[str, Callable[[Image.Image], str | None]] = {"zxing-cpp": decode_zxing, "OpenCV": decode_opencv}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server with the longest name that there is."""
    assert len(APP_NAME) == 20
    assert len(LONG_NAME) == 32
    with Server(tmp_path_factory.mktemp("server"), {"APP_NAME": APP_NAME}) as server:
        yield server


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """Run an X server."""
    with Display() as display:
        yield display


def register(terminal: XTerm) -> None:
    """Fill in Create account under the longest user name."""
    person = Person(user=LONG_NAME)
    terminal.wait_for(SIGN_IN)
    terminal.key("f2")
    terminal.wait_for("Repeat password")
    password = person.password
    fill(terminal, person.first_name, person.last_name, person.user, person.email, password, password)
    terminal.wait_for(SET_UP)


def secret_on(terminal: XTerm) -> str:
    """Read the secret as a person does who types it."""
    terminal.wait_until(lambda: SECRET.search(terminal.text) is not None, "expected the secret")
    found = SECRET.search(terminal.text)
    assert found is not None
    secret = found[1].replace(" ", "")
    note(secret)
    return secret


def uri_of(secret: str) -> str:
    """Write what authenticator apps expect."""
    issuer = urllib.parse.quote(APP_NAME)
    return f"otpauth://totp/{issuer}:{LONG_NAME}?secret={secret}&issuer={issuer}"


@pytest.mark.parametrize("colours", [BLACK, DARK, LIGHT], ids=["black", "dark", "light"])
def test_the_longest_qr_code_is_read_off_a_real_terminal(
    server: Server, display: Display, tmp_path: Path, colours: Colours
) -> None:
    """In 80 by 24, in each theme, by two programs, straight and from the side and out of focus."""
    with XTerm(server.ssh_command(user=LONG_NAME), display, tmp_path, colours) as terminal:
        register(terminal)
        terminal.key("f5")
        uri = uri_of(secret_on(terminal))
        terminal.key("f5")
        terminal.wait_gone(SECRET)
        misread = []
        for theme in THEMES:
            terminal.wait_quiet()
            misread += [f"{theme}, {each}" for each in misread_by(terminal.photograph(), uri)]
            terminal.key("ctrl+t")
        assert misread == []
        terminal.key("ctrl+q")
        assert terminal.wait_exit() == 0


def misread_by(picture: Image.Image, uri: str) -> list[str]:
    """Tell who reads anything else off a picture, without telling what: there is a secret in it."""
    pictures = {"straight": picture, "from the side": photographed(picture)}
    return [
        f"{reader}, {how}"
        for how, image in pictures.items()
        for reader, decode in READERS.items()
        if decode(image) != uri
    ]


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_a_small_terminal_shows_the_secret_and_says_how_large_it_must_be(
    server: Server, display: Display, tmp_path: Path, colours: Colours
) -> None:
    """The longest code has no room in 60 by 20."""
    command = server.ssh_command(user=LONG_NAME)
    with XTerm(command, display, tmp_path, colours, size=(60, 20)) as terminal:
        register(terminal)
        secret = secret_on(terminal)
        assert "The QR code needs a window of 45 by 24; yours is 60 by 20." in " ".join(terminal.text.split())
        assert decode_zxing(terminal.photograph()) is None
        link = "".join(terminal.text.split())
        assert ("missing" if uri_of(secret) not in link else "there") == "there"
