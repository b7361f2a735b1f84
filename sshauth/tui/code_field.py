"""A field for codes, however they are typed or pasted: six places for digits, groups of four for others."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message

from sshauth.accounts import code_shapes
from sshauth.accounts.code_shapes import Shape
from sshauth.tui.fields import Field, FieldInput, cleaned

APP = frozenset({Shape.DIGITS})
"""What the authenticator app shows, and nothing else."""
APP_OR_RECOVERY = APP | {Shape.RECOVERY}
SIGN_IN = APP_OR_RECOVERY | {Shape.MAILED}
"""The code of an enrolment comes by mail and is typed where one signs in."""
RECOVERY = frozenset({Shape.RECOVERY})
MAILED = frozenset({Shape.MAILED})

PAUSE = 1.0
"""Seconds without a key after which the rest of what was turned away has ended."""

_PLACE = "_"
_PLACES = {
    shape: code_shapes.written(_PLACE * length, {shape}) for shape, length in code_shapes.LENGTHS.items()
}


@dataclass(frozen=True, slots=True)
class CodeField(Field):
    """Asks for a code of one of some kinds."""

    longest: int = 64
    takes: Collection[Shape] = APP

    def make_input(self, value: str) -> "CodeInput":
        """Make an input that knows codes."""
        return CodeInput(self, value)


class CodeInput(FieldInput):
    """Writes a code as it is meant, and shows the places that are still empty.

    What can be no code does not stay: it may be a password, and would stand here for all to read.
    """

    class Full(Message):
        """Somebody has typed or pasted the last of the six digits."""

        def __init__(self, code_input: "CodeInput") -> None:
            """Take the input."""
            super().__init__()
            self.input = code_input

    def __init__(self, field: CodeField, value: str) -> None:
        """Make the input of a field; what is filled in is written like what is typed."""
        self.takes = field.takes
        self._shows_places = True
        self._refusal = ""
        self._turned_away_until = 0.0
        super().__init__(field, code_shapes.written(value, field.takes))
        self.placeholder = self._places("")
        self.watch_value()

    def problem(self) -> str | None:
        """Say what keeps this from being a code; nobody need judge it then."""
        if not self.value:
            return self._refusal or super().problem()
        return code_shapes.problem(self.value, self.takes)

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in as everywhere, and write the whole anew; the cursor stays behind what was put in."""
        if text and self._is_turning_away:
            self._turn_away(self._refusal)
            return
        start, end = sorted((max(0, start), min(len(self.value), end)))
        refusal = code_shapes.refusal(text, self.takes) or code_shapes.refusal(
            self.value[:start] + text + self.value[end:], self.takes
        )
        if text and refusal:
            self._refuse(text, refusal)
            return
        before = code_shapes.bare(self.value[:start] + text)
        value = code_shapes.written(before + self.value[end:], self.takes)
        self._refusal = ""
        changed = value != self.value
        self.value = value
        self.cursor_position = _behind(len(before), value)
        if changed and self.is_full:
            self.post_message(self.Full(self))

    @property
    def is_full(self) -> bool:
        """Whether six digits stand here, and six digits would do."""
        return code_shapes.shape_of(self.value) is Shape.DIGITS and Shape.DIGITS in self.takes

    def take(self, pasted: str) -> None:
        """Put a pasted code in, if need be found among other words; a whole one replaces a whole one."""
        start, end = sorted(self.selection)
        left = self.value[:start] + self.value[end:]
        code = code_shapes.found_in(pasted, self.takes)
        if code is None:
            self.replace(cleaned(pasted[: code_shapes.LONGEST_PASTE]), start, end)
            return
        self._turned_away_until = 0.0
        if code_shapes.shape_of(left) in self.takes or not self._has_room_for(left + code):
            self.replace(code, 0, len(self.value))
        else:
            self.replace(code, start, end)

    def show_places(self, *, shown: bool) -> None:
        """Show the empty places, or none where a code of another length is expected."""
        self._shows_places = shown
        self.placeholder = self._places("")
        self.watch_value()
        self.refresh()

    # What can be no code

    def _refuse(self, text: str, words: str) -> None:
        """Take nothing of a text; a code, or what looks like one, stays for all that."""
        has_digit = any(map(str.isdecimal, self.value))
        is_code = has_digit and code_shapes.shape_of(self.value) in self.takes
        is_slip = has_digit and not self.value.isdecimal() and len(text) == 1 and text.isalpha()
        if is_code or is_slip:
            self.post_message(self.Refused(self, words))
        else:
            self._turn_away(words)

    def _turn_away(self, words: str) -> None:
        """Take all away, and the rest of what is just being typed as well."""
        self.value, self._refusal = "", words
        self._turned_away_until = time.monotonic() + PAUSE
        self.post_message(self.Refused(self, words))

    @property
    def _is_turning_away(self) -> bool:
        return time.monotonic() < self._turned_away_until

    def on_key(self, event: events.Key) -> None:
        """Begin anew with any key that types nothing."""
        if not event.is_printable:
            self._turned_away_until = 0.0

    def on_blur(self) -> None:
        """Leave nothing behind that is no code; the window alone may be left, to look one up."""
        self._turned_away_until = 0.0
        if self.screen.focused not in {None, self} and self._may_be_a_password:
            self._turn_away(self.problem() or "")
            self._turned_away_until = 0.0

    @property
    def _may_be_a_password(self) -> bool:
        """Whether letters stand, where a password is asked as well, that are no whole code."""
        is_code = code_shapes.shape_of(self.value) in self.takes
        return Shape.DIGITS in self.takes and any(map(str.isalpha, self.value)) and not is_code

    def begin_again(self) -> None:
        """Let what is no code yet be typed on, behind its end; nothing stays of what may be a password."""
        self._turned_away_until = 0.0
        if self._may_be_a_password:
            self.value, self._refusal = "", self.problem() or ""
        if code_shapes.shape_of(self.value) not in self.takes:
            # Behind what the focus does, which selects all.
            self.call_later(self.action_end)

    def forget(self) -> None:
        """Be as at first, for who comes next."""
        self.value = self._refusal = ""
        self._turned_away_until = 0.0
        self.show_places(shown=True)

    def watch_value(self) -> None:
        """Be as wide as the places are, and wider where the code is none of six digits."""
        may_be_digits = self.value.isdecimal() or not self.value
        self.set_class(self._shows_places and Shape.DIGITS in self.takes and may_be_digits, "digits")

    def _has_room_for(self, text: str) -> bool:
        return len(code_shapes.bare(text)) <= code_shapes.longest(self.takes)

    def _places(self, value: str) -> str:
        """Give the empty places behind a value: none behind one that is no code of six digits, but may be."""
        if not self._shows_places:
            return ""
        if Shape.DIGITS not in self.takes:
            return max((_PLACES[shape] for shape in self.takes), key=len)[len(value) :]
        return _PLACES[Shape.DIGITS][len(value) :] if value.isdecimal() or not value else ""

    @property
    def _value(self) -> Text:
        return super()._value.append(self._places(self.value))


def _behind(characters: int, value: str) -> int:
    """Give the position behind so many characters, dashes not counted."""
    position = 0
    while characters and position < len(value):
        characters -= value[position] != "-"
        position += 1
    return position
