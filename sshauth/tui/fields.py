"""Form fields: a label, an input, and a line for words about it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Label, Static

EMPTY = "Please fill this in."
CLEANED = "Line breaks and characters that cannot be shown were removed."


@dataclass(frozen=True, slots=True)
class Field:
    """What a form asks for. ``name`` is how use cases and errors call it."""

    name: str
    label: str
    longest: int
    secret: bool = False

    def make_input(self, value: str) -> "FieldInput":
        """Make the input, with what it holds at first."""
        return FieldInput(self, value)


class FieldInput(Input):
    """A text input that cleans what is pasted, and says so."""

    # Unlike the base class's: a longer value scrolls, and need not lay the whole screen out anew.
    virtual_size = reactive(Size(0, 0))

    class Refused(Message):
        """Something typed or pasted was not taken as it is; ``words`` say what and why."""

        def __init__(self, field_input: "FieldInput", words: str) -> None:
            """Take the input and the words."""
            super().__init__()
            self.input = field_input
            self.words = words

    def __init__(self, field: Field, value: str) -> None:
        """Make the input of a field."""
        super().__init__(
            value,
            id=field.name,
            password=field.secret,
            max_length=field.longest,
            compact=True,
        )
        # A blinking cursor costs a redraw and a packet twice a second, for everybody who is idle.
        self.cursor_blink = False
        self.field = field

    def on_resize(self) -> None:
        """Keep the cursor in view, where there is less room than before."""
        if self.has_focus:
            self.scroll_to_region(Region(self._cursor_offset, 0, 1, 1), force=True, animate=False)

    async def _on_key(self, event: events.Key) -> None:
        """Edit in the field's own queue: on the way round by the app, the focus may move on before."""
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return

    def _on_paste(self, event: events.Paste) -> None:
        """Put pasted text in, on one line; more than fits is refused whole, so that nobody submits half."""
        event.stop()
        # Textual calls the handlers of all base classes, and the base's would paste a second time.
        event.prevent_default()
        self.take(event.text.strip("\r\n"))

    def take(self, pasted: str) -> None:
        """Put pasted text in where the cursor is."""
        text = cleaned(pasted)
        selected = abs(self.selection.end - self.selection.start)
        if len(self.value) - selected + len(text) > self.field.longest:
            self.restricted()
            return
        if text:
            self.replace(text, *sorted(self.selection))
        if text != pasted:
            self.post_message(self.Refused(self, CLEANED))

    def problem(self) -> str | None:
        """Say what keeps this from being what is asked for, as far as can be seen here."""
        return None if self.value else EMPTY

    def restricted(self) -> None:
        """Say what fits, where the base class would ring the bell."""
        self.post_message(
            self.Refused(self, f"That is too long: at most {self.field.longest} characters fit.")
        )


def field_widgets(field: Field, value: str) -> Iterator[Widget]:
    """Make the widgets of a field: three cells of the form's grid."""
    yield Label(field.label, id=f"{field.name}-label", classes="label")
    yield field.make_input(value)
    yield Static(id=f"{field.name}-words", classes="words", markup=False)


def cleaned(pasted: str) -> str:
    """Give pasted text on one line, without what cannot be shown."""
    text = "".join(" " if character in "\r\n\t" else character for character in pasted)
    return "".join(character for character in text if unicodedata.category(character) not in {"Cc", "Cs"})


def literally(text: str) -> Content:
    """Give text that is not ours as content, never as markup, which could run actions (CWE-150)."""
    return Content(text)
