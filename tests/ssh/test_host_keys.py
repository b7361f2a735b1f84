"""The host key: made once, kept private, read again."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import asyncssh
import pytest

from sshauth.ssh.host_keys import FILE_NAME, load_or_make

MAKE = """
import sys
from pathlib import Path
from sshauth.ssh.host_keys import load_or_make
print("ready", flush=True)
sys.stdin.readline()
made = load_or_make(Path(sys.argv[1]))
print(made.fingerprint, made.made_now)
"""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o022, 0o000, 0o077])
def test_a_key_is_made_that_its_owner_alone_can_read(tmp_path: Path, mask: int) -> None:
    """The file has mode 0600 whatever the process's mask, and its new directory 0700 at most."""
    before = os.umask(mask)
    try:
        made = load_or_make(tmp_path / "below" / "host_keys")
    finally:
        os.umask(before)
    assert made.made_now
    assert made.path == tmp_path / "below" / "host_keys" / FILE_NAME
    assert mode_of(made.path) == 0o600
    assert mode_of(made.path.parent) & 0o077 == 0
    assert [path.name for path in made.path.parent.iterdir()] == [FILE_NAME]


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """Every start after the first reads the same, and leaves the file alone."""
    made, content = load_or_make(tmp_path), (tmp_path / FILE_NAME).read_bytes()
    again = load_or_make(tmp_path)
    assert not again.made_now
    assert again.fingerprint == made.fingerprint
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_keys_of_two_directories_differ(tmp_path: Path) -> None:
    """No key is in the package."""
    assert load_or_make(tmp_path / "one").fingerprint != load_or_make(tmp_path / "other").fingerprint


def test_the_fingerprint_is_as_ssh_shows_it(tmp_path: Path) -> None:
    """OpenSSH computes the same from the file."""
    made = load_or_make(tmp_path)
    shown = subprocess.run(
        ["ssh-keygen", "-lf", made.path], capture_output=True, text=True, check=True
    ).stdout
    assert made.fingerprint.startswith("SHA256:")
    assert made.fingerprint == shown.split()[1]
    assert shown.split()[-1] == "(ED25519)"


def test_several_makers_at_once_get_one_key(tmp_path: Path) -> None:
    """Of servers that start together one makes the key, and all have it."""
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, tmp_path / "host_keys"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for maker in makers:
        assert maker.stdout
        assert maker.stdout.readline() == "ready\n"
    answers = [maker.communicate("\n", timeout=20) for maker in makers]
    assert [errors for _, errors in answers] == [""] * 4
    assert len({answer.split()[0] for answer, _ in answers}) == 1
    assert sorted(answer.split()[1] for answer, _ in answers) == ["False"] * 3 + ["True"]


def test_a_start_that_was_killed_does_not_hinder_the_next(tmp_path: Path) -> None:
    """In a container every start has the same process id, and may find the draft of the one before."""
    (tmp_path / f".{FILE_NAME}.{os.getpid()}").write_bytes(b"half a k")
    assert load_or_make(tmp_path).made_now


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "binary", "public"])
def test_a_damaged_file_is_an_error(tmp_path: Path, damage: str) -> None:
    """It is said, and never replaced by a new key: people would be warned of an attack."""
    made = load_or_make(tmp_path)
    content = {
        "empty": b"",
        "text": b"not a key\n",
        "cut": made.path.read_bytes()[:100],
        "binary": bytes(range(256)),
        "public": made.key.export_public_key(),
    }[damage]
    made.path.write_bytes(content)
    with pytest.raises(asyncssh.KeyImportError):
        load_or_make(tmp_path)
    assert made.path.read_bytes() == content


def test_a_file_in_the_way_is_an_error_of_the_system(tmp_path: Path) -> None:
    """Where the directory should be there is a file."""
    (tmp_path / "file").touch()
    for directory in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match="file"):
            load_or_make(directory)


def test_a_directory_in_the_way_is_an_error_of_the_system(tmp_path: Path) -> None:
    """Where the file should be there is a directory."""
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(OSError, match=FILE_NAME):
        load_or_make(tmp_path)


def test_a_directory_that_cannot_be_written_is_an_error_of_the_system() -> None:
    """Not even by root, where tests may run."""
    with pytest.raises(OSError, match="proc"):
        load_or_make(Path("/proc"))
