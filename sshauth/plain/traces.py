"""What stands in a terminal's history that nobody else should read, so that it is cleared. Pure."""

from sshauth.accounts import code_shapes, recovery_codes
from sshauth.accounts.code_shapes import Shape

GOOD_FOR_LONG = (Shape.RECOVERY, Shape.MAILED)
"""Codes that are worth something to who reads them later; six digits are not."""


class Traces:
    """Knows whether there is something secret. Of codes that were typed it keeps but hashes."""

    def __init__(self) -> None:
        """Begin with a terminal where nothing secret stands."""
        self._is_shown = False
        self._typed: set[str] = set()

    def __bool__(self) -> bool:
        """Tell whether there is something."""
        return self._is_shown or bool(self._typed)

    def leave(self) -> None:
        """Know of something secret that was shown, or typed for all to see."""
        self._is_shown = True

    def typed(self, line: str, *, for_code: bool = False) -> None:
        """Know of a line that was typed for all to see: a code in it may be good still."""
        code = code_shapes.found_in(line, GOOD_FOR_LONG)
        if code is not None and (for_code or not _may_be_a_word(code)):
            self._typed.add(_hash_of(code))

    def used_up(self, answer: str) -> None:
        """Forget a code that was taken: it is good no more."""
        if code := code_shapes.found_in(answer, GOOD_FOR_LONG):
            self._typed.discard(_hash_of(code))

    def clear(self) -> None:
        """Forget all: it is gone from the terminal, or is to stay."""
        self._is_shown = False
        self._typed.clear()


def _may_be_a_word(code: str) -> bool:
    """Tell whether a name could look like that, in small letters and without dashes."""
    return code.isalnum() and code != code.upper()


def _hash_of(code: str) -> str:
    return recovery_codes.hash_of(code_shapes.bare(code))
