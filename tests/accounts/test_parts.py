"""The small parts: vault, sources, clients, waits, the clock, keyed hashes."""

import uuid
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import InvalidForm, TooManyTries, spoken
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import Peer, client_name
from sshauth.accounts.vault import Vault, VaultError

OWNER, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def key() -> str:
    """Make a key."""
    return Fernet.generate_key().decode()


def vault_of(*keys: str) -> Vault:
    return Vault(lambda: keys)


def test_the_vault_opens_what_it_sealed() -> None:
    """And what an older key sealed, while that key is still given."""
    old, new = key(), key()
    sealed = vault_of(old).seal(OWNER, "secret")
    assert "secret" not in sealed
    assert vault_of(new, old).open(OWNER, sealed) == "secret"


def test_the_vault_refuses_other_keys_other_owners_and_damage() -> None:
    """Row 20: a secret moved to another row does not open."""
    mine = key()
    sealed = vault_of(mine).seal(OWNER, "secret")
    with pytest.raises(VaultError, match="somebody else"):
        vault_of(mine).open(OTHER, sealed)
    for vault, damaged in ((vault_of(key()), sealed), (vault_of(mine), sealed[:-4]), (vault_of(mine), "")):
        with pytest.raises(VaultError, match="does not open"):
            vault.open(OWNER, damaged)


def test_two_seals_of_one_secret_differ() -> None:
    """Nobody sees in the database that two are the same."""
    vault = vault_of(key())
    assert vault.seal(OWNER, "secret") != vault.seal(OWNER, "secret")


def test_sealing_anew_goes_to_the_first_key() -> None:
    """What is there already is left alone; what no key opens is an error."""
    old, new = key(), key()
    sealed = vault_of(old).seal(OWNER, "secret")
    anew = vault_of(new, old).reseal(sealed)
    assert anew is not None
    assert vault_of(new).open(OWNER, anew) == "secret"
    assert vault_of(new, old).reseal(anew) is None
    with pytest.raises(VaultError):
        vault_of(key()).reseal(sealed)


def test_the_vault_takes_up_new_keys_by_itself() -> None:
    """Others may change them while it runs."""
    keys = [key()]
    vault = Vault(lambda: tuple(keys))
    old = vault.seal(OWNER, "secret")
    keys.insert(0, key())
    assert vault.open(OWNER, old) == "secret"
    assert vault.reseal(old) is not None
    del keys[1]
    with pytest.raises(VaultError):
        vault.open(OWNER, old)


def test_a_key_that_is_none_is_refused_at_once() -> None:
    """When the vault is made, not at the first sign-in."""
    with pytest.raises(ValueError, match="32 url-safe"):
        vault_of("nonsense")


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("this machine", "this machine"),
        ("x" * 1000, "x" * 64),
    ],
)
def test_a_source_is_an_address_or_its_64(address: str, source: str) -> None:
    """One person holds a whole IPv6 /64."""
    assert Peer(address).source == source


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("SSH-2.0-PuTTY_Release_0.78", "PuTTY"),
        ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "OpenSSH"),
        ("SSH-2.0-dropbear_2022.83", "dropbear"),
        ("SSH-2.0-libssh-0.9.6", "libssh"),
        ("SSH-2.0-Go", "Go"),
        ("local terminal", "local terminal"),
        ("", "unknown client"),
        ("SSH-2.0-", "unknown client"),
        ("SSH-2.0-[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
        ("SSH-2.0-" + "x" * 200, "x" * 32),
        ("SSH-2.0-a\u202eb\x1bc\u200bd", "abcd"),
    ],
)
def test_clients_are_called_what_people_call_them(client: str, name: str) -> None:
    """Row 26: what they claim is text, short, and turns nothing."""
    assert client_name(client) == name


@given(st.text())
def test_what_a_stranger_claims_is_kept_as_what_can_be_shown(claimed: str) -> None:
    """Row 26; and Postgres, which takes no NUL and no half of a character, takes it."""
    peer = Peer("192.0.2.1", user_name=claimed, client=claimed)
    assert peer.client == peer.user_name
    assert peer.client.isprintable()
    assert "\0" not in peer.client
    peer.client.encode()
    assert not claimed.isprintable() or peer.client == claimed


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


def test_errors_carry_what_a_screen_needs() -> None:
    """Words, the field, the wait."""
    error = TooManyTries(timedelta(seconds=32), "failed sign-ins", field="code")
    assert (error.message, error.field) == ("Too many failed sign-ins. Try again in 32 s.", "code")
    assert InvalidForm({"email": "x"}).message == str(InvalidForm({})) == "Please look at the marked fields."


def test_the_clock_is_aware_and_in_utc() -> None:
    """Times are UTC everywhere."""
    assert utc_now().utcoffset() == timedelta(0)


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_keyed_hashes_of_different_things_differ(some: list[str], others: list[str]) -> None:
    """Also where the same letters are cut in other places, unless a part holds the mark between parts."""
    hashed = KeyedHash.under("a secret key", "purpose")
    if not any("\0" in part for part in (*some, *others)) and some and others:
        replaced = [[part.encode(errors="replace") for part in parts] for parts in (some, others)]
        assert (hashed(*some) == hashed(*others)) == (replaced[0] == replaced[1])


def test_keyed_hashes_depend_on_key_and_purpose() -> None:
    """A table that leaks tells nothing about another; no key shows in a repr."""
    hashes = {KeyedHash.under(secret, purpose)("x") for secret in "ab" for purpose in "cd"}
    assert len(hashes) == 4
    hashed = KeyedHash.under("a secret key", "purpose")
    assert "a secret key" not in repr(hashed)
