"""The server's host key: made once, kept with mode 0600."""

from dataclasses import dataclass
from pathlib import Path

import asyncssh

from sshauth.files import make_private, write_private

FILE_NAME = "ssh_host_ed25519_key"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host key, where it is kept, and whether this start made it."""

    key: asyncssh.SSHKey
    path: Path
    made_now: bool

    @property
    def fingerprint(self) -> str:
        """The SHA256 fingerprint, as ``ssh`` shows it at the first connection."""
        return self.key.get_fingerprint("sha256")


def load_or_make(directory: Path) -> HostKey:
    """Read the ed25519 host key of a directory, or make one there.

    Raises:
        OSError: the directory or file cannot be read or written.
        asyncssh.KeyImportError: the file does not hold a private key.
    """
    path = directory / FILE_NAME
    make_private(directory)
    made_now = write_private(path, lambda: asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return HostKey(asyncssh.read_private_key(path), path, made_now)
