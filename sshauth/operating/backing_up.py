"""What the command does and says that backs the database up into a file."""

import gzip
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO

from sshauth import keys
from sshauth.accounts.audit import Happened
from sshauth.accounts.clock import utc_now
from sshauth.config import Settings
from sshauth.db.backup import lines_of
from sshauth.db.backup_file import Backup
from sshauth.db.dump import BackupError
from sshauth.db.engine import Database
from sshauth.db.migrate import head
from sshauth.files import reason_of, whole_or_not
from sshauth.operating.databases import accounts_in_words, note, opened

Say = Callable[[str], None]


async def back_up(settings: Settings, path: Path, say: Say) -> None:
    """Write the database into a file, as it is at this moment, while the service runs.

    Raises:
        StartError: the database cannot be used, or the file cannot be written.
    """
    async with opened(settings) as database:
        _keep_others(path)
        await _write(database, path)
        with Backup(path) as written:
            about = written.about
        if about.revision == head():
            await note(database, Happened.BACKED_UP)
    accounts = accounts_in_words(about.rows.get("users", 0))
    say(f"Backed up {accounts} into {path} ({_size(path)}), as of {about.when}.")
    say(f"The keys are not in it, and nobody signs in without them. Keep a copy elsewhere: {_keys(settings)}")


def _keep_others(path: Path) -> None:
    """Let a backup take the place of an older one, and of nothing else."""
    if path.exists():
        try:
            with Backup(path):
                pass
        except BackupError:
            raise BackupError(f"{path} is there, and is no backup. Name another file.") from None


async def _write(database: Database, path: Path) -> None:
    try:
        with whole_or_not(path) as file:
            await _pack(database, file)
    except OSError as error:
        raise BackupError(f"Cannot write {path}: {reason_of(error)}. Nothing was written.") from None


async def _pack(database: Database, file: BinaryIO) -> None:
    with gzip.GzipFile(fileobj=file, mode="wb", filename="") as packed:
        async with aclosing(lines_of(database, utc_now())) as lines:
            async for line in lines:
                packed.write(f"{line}\n".encode())


def _size(path: Path) -> str:
    return f"{path.stat().st_size} bytes"


def _keys(settings: Settings) -> str:
    given = [name for name in ("SECRET_KEY", "TOTP_KEYS") if getattr(settings, name.lower())]
    files = [str(file) for file in keys.key_files(settings)]
    return ", ".join([*given, *files, f"{settings.host_keys_dir}/"])
