"""Recovery codes: what signs in somebody who has lost their phone. Pure.

Their 120 random bits need no slow hash and no salt (ASVS 6.5.2 asks for 112).
"""

import hashlib
import secrets

from sshauth.accounts import crockford

CODES = 10
"""How many an account has."""

_BYTES = 15
LENGTH = 24
"""Characters of a code, without its dashes."""


def new_codes() -> tuple[str, ...]:
    """Make ten codes, each six groups of four Crockford characters."""
    return tuple(crockford.in_groups(crockford.encode(secrets.token_bytes(_BYTES))) for _ in range(CODES))


def hash_of(typed: str) -> str:
    """Give what is stored of a code, the same however it was typed: SHA-256 in hexadecimal."""
    return hashlib.sha256(crockford.normalise(typed).encode(errors="surrogatepass")).hexdigest()


def looks_like_one(typed: str) -> bool:
    """Tell a recovery code, right or wrong, from the six digits of an authenticator."""
    code = crockford.normalise(typed)
    return len(code) == LENGTH and set(code) <= set(crockford.ALPHABET)
