"""The server's secrets: from the configuration, or made once and kept in DATA_DIR."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from sshauth.config import Settings
from sshauth.config_values import FERNET_KEY
from sshauth.files import check_private, make_private, replace_private, write_private

SHORTEST_SECRET = 32
"""As of SECRET_KEY."""


class KeyFileError(Exception):
    """A file of keys cannot be used; the text says why, for the operator."""


class KeyMissingError(KeyFileError):
    """The key of what the database holds is not there; a new one would not open it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The key that the authenticators in this database were sealed with is missing: {path}. "
            "Put it back, or set TOTP_KEYS. Nothing was changed."
        )


class KeyDamagedError(KeyFileError):
    """A file of keys holds something else; what an empty one would sign, anybody could."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not hold what it was made with. Put it back. Nothing was changed.")


class RotatingAlreadyError(KeyFileError):
    """Two rotations at once would each take away the key of the other."""

    def __init__(self) -> None:
        super().__init__("Another rotation is under way. Wait until it has finished.")


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
            KeyDamagedError: it holds something else.
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
            keys = tuple(_text_of(self._path).split())
            if not keys or not all(map(FERNET_KEY.fullmatch, keys)):
                raise KeyDamagedError(self._path)
            self._keys, self._changed_at = keys, changed_at
        return self._keys

    @contextmanager
    def rotation(self) -> Iterator[None]:
        """Put a new key before the others, and keep it alone at the end, unless something failed meanwhile.

        Raises:
            RotatingAlreadyError: another process is at it.
            OSError: the file cannot be written.
        """
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            _lock(directory)
            self._write(Fernet.generate_key().decode(), *self())
            yield
            self._write(self()[0])
        finally:
            os.close(directory)

    def _write(self, *keys: str) -> None:
        replace_private(self._path, "\n".join((*keys, "")).encode())


def _lock(directory: int) -> None:
    # The directory, since the file in it is replaced by another.
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RotatingAlreadyError from None


def _text_of(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace").strip()


def _secret_in(path: Path) -> str:
    secret = _text_of(path)
    if len(secret) < SHORTEST_SECRET:
        raise KeyDamagedError(path)
    return secret


def totp_key_file(settings: Settings) -> Path:
    """Give the file of the keys that authenticators are sealed with, where TOTP_KEYS does not hold them."""
    return settings.data_dir / "totp.key"


def load_or_make(settings: Settings, *, sealed_before: bool) -> Keys:
    """Take each secret from the settings, or from its file in DATA_DIR, which is made if it is not there.

    Raises:
        KeyMissingError: the database holds sealed secrets (``sealed_before``), and their key is not there.
        KeyDamagedError: a file holds something else than a key.
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
    secret_key = settings.secret_key.get_secret_value() if settings.secret_key else _secret_in(secret_file)
    totp_keys = tuple(key.get_secret_value() for key in settings.totp_keys)
    give_keys = (lambda: totp_keys) if totp_keys else KeyFile(totp_file)
    return Keys(secret_key, give_keys, tuple(files), made_now=any(made))
