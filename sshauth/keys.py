"""The server's secrets: from the configuration, or made once and kept in DATA_DIR."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from sshauth.config import Settings
from sshauth.files import check_private, make_private, replace_private, write_private


class KeyMissingError(Exception):
    """The key of what the database holds is not there; a new one would not open it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The key that the authenticators in this database were sealed with is missing: {path}. "
            "Put it back, or set TOTP_KEYS. Nothing was changed."
        )


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets, where they are kept if they are ours, and whether this start made one."""

    secret_key: str = field(repr=False)
    totp_keys: Callable[[], Sequence[str]] = field(repr=False)
    files: tuple[Path, ...]
    made_now: bool


class KeyFile:
    """A file of Fernet keys, the newest first, read again when it has changed: others may rotate it."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            OSError: it cannot be read.
        """
        self._path = path
        self._changed_at = 0
        self._keys: tuple[str, ...] = ()
        self()

    def __call__(self) -> Sequence[str]:
        """Give the keys."""
        changed_at = self._path.stat().st_mtime_ns
        if changed_at != self._changed_at:
            self._keys = tuple(self._path.read_text(encoding="ascii").split())
            self._changed_at = changed_at
        return self._keys

    def begin_rotation(self) -> None:
        """Put a new key before the others.

        Raises:
            OSError: the file cannot be written.
        """
        self._write(Fernet.generate_key().decode(), *self())

    def end_rotation(self) -> None:
        """Keep the first key alone.

        Raises:
            OSError: the file cannot be written.
        """
        self._write(self()[0])

    def _write(self, *keys: str) -> None:
        replace_private(self._path, "\n".join((*keys, "")).encode())


def totp_key_file(settings: Settings) -> Path:
    """Give the file of the keys that authenticators are sealed with, where TOTP_KEYS does not hold them."""
    return settings.data_dir / "totp.key"


def load_or_make(settings: Settings, *, sealed_before: bool) -> Keys:
    """Take each secret from the settings, or from its file in DATA_DIR, which is made if it is not there.

    Raises:
        KeyMissingError: the database holds sealed secrets (``sealed_before``), and their key is not there.
        NotPrivateError: others can read a file.
        OSError: DATA_DIR cannot be read or written.
    """
    secret_file, totp_file = settings.data_dir / "secret.key", totp_key_file(settings)
    files = [
        file
        for file, given in ((secret_file, settings.secret_key), (totp_file, settings.totp_keys))
        if not given
    ]
    if totp_file in files and sealed_before and not totp_file.exists():
        raise KeyMissingError(totp_file)
    make_private(settings.data_dir)
    made = []
    if secret_file in files:
        made.append(write_private(secret_file, lambda: secrets.token_urlsafe(48).encode()))
    if totp_file in files:
        made.append(write_private(totp_file, Fernet.generate_key))
    for file in files:
        check_private(file)
    secret_key = (
        settings.secret_key.get_secret_value()
        if settings.secret_key
        else secret_file.read_text(encoding="ascii").strip()
    )
    totp_keys = tuple(key.get_secret_value() for key in settings.totp_keys)
    give_keys = (lambda: totp_keys) if totp_keys else KeyFile(totp_file)
    return Keys(secret_key, give_keys, tuple(files), made_now=any(made))
