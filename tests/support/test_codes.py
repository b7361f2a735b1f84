"""The authenticator of a test's person."""

import time

import pyotp
import pytest

from tests.support.codes import Authenticator, code_at

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_three_codes_come_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps before, at and after now are given in turn, then a code costs a wait."""
    clock = [600_000_015.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    authenticator = Authenticator(SECRET)
    codes = [authenticator.next() for _ in range(3)]
    assert codes == [code_at(SECRET, 600_000_015.0 + shift) for shift in (-30, 0, 30)]
    assert clock == [600_000_015.0]
    assert authenticator.next() == code_at(SECRET, 600_000_060.0)
    assert 600_000_030.0 < clock[0] < 600_000_031.0


def test_a_code_about_to_leave_the_window_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Late in a step, the step before would be too old once it arrives."""
    monkeypatch.setattr(time, "time", lambda: 600_000_028.0)
    assert Authenticator(SECRET).next() == code_at(SECRET, 600_000_028.0)


def test_a_code_is_the_one_of_every_authenticator() -> None:
    """Codes are those of RFC 6238 with its defaults."""
    assert pyotp.TOTP(SECRET).verify(code_at(SECRET), valid_window=1)
