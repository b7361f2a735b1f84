"""The same screens in terminals of all kinds, by four clients, from a server that has no terminal itself."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.clients import Client, Kind, dropbear, openssh, putty, python
from tests.e2e.people import (
    ANOTHER_USER_NAME,
    HOME,
    SET_UP,
    SIGN_IN,
    Person,
    fill,
    keep_recovery_codes,
    quit_with_ctrl_q,
    scan,
    secret_in,
)
from tests.support import server as support
from tests.support.codes import Authenticator
from tests.support.server import Server
from tests.support.terminal import Cells, Terminal

KINDS = {
    "256 colours": Kind("xterm-256color"),
    "true colour": Kind("xterm-256color", {"COLORTERM": "truecolor"}),
    "linux": Kind("linux"),
    "screen": Kind("screen"),
    "vt100": Kind("vt100"),
    "no colour": Kind("xterm-256color", {"NO_COLOR": "1"}),
}
CODES = {
    "256 colours": {"256"},
    "true colour": {"24 bits"},
    "linux": {"sixteen"},
    "screen": {"sixteen"},
    "vt100": set(),
    "no colour": set(),
}
INTEROP = pytest.mark.interop
CLIENTS = [
    openssh,
    python,
    pytest.param(putty, marks=INTEROP),
    pytest.param(dropbear, marks=INTEROP),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server with an empty environment, as service managers do; its settings stand in ``.env``."""
    directory = tmp_path_factory.mktemp("server")

    def empty(home: Path, **settings: str) -> dict[str, str]:
        (home / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return {}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support, "clean_env", empty)
        server = Server(directory)
    with server:
        yield server


@pytest.fixture(scope="module")
def pictures(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cells]:
    """Give the first screen in each kind of terminal, as OpenSSH's people see it."""
    pictures = {}
    for name, kind in KINDS.items():
        with openssh(server, tmp_path_factory.mktemp("home"), kind) as terminal:
            terminal.wait_for(SIGN_IN)
            terminal.wait_quiet()
            pictures[name] = terminal.cells()
    return pictures


def text_of(cells: Cells) -> str:
    return "\n".join("".join(cell.data for cell in row) for row in cells)


def test_the_same_text_stands_in_all_terminals(pictures: dict[str, Cells]) -> None:
    """What differs is how it is emphasised, and how the word mark is drawn where there is only ASCII."""
    texts = {text_of(cells).replace("●──┬┬", "*--++") for cells in pictures.values()}
    assert len(texts) == 1
    assert SIGN_IN in text_of(pictures["vt100"])


def codes_in(raw: bytes) -> set[str]:
    """Name the kinds of colours that were sent."""
    kinds = {
        "24 bits": rb"\x1b\[(?:\d+;)*[34]8;2;",
        "256": rb"\x1b\[(?:\d+;)*[34]8;5;",
        "sixteen": rb"\x1b\[(?:\d+;)*(?:[349][0-7]|10[0-7])(?:;\d+)*m",
    }
    sequences = b"".join(re.findall(rb"\x1b\[[\d;]*m", raw))
    wide = re.sub(rb"[34]8;(?:2;\d+;\d+;\d+|5;\d+);?", b"", sequences)
    return {name for name, code in kinds.items() if re.search(code, wide if name == "sixteen" else sequences)}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_shows_the_same_picture(
    server: Server, pictures: dict[str, Cells], tmp_path: Path, client: Client, name: str
) -> None:
    """No terminal gets codes that it did not ask for, and each is given back as it was."""
    # Dropbear cannot send variables: its people see what the terminal shows without them.
    seen_as = "256 colours" if client is dropbear and KINDS[name].environment else name
    with client(server, tmp_path, KINDS[name]) as terminal:
        terminal.wait_until(lambda: terminal.cells() == pictures[seen_as], "expected another picture")
        assert codes_in(terminal.raw) == CODES[seen_as]
        terminal.key(ANOTHER_USER_NAME)
        terminal.send("typed-here")
        terminal.wait_for("typed-here")
        quit_with_ctrl_q(terminal)


@pytest.mark.parametrize("name", ["linux", "screen", "no colour", "true colour"])
def test_phones_read_the_code_off_terminals_with_few_colours(
    server: Server, tmp_path: Path, name: str
) -> None:
    """Also where colours are not wanted: a code is no ornament."""
    with openssh(server, tmp_path, KINDS[name]) as terminal:
        begin_to_register(terminal)
        assert len(secret_in(scan(terminal))) == 32
        terminal.key("escape")
        terminal.wait_for("Repeat password")


def test_somebody_at_a_vt100_registers_by_hand(server: Server, tmp_path: Path) -> None:
    """The secret stands on the screen, which shows no code that nobody could read."""
    with openssh(server, tmp_path, KINDS["vt100"]) as terminal:
        begin_to_register(terminal)
        terminal.wait_for("This terminal cannot show a QR code")
        groups = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", terminal.text)
        assert groups is not None, terminal.text
        authenticator = Authenticator(groups[0].replace(" ", ""))
        fill(terminal, authenticator.next())
        keep_recovery_codes(terminal)
        terminal.wait_for(HOME)
        assert terminal.raw.isascii()
        quit_with_ctrl_q(terminal)


def begin_to_register(terminal: Terminal) -> None:
    """Fill in Create account, and come to the authenticator."""
    person = Person()
    terminal.wait_for(SIGN_IN)
    terminal.key("f2")
    terminal.wait_for("Repeat password")
    names = (person.first_name, person.last_name, person.user, person.email)
    fill(terminal, *names, person.password, person.password)
    terminal.wait_for(SET_UP)


def test_a_terminal_that_does_not_speak_utf8_has_its_own_characters(server: Server, tmp_path: Path) -> None:
    """It sends and gets letters in its character set, and stars for bullets, which it lacks."""
    kind = Kind("xterm", {"LC_ALL": "de_DE.ISO-8859-1"})
    with openssh(server, tmp_path, kind) as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.key(ANOTHER_USER_NAME)
        os.write(terminal._master, "Zoë".encode("latin-1"))
        terminal.wait_until(lambda: "Zoë".encode("latin-1") in terminal.raw, "expected the name")
        terminal.key("tab")
        terminal.send("secret")
        terminal.wait_for("******")
        quit_with_ctrl_q(terminal)


@pytest.mark.parametrize(
    "term", ["dumb", "", "x" * 500, "\x1b[2Jx"], ids=["dumb", "empty", "long", "hostile"]
)
def test_a_terminal_that_shows_no_screens_is_spoken_with_line_by_line(
    server: Server, tmp_path: Path, term: str
) -> None:
    """Without any escape sequence; nothing of a hostile name comes back."""
    with openssh(server, tmp_path, Kind(term)) as terminal:
        terminal.wait_for("Your choice:")
        terminal.key("ctrl+d")
        assert terminal.wait_exit() == 0
        assert b"\x1b" not in terminal.raw
        assert b"2Jx" not in terminal.raw
