"""Time-based codes against the published vectors."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.accounts import totp

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_of_rfc_6238_match(seconds: int, code: str) -> None:
    """RFC 6238 appendix B, its last six digits."""
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_SECRET, code, now) == seconds // 30


@pytest.mark.parametrize(
    "code", ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871"]
)
def test_the_codes_of_rfc_4226_match(code: str) -> None:
    """RFC 4226 appendix D: the counter is the time step."""
    step = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871"].index(
        code
    )
    assert totp.matching_step(RFC_SECRET, code, datetime.fromtimestamp(step * 30 + 299, UTC)) == step


def test_the_uri_stays_short_enough_for_80x24() -> None:
    """A name of the app that needs much escaping stands in it once in place of twice."""
    secret = totp.new_secret()
    long = totp.otpauth_uri(secret, user_name="u" * 32, app_name="A & B & C & D & E &!")
    usual = totp.otpauth_uri(secret, user_name="u" * 32, app_name="Example Organisation")
    assert len(long) <= 141
    assert "issuer=" not in long
    assert usual.endswith("&issuer=Example%20Organisation")


def test_a_secret_has_160_bits() -> None:
    """RFC 4226 recommends them; 32 characters of base32, no padding."""
    secret = totp.new_secret()
    assert len(base64.b32decode(secret)) == 20
    assert totp.in_groups(secret) == " ".join(secret[start : start + 4] for start in range(0, 32, 4))


@given(st.integers(-12, 12), st.integers(0, 29))
def test_a_code_matches_within_ten_steps(steps: int, second: int) -> None:
    """Anywhere inside a step, ten either side and not one more."""
    now = NOON + timedelta(seconds=second)
    code = pyotp.TOTP(RFC_SECRET).generate_otp(totp.step_at(now) + steps)
    expected = totp.step_at(now) + steps if abs(steps) <= 10 else None
    assert totp.matching_step(RFC_SECRET, code, now) == expected


@given(st.text())
def test_any_text_is_a_code_or_not(text: str) -> None:
    """Nothing that is typed breaks the comparison."""
    assert totp.matching_step(RFC_SECRET, text, NOON) in {None, totp.step_at(NOON)}


def test_the_nearest_step_is_found() -> None:
    """Where one code belongs to two steps, the one nearer to now counts."""
    generator = pyotp.TOTP(RFC_SECRET)
    by_code: dict[str, int] = {}
    for step in range(totp.step_at(NOON), totp.step_at(NOON) + 2_000_000):
        code = generator.generate_otp(step)
        if 0 < step - by_code.get(code, 0) <= 10:
            break
        by_code[code] = step
    first, second = by_code[code], step
    for near in (first, second):
        assert totp.matching_step(RFC_SECRET, code, datetime.fromtimestamp(near * 30, UTC)) == near
