"""Time-based codes against the published vectors."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from time import perf_counter

import pyotp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sshauth.accounts import totp
from sshauth.accounts.errors import ClockOff, WrongCode
from sshauth.accounts.first_code import step_of_first_code

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TWINS = (59_472_576, 59_472_584)
"""Two steps with one code and a few steps between them: the first such pair after noon."""


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


def test_the_uri_is_what_apps_read() -> None:
    """Issuer, account and secret, and nothing that is a default."""
    uri = totp.otpauth_uri("A" * 32, user_name="ada", app_name="Example")
    assert uri == f"otpauth://totp/Example:ada?secret={'A' * 32}&issuer=Example"


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


@pytest.mark.parametrize(("length", "times"), [(141, 2), (142, 1)])
def test_the_issuer_stands_twice_where_there_is_room(length: int, times: int) -> None:
    """In a QR code of version 6 at most."""
    secret = "A" * 32
    rest = length - len(totp.otpauth_uri(secret, user_name="u", app_name="App"))
    uri = totp.otpauth_uri(secret, user_name="u" * (rest + 1), app_name="App")
    assert uri.count("App") == times
    assert len(uri) == (length if times == 2 else length - len("&issuer=App"))


@pytest.mark.parametrize(
    "typed", ["081804", "081 804", " 081804\n", "０８１８０４", "\t0818 04 ", "0 8 1 8 0 4", "⁰⁸¹⁸⁰⁴"]
)
def test_a_code_is_read_as_apps_show_it_and_people_type_it(typed: str) -> None:
    """Spaces and other digits that mean the same do not matter."""
    assert totp.normalise_code(typed) == "081804"
    assert totp.matching_step(RFC_SECRET, typed, datetime.fromtimestamp(1111111109, UTC)) == 37037036


@pytest.mark.parametrize("typed", ["81804", "0818044", "00081804", "-081804", "081804.0", "٠٨١٨٠٤", ""])
def test_other_writings_are_not_the_code(typed: str) -> None:
    """Six digits, no more and no fewer."""
    assert totp.matching_step(RFC_SECRET, typed, datetime.fromtimestamp(1111111109, UTC)) is None


@given(st.text(st.characters()))
@example("\ud800")
def test_any_text_is_a_code_or_not(text: str) -> None:
    """Nothing that is typed breaks the comparison."""
    step = totp.matching_step(RFC_SECRET, text, NOON)
    assert step is None or abs(step - totp.step_at(NOON)) <= 10


@pytest.mark.parametrize("typed", ["081804" + " " * 58, " " * 58 + "081804"])
def test_a_code_with_much_around_it_is_still_read(typed: str) -> None:
    """Up to 64 characters; what is longer is not worth the work."""
    now = datetime.fromtimestamp(1111111109, UTC)
    assert totp.matching_step(RFC_SECRET, typed, now) == 37037036
    assert totp.matching_step(RFC_SECRET, " " + " " * 58 + "081804", now) is None


def test_hostile_text_takes_no_time() -> None:
    """A character that Unicode writes out as eighteen, sixty thousand times, holds nobody up."""
    began = perf_counter()
    assert totp.matching_step(RFC_SECRET, "\ufdfa" * 65536, NOON) is None
    assert perf_counter() - began < 0.01


@pytest.mark.parametrize(
    ("seconds", "step"), [(0, 0), (29.9, 0), (30, 1), (59.999, 1), (60, 2), (1111111109, 37037036)]
)
def test_a_step_is_half_a_minute(seconds: float, step: int) -> None:
    """Whole periods since 1970, by UTC and in no other zone (RFC 6238 4.2)."""
    assert totp.step_at(datetime.fromtimestamp(seconds, UTC)) == step
    assert totp.step_at(datetime.fromtimestamp(seconds, timezone(timedelta(hours=-7)))) == step


def test_near_1970_no_step_is_below_zero() -> None:
    """A clock that was never set breaks nothing."""
    start = datetime.fromtimestamp(0, UTC)
    code = pyotp.TOTP(RFC_SECRET).generate_otp(0)
    assert totp.matching_step(RFC_SECRET, code, start) == 0
    assert totp.matching_step(RFC_SECRET, code, start + timedelta(seconds=300)) == 0


def test_the_numbers_of_row_7() -> None:
    """One step is accepted either side, within ten the clock is told, and codes have six digits."""
    assert (totp.WINDOW, totp.CLOCK_HELP_WINDOW, totp.STEP_SECONDS, totp.DIGITS) == (1, 10, 30, 6)


# The first code of a new authenticator.


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_first_code_of_now_gives_its_step(steps: int) -> None:
    """Row 8: which is used up by it."""
    step = totp.step_at(NOON) + steps
    assert step_of_first_code(RFC_SECRET, pyotp.TOTP(RFC_SECRET).generate_otp(step), NOON) == step


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (-10, "about 5 minutes behind"),
        (-2, "about 60 seconds behind"),
        (2, "about 60 seconds ahead"),
        (3, "about 90 seconds ahead"),
        (10, "about 5 minutes ahead"),
    ],
)
def test_a_first_code_of_another_time_tells_how_far_the_clock_is_off(steps: int, words: str) -> None:
    """Row 7; it is refused all the same."""
    code = pyotp.TOTP(RFC_SECRET).generate_otp(totp.step_at(NOON) + steps)
    with pytest.raises(ClockOff, match=words) as refused:
        step_of_first_code(RFC_SECRET, code, NOON)
    assert refused.value.off == timedelta(seconds=30 * steps)


@pytest.mark.parametrize("code", ["", "000000", "12345"])
def test_another_first_code_is_wrong(code: str) -> None:
    """And nothing more is said."""
    with pytest.raises(WrongCode):
        step_of_first_code(RFC_SECRET, code, NOON)


def test_the_nearest_step_is_found() -> None:
    """Where one code belongs to two steps, the one nearer to now counts."""
    (code,) = {pyotp.TOTP(RFC_SECRET).generate_otp(step) for step in TWINS}
    for near in TWINS:
        assert totp.matching_step(RFC_SECRET, code, datetime.fromtimestamp(near * 30, UTC)) == near
