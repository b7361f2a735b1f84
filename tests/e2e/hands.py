"""Two kinds of people at the same screens: one presses keys alone, one does all but typing by mouse."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping

from tests.e2e.people import RECOVERY_CODE, RECOVERY_CODES
from tests.support.secrets import note
from tests.support.terminal import Terminal


class Hands(ABC):
    """Goes where labels lead, and fills forms in."""

    def __init__(self, terminal: Terminal) -> None:
        """Sit down at a terminal."""
        self.terminal = terminal

    @abstractmethod
    def go(self, link: str) -> None:
        """Go where a link leads; its label begins with its key."""

    @abstractmethod
    def choose(self, label: str, *, after: int) -> None:
        """Press a button of a menu, so many buttons after the one that was pressed last."""

    @abstractmethod
    def fill(self, fields: Mapping[str, str], button: str) -> None:
        """Type into fields, the first of which has the focus, and press the form's button."""

    def sees(self, words: str) -> None:
        """Wait for words."""
        self.terminal.wait_for(words)

    def keep_recovery_codes(self) -> list[str]:
        """Write the codes down off the screen, and show that they were kept."""
        terminal = self.terminal
        self.sees(RECOVERY_CODES)
        terminal.wait_until(lambda: len(RECOVERY_CODE.findall(terminal.text)) == 10, "expected ten codes")
        codes = dict(RECOVERY_CODE.findall(terminal.text))
        note(*codes.values())
        self.go("F6 I have kept them")
        self.sees("type code number")
        asked = re.search(r"type code number (\d+)", terminal.text)
        assert asked is not None
        self.fill({f"Code number {asked[1]}": codes[asked[1]]}, "Confirm")
        return list(codes.values())


class KeyboardHands(Hands):
    """Touches no mouse."""

    def go(self, link: str) -> None:
        """Press the key."""
        self.sees(link)
        key = link.split(" ", maxsplit=1)[0].lower()
        self.terminal.key({"esc": "escape"}.get(key, key))

    def choose(self, label: str, *, after: int) -> None:
        """Go down to it, and press Enter."""
        self.sees(label)
        self.terminal.key(*["down"] * after, "enter")

    def fill(self, fields: Mapping[str, str], button: str) -> None:
        """Go from field to field with Tab; Enter in the last one presses the button."""
        self.sees(button)
        self.terminal.send("\t".join(fields.values()))
        self.terminal.key("enter")


class MouseHands(Hands):
    """Touches no key that is not typed into a field: neither Enter nor Tab."""

    def go(self, link: str) -> None:
        """Click on it."""
        self._click(link)

    def choose(self, label: str, *, after: int) -> None:  # noqa: ARG002 - a mouse goes anywhere at once
        """Click on it."""
        self._click(label)

    def fill(self, fields: Mapping[str, str], button: str) -> None:
        """Click into each field; the last of six digits may submit by itself, where nothing else is asked."""
        for label, value in fields.items():
            self.sees(label)
            self.terminal.wait_quiet(RESTED)
            self.terminal.click_at(*self._field(label))
            self.terminal.send(value)
        if [value for value in fields.values() if not value.isdecimal()] or not fields:
            self._click(button)

    def _click(self, label: str) -> None:
        self.sees(label)
        self.terminal.wait_quiet(RESTED)
        self.terminal.click(label)

    def _field(self, label: str) -> tuple[int, int]:
        """Find the second cell of the field beside a label: its background is another."""
        cells = self.terminal.cells()
        for row, line in reversed(list(enumerate(cells))):
            start = "".join(cell.data or " " for cell in line).find(f"{label} ")
            beside = (x for x in range(start, len(line)) if start >= 0 and line[x].bg != line[start].bg)
            if column := next(beside, None):
                return column + 1, row
        raise AssertionError(f"no field {label!r} on\n{self.terminal.text}")


RESTED = 0.2
"""Seconds without any change, after which people know where to click."""
