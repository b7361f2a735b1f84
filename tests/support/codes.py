"""The authenticator app of a test's person."""

import time

import pyotp

from tests.support.secrets import note

STEP = 30
MARGIN = 4  # seconds that a code must stay good for, so that it is not refused on its way


def code_at(secret: str, moment: float | None = None) -> str:
    """Give the code that an authenticator shows at a moment, now if none is given."""
    return pyotp.TOTP(secret).at(int(time.time() if moment is None else moment))


class Authenticator:
    """Gives codes that were not given before, without waiting where the server's window allows."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._last_step = 0
        self.recovery_codes: list[str] = []

    def next(self) -> str:
        """Give the earliest code of one step each side of now whose step is later than all given before."""
        while True:
            now = time.time()
            step = max(self._last_step + 1, int(now + MARGIN) // STEP - 1)
            if step <= int(now) // STEP + 1:
                self._last_step = step
                code = code_at(self.secret, step * STEP)
                note(self.secret, code)
                return code
            time.sleep((step - 1) * STEP - now + 0.1)
