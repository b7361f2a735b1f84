"""Looks at files and disks."""

import os
import pwd
import shutil
from pathlib import Path

from sshauth.config import Settings
from sshauth.db.engine import sqlite_file
from sshauth.files import NotPrivateError, reason_of
from sshauth.motd import Motd
from sshauth.operating.doctor.finding import Finding, Findings, hint, in_thread, ok, wrong
from sshauth.ssh.host_keys import load
from sshauth.ssh.key_file import HostKeyError, HostKeyMissingError

DATA, OWNERS, HOST_KEYS, DISK, MOTD = "DATA_DIR", "Owners", "Host keys", "Disk space", "MOTD_FILE"
SECRET_FILES = ("*.key", "*.db", "*.db-*", "outbox")
LEAST_FREE, LITTLE_FREE = 100_000_000, 1_000_000_000
"""Bytes."""
MOTD_LINES = 5
MOST_NAMED = 3


async def data_dir(settings: Settings) -> Findings:
    """See that the directory can be used, and that what is secret in it is its owner's alone."""
    return [await in_thread(_data_dir, settings.data_dir)]


def _data_dir(path: Path) -> Finding:
    if not path.exists():
        return ok(DATA, f"{path} is not there yet; the first start makes it")
    if not path.is_dir():
        return wrong(DATA, f"{path} is not a directory", "Take it away, or name another in DATA_DIR.")
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return wrong(DATA, f"{path} is on a disk that is mounted read-only", "Mount it for writing.")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return wrong(DATA, f"{path} cannot be read and written by {_user(os.geteuid())}", _as_owner(path))
    found = {each for pattern in SECRET_FILES for each in path.glob(pattern)}
    secret = sorted(each for each in found if (there := _status(each)) and there.st_mode & 0o077)
    if secret:
        said = f"{_names(secret)} can be read by others than their owner"
        return wrong(DATA, said, f"Type: chmod go= {' '.join(map(str, secret))}")
    return ok(DATA, f"{path}; its secrets are its owner's alone")


async def owners(settings: Settings) -> Findings:
    """See that nobody else, as root by a command, owns what the service must write."""
    return [
        finding
        for directory in dict.fromkeys((settings.data_dir, settings.host_keys_dir))
        for finding in await in_thread(_owners, directory)
    ]


def _owners(directory: Path) -> Findings:
    if not directory.is_dir() or not os.access(directory, os.R_OK | os.X_OK):
        return []
    owner = directory.stat().st_uid
    parts = (directory, directory / "logs", directory / "outbox")
    seen = [part for part in parts if part.is_dir() and os.access(part, os.R_OK | os.X_OK)]
    inside = {each: _status(each) for part in seen for each in part.iterdir()}
    foreign = {
        each: there.st_uid for each, there in sorted(inside.items()) if there and there.st_uid != owner
    }
    if not foreign:
        return [ok(OWNERS, f"all in {directory} belongs to {_user(owner)}")]
    other = _user(next(iter(foreign.values())))
    said = f"{_names(list(foreign))} belongs to {other}, and {directory} to {_user(owner)}"
    return [wrong(OWNERS, said, f"Type: chown -R {_user(owner)} {directory}")]


async def host_keys(settings: Settings, *, have_people: bool | None) -> Findings:
    """See that the host keys can be used. None of a service that people know is a fault."""
    return [await in_thread(_host_keys, settings, have_people)]


def _host_keys(settings: Settings, have_people: bool | None) -> Finding:  # noqa: FBT001 - called by position
    directory = settings.host_keys_dir
    try:
        keys = load(directory, rsa=settings.host_key_rsa)
    except HostKeyMissingError:
        if have_people:
            said = f"{directory} has no host key, and people know this service by one"
            return wrong(HOST_KEYS, said, "Put your copy there: of a new one everybody's SSH client warns.")
        return ok(HOST_KEYS, f"none in {directory} yet; the first start makes one")
    except (HostKeyError, NotPrivateError) as error:
        return wrong(HOST_KEYS, " ".join(str(error).split()).rstrip("."), "")
    except OSError as error:
        return wrong(HOST_KEYS, f"{directory} cannot be used: {reason_of(error)}", _as_owner(directory))
    return ok(HOST_KEYS, f"{keys.fingerprint} in {keys.path}")


async def disk_space(settings: Settings, *, least: int = LEAST_FREE, little: int = LITTLE_FREE) -> Findings:
    """See that there is room where things are written."""
    file = sqlite_file(settings.database)
    wanted = [settings.data_dir, *([file.parent] if file else [])]
    there = {_existing(path).stat().st_dev: _existing(path) for path in wanted}
    return [await in_thread(_disk_space, path, least, little) for path in there.values()]


def _disk_space(path: Path, least: int, little: int) -> Finding:
    free, files = shutil.disk_usage(path).free, os.statvfs(path)
    if files.f_files and files.f_favail == 0:
        return wrong(DISK, f"the disk of {path} has no room for another file", "Take some away.")
    said = f"{free / 1e9:.1f} GB are free on the disk of {path}"
    if free < least:
        return wrong(DISK, said, "Make room: without, nobody signs in.")
    return hint(DISK, said, "Make room before it is full.") if free < little else ok(DISK, said)


async def motd_file(settings: Settings) -> Findings:
    """See that the message of the day can be read and shown."""
    if settings.motd_file is None:
        return []
    motd = Motd(settings.motd_file)
    try:
        await in_thread(motd.read)
    except OSError as error:
        said = f"{settings.motd_file} cannot be read: {reason_of(error)}"
        return [wrong(MOTD, said, "Put it there, or take MOTD_FILE out: the start is refused.")]
    lines = motd.text.count("\n") + 1
    if lines > MOTD_LINES:
        return [hint(MOTD, f"{settings.motd_file} has {lines} lines", f"{MOTD_LINES} are shown.")]
    return [ok(MOTD, str(settings.motd_file))]


def _status(path: Path) -> os.stat_result | None:
    """Look at a file, which may be gone since it was found: the database's come and go."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _existing(path: Path) -> Path:
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())


def _names(paths: list[Path]) -> str:
    named = ", ".join(map(str, paths[:MOST_NAMED]))
    return f"{named} and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else named


def _as_owner(path: Path) -> str:
    return f"Run this as {_user(path.stat().st_uid)}, or type: chown -R {_user(os.geteuid())} {path}"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
