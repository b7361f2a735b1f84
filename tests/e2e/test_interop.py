"""Other people's SSH clients."""

import re
from pathlib import Path

import pytest

from tests.e2e.people import ANOTHER_USER_NAME, SIGN_IN
from tests.support.server import Server, clean_env
from tests.support.terminal import Terminal

pytestmark = pytest.mark.interop


def client(home: Path, *command: str) -> Terminal:
    """Run a client in a terminal."""
    return Terminal(command, env=clean_env(home, TERM="xterm-256color"), cwd=home)


def test_putty_reaches_sign_in(server: Server, tmp_path: Path) -> None:
    """PuTTY's plink shows the first screen, takes keys, and leaves with status 0."""
    fingerprint = re.search(r"SHA256:[\w+/]+", server.output)
    assert fingerprint is not None, server.output
    options = ("-ssh", "-batch", "-P", str(server.port), "-hostkey", fingerprint[0])
    with client(tmp_path, "plink", *options, "ada@127.0.0.1") as terminal:
        use(terminal)


def test_dropbear_reaches_sign_in(server: Server, tmp_path: Path) -> None:
    """Dropbear's dbclient shows the first screen, takes keys, and leaves with status 0."""
    options = ("-y", "-y", "-p", str(server.port))
    with client(tmp_path, "dbclient", *options, "ada@127.0.0.1") as terminal:
        use(terminal)


def use(terminal: Terminal) -> None:
    """See the first screen, type, and leave."""
    terminal.wait_for(SIGN_IN)
    terminal.key(ANOTHER_USER_NAME)
    terminal.send("typed-here")
    terminal.wait_for("typed-here")
    terminal.key("ctrl+q")
    assert terminal.wait_exit() == 0
