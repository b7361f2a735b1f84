"""What codes look like: that which is none is said at once, and never judged. Pure."""

import re
import unicodedata
from collections.abc import Collection
from enum import Enum, auto

from sshauth.accounts import crockford, recovery_codes, totp

LONGEST_PASTE = 2000
"""Characters of a paste in which a code is looked for."""

_DIGITS = frozenset("0123456789")
_LETTERS = frozenset(crockford.ALPHABET + "OIL")
"""What codes in groups hold, and what is forgiven there."""

_SEPARATORS = frozenset({"Zs", "Zl", "Zp", "Pd", "Cc", "Cf"})


class Shape(Enum):
    """The codes that people type."""

    DIGITS = auto()
    """Six digits, as an authenticator app shows them."""
    RECOVERY = auto()
    """Six groups of four."""
    MAILED = auto()
    """Four groups of four."""


LENGTHS = {Shape.DIGITS: totp.DIGITS, Shape.RECOVERY: recovery_codes.LENGTH, Shape.MAILED: 16}
"""Characters of each, without dashes."""


def bare(text: str) -> str:
    """Give the characters of a code without spaces, dashes and line breaks, digits of any writing as ours."""
    return "".join(map(_bare, unicodedata.normalize("NFKC", text))).upper()


def _bare(character: str) -> str:
    if unicodedata.category(character) in _SEPARATORS:
        return ""
    return str(unicodedata.decimal(character, character))


def written(text: str, takes: Collection[Shape]) -> str:
    """Write a code, or the beginning of one, as it stands in a field: six digits, or groups of four."""
    characters = bare(text)
    in_one = Shape.DIGITS in takes and (len(takes) == 1 or _may_become_digits(characters))
    return characters if in_one else crockford.in_groups(characters)


def shape_of(text: str) -> Shape | None:
    """Tell what kind of code this is, right or wrong; None if it is none."""
    characters = bare(text) if len(text) <= LONGEST_PASTE else ""
    if _is_decimal(characters) and len(characters) == totp.DIGITS:
        return Shape.DIGITS
    characters = crockford.normalise(characters)
    if not set(characters) <= set(crockford.ALPHABET):
        return None
    return next(
        (shape for shape in (Shape.RECOVERY, Shape.MAILED) if len(characters) == LENGTHS[shape]), None
    )


def stranger_in(text: str, takes: Collection[Shape]) -> str | None:
    """Give the first character that no code of some kinds can hold; None if all may stand in one."""
    known = _DIGITS if set(takes) == {Shape.DIGITS} else _LETTERS
    return next((character for character in bare(text) if character not in known), None)


def refusal(text: str, takes: Collection[Shape]) -> str | None:
    """Say what no code of some kinds can hold, or that it is too long for one; None if it may become one."""
    stranger = stranger_in(text, takes)
    if stranger is None and len(bare(text)) <= longest(takes):
        return None
    if _is_decimal(bare(text)) and set(takes) == {Shape.DIGITS}:
        return "Your app's code has six digits, no more."
    if shape_of(text) is not None or set(takes) == {Shape.DIGITS}:
        return problem(text, takes)
    if stranger is not None:
        return f'No code has "{stranger}" in it.'
    return f"A code has at most {longest(takes)} characters."


def longest(takes: Collection[Shape]) -> int:
    """Count the characters of the longest code of some kinds."""
    return max(LENGTHS[shape] for shape in takes)


def problem(text: str, takes: Collection[Shape]) -> str | None:
    """Say what keeps a text from being one of some kinds of code; None if it is one."""
    shape = shape_of(text)
    if shape in takes:
        return None
    if Shape.DIGITS in takes:
        return _no_digits(bare(text), shape, takes)
    if Shape.RECOVERY in takes:
        return _no_groups(bare(text), LENGTHS[Shape.RECOVERY], "A recovery code has six groups of four")
    return _no_groups(bare(text), LENGTHS[Shape.MAILED], "The code from the mail has four groups of four")


def _no_digits(characters: str, shape: Shape | None, takes: Collection[Shape]) -> str:
    if shape is Shape.RECOVERY:
        return "A recovery code will not do here: type the six digits that your app shows."
    if _is_decimal(characters) and len(characters) < 2 * totp.DIGITS:
        return f"Your app's code has six digits; {_counted(len(characters), 'digit')} here."
    if Shape.RECOVERY in takes:
        return "Type the six digits of your app, or a recovery code: six groups of four."
    return "Type the six digits that your app shows."


def _no_groups(characters: str, length: int, rule: str) -> str:
    if len(characters) == length:
        return f"{rule}, of digits and letters other than U."
    return f"{rule}; {_counted(len(characters), 'character')} here."


def _counted(number: int, what: str) -> str:
    return f"there is 1 {what}" if number == 1 else f"there are {number} {what}s"


def found_in(text: str, takes: Collection[Shape]) -> str | None:
    """Find a whole code in a paste that may hold more, as a line of a mail does; None if there is none."""
    text = unicodedata.normalize("NFKC", text[:LONGEST_PASTE])
    if shape_of(text) in takes:
        return text
    for shape in (Shape.RECOVERY, Shape.MAILED):
        if shape in takes and (found := _grouped(LENGTHS[shape] // 4).findall(text)):
            return str(found[-1])
    return None


def _grouped(groups: int) -> re.Pattern[str]:
    """Match groups of four that dashes join, with nothing joined to them."""
    dash, group = "[-\u2010-\u2015]", "[0-9A-TV-Za-tv-z]{4}"
    return re.compile(rf"(?<![\w-]){group}(?:{dash}{group}){{{groups - 1}}}(?![\w-])")


def _may_become_digits(characters: str) -> bool:
    return _is_decimal(characters or "0") and len(characters) <= totp.DIGITS


def _is_decimal(characters: str) -> bool:
    return characters.isascii() and characters.isdecimal()
