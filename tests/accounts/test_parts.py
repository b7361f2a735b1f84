"""The small parts: vault, passwords, sources, waits."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import spoken
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.accounts.vault import Vault, VaultError, opens_what_is_stored
from tests.accounts.people import World

OWNER, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def test_the_vault_opens_what_it_sealed() -> None:
    """And what an older key sealed, while that key is still given."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    sealed = Vault([old]).seal(OWNER, "secret")
    assert "secret" not in sealed
    assert Vault([new, old]).open(OWNER, sealed) == "secret"


def test_the_vault_refuses_other_keys_and_other_owners() -> None:
    """A secret moved to another row does not open."""
    vault = Vault([Fernet.generate_key().decode()])
    sealed = vault.seal(OWNER, "secret")
    with pytest.raises(VaultError, match="somebody else"):
        vault.open(OTHER, sealed)
    with pytest.raises(VaultError, match="does not open"):
        Vault([Fernet.generate_key().decode()]).open(OWNER, sealed)


async def test_wrong_keys_are_noticed_at_start(world: World) -> None:
    """An empty database suits any key; one with accounts only its own."""
    other = Vault([Fernet.generate_key().decode()])
    assert await opens_what_is_stored(world.database, other)
    await world.register()
    assert await opens_what_is_stored(world.database, world.vault)
    assert not await opens_what_is_stored(world.database, other)


async def test_passwords_are_hashed_and_checked() -> None:
    """Right, wrong, damaged, and for nobody."""
    passwords = Passwords()
    hashed = await passwords.hash("caf\u00e9 au lait, please")
    assert await passwords.verify(hashed, "cafe\u0301 au lait, please")
    assert not await passwords.verify(hashed, "cafe au lait, please")
    assert not await passwords.verify("$argon2id$damaged", "any password")
    assert not await passwords.verify(None, "any password")
    assert not await passwords.verify(hashed, "x" * 10_000_000)
    passwords.close()


async def test_hashing_leaves_the_event_loop_free() -> None:
    """While hashes are made, others get their turn between them."""
    passwords = Passwords()
    turns = 0
    hashing = asyncio.gather(*(passwords.hash("a long password") for _ in range(6)))
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100
    passwords.close()


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("this machine", "this machine"),
    ],
)
def test_a_source_is_an_address_or_its_64(address: str, source: str) -> None:
    """One person holds a whole IPv6 /64."""
    assert Peer(address).source == source


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (31.2, "32 s"),
        (119, "119 s"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (7200, "2 hours"),
        (7201, "3 hours"),
    ],
)
def test_waits_are_said_the_way_people_do(seconds: float, words: str) -> None:
    """Rounded up: after the wait that was told, it is really over."""
    assert spoken(timedelta(seconds=seconds)) == words


def test_the_clock_is_aware_and_in_utc() -> None:
    """Times are UTC everywhere."""
    assert utc_now().utcoffset() == timedelta(0)
