"""The host keys: made once or brought, kept private, read again, in the order in which they sign."""

import asyncio
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.files import NotPrivateError
from sshauth.ssh.host_keys import FILE_NAME, HostKeys, KeptHostKeys, Use, load, load_or_make, path_of
from sshauth.ssh.key_file import HostKeyError
from tests.ssh.clients import connected

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


def public_half(path: Path) -> str:
    """Give what OpenSSH wrote, without the comment."""
    return " ".join(path.read_text().split()[:2])


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


def test_what_is_read_shows_no_secret(tmp_path: Path) -> None:
    """Neither the keys nor what holds them say more than where they are."""
    kept = KeptHostKeys(tmp_path)
    assert "object at" not in repr(kept.now)
    assert "PRIVATE" not in repr(kept.now) + repr(kept)


# What an operator brings


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory of all kinds of keys, made by OpenSSH."""
    directory = tmp_path_factory.mktemp("brought")
    for name, *options in (
        ("ed25519", "-t", "ed25519"),
        ("ed25519-passphrase", "-t", "ed25519", "-N", "a secret"),
        ("rsa-openssh", "-t", "rsa", "-b", "3072"),
        ("rsa-pkcs1", "-t", "rsa", "-b", "3072", "-m", "PEM"),
        ("rsa-pkcs8", "-t", "rsa", "-b", "4096", "-m", "PKCS8"),
        ("rsa-pkcs1-passphrase", "-t", "rsa", "-m", "PEM", "-N", "a secret"),
        ("rsa-pkcs8-passphrase", "-t", "rsa", "-m", "PKCS8", "-N", "a secret"),
        ("rsa-2048", "-t", "rsa", "-b", "2048"),
        ("ecdsa", "-t", "ecdsa"),
    ):
        file = str(directory / name)
        command = ["ssh-keygen", "-q", "-C", "the operator's", "-f", file, "-N", "", *options]
        subprocess.run(command, check=True)
    key = asyncssh.read_private_key(directory / "ed25519")
    (directory / "ed25519-pkcs8").write_bytes(key.export_private_key("pkcs8-pem"))
    (directory / "dsa").write_bytes(asyncssh.generate_private_key("ssh-dss").export_private_key())
    return directory


def put(brought: Path, name: str, path: Path) -> None:
    """Put a key where the server looks for it."""
    path.write_bytes((brought / name).read_bytes())
    path.chmod(0o600)


@pytest.mark.parametrize("name", ["ed25519", "ed25519-pkcs8"])
def test_an_ed25519_key_that_was_brought_is_used(tmp_path: Path, brought: Path, name: str) -> None:
    """In each format, also read-only and with the public key beside it."""
    put(brought, name, tmp_path / FILE_NAME)
    (tmp_path / FILE_NAME).chmod(0o400)
    (tmp_path / f"{FILE_NAME}.pub").write_bytes((brought / "ed25519.pub").read_bytes())
    keys = load_or_make(tmp_path)
    assert not keys.made_now
    assert [key.public_line for key in keys.all] == [public_half(brought / "ed25519.pub")]


@pytest.mark.parametrize(("name", "bits"), [("rsa-openssh", 3072), ("rsa-pkcs1", 3072), ("rsa-pkcs8", 4096)])
def test_an_rsa_key_that_was_brought_is_used_if_asked(
    tmp_path: Path, brought: Path, name: str, bits: int
) -> None:
    """Beside an ed25519 key, which is made; unasked it is left alone."""
    put(brought, name, tmp_path / "ssh_host_rsa_key")
    assert [key.kind for key in load_or_make(tmp_path).all] == ["ed25519"]
    keys = load_or_make(tmp_path, rsa=True)
    assert [key.kind for key in keys.all] == ["ed25519", f"RSA {bits}"]
    assert keys.all[1].public_line == public_half(brought / f"{name}.pub")


def test_an_rsa_key_is_made_if_asked(tmp_path: Path) -> None:
    """Of 3072 bits, its owner's alone, once; what the start says is of the ed25519 key."""
    load_or_make(tmp_path)
    made = load_or_make(tmp_path, rsa=True)
    assert [key.kind for key in made.in_use] == ["ed25519", "RSA 3072"]
    assert mode_of(made.all[1].path) == 0o600
    assert not made.made_now
    assert made.fingerprint == made.all[0].fingerprint
    assert made.path == tmp_path / FILE_NAME
    assert load_or_make(tmp_path, rsa=True).all[1].fingerprint == made.all[1].fingerprint


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "ed25519-passphrase",
            "has a passphrase, which nobody is there to type. To take it off, type:\n  ssh-keygen",
        ),
        ("rsa-pkcs1-passphrase", "has a passphrase"),
        ("rsa-pkcs8-passphrase", "has a passphrase"),
        ("rsa-openssh", "holds a key of another kind; a private ed25519 key belongs there."),
        ("ecdsa", "holds a key of another kind"),
        ("dsa", "holds a key of another kind"),
        ("ed25519.pub", "holds a public key; the private one belongs there."),
    ],
)
def test_a_key_of_no_use_is_said(tmp_path: Path, brought: Path, name: str, words: str) -> None:
    """With the file, and what to do; it stays as it is."""
    path = tmp_path / FILE_NAME
    put(brought, name, path)
    content = path.read_bytes()
    with pytest.raises(HostKeyError, match=f"^{re.escape(f'{path} {words}')}"):
        load_or_make(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "rsa-2048",
            "holds an RSA key of 2048 bits; it takes 3072. Take it away, and the next start makes one.",
        ),
        ("ed25519", "holds a key of another kind; a private RSA key belongs there."),
    ],
)
def test_an_rsa_key_of_no_use_is_said(tmp_path: Path, brought: Path, name: str, words: str) -> None:
    """Only where an RSA key is asked for."""
    path = tmp_path / "ssh_host_rsa_key"
    put(brought, name, path)
    load_or_make(tmp_path)
    with pytest.raises(HostKeyError, match=f"^{re.escape(f'{path} {words}')}"):
        load_or_make(tmp_path, rsa=True)


def test_the_advice_about_a_passphrase_works(tmp_path: Path, brought: Path) -> None:
    """What is said is typed, with the passphrase."""
    put(brought, "ed25519-passphrase", tmp_path / FILE_NAME)
    with pytest.raises(HostKeyError) as error:
        load_or_make(tmp_path)
    advice = str(error.value).partition("To take it off, type:")[2]
    subprocess.run([*shlex.split(advice), "-P", "a secret"], check=True, stdout=subprocess.DEVNULL)
    assert load_or_make(tmp_path).all[0].public_line == public_half(brought / "ed25519-passphrase.pub")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
@pytest.mark.parametrize("name", [FILE_NAME, f"{FILE_NAME}.next", f"{FILE_NAME}.old"])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int, name: str) -> None:
    """With what to type; also one that is only announced."""
    load_or_make(tmp_path)
    path = tmp_path / name
    path.write_bytes((tmp_path / FILE_NAME).read_bytes())
    path.chmod(mode)
    with pytest.raises(NotPrivateError, match=f"Type:\n  chmod 600 {path}$"):
        load_or_make(tmp_path)


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "binary"])
def test_a_damaged_file_is_an_error(tmp_path: Path, damage: str) -> None:
    """It is said, and never replaced by a new key: people would be warned of an attack."""
    made = load_or_make(tmp_path)
    content = {
        "empty": b"",
        "text": b"not a key\n",
        "cut": made.path.read_bytes()[:100],
        "binary": bytes(range(256)),
    }[damage]
    made.path.write_bytes(content)
    with pytest.raises(HostKeyError, match=f"{made.path} holds no private key .* Put it back"):
        load_or_make(tmp_path)
    assert made.path.read_bytes() == content


@given(st.data())
def test_damage_of_any_kind_is_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A changed key still is one, of whatever kind, or is said to be none."""
    directory = tmp_path_factory.mktemp("damaged")
    made = load_or_make(directory)
    content = bytearray(made.path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    made.path.write_bytes(content)
    try:
        load_or_make(directory)
    except HostKeyError as error:
        assert str(error).startswith(str(made.path))


def test_keys_that_are_not_there_are_not_made_by_reading(tmp_path: Path) -> None:
    """Commands that look make nothing."""
    with pytest.raises(HostKeyError, match=r"There is no host key in .* makes it when it starts"):
        load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_an_error_of_the_system(tmp_path: Path) -> None:
    """Where the directory should be there is a file."""
    (tmp_path / "file").touch()
    for directory in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match="file"):
            load_or_make(directory)


def test_a_directory_in_the_way_of_a_key_is_said(tmp_path: Path) -> None:
    """Where the file should be there is a directory."""
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(HostKeyError, match=f"{FILE_NAME} is not a file. Take it away"):
        load_or_make(tmp_path)


def test_a_directory_that_cannot_be_written_is_an_error_of_the_system() -> None:
    """Not even by root, where tests may run."""
    with pytest.raises(OSError, match="proc"):
        load_or_make(Path("/proc"))


# Several keys


def with_all_keys(directory: Path, *, rsa: bool = False) -> HostKeys:
    """Make a next and an old key beside the one in use."""
    load_or_make(directory, rsa=rsa)
    for use in (Use.NEXT, Use.OLD):
        load_or_make(directory / use.name).path.rename(path_of(directory, use))
    return load(directory, rsa=rsa)


def test_all_keys_are_read_in_the_order_of_their_use(tmp_path: Path) -> None:
    """Those in use first; what is next or old is announced only."""
    keys = with_all_keys(tmp_path, rsa=True)
    assert [(key.kind, key.use, key.path.name) for key in keys.all] == [
        ("ed25519", Use.IN_USE, "ssh_host_ed25519_key"),
        ("RSA 3072", Use.IN_USE, "ssh_host_rsa_key"),
        ("ed25519", Use.NEXT, "ssh_host_ed25519_key.next"),
        ("ed25519", Use.OLD, "ssh_host_ed25519_key.old"),
    ]
    assert keys.in_use == keys.all[:2]


def test_dns_knows_the_keys_as_openssh_does(tmp_path: Path) -> None:
    """The SSHFP records are those of ssh-keygen -r."""
    for key in load_or_make(tmp_path, rsa=True).all:
        Path(f"{key.path}.pub").write_text(key.public_line)
        command = ["ssh-keygen", "-r", "example.org", "-f", f"{key.path}.pub"]
        records = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        assert f"example.org IN {key.sshfp}" in records


@asynccontextmanager
async def listening(keys: HostKeys) -> AsyncIterator[int]:
    """Serve nothing, with these keys."""

    class Anybody(asyncssh.SSHServer):
        def begin_auth(self, _username: str) -> bool:
            return False

    async with asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Anybody,
        server_host_keys=keys.server_keys,
        send_server_host_keys=True,
    ) as acceptor:
        yield acceptor.get_port()


async def test_the_key_in_use_signs_and_the_others_are_announced(tmp_path: Path) -> None:
    """AsyncSSH takes the first key of an algorithm, and proves the others when it is asked."""
    keys, learned = with_all_keys(tmp_path, rsa=True), asyncio.Queue[list[asyncssh.SSHKey]]()
    in_use, *others = (key.public_line for key in keys.all)
    known = tmp_path / "known_hosts"
    known.write_text(f"* {in_use}\n")

    def learn(
        added: list[asyncssh.SSHKey],
        _removed: list[asyncssh.SSHKey],
        _retained: list[asyncssh.SSHKey],
        _revoked: list[asyncssh.SSHKey],
    ) -> None:
        learned.put_nowait(added)

    async with (
        listening(keys) as port,
        connected(port, known_hosts=str(known), server_host_keys_handler=learn),
        asyncio.timeout(20),
    ):
        added = [" ".join(key.export_public_key().decode().split()[:2]) for key in await learned.get()]
    assert sorted(added) == sorted(others)


async def test_each_connection_gets_the_rsa_signature_that_it_agreed_on(tmp_path: Path) -> None:
    """Many at once, by different algorithms; SHA-1 is not to be had."""
    keys = load_or_make(tmp_path, rsa=True)

    async def connect(port: int, algorithm: str) -> None:
        async with connected(port, known_hosts=None, server_host_key_algs=[algorithm]) as connection:
            key = connection.get_server_host_key()
            assert key is not None
            assert key.get_fingerprint() == keys.all[1].fingerprint

    async with listening(keys) as port:
        await asyncio.gather(*(connect(port, f"rsa-sha2-{bits}") for bits in 8 * (256, 512)))
        with pytest.raises(asyncssh.KeyExchangeFailed):
            await connect(port, "ssh-rsa")


def test_keys_are_taken_over_by_reading_again(tmp_path: Path) -> None:
    """A change in the directory counts from then on; a damaged key changes nothing."""
    kept = KeptHostKeys(tmp_path)
    before = kept.now
    load_or_make(tmp_path / "other").path.rename(path_of(tmp_path, Use.NEXT))
    assert kept.now is before
    assert len(kept.read_again().all) == len(kept.now.all) == 2
    path_of(tmp_path, Use.NEXT).write_bytes(b"nonsense")
    with pytest.raises(HostKeyError):
        kept.read_again()
    assert len(kept.now.all) == 2
