"""What the command does and says that backs the database up into a file."""

import asyncio
import gzip
import signal
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import BinaryIO

from sshauth import keys
from sshauth.accounts.audit import Happened
from sshauth.accounts.clock import utc_now
from sshauth.config import Settings
from sshauth.db.backup import lines_of
from sshauth.db.backup_file import Backup
from sshauth.db.dump import About, BackupError
from sshauth.db.engine import Database, DatabaseError
from sshauth.db.migrate import head
from sshauth.files import reason_of, whole_or_not
from sshauth.operating.databases import note, opened
from sshauth.operating.tables import counted

Say = Callable[[str], None]


async def back_up(settings: Settings, path: Path, say: Say) -> None:
    """Write the database into a file, as it is at this moment, while the service runs.

    Raises:
        StartError: the database cannot be used, or the file cannot be written.
    """
    async with opened(settings) as database:
        _keep_others(path)
        await _write_or_stop(database, path)
        with Backup(path) as written:
            about = written.about
        noted = await _note(database, about)
    accounts = counted(about.rows.get("users", 0), "account")
    say(f"Backed up {accounts} into {path} ({_size(path)}), as of {about.when}.")
    if not noted:
        say("The audit log does not tell of it: the database takes no changes, or is of an older version.")
    say(f"The keys are not in it, and nobody signs in without them. Keep a copy elsewhere: {_keys(settings)}")


def _keep_others(path: Path) -> None:
    """Let a backup take the place of an older one, and of nothing else."""
    if path.exists():
        try:
            with Backup(path):
                pass
        except BackupError:
            raise BackupError(f"{path} is there, and is no backup. Name another file.") from None


async def _note(database: Database, about: About) -> bool:
    """Write down that there is a backup, where that can be: of a full disk one is wanted, too."""
    if about.revision != head():
        return False
    with suppress(DatabaseError):
        await note(database, Happened.BACKED_UP)
        return True
    return False


async def _write_or_stop(database: Database, path: Path) -> None:
    """Write it, and have Ctrl+C and SIGTERM end that as an error does: what is half-written is taken away."""
    loop, writing = asyncio.get_running_loop(), asyncio.create_task(_write(database, path))
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        loop.add_signal_handler(number, writing.cancel)
    try:
        await writing
    except asyncio.CancelledError:
        raise BackupError("Interrupted. Nothing was written.") from None
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


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
