"""Time-based codes: making a secret, naming it to an app, matching a code to its time step. Pure."""

import hmac
import unicodedata
from datetime import datetime

import pyotp

STEP_SECONDS = 30
"""RFC 6238's default, and what every authenticator app supports, as are SHA-1 and 6 digits."""
DIGITS = 6
WINDOW = 1
"""Steps accepted on each side of now (RFC 6238 5.2)."""
CLOCK_HELP_WINDOW = 10
"""Steps within which a code tells how far a clock is off. Never a window of acceptance."""

LONGEST_TYPED = 64
"""Characters; a longer code is nobody's, and not worth the work of normalising it."""

LONGEST_URI = 141
"""Characters that a QR code of version 6 holds, the 32 of the secret in fewer bits than the others."""


def new_secret() -> str:
    """Make a secret of 160 random bits (RFC 4226), as 32 characters of base32."""
    return pyotp.random_base32(32)


def otpauth_uri(secret: str, *, user_name: str, app_name: str) -> str:
    """Make the URI that authenticator apps read from a QR code. Short: only what is not a default.

    The issuer stands in it twice, for old apps and new ones, unless the code would outgrow 80x24.
    """
    uri = pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=app_name)
    return uri if len(uri) <= LONGEST_URI else uri.rpartition("&issuer=")[0]


def in_groups(secret: str) -> str:
    """Write a secret in groups of four, for typing."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def normalise_code(text: str) -> str:
    """Give a code as apps show it and people type it ("123 456", full-width digits) as plain digits."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def step_at(moment: datetime) -> int:
    """Give the time step of a moment: whole periods of 30 s since 1970 UTC."""
    return int(moment.timestamp()) // STEP_SECONDS


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Find the time step that a code belongs to, the nearest to now first, at most ten steps away.

    All candidates are always compared, each in constant time.
    """
    typed = normalise_code(code[:LONGEST_TYPED]).encode(errors="replace")
    generator = pyotp.TOTP(secret)
    present = step_at(now)
    found = None
    for distance in range(CLOCK_HELP_WINDOW, -1, -1):
        for step in {max(0, present - distance), present + distance}:
            if hmac.compare_digest(generator.generate_otp(step).encode(), typed):
                found = step
    return found
