"""Changing the host key: announced first, then used, then forgotten."""

import threading
from pathlib import Path

import pytest

from sshauth.ssh.host_keys import Use, load, load_or_make, path_of
from sshauth.ssh.key_file import HostKeyError
from sshauth.ssh.key_rotation import forget, make_next, rotate


def uses(directory: Path) -> dict[Use, str]:
    """Tell which key is used for what."""
    return {key.use: key.fingerprint for key in load(directory).all}


def test_a_key_is_changed_in_three_steps(tmp_path: Path) -> None:
    """The next is announced, then the two change places, then the old one is gone."""
    first = load_or_make(tmp_path).fingerprint
    second = make_next(tmp_path).fingerprint
    assert uses(tmp_path) == {Use.IN_USE: first, Use.NEXT: second}
    assert rotate(tmp_path).fingerprint == second
    assert uses(tmp_path) == {Use.IN_USE: second, Use.OLD: first}
    assert forget(tmp_path) == path_of(tmp_path, Use.OLD)
    assert uses(tmp_path) == {Use.IN_USE: second}
    assert [path.name for path in tmp_path.iterdir()] == ["ssh_host_ed25519_key"]


def test_every_file_is_its_owners_alone(tmp_path: Path) -> None:
    """In each step."""
    load_or_make(tmp_path)
    for step in (make_next, rotate, make_next):
        step(tmp_path)
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_the_next_key_may_be_made_while_the_old_one_is_announced(tmp_path: Path) -> None:
    """But it is not put to use before the old one is forgotten: there is one place for an old key."""
    load_or_make(tmp_path)
    make_next(tmp_path)
    rotate(tmp_path)
    make_next(tmp_path)
    before = uses(tmp_path)
    with pytest.raises(HostKeyError, match=r"still announced.* To forget it: sshauth host-key forget"):
        rotate(tmp_path)
    assert uses(tmp_path) == before
    forget(tmp_path)
    assert rotate(tmp_path).fingerprint == before[Use.NEXT]


def test_a_step_that_is_not_due_changes_nothing(tmp_path: Path) -> None:
    """And says which one is."""
    for step in (make_next, rotate):
        with pytest.raises(HostKeyError, match="sshauth serve"):
            step(tmp_path)
    assert list(tmp_path.iterdir()) == []
    load_or_make(tmp_path)
    with pytest.raises(HostKeyError, match=r"no next host key. To make one: sshauth host-key next"):
        rotate(tmp_path)
    with pytest.raises(HostKeyError, match="no old host key"):
        forget(tmp_path)
    make_next(tmp_path)
    before = uses(tmp_path)
    with pytest.raises(HostKeyError, match=r"already.*To put it to use: sshauth host-key rotate"):
        make_next(tmp_path)
    assert uses(tmp_path) == before


def test_a_rotation_that_was_interrupted_is_finished_by_the_next(tmp_path: Path) -> None:
    """Between the two changes of a file the key in use stands in two; the server reads it once, as in use."""
    first = load_or_make(tmp_path)
    second = make_next(tmp_path)
    path_of(tmp_path, Use.OLD).write_bytes(first.path.read_bytes())
    path_of(tmp_path, Use.OLD).chmod(0o600)
    assert uses(tmp_path) == {Use.IN_USE: first.fingerprint, Use.NEXT: second.fingerprint}
    assert rotate(tmp_path).fingerprint == second.fingerprint
    assert uses(tmp_path) == {Use.IN_USE: second.fingerprint, Use.OLD: first.fingerprint}


def test_a_next_key_of_no_use_is_not_put_to_use(tmp_path: Path) -> None:
    """The one in use stays."""
    first = load_or_make(tmp_path)
    make_next(tmp_path).path.write_bytes(b"nonsense")
    with pytest.raises(HostKeyError, match=r"ssh_host_ed25519_key.next holds no private key"):
        rotate(tmp_path)
    assert load_or_make(tmp_path / "other").fingerprint != first.fingerprint
    path_of(tmp_path, Use.NEXT).unlink()
    assert uses(tmp_path) == {Use.IN_USE: first.fingerprint}


def test_the_public_half_goes_with_its_key(tmp_path: Path) -> None:
    """A .pub that was left beside another key would mislead ssh-keygen."""
    first = load_or_make(tmp_path)
    Path(f"{first.path}.pub").write_text(first.all[0].public_line)
    make_next(tmp_path)
    rotate(tmp_path)
    public = tmp_path / "ssh_host_ed25519_key.old.pub"
    assert public.read_text() == first.all[0].public_line
    assert not (tmp_path / "ssh_host_ed25519_key.pub").exists()
    forget(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ssh_host_ed25519_key"]


def test_of_two_rotations_at_once_one_happens(tmp_path: Path) -> None:
    """The other is told that there is nothing to do, or finds it done; no key is lost."""
    for number in range(20):
        directory = tmp_path / str(number)
        first = load_or_make(directory).fingerprint
        second = make_next(directory).fingerprint
        together, failures = threading.Barrier(2), []

        def turn(directory: Path = directory, together: threading.Barrier = together) -> None:
            together.wait(10)
            try:
                rotate(directory)
            except (HostKeyError, FileNotFoundError) as error:
                failures.append(error)  # noqa: B023 - joined below

        threads = [threading.Thread(target=turn) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert uses(directory) == {Use.IN_USE: second, Use.OLD: first}
        assert len(failures) <= 1
