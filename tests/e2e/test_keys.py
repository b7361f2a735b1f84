"""Remembered SSH keys, from ssh-keygen to a key that was removed."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.people import (
    HOME,
    SIGN_IN,
    Person,
    fill,
    quit_with_ctrl_q,
    register,
    sign_in,
    sign_out,
)
from tests.support.codes import Authenticator
from tests.support.server import Server
from tests.support.terminal import Terminal

FINGERPRINT = re.compile(r"SHA256:[\w+/]{43}")
RECOGNISED = "Recognised by your key"
REMEMBER = "[ ] Remember this key"

ada = Person()


@dataclass(frozen=True)
class KeyFile:
    """A key as ssh-keygen makes it."""

    path: Path

    @classmethod
    def make(cls, path: Path, kind: str = "ed25519") -> "KeyFile":
        """Make one without a passphrase."""
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", path], check=True)
        return cls(path)

    @property
    def shown(self) -> str:
        """What the screen shows of the fingerprint."""
        return f"{self.fingerprint.removeprefix('SHA256:')[:16]}…"

    @property
    def fingerprint(self) -> str:
        """What ssh-keygen calls it."""
        shown = subprocess.run(
            ["ssh-keygen", "-l", "-f", self.path], check=True, capture_output=True, text=True
        )
        found = FINGERPRINT.search(shown.stdout)
        assert found is not None, shown.stdout
        return found[0]

    @property
    def options(self) -> tuple[str, ...]:
        """What has ssh offer this key, and no other."""
        options = ("PubkeyAuthentication=yes", "IdentitiesOnly=yes", "IdentityAgent=none")
        return ("-i", str(self.path), *(part for option in options for part in ("-o", option)))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    """Make Ada's key."""
    return KeyFile.make(tmp_path_factory.mktemp("ada") / "id_ed25519")


@pytest.fixture(scope="module")
def authenticator(server: Server, key: KeyFile) -> Authenticator:
    """Register Ada without a key, and have her key remembered."""
    with server.ssh(ada.user) as terminal:
        authenticator = register(terminal, ada)
        quit_with_ctrl_q(terminal)
    with server.ssh(ada.user, options=key.options) as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.wait_for(f"{REMEMBER} {key.shown}")
        for value in (ada.password, authenticator.next(), " "):
            terminal.send(value)
            terminal.key("tab")
        terminal.key("enter")
        terminal.wait_for(HOME)
        quit_with_ctrl_q(terminal)
    return authenticator


def is_asked_for_all(terminal: Terminal) -> None:
    """See the form that asks for user name, password and code, and nothing of a key that is known."""
    terminal.wait_for(SIGN_IN)
    terminal.wait_for("F4 Show")
    assert RECOGNISED not in terminal.text
    assert "F5 Use my" not in terminal.text


@pytest.mark.usefixtures("authenticator")
def test_who_only_offers_somebodys_key_gets_nothing(server: Server, key: KeyFile, tmp_path: Path) -> None:
    """The server would take any key; a client without the private half proves none."""
    stolen = KeyFile(tmp_path / "stolen.pub")
    stolen.path.write_text(Path(f"{key.path}.pub").read_text())
    with server.ssh(ada.user, options=("-o", "LogLevel=DEBUG1", *stolen.options)) as terminal:
        is_asked_for_all(terminal)
        assert b"Server accepts key" in terminal.raw
        assert REMEMBER not in terminal.text
        quit_with_ctrl_q(terminal)


@pytest.mark.usefixtures("authenticator")
def test_another_key_is_not_recognised(server: Server, tmp_path: Path) -> None:
    """It may be remembered, as any."""
    other = KeyFile.make(tmp_path / "id_ecdsa", "ecdsa")
    with server.ssh(ada.user, options=other.options) as terminal:
        is_asked_for_all(terminal)
        assert f"{REMEMBER} {other.shown}" in terminal.text
        quit_with_ctrl_q(terminal)


def test_a_remembered_key_stands_for_the_password_until_it_is_removed(
    server: Server, key: KeyFile, authenticator: Authenticator
) -> None:
    """Only the code is asked, whatever user name ssh gives; once the key is removed the password is again."""
    with server.ssh("whoever", options=key.options) as terminal:
        terminal.wait_for(f"{RECOGNISED} {key.shown}")
        fill(terminal, authenticator.next())
        terminal.wait_for(HOME)
        terminal.key("f4")
        terminal.wait_for("now, this one")
        terminal.key("f5")
        terminal.wait_for("Remove a key")
        terminal.key("down", "enter")
        terminal.wait_for("No key is remembered.")
        terminal.key("escape")
        terminal.wait_for(HOME)
        sign_out(terminal)
        is_asked_for_all(terminal)
        quit_with_ctrl_q(terminal)
    with server.ssh(ada.user, options=key.options) as terminal:
        is_asked_for_all(terminal)
        sign_in(terminal, ada.user, ada.password, authenticator.recovery_codes[0])
        quit_with_ctrl_q(terminal)
