"""The operating system: files that hold secrets, and its reasons in words."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def reason_of(error: BaseException) -> str:
    """Say why something failed, in one line of at most 200 characters, without a full stop."""
    number = getattr(error, "errno", None)
    if isinstance(error, TimeoutError) and number is None:
        return "no answer in time"
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    words = os.strerror(number) if number and number > 0 else said
    return " ".join(words.split())[:200].rstrip(".")


def make_private(directory: Path) -> None:
    """Make a directory that its owner alone can look into, unless it is there; its parents as usual.

    Raises:
        OSError: it cannot be made.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)


class NotPrivateError(OSError):
    """A file that holds a secret can be read by others."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} can be read by others than its owner. Type:\n  chmod 600 {path}")


def check_private(path: Path) -> None:
    """See that a secret file is its owner's alone.

    Raises:
        NotPrivateError: others can read or write it.
        OSError: it cannot be looked at.
    """
    if path.stat().st_mode & 0o077:
        raise NotPrivateError(path)


def replace_private(path: Path, content: bytes) -> None:
    """Put new content into a secret file, whole or not at all, with mode 0600.

    Raises:
        OSError: the directory cannot be written.
    """
    with whole_or_not(path) as file:
        file.write(content)


def write_private(path: Path, make: Callable[[], bytes]) -> bool:
    """Write a secret file with mode 0600 unless it is there already; tell whether it was made.

    The file appears whole or not at all: of several processes that start at once, one makes it and all
    read the same.

    Raises:
        OSError: the directory cannot be written.
    """
    if path.exists():
        return False
    with _draft(path, make()) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
        _sync(path.parent)
    return True


def take_place(draft: Path, path: Path) -> None:
    """Have a secret file take the place of another beside it, at once and for good.

    Raises:
        OSError: the directory cannot be written.
    """
    draft.replace(path)
    _sync(path.parent)


@contextmanager
def whole_or_not(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write into, which takes this name at the end, with mode 0600; after an error it is gone.

    Raises:
        OSError: the directory cannot be written, or is full.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        take_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    """Give a file beside another, with mode 0600 and content that is on the disk, until the end."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    """Have a directory written to the disk: what is sealed under a key must not outlive the key's file."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
