"""Forms that say what is wrong with a field as soon as the person has left it, and not before."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual import events

from sshauth.tui.fields import Field, FieldInput
from sshauth.tui.form import FormScreen, Tone


@dataclass(frozen=True, slots=True)
class RuledField(Field):
    """Asks for what a rule accepts, which raises ValueError with words for the person, and takes no time."""

    rule: Callable[[str], object] = str

    def make_input(self, value: str) -> "RuledInput":
        """Make an input that knows the rule."""
        return RuledInput(self, value)


class RuledInput(FieldInput):
    """Knows by its rule what is wrong with what it holds."""

    def __init__(self, field: RuledField, value: str) -> None:
        """Make the input of a field."""
        super().__init__(field, value)
        self._rule = field.rule

    def problem(self) -> str | None:
        """Say what the rule says."""
        if not self.value:
            return super().problem()
        try:
            self._rule(self.value)
        except ValueError as error:
            return str(error)
        return None


class LiveForm(FormScreen):
    """A form that looks at what its fields hold once they are left. What is empty is said on submitting."""

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Look at the field that was left."""
        left = event.widget
        if isinstance(left, FieldInput) and not left.field.secret and not self.busy:
            self.look_into(partial(self._look_at, left), left.field.name)

    async def _look_at(self, left: FieldInput) -> None:
        if left.value.strip() and not left.has_focus and not self.is_judged(left.field.name):
            await self.find_out(left)

    async def find_out(self, left: FieldInput) -> None:
        """Say what is wrong with what a field holds."""
        if problem := left.problem():
            self.say_live(left.field.name, left.value, problem)

    def say_live(self, name: str, value: str, words: str, tone: Tone = Tone.BAD) -> None:
        """Say what was found out about a value; words that need more rows push nothing out of the window."""
        super().say_live(name, value, words, tone)
        self.call_after_refresh(self._keep_focus_in_view)

    def _keep_focus_in_view(self) -> None:
        if self.focused is None:
            return
        for below in self.query(f"#{self.focused.id}-words"):
            below.scroll_visible(animate=False)
        self.focused.scroll_visible(animate=False)
