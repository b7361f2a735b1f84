"""One line while it is typed: what it holds, and what the terminal shows of it. Pure."""

import unicodedata

from rich.cells import cell_len

BACKSPACES = frozenset({"\x7f", "\x08"})
CLEAR_LINE, CLEAR_WORD = "\x15", "\x17"

_ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


class Line:
    """A line that is being typed. Of a secret one nothing is shown, not even how long it is."""

    def __init__(self, *, longest: int, is_secret: bool = False) -> None:
        """Take how long it may become; what would be more is refused whole, so that nobody enters half."""
        self.text = ""
        self.is_too_long = False
        self._longest = longest
        self._is_secret = is_secret

    @property
    def shown(self) -> str:
        """What of it stands on the terminal."""
        return "" if self._is_secret else _printable(self.text)

    def take(self, keys: str) -> str:
        """Take a run of characters, one control character or one escape sequence; give what to write."""
        if keys in BACKSPACES:
            return self._cut(len(self.text) - _last_sign(self.text))
        if keys == CLEAR_LINE:
            self.is_too_long = False
            return self._cut(0)
        if keys == CLEAR_WORD:
            return self._cut(self.text.rstrip().rfind(" ") + 1)
        if keys[0] < " " or unicodedata.category(keys[0]) == "Cc":
            return ""
        if len(self.text) + len(keys) > self._longest:
            self.is_too_long = True
            return ""
        self.text += keys
        return "" if self._is_secret else _printable(keys)

    def _cut(self, length: int) -> str:
        before = cell_len(self.shown)
        self.text = self.text[:length]
        return "\b \b" * (before - cell_len(self.shown))


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))


def _last_sign(text: str) -> int:
    """Count the characters of what a person takes for the last one: letter and accents, family, flag."""
    length = 0
    while length < len(text):
        length += 1
        character, before = text[-length], text[-length - 1 : -length]
        if not (_belongs_to_one_before(character) or before == _ZERO_WIDTH_JOINER):
            break
    return length + _is_half_a_flag(text[: len(text) - length + 1]) if length else 0


def _belongs_to_one_before(character: str) -> bool:
    is_mark = unicodedata.category(character).startswith("M")
    return is_mark or character == _ZERO_WIDTH_JOINER or ord(character) in _SKIN_TONES


def _is_half_a_flag(text: str) -> bool:
    """Tell whether the last character is the second letter of a flag."""
    letters = len(text) - len(text.rstrip("".join(map(chr, _FLAG_LETTERS))))
    return letters > 0 and letters % 2 == 0
