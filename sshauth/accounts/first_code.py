"""The first code of a new authenticator, which shows that the app on the phone has the secret. Pure."""

from datetime import datetime, timedelta

from sshauth.accounts import totp
from sshauth.accounts.errors import ClockOff, WrongCode


def step_of_first_code(secret: str, code: str, now: datetime) -> int:
    """Give the time step of a code, which is used up by this (RFC 6238 5.2).

    Raises:
        WrongCode: the code is not the authenticator's.
        ClockOff: it is, but of another time.
    """
    step = totp.matching_step(secret, code, now)
    if step is None:
        raise WrongCode
    if abs(off := step - totp.step_at(now)) > totp.WINDOW:
        raise ClockOff(timedelta(seconds=off * totp.STEP_SECONDS))
    return step
