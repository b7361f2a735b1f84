"""Crockford's base32: letters and digits that people can read out and type without mistakes. Pure."""

import base64

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FROM_RFC4648 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET)
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None})


def encode(data: bytes) -> str:
    """Write bytes (a multiple of five) as Crockford characters."""
    return base64.b32encode(data).decode().translate(_FROM_RFC4648)


def in_groups(characters: str) -> str:
    """Put dashes between groups of four."""
    return "-".join(characters[start : start + 4] for start in range(0, len(characters), 4))


def normalise(typed: str) -> str:
    """Undo what people do to a code: case, spaces and dashes, O for 0, I and L for 1."""
    return "".join(typed.split()).upper().translate(_FORGIVEN)
