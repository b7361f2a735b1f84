"""A field for codes, however they are typed or pasted: six places for digits, groups of four for others."""

from collections.abc import Collection
from dataclasses import dataclass

from rich.text import Text
from textual.message import Message

from sshauth.accounts import code_shapes
from sshauth.accounts.code_shapes import Shape
from sshauth.tui.fields import Field, FieldInput

APP = frozenset({Shape.DIGITS})
"""What the authenticator app shows, and nothing else."""
APP_OR_RECOVERY = APP | {Shape.RECOVERY}
SIGN_IN = APP_OR_RECOVERY | {Shape.MAILED}
"""The code of an enrolment comes by mail and is typed where one signs in."""
RECOVERY = frozenset({Shape.RECOVERY})
MAILED = frozenset({Shape.MAILED})

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
    """Writes a code as it is meant, and shows the places that are still empty."""

    class Full(Message):
        """Somebody has typed or pasted the last of the six digits."""

        def __init__(self, code_input: "CodeInput") -> None:
            """Take the input."""
            super().__init__()
            self.input = code_input

    def __init__(self, field: CodeField, value: str) -> None:
        """Make the input of a field; what is filled in is written like what is typed."""
        self.takes = field.takes
        super().__init__(field, code_shapes.written(value, field.takes))
        self.placeholder = self._places("")
        self.watch_value()

    def problem(self) -> str | None:
        """Say what keeps this from being a code; nobody need judge it then."""
        return code_shapes.problem(self.value, self.takes) if self.value else super().problem()

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in as everywhere, and write the whole anew; the cursor stays behind what was put in."""
        start, end = sorted((max(0, start), min(len(self.value), end)))
        before = code_shapes.bare(self.value[:start] + text)
        value = code_shapes.written(before + self.value[end:], self.takes)
        if len(value) > self.field.longest:
            self.restricted()
            return
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
            super().take(pasted)
        elif code_shapes.shape_of(left) in self.takes or not self._has_room_for(left + code):
            self.replace(code, 0, len(self.value))
        else:
            self.replace(code, start, end)

    def watch_value(self) -> None:
        """Be as wide as the places are, and wider where the code is none of six digits."""
        may_be_digits = self.value.isdecimal() or not self.value
        self.set_class(Shape.DIGITS in self.takes and may_be_digits, "digits")

    def _has_room_for(self, text: str) -> bool:
        return len(code_shapes.bare(text)) <= max(code_shapes.LENGTHS[shape] for shape in self.takes)

    def _places(self, value: str) -> str:
        """Give the empty places behind a value: none behind one that is no code of six digits, but may be."""
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
