"""The commands, as operators type them."""

import os
import re
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from sshauth import __version__
from tests.support.net import free_port
from tests.support.server import SSHAUTH, Server, measured_env


def sshauth(
    directory: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*SSHAUTH, *arguments],
        cwd=directory,
        env=measured_env(directory, **(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_version_is_said(tmp_path: Path) -> None:
    """One line, exit 0, also by the console script."""
    for command in (SSHAUTH, [str(Path(SSHAUTH[0]).with_name("sshauth"))]):
        said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert said.stdout == f"sshauth {__version__}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "serve"),
        (("--help",), "Exit codes"),
        (("serve", "--help"), "fingerprint"),
        (("tui", "--help"), "without SSH"),
        (("db", "--help"), "upgrade"),
        (("host-key", "--help"), "rotate"),
        (("health", "--help"), "key exchange"),
    ],
)
def test_help_teaches(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """Each help says what the command does and what it prints."""
    said = sshauth(tmp_path, *arguments)
    assert words in said.stdout + said.stderr


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("serve", "--port", "1"), ("serve", "--env-file", "gone")]
)
def test_wrong_use_exits_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Unknown commands and options, and a named file that is not there."""
    said = sshauth(tmp_path, *arguments)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr


def test_the_start_says_all_that_an_operator_needs(tmp_path: Path) -> None:
    """Address, ssh command, fingerprint, database, secrets, mail, log; the second start makes nothing."""
    for made_now in (2, 0):
        with Server(tmp_path) as server:
            server.stop()
            lines = server.output
        assert f"listening on 127.0.0.1:{server.port}" in lines
        assert f"ssh -p {server.port} localhost" in lines
        assert re.search(r"Host key\s+SHA256:[A-Za-z0-9+/]{43}", lines)
        assert "SQLite" in lines
        assert "outbox" in lines
        assert lines.count("made now") == made_now
        assert len(lines.splitlines()) <= 12


def test_what_is_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Mode 0600, whatever the umask; the directories 0700."""
    before = os.umask(0)
    try:
        with Server(tmp_path) as server:
            server.stop()
    finally:
        os.umask(before)
    modes = {
        str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777
        for path in [
            *tmp_path.rglob("*.key"),
            *tmp_path.rglob("*_key"),
            *tmp_path.rglob("*.db"),
            tmp_path / "data",
            tmp_path / "host_keys",
        ]
    }
    assert modes == {
        "data": 0o700,
        "host_keys": 0o700,
        "data/sshauth.db": 0o600,
        "data/secret.key": 0o600,
        "data/totp.key": 0o600,
        "host_keys/ssh_host_ed25519_key": 0o600,
    }


def test_a_copy_of_the_template_changes_nothing(tmp_path: Path) -> None:
    """`cp .env.template .env` starts exactly like no file."""
    template = Path(__file__).parents[2] / ".env.template"
    (tmp_path / "copy").mkdir()
    (tmp_path / "none").mkdir()
    (tmp_path / "copy" / ".env").write_text(template.read_text())
    outputs = []
    for name in ("copy", "none"):
        with Server(tmp_path / name) as server:
            server.stop()
            text = re.sub(r"SHA256:\S+", "KEY", server.output.replace(str(tmp_path / name), "HERE"))
            outputs.append(text.replace(str(server.port), "PORT"))
    assert outputs[0] == outputs[1]


def test_the_database_is_upgraded_by_command(tmp_path: Path, database_url: str) -> None:
    """Once it does something, then it says that there is nothing to do."""
    env = {"DATABASE_URL": database_url}
    first, second = (sshauth(tmp_path, "db", "upgrade", env=env) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == "The database went from empty to revision 0006.\n"
    assert second.stdout == "The database is at revision 0006 already.\n"


def test_health_is_a_key_exchange_with_our_server(tmp_path: Path) -> None:
    """0 while it runs with our host key; 1 for nothing there, another key, and a silent port."""
    with Server(tmp_path) as server:
        env = {"SSH_PORT": str(server.port), "HOST_KEYS_DIR": str(tmp_path / "host_keys")}
        assert sshauth(tmp_path, "health", env=env).returncode == 0
        (tmp_path / "other").mkdir()
        with Server(tmp_path / "other"):
            pass
        others = env | {"HOST_KEYS_DIR": str(tmp_path / "other" / "host_keys")}
        assert sshauth(tmp_path, "health", env=others).returncode == 1
    gone = sshauth(tmp_path, "health", env=env)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr == f"No sshauth with our host key answers at 127.0.0.1:{server.port}.\n"
    with socket.create_server(("127.0.0.1", server.port)):
        assert sshauth(tmp_path, "health", env=env).returncode == 1
    never = sshauth(tmp_path, "health", env={"HOST_KEYS_DIR": "nowhere", "SSH_PORT": str(free_port())})
    assert (never.returncode, (tmp_path / "nowhere").exists()) == (1, False)


def test_other_totp_keys_stop_the_start(tmp_path: Path) -> None:
    """One sentence, exit 1, before anything is touched, and before anybody has an account: for many nodes."""
    with Server(tmp_path) as server:
        server.stop()
    key = tmp_path / "data" / "totp.key"
    key.unlink()
    said = sshauth(tmp_path, "serve")
    assert (said.returncode, said.stdout) == (1, "")
    assert "is missing: data/totp.key. Put it back, or set TOTP_KEYS. Nothing was changed." in said.stderr
    assert not key.exists()
    said = sshauth(tmp_path, "serve", env={"TOTP_KEYS": Fernet.generate_key().decode()})
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("TOTP_KEYS is not the key")
    assert said.stderr.count("\n") == 1


def test_the_local_app_needs_a_terminal(tmp_path: Path) -> None:
    """Without one it says so, exit 2, and makes nothing."""
    said = sshauth(tmp_path, "tui")
    assert (said.returncode, said.stdout) == (2, "")
    assert "needs a terminal" in said.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_mail_password_in_clear_text_stops_the_start(tmp_path: Path) -> None:
    """Wrong configuration: exit 2, the variables to set are named, the password is not."""
    env = {"MAIL_SERVER": "smtp.example.org", "MAIL_USERNAME": "me", "MAIL_PASSWORD": "hush-hush"}
    said = sshauth(tmp_path, "serve", env=env)
    assert said.returncode == 2
    assert "MAIL_USE_TLS" in said.stderr
    assert "hush" not in said.stdout + said.stderr


def test_a_damaged_host_key_is_said(tmp_path: Path) -> None:
    """One sentence that names the file, exit 1."""
    path = tmp_path / "host_keys" / "ssh_host_ed25519_key"
    path.parent.mkdir()
    path.write_text("not a key")
    path.chmod(0o600)
    said = sshauth(tmp_path, "serve", env={"HOST_KEYS_DIR": "host_keys", "SSH_PORT": str(free_port())})
    assert said.returncode == 1
    assert said.stderr.startswith("host_keys/ssh_host_ed25519_key holds no private key")
    assert said.stderr.count("\n") == 1
