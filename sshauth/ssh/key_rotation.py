"""Giving the server another ed25519 host key without a warning to those who know it.

The next key is announced, and OpenSSH clients learn it when they connect. Then it changes places with the one
in use, which is announced for a while yet: other servers of the same name may still prove themselves with it.
"""

from pathlib import Path

from sshauth.files import take_place, write_private
from sshauth.ssh.host_keys import HostKey, HostKeys, Use, load, new_ed25519, path_of
from sshauth.ssh.key_file import HostKeyError


def make_next(directory: Path) -> HostKey:
    """Make the key that is to follow the one in use.

    Raises:
        HostKeyError: there is one already, or a key in the directory cannot be used.
        OSError: the directory cannot be read or written.
    """
    load(directory)
    path = path_of(directory, Use.NEXT)
    if not write_private(path, new_ed25519):
        raise HostKeyError(
            f"There is a next host key already, in {path}. To put it to use: sshauth host-key rotate"
        )
    return _of(load(directory), Use.NEXT)


def rotate(directory: Path) -> HostKeys:
    """Put the next key to use, and keep the one before. Where it was interrupted, doing it again finishes it.

    Raises:
        HostKeyError: there is no next key, an older key is still kept, or a key cannot be used.
        OSError: the directory cannot be read or written.
    """
    keys = load(directory)
    in_use, coming, old = (path_of(directory, use) for use in Use)
    if not coming.exists():
        raise HostKeyError("There is no next host key. To make one: sshauth host-key next")
    if any(host_key.use is Use.OLD for host_key in keys.all):
        raise HostKeyError(
            f"{old} is still announced, the key before the one in use. To forget it: sshauth host-key forget"
        )
    write_private(old, in_use.read_bytes)
    if _public(in_use).exists():
        _public(in_use).replace(_public(old))
    take_place(coming, in_use)
    return load(directory)


def forget(directory: Path) -> Path:
    """Take away the key that was in use before; give its file.

    Raises:
        HostKeyError: there is none.
        OSError: the directory cannot be written.
    """
    path = path_of(directory, Use.OLD)
    try:
        path.unlink()
    except FileNotFoundError:
        raise HostKeyError("There is no old host key to forget.") from None
    _public(path).unlink(missing_ok=True)
    return path


def _of(keys: HostKeys, use: Use) -> HostKey:
    return next(host_key for host_key in keys.all if host_key.use is use)


def _public(path: Path) -> Path:
    return path.with_name(f"{path.name}.pub")
