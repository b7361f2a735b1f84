"""What all forms have in common: fields, keys, errors beside their fields."""

import asyncio
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from sshauth.accounts.errors import AccountError, InvalidForm
from sshauth.tui.fields import Field, FieldInput, field_widgets, literally
from sshauth.tui.tick import Tick
from sshauth.tui.work import WorkingScreen

EMPTY = "Please fill this in."


@dataclass(frozen=True, slots=True)
class Link:
    """Another place to go, by key or by button. ``action`` is the screen's method ``action_…``."""

    key: str
    label: str
    action: str


class Tone(Enum):
    """How words about a field are meant."""

    BAD = auto()
    HINT = auto()
    GOOD = auto()


SHOW_SECRETS = Link("f4", "F4 Show", "toggle_secrets")
BACK = Link("escape", "Esc Back", "back")


class FormScreen(WorkingScreen):
    """A form. Subclasses say what it asks, and do something with it in ``submit``."""

    HEADING: ClassVar[str]
    FIELDS: ClassVar[tuple[Field, ...]]
    SUBMIT: ClassVar[str]
    LINKS: ClassVar[tuple[Link, ...]] = (SHOW_SECRETS, BACK)
    arriving = False
    """Whether what is to be shown is still being looked up: keys wait for it, Enter too."""
    waits = False
    """Whether people may take longer here: for a mail to come, or an app to be installed."""

    # Keys that move between fields, or leave, run in the app's own queue (priority): there they keep
    # their place among letters that arrive in the same burst.
    BINDINGS: ClassVar[list[BindingType]] = [
        # ctrl+j: Enter, typed while the terminal was not the app's yet.
        Binding("enter,ctrl+j", "advance", priority=True, show=False),
    ]

    def __init__(self, *, intro: str = "", values: Mapping[str, str] | None = None) -> None:
        """Take the words above the fields, and what the fields hold at first."""
        super().__init__()
        self.intro = intro
        self._first_values = dict(values or {})
        self._words: dict[str, tuple[str, Tone]] = {}
        self._size_laid_out = Size(0, 0)
        self._judged: Mapping[str, str] = {}
        for link in self.LINKS:
            self._bindings.bind(link.key, link.action, priority=True, show=False)

    @abstractmethod
    async def submit(self, values: Mapping[str, str]) -> None:
        """Do what the form is for; an ``AccountError`` is shown beside the field that it concerns."""

    def compose(self) -> ComposeResult:
        """Lay the form out, for the size that it will have at first."""
        self._size_laid_out = size = self.app.size
        across = self._get_breakpoint_classes(size.width, self.app.HORIZONTAL_BREAKPOINTS or [])
        down = self._get_breakpoint_classes(size.height, self.app.VERTICAL_BREAKPOINTS or [])
        self.add_class(*across, *down, update=False)
        with VerticalScroll(id="panel", can_focus=False):
            yield Static(self.HEADING, id="heading")
            yield Static(literally(self.intro), id="intro")
            with Container(id="form"):
                for field in self.FIELDS:
                    yield from field_widgets(field, self._first_values.get(field.name, ""))
            yield from self.ticks()
            yield Static(id="status")
            yield from self.more()
            with Horizontal(id="buttons"):
                yield Button(self.SUBMIT, id="submit", variant="primary", compact=True)
                yield from self.link_buttons()

    def ticks(self) -> Iterator[Tick]:
        """Give what can be ticked, below the fields."""
        yield from ()

    def more(self) -> Iterator[Widget]:
        """Give widgets to show between the fields and the buttons."""
        yield from ()

    def link_buttons(self) -> Iterator[Widget]:
        """Give a button for each link, so that Tab and the mouse reach what keys reach."""
        for link in self.LINKS:
            yield Button(
                link.label, id=link.action.replace("app.", ""), name=link.action, classes="link", compact=True
            )

    def on_mount(self) -> None:
        """Put the focus where it belongs at first."""
        self.focus_at_first()

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for another size only: at its start a screen is told its size three times."""
        if event.size == self._size_laid_out:
            event.stop()
            event.prevent_default()
        self._size_laid_out = event.size

    def focus_at_first(self) -> None:
        """Put the focus on the first field, what it holds selected."""
        self.focus_field(self.first_field())

    def first_field(self) -> str:
        """Name the field that has the focus at first."""
        return self.FIELDS[0].name

    def focus_field(self, name: str) -> None:
        """Put the focus on a field and select what it holds, so that typing replaces it."""
        field = self.input_of(name)
        self.set_focus(field)
        field.action_select_all()

    def input_of(self, name: str) -> FieldInput:
        """Give the input of a field."""
        return self.query_one(f"#{name}", FieldInput)

    def inputs(self) -> list[FieldInput]:
        """Give all inputs in order."""
        return [self.input_of(field.name) for field in self.FIELDS]

    def values(self) -> dict[str, str]:
        """Give what the fields hold, by name."""
        return {field_input.field.name: field_input.value for field_input in self.inputs()}

    # Keys

    def action_advance(self) -> None:
        """Press what has the focus and can be; go on to the next field; submit after the last one."""
        focused = self.focused
        if isinstance(focused, Button):
            focused.press()
        elif isinstance(focused, Input) and focused is not self.inputs()[-1]:
            self.focus_next()
        else:
            self.action_submit()

    def before_typing(self) -> None:
        """Make ready for text that is about to be handed to the field with the focus."""

    def action_toggle_secrets(self) -> None:
        """Show the secret fields, or hide them again."""
        for field_input in self.inputs():
            if field_input.field.secret:
                field_input.password = not field_input.password

    async def action_back(self) -> None:
        """Leave for the screen before; what was typed is there again on return."""
        await self.let_keys_arrive()
        self.auth_app.go_back(self.values())

    def may_quit(self) -> bool:
        """Tell whether the app may end here now; a form that has something to say first says it."""
        return True

    def overwrite(self) -> None:
        """Leave nothing of a secret on the screen, which some terminals keep."""

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button's key does."""
        event.stop()
        if event.button.id == "submit":
            self.action_submit()
        elif event.button.name:
            self.call_later(self.run_action, event.button.name)

    def action_submit(self) -> None:
        """Submit the form."""
        self.attempt(self._submit)

    async def _submit(self) -> None:
        self._judged = values = self.values()
        if empty := {name: EMPTY for name, value in values.items() if not value}:
            raise InvalidForm(empty)
        await self.submit(values)

    async def let_keys_arrive(self) -> None:
        """Wait until every field and every tick has taken the keys that were typed so far."""
        for widget in (*self.inputs(), *self.query(Tick)):
            arrived = asyncio.Event()
            widget.call_later(arrived.set)
            await arrived.wait()

    # Words

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take the words about a field away once it is changed: news of older changes may come late."""
        name = event.input.id or ""
        if not self.is_judged(name):
            self.say_beside(name, "")
            if self.query_one("#status").has_class("error"):
                self.say("")

    def is_judged(self, name: str) -> bool:
        """Tell whether the words about a field, if there are some, are about what it holds now."""
        return self.input_of(name).value == self._judged.get(name)

    def on_field_input_refused(self, event: FieldInput.Refused) -> None:
        """Say beside the field what was not taken."""
        self.say_beside(event.input.field.name, event.words)

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
        self.say(error.message, error=True)
        if self.FIELDS:
            self.focus_field(self.FIELDS[-1].name)

    def say(self, words: str, *, error: bool = False) -> None:
        """Say something below the form."""
        status = self.query_one("#status", Static)
        status.set_class(error, "error")
        status.update(literally(words))

    def clear_words(self) -> None:
        """Take all words about the last try away."""
        self.say("")
        for field in self.FIELDS:
            self.say_beside(field.name, "")

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
        self.input_of(name).set_class(bool(words) and tone is Tone.BAD, "wrong")
