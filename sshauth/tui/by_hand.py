"""What an authenticator app needs to know, to be typed by hand. Pure."""

from textual.content import Content

from sshauth.accounts import totp
from sshauth.accounts.enrolment import Enrolment

APPS = (
    "Any app for time-based codes (RFC 6238) works: FreeOTP, Aegis, Google Authenticator, 1Password "
    "and many others."
)
THEN = "Then type the six digits that it shows."

_NAMES = 9
"""Columns of the names of what is to be typed."""


def by_hand(why: str, enrolment: Enrolment, *, issuer: str, width: int, spaced: bool) -> Content:
    """Write why it is done by hand, what to type, and all of it as one link, in so many columns."""
    facts = {
        "Account": enrolment.user_name,
        "Issuer": issuer,
        "Secret": totp.in_groups(enrolment.secret),
        "Kind": f"time-based, {totp.DIGITS} digits, {totp.STEP_SECONDS} seconds",
        "Link": _folded(enrolment.uri, width - _NAMES),
    }
    blank = "\n" if spaced else ""
    lines = (Content.assemble(f"\n{name:{_NAMES}}", (value, "$ink")) for name, value in facts.items())
    return Content.assemble(f"{why}{blank}", *lines, f"{blank}\n{APPS} {THEN}")


def _folded(uri: str, width: int) -> str:
    """Break what has no place for a line break of its own."""
    lines = [uri[start : start + width] for start in range(0, len(uri), max(1, width))]
    return ("\n" + " " * _NAMES).join(lines)
