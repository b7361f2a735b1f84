"""Keys for nodes that share them, made by command."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sshauth.cli import app
from sshauth.config import Settings, load_settings
from tests.support.secrets import note


def keys_of(env_file: Path, said: str) -> Settings:
    """Read what was said as a .env file."""
    env_file.write_text(said)
    settings, warnings = load_settings(env_file)
    assert warnings == []
    return settings


def test_new_keys_are_two_lines_that_a_configuration_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard output alone: nothing is written, nothing else is said, and no two are alike."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    first, second = (CliRunner().invoke(app, ["secrets", "new"]) for _ in range(2))
    for made in (first, second):
        note(*(line.partition("=")[2] for line in made.stdout.splitlines()))
        assert (made.exit_code, made.stderr) == (0, "")
        assert [line.partition("=")[0] for line in made.stdout.splitlines()] == ["SECRET_KEY", "TOTP_KEYS"]
    assert list(empty.iterdir()) == []
    settings, others = (keys_of(tmp_path / "keys.env", made.stdout) for made in (first, second))
    assert settings.secret_key is not None
    assert settings.secret_key != others.secret_key
    assert len(settings.totp_keys) == 1
    assert settings.totp_keys != others.totp_keys
    assert settings.secret_key.get_secret_value() not in repr(settings)
