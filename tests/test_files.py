"""Files that hold secrets."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshauth.files import (
    NotPrivateError,
    check_private,
    make_private,
    reason_of,
    replace_private,
    take_place,
    write_private,
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def lax_umask() -> Iterator[None]:
    """Have the system take no permission away: the modes are ours."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_secret_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Row 20: whatever the umask."""
    path = tmp_path / "secret"
    assert write_private(path, lambda: b"content")
    assert (path.read_bytes(), mode_of(path)) == (b"content", 0o600)
    check_private(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_there_stays(tmp_path: Path) -> None:
    """It is not even made a second time."""
    path = tmp_path / "secret"
    path.write_bytes(b"first")
    assert not write_private(path, lambda: b"second")
    assert path.read_bytes() == b"first"


def test_of_many_that_write_at_once_one_does(tmp_path: Path) -> None:
    """And all read the same afterwards; no draft is left."""
    path, together, made = tmp_path / "secret", threading.Barrier(8), []

    def make(number: int) -> bytes:
        together.wait(10)  # all have seen that there is no file
        return bytes([number]) * 1000

    threads = [
        threading.Thread(target=lambda n=n: made.append(write_private(path, lambda: make(n))))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == 7 * [False] + [True]
    assert len(set(path.read_bytes())) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_while_it_is_made_leaves_nothing(tmp_path: Path) -> None:
    """The file appears whole or not at all."""

    def fail() -> bytes:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_private(tmp_path / "secret", fail)
    assert list(tmp_path.iterdir()) == []


def test_new_content_takes_the_place_of_the_old_at_once(tmp_path: Path) -> None:
    """With mode 0600, also where the old file was readable; no draft is left."""
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    path.chmod(0o644)
    replace_private(path, b"new")
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_takes_the_place_of_another(tmp_path: Path) -> None:
    """With its mode, and is nowhere else afterwards."""
    path, other = tmp_path / "secret", tmp_path / "other"
    path.write_bytes(b"old")
    write_private(other, lambda: b"new")
    take_place(other, path)
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_replaced_is_an_oserror(tmp_path: Path) -> None:
    """Where there is no such directory."""
    with pytest.raises(OSError, match="No such file"):
        replace_private(tmp_path / "nowhere" / "secret", b"new")
    path = tmp_path / "directory"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        replace_private(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    """Row 20: with what to type."""
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(mode)
    with pytest.raises(NotPrivateError, match=f"chmod 600 {path}"):
        check_private(path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_its_owner_alone_is_accepted(tmp_path: Path, mode: int) -> None:
    """Read-only too."""
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(mode)
    check_private(path)


def test_a_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Its parents as usual; one that is there stays as it is."""
    path = tmp_path / "a" / "b"
    make_private(path)
    assert mode_of(path) == 0o700
    path.chmod(0o755)
    make_private(path)
    assert mode_of(path) == 0o755


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "whatever", "/a/path"), "No such file or directory"),
        (TimeoutError(), "no answer in time"),
        (ValueError("two\nlines."), "two lines"),
        (KeyError(), "KeyError"),
        (OSError(-2, "Name or service not known"), "Name or service not known"),
        (RuntimeError("x" * 500), "x" * 200),
    ],
)
def test_reasons_are_said_in_one_line(error: Exception, words: str) -> None:
    """Short, and without a full stop."""
    assert reason_of(error) == words
