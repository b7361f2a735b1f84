"""What SSH keys are called. Pure."""

from sshauth.accounts.peer import ProvenKey, client_name

NAME_LENGTH = 32

_FAMILIES = {"ssh-rsa": "RSA", "ecdsa-sha2-nistp": "ECDSA ", "ssh-": ""}


def key_kind(kind: str) -> str:
    """Say what SSH calls a kind of key the way people do: "ed25519", "RSA 3072", "ed25519 security key"."""
    name, _, size = kind.partition(" ")
    bare = name.partition("@")[0].removeprefix("sk-")
    spoken = next(
        (words + bare.removeprefix(start) for start, words in _FAMILIES.items() if bare.startswith(start)),
        bare,
    )
    security_key = "security key" if name.startswith("sk-") else ""
    return " ".join(filter(None, (spoken, size, security_key)))


def first_name_of(key: ProvenKey, client: str) -> str:
    """Name a key that its owner has not named yet, without a comma: "ed25519 key by PuTTY"."""
    kind = key_kind(key.kind).removesuffix(" key")
    # SSH has clients call themselves something in ASCII (RFC 4253 4.2): no more of what they claim is kept.
    claimed = client_name("".join(filter(str.isascii, client)).replace(",", ""))
    return f"{kind} key by {claimed}"[:NAME_LENGTH].strip()
