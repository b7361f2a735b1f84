"""Words on a form: beside its fields, and below it, where waits count down."""

import asyncio
import math
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum, auto
from typing import ClassVar

from textual.widgets import Input, Label, Static

from sshauth.accounts.errors import AccountError, TooManyTries
from sshauth.tui.fields import Field, FieldInput, literally
from sshauth.tui.work import WorkingScreen

ONE_MOMENT = "One moment…"
AGAIN = "You can try again now."
WRONG = "! "
"""Stands before the label of a field that is wrong, for who sees no colours."""


class Tone(Enum):
    """How words about a field are meant."""

    BAD = auto()
    HINT = auto()
    GOOD = auto()


class SpeakingScreen(WorkingScreen):
    """A screen with fields that says what it has to say beside them, or below."""

    FIELDS: ClassVar[tuple[Field, ...]]

    def __init__(self) -> None:
        """Have nothing to say yet."""
        super().__init__()
        self._words: dict[str, tuple[str, Tone]] = {}
        self._judged: Mapping[str, str] = {}
        self._status = ""
        self._next_second: asyncio.TimerHandle | None = None

    def input_of(self, name: str) -> FieldInput:
        """Give the input of a field."""
        return self.query_one(f"#{name}", FieldInput)

    @abstractmethod
    def focus_field(self, name: str) -> None:
        """Put the focus on a field."""

    # Beside a field

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take the words about a field away once it is changed: news of older changes may come late."""
        name = event.input.id or ""
        if not self.is_judged(name):
            self.say_beside(name, "")
            if self._next_second is None and self.query_one("#status").has_class("error"):
                self.say("")

    def is_judged(self, name: str) -> bool:
        """Tell whether the words about a field, if there are some, are about what it holds now."""
        return self.input_of(name).value == self._judged.get(name)

    def on_field_input_refused(self, event: FieldInput.Refused) -> None:
        """Say beside the field what was not taken."""
        self.say_beside(event.input.field.name, event.words)

    def say_live(self, name: str, value: str, words: str, tone: Tone = Tone.BAD) -> None:
        """Say what was found out about a value while the form is being filled, if it still stands there."""
        if self.busy or not self.is_current or self.input_of(name).value != value:
            return
        self._judged = {**self._judged, name: value}
        self.say_beside(name, words, tone)

    def say_beside(self, name: str, words: str, tone: Tone = Tone.BAD) -> None:
        """Say something about a field, below it."""
        if (words, tone) == self._words.get(name, ("", tone)):
            return
        self._words[name] = (words, tone)
        below = self.query_one(f"#{name}-words", Static)
        below.set_class(tone is Tone.HINT, "hint").set_class(tone is Tone.GOOD, "good")
        below.update(literally(words))
        self._mark(name, wrong=bool(words) and tone is Tone.BAD)

    def _mark(self, name: str, *, wrong: bool) -> None:
        field_input = self.input_of(name)
        if wrong != field_input.has_class("wrong"):
            field_input.set_class(wrong, "wrong")
            label = self.query_one(f"#{name}-label", Label)
            label.set_class(wrong, "wrong")
            label.update(literally(f"{WRONG if wrong else ''}{field_input.field.label}"))

    # Below the form

    def say(self, words: str, *, error: bool = False) -> None:
        """Say something below the form."""
        self._count_no_more()
        self._say(words, error=error)

    def _say(self, words: str, *, error: bool = False) -> None:
        self._status = words
        status = self.query_one("#status", Static)
        status.set_class(error, "error")
        status.update(literally(f"{WRONG if error and words else ''}{words}"))

    def say_until(self, words: Callable[[int], str], ends_at: float) -> None:
        """Say below the form how long something must wait still, second by second, then no more.

        ``words`` makes the words from the seconds that are left; ``ends_at`` is by ``time.monotonic()``.
        """
        self._count_no_more()
        self._count(words, ends_at)

    def _count(self, words: Callable[[int], str], ends_at: float) -> None:
        self._next_second = None
        left = ends_at - time.monotonic()
        if not self.is_attached:
            return
        if left <= 0:
            self._say(AGAIN)
            return
        self._say(words(math.ceil(left)), error=True)
        until_next = left - (math.ceil(left) - 1)
        loop = asyncio.get_running_loop()
        self._next_second = loop.call_later(until_next, self.call_later, self._count, words, ends_at)

    def _count_no_more(self) -> None:
        if self._next_second is not None:
            self._next_second.cancel()
            self._next_second = None

    async def on_unmount(self) -> None:
        """Count no more."""
        self._count_no_more()

    def say_it_takes_time(self) -> None:
        """Say that what was begun is still being done."""
        self.say(ONE_MOMENT)

    def say_it_is_done(self) -> None:
        """Say no more that something is being done, if nothing else was said meanwhile."""
        if self._status == ONE_MOMENT:
            self.say("")

    # Both

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say beside each field what is wrong with it; the first of them gets the focus."""
        ours = [field.name for field in self.FIELDS if field.name in problems]
        for name in ours:
            self.say_beside(name, problems[name])
        if ours:
            self.focus_field(ours[0])
        if rest := [words for name, words in problems.items() if name not in ours]:
            self.say(" ".join(rest), error=True)

    def show_problem(self, error: AccountError) -> None:
        """Say beside the field, or below the form, what is wrong."""
        if error.field is not None:
            self.show_problems({error.field: error.message})
            return
        if isinstance(error, TooManyTries):
            self.say_until(
                lambda seconds: error.after(timedelta(seconds=seconds)),
                time.monotonic() + error.wait.total_seconds(),
            )
        else:
            self.say(error.message, error=True)
        if self.FIELDS:
            self.focus_field(self.FIELDS[-1].name)

    def clear_old_words(self) -> None:
        """Take hints away, and words about what stands in its field no more; the others stay true."""
        self.say("")
        for field in self.FIELDS:
            if self._words.get(field.name, ("", Tone.HINT))[1] is Tone.HINT or not self.is_judged(field.name):
                self.say_beside(field.name, "")

    def clear_errors(self) -> None:
        """Take away what was wrong, where it is judged anew."""
        for field in self.FIELDS:
            if self.error_beside(field.name):
                self.say_beside(field.name, "")

    def error_beside(self, name: str) -> str:
        """Give what is said to be wrong with a field, if anything."""
        words, tone = self._words.get(name, ("", Tone.BAD))
        return words if tone is Tone.BAD else ""

    def clear_words(self) -> None:
        """Take all words about the last try away."""
        self.say("")
        for field in self.FIELDS:
            self.say_beside(field.name, "")
