"""What SSH keys are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.accounts.key_words import first_name_of, key_kind
from sshauth.accounts.peer import ProvenKey
from sshauth.accounts.rules import check_name


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("ssh-ed25519", "ed25519"),
        ("ssh-ed448", "ed448"),
        ("ssh-rsa 3072", "RSA 3072"),
        ("ecdsa-sha2-nistp256", "ECDSA 256"),
        ("ecdsa-sha2-nistp521", "ECDSA 521"),
        ("sk-ssh-ed25519@openssh.com", "ed25519 security key"),
        ("sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA 256 security key"),
        ("mldsa44@example.org", "mldsa44"),
        ("", ""),
    ],
)
def test_a_kind_is_said_as_people_say_it(kind: str, said: str) -> None:
    """Short; what nobody has heard of yet stays as SSH names it."""
    assert key_kind(kind) == said


@pytest.mark.parametrize(
    ("kind", "client", "name"),
    [
        ("ssh-ed25519", "SSH-2.0-OpenSSH_9.2p1 Debian-2", "ed25519 key by OpenSSH"),
        ("ssh-rsa 3072", "SSH-2.0-PuTTY_Release_0.78", "RSA 3072 key by PuTTY"),
        ("sk-ssh-ed25519@openssh.com", "SSH-2.0-OpenSSH_9.2", "ed25519 security key by OpenSSH"),
        ("ssh-ed25519", "SSH-2.0-a,b_1", "ed25519 key by ab"),
        ("ssh-ed25519", "", "ed25519 key by unknown client"),
        ("ssh-ed25519", "\u0301\u0301", "ed25519 key by unknown client"),
    ],
)
def test_a_new_key_is_named_by_its_kind_and_client(kind: str, client: str, name: str) -> None:
    """So that it can be told from others before anybody has renamed it."""
    assert first_name_of(ProvenKey(kind, "SHA256:x"), client) == name


@given(client=st.text(max_size=300))
def test_its_name_is_one_that_a_person_could_have_given(client: str) -> None:
    """Row 26: whatever the client claims to be."""
    name = first_name_of(ProvenKey("sk-ecdsa-sha2-nistp256@openssh.com", "SHA256:x"), client)
    assert check_name(name, longest=32) == name
    assert "," not in name
