"""The server's secrets."""

import os
import stat
import uuid
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from sshauth.accounts.vault import Vault, VaultError
from sshauth.config import Settings
from sshauth.files import NotPrivateError
from sshauth.keys import (
    KeyDamagedError,
    KeyFile,
    KeyMissingError,
    Keys,
    RotatingAlreadyError,
    load_or_make,
    totp_key_file,
)

LONG = "0123456789abcdef" * 2


def key() -> str:
    """Make a key."""
    return Fernet.generate_key().decode()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give the settings of a server that makes its own secrets."""
    for name in ("TOTP_KEYS", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Give a file with one key."""
    path = tmp_path / "totp.key"
    path.write_text(key())
    path.chmod(0o600)
    return path


def make(settings: Settings, *, sealed_before: bool = False) -> Keys:
    return load_or_make(settings, sealed_before=sealed_before)


def test_they_are_made_once(settings: Settings) -> None:
    """Row 20: in DATA_DIR, with mode 0600; every later start reads the same."""
    first, second = make(settings), make(settings, sealed_before=True)
    assert (first.made_now, second.made_now) == (True, False)
    assert first.secret_keys() == second.secret_keys()
    assert first.totp_keys() == second.totp_keys()
    assert len(first.secret_keys()[0]) >= 64
    for file in first.files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {file.name for file in first.files} == {"secret.key", "totp.key"}
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700


def test_given_ones_are_taken_and_nothing_is_written(settings: Settings) -> None:
    """A server with all its secrets in the environment keeps none on disk."""
    given = (key(), key())
    changes = {"secret_key": SecretStr(LONG), "totp_keys": tuple(map(SecretStr, given))}
    keys = make(settings.model_copy(update=changes), sealed_before=True)
    assert (tuple(keys.secret_keys()), tuple(keys.totp_keys()), keys.files) == ((LONG,), given, ())
    assert not keys.made_now
    assert list(settings.data_dir.iterdir()) == []


@pytest.mark.parametrize("given", ["secret_key", "totp_keys"])
def test_either_may_be_given(settings: Settings, given: str) -> None:
    """The other has its file."""
    value = SecretStr(LONG) if given == "secret_key" else (SecretStr(key()),)
    keys = make(settings.model_copy(update={given: value}))
    assert [file.name for file in keys.files] == ["totp.key" if given == "secret_key" else "secret.key"]


def test_no_key_is_made_for_what_another_has_sealed(settings: Settings) -> None:
    """Row 20: a missing key stops the start, and touches nothing."""
    with pytest.raises(KeyMissingError, match=r"is missing: .*totp\.key\. Put it back, or set TOTP_KEYS"):
        make(settings, sealed_before=True)
    assert not settings.data_dir.exists()


@pytest.mark.parametrize("name", ["secret.key", "totp.key"])
def test_a_file_that_others_can_read_is_refused(settings: Settings, name: str) -> None:
    """Row 20: with what to type."""
    make(settings)
    (settings.data_dir / name).chmod(0o644)
    with pytest.raises(NotPrivateError, match="chmod 600"):
        make(settings)


@pytest.mark.parametrize("content", ["", "\n", "x" * 31, "short é"])
def test_a_secret_that_anybody_could_guess_is_refused(settings: Settings, content: str) -> None:
    """An emptied file would sign codes that anybody can make."""
    make(settings)
    (settings.data_dir / "secret.key").write_text(content, encoding="utf-8")
    with pytest.raises(KeyDamagedError, match=r"secret\.key does not hold"):
        make(settings)


@pytest.mark.parametrize(
    "content",
    ["", "\n", "nonsense", "x" * 44, key() + "x", "é" * 44],
    ids=["empty", "blank", "a word", "no base64", "too long", "not ASCII"],
)
def test_a_file_without_keys_is_refused(settings: Settings, content: str) -> None:
    """With a sentence that does not tell what it held."""
    make(settings)
    totp_key_file(settings).write_text(content, encoding="utf-8")
    with pytest.raises(KeyDamagedError, match=r"totp\.key does not hold") as refused:
        make(settings)
    assert not content.strip() or content.strip() not in str(refused.value)


def test_no_secret_shows_in_a_repr(settings: Settings) -> None:
    """Of what a log or a traceback may print."""
    keys = make(settings)
    assert keys.secret_keys()[0] not in repr(keys)
    assert keys.totp_keys()[0] not in repr(keys)
    assert keys.totp_keys()[0] not in repr(keys.totp_keys)


def test_a_file_is_read_again_when_it_has_changed(key_file: Path) -> None:
    """Another process may have rotated it."""
    keys, other = KeyFile(key_file), KeyFile(key_file)
    (old,) = keys()
    with other.rotation():
        assert len(keys()) == 2
        assert keys()[1] == old
    assert list(keys()) == list(other())
    assert old not in keys()


def test_a_vault_takes_up_a_rotation(key_file: Path) -> None:
    """What was sealed before opens while both keys are there, and no more afterwards."""
    owner = uuid.UUID(int=1)
    vault, rotating = Vault(KeyFile(key_file)), KeyFile(key_file)
    before = vault.seal(owner, "secret")
    with rotating.rotation():
        assert vault.open(owner, before) == "secret"
        between = vault.seal(owner, "secret")
    assert vault.open(owner, between) == "secret"
    with pytest.raises(VaultError, match="does not open"):
        vault.open(owner, before)


def test_a_rotation_that_fails_keeps_both_keys(key_file: Path) -> None:
    """So does one that was killed: the next takes both away."""
    keys = KeyFile(key_file)
    (old,) = keys()
    with pytest.raises(RuntimeError), keys.rotation():
        raise RuntimeError
    assert len(keys()) == 2
    assert keys()[1] == old
    with keys.rotation():
        assert len(keys()) == 3
    assert len(keys()) == 1


def test_one_rotation_at_a_time(key_file: Path) -> None:
    """Two would each take away the key that the other seals under."""
    first, second = KeyFile(key_file), KeyFile(key_file)
    with first.rotation():
        during = list(first())
        with pytest.raises(RotatingAlreadyError), second.rotation():
            pass
        assert list(second()) == during
    with second.rotation():
        pass
    assert len(first()) == 1


def test_rotating_keeps_the_file_private(key_file: Path) -> None:
    """Whatever the umask."""
    before = os.umask(0)
    try:
        with KeyFile(key_file).rotation():
            assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    finally:
        os.umask(before)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
