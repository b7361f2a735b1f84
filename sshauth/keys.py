"""The server's secrets: from the configuration, or made once and kept in DATA_DIR."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from sshauth.config import Settings
from sshauth.files import make_private, write_private


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets, where they are kept if they are ours, and whether this start made one."""

    secret_key: str = field(repr=False)
    totp_keys: tuple[str, ...] = field(repr=False)
    files: tuple[Path, ...]
    made_now: bool


def load_or_make(settings: Settings) -> Keys:
    """Take each secret from the settings, or from its file in DATA_DIR, which is made if it is not there.

    Raises:
        OSError: DATA_DIR cannot be read or written.
    """
    secret_file, totp_file = settings.data_dir / "secret.key", settings.data_dir / "totp.key"
    make_private(settings.data_dir)
    files, made_now = [], False
    if settings.secret_key is not None:
        secret_key = settings.secret_key.get_secret_value()
    else:
        made_now |= write_private(secret_file, lambda: secrets.token_urlsafe(48).encode())
        secret_key = secret_file.read_text(encoding="ascii").strip()
        files.append(secret_file)
    totp_keys = tuple(key.get_secret_value() for key in settings.totp_keys)
    if not totp_keys:
        made_now |= write_private(totp_file, Fernet.generate_key)
        totp_keys = tuple(totp_file.read_text(encoding="ascii").split())
        files.append(totp_file)
    return Keys(secret_key, totp_keys, tuple(files), made_now)
