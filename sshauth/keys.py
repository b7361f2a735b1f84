"""The server's secrets: from the configuration, or made once and kept in DATA_DIR."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.fernet import Fernet

from sshauth.config import Settings
from sshauth.config_values import FERNET_KEY
from sshauth.files import check_private, make_private, replace_private, write_private

SHORTEST_SECRET = 32
"""As of SECRET_KEY."""

GiveKeys = Callable[[], Sequence[str]]
"""Gives the keys that are in force, the newest first; others may change them while we run."""


class KeyFileError(Exception):
    """A file of keys cannot be used; the text says why, for the operator."""


class KeyMissingError(KeyFileError):
    """The key of what the database holds is not there; a new one would not open it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The key that the authenticators in this database were sealed with is missing: {path}. "
            "Put it back, or set TOTP_KEYS. Nothing was changed."
        )


class SecretMissingError(KeyFileError):
    """The secret key that the database has lived with is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The SECRET_KEY that this database has lived with is missing: {path}. Put it back, or set "
            "SECRET_KEY. If it is lost, go on with a new one: sshauth secrets rotate --lost. "
            "Nothing was changed."
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

    secret_keys: GiveKeys = field(repr=False)
    """SECRET_KEY, and then those that are still accepted."""
    totp_keys: GiveKeys = field(repr=False)
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
            keys = self.keys_in(self._path.read_text(encoding="ascii", errors="replace"))
            if not keys or not all(map(self.is_key, keys)):
                raise KeyDamagedError(self._path)
            self._keys, self._changed_at = keys, changed_at
        return self._keys

    def keys_in(self, text: str) -> tuple[str, ...]:
        """Take what the file holds apart."""
        return tuple(text.split())

    def is_key(self, key: str) -> bool:
        """Tell whether something is a key."""
        return FERNET_KEY.fullmatch(key) is not None

    def new_key(self) -> str:
        """Make a key."""
        return new_totp_key()

    @contextmanager
    def rotation(self) -> Iterator[None]:
        """Put a new key before the others, and keep it alone at the end, unless something failed meanwhile.

        Raises:
            RotatingAlreadyError: another process is at it.
            OSError: the file cannot be written.
        """
        with self._locked():
            self._write(self.new_key(), *self())
            yield
            self.forget_others()

    def put_first(self) -> None:
        """Put a new key before the one in force, which is still accepted; older ones are not.

        Raises:
            RotatingAlreadyError: another process is at it.
            OSError: the file cannot be written.
        """
        with self._locked():
            self._write(self.new_key(), self()[0])

    def forget_others(self) -> None:
        """Keep the key in force alone.

        Raises:
            OSError: the file cannot be written.
        """
        self._write(self()[0])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # The directory, since the file in it is replaced by another.
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            _lock(directory)
            yield
        finally:
            os.close(directory)

    def _write(self, *keys: str) -> None:
        replace_private(self._path, "\n".join((*keys, "")).encode())


class SecretFile(KeyFile):
    """A file of secret keys, one a line, whatever each is made of."""

    def keys_in(self, text: str) -> tuple[str, ...]:
        """Take what the file holds apart."""
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    def is_key(self, key: str) -> bool:
        """Tell whether something is long enough."""
        return len(key) >= SHORTEST_SECRET

    def new_key(self) -> str:
        """Make a key."""
        return new_secret_key()


def new_secret_key() -> str:
    """Make a SECRET_KEY."""
    return secrets.token_urlsafe(48)


def new_totp_key() -> str:
    """Make one of TOTP_KEYS."""
    return Fernet.generate_key().decode()


def _lock(directory: int) -> None:
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RotatingAlreadyError from None


def totp_key_file(settings: Settings) -> Path:
    """Give the file of the keys that authenticators are sealed with, where TOTP_KEYS does not hold them."""
    return settings.data_dir / "totp.key"


def secret_key_file(settings: Settings) -> Path:
    """Give the file of the secret key, where SECRET_KEY does not hold it."""
    return settings.data_dir / "secret.key"


def key_files(settings: Settings) -> tuple[Path, ...]:
    """Give the files of the secrets that the settings do not hold."""
    given = {
        secret_key_file(settings): settings.secret_key,
        totp_key_file(settings): settings.totp_keys,
    }
    return tuple(file for file, value in given.items() if not value)


def load_or_make(settings: Settings, *, sealed_before: bool, secret_known: bool = False) -> Keys:
    """Take each secret from the settings, or from its file in DATA_DIR, which is made if it is not there.

    Raises:
        KeyMissingError: the database knows the keys (``sealed_before``), and they are not there.
        SecretMissingError: the database knows the secret key (``secret_known``), and it is not there.
        KeyDamagedError: a file holds something else than a key.
        NotPrivateError: others can read a file.
        OSError: DATA_DIR cannot be read or written.
    """
    secret_file, totp_file = secret_key_file(settings), totp_key_file(settings)
    files = key_files(settings)
    if totp_file in files and sealed_before and not totp_file.exists():
        raise KeyMissingError(totp_file)
    if secret_file in files and secret_known and not secret_file.exists():
        raise SecretMissingError(secret_file)
    make_private(settings.data_dir)
    made = []
    if secret_file in files:
        made.append(write_private(secret_file, lambda: new_secret_key().encode()))
    if totp_file in files:
        made.append(write_private(totp_file, lambda: new_totp_key().encode()))
    return replace(load(settings), made_now=any(made))


def load(settings: Settings) -> Keys:
    """Take each secret from the settings, or from its file in DATA_DIR, which must be there.

    Raises:
        KeyDamagedError: a file holds something else than a key.
        NotPrivateError: others can read a file.
        OSError: a file cannot be read.
    """
    files = key_files(settings)
    for file in files:
        check_private(file)
    totp_keys = tuple(key.get_secret_value() for key in settings.totp_keys)
    give_keys = (lambda: totp_keys) if totp_keys else KeyFile(totp_key_file(settings))
    return Keys(_secret_keys(settings), give_keys, files, made_now=False)


def _secret_keys(settings: Settings) -> GiveKeys:
    fallbacks = tuple(key.get_secret_value() for key in settings.secret_key_fallbacks)
    if settings.secret_key is not None:
        given = (settings.secret_key.get_secret_value(), *fallbacks)
        return lambda: given
    file = SecretFile(secret_key_file(settings))
    return lambda: (*file(), *fallbacks)
