"""Screens of words and buttons: forms without fields."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Button, Static

from sshauth.tui.fields import Field, literally
from sshauth.tui.form import BACK, Link
from sshauth.tui.room import Room
from sshauth.tui.rows import visible


@dataclass(frozen=True, slots=True)
class Action:
    """What a button of a menu says and does."""

    label: str
    do: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Way:
    """A button of a menu that only leads somewhere: at once, and what is typed behind it is for there."""

    label: str
    to: Callable[[], Screen[Any]]


def keys_of(*labels: str) -> tuple[Link, ...]:
    """Give the keys that the labels of a menu begin with, for its ``MORE_KEYS``."""
    return tuple(
        Link(label.split()[0].lower(), label, f"choose({index})") for index, label in enumerate(labels)
    )


class MenuScreen(Room):
    """Says something and offers actions. Subclasses ``load`` what they show whenever one comes to them."""

    FIELDS: ClassVar[tuple[Field, ...]] = ()
    SUBMIT = ""
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+j", "press", priority=True, show=False),
        Binding("up", "move(-1)", priority=True, show=False),
        Binding("down", "move(1)", priority=True, show=False),
    ]

    def __init__(self, *, intro: str = "") -> None:
        """Take the words above the actions."""
        super().__init__(intro=intro)
        self._actions: tuple[Action | Way, ...] = ()
        self._news = ""
        self.arriving = True

    async def load(self) -> None:
        """Look up what there is to show, and show it."""

    def more(self) -> Iterator[Widget]:
        """Add room for the actions."""
        yield Vertical(id="actions")

    def focus_at_first(self) -> None:
        """Put the focus on the first button."""
        self.set_focus(next((button for button in self.query(Button) if button.display), None))

    # What is shown

    def show_facts(self, facts: Sequence[tuple[str, str]], *, words: str = "") -> None:
        """Show names of things and what they are, and words about them."""
        intro = self.query_one("#intro", Static)
        intro.update(_Facts(intro, facts, words))

    async def show_actions(self, actions: Sequence[Action | Way]) -> None:
        """Show buttons, one below the other. As many as before stay, and keep the focus."""
        same = len(actions) == len(self._actions)
        self._actions = tuple(actions)
        place = self.query_one("#actions", Vertical)
        if same:
            for button, action in zip(place.query(Button), actions, strict=True):
                if str(button.label) != action.label:
                    button.label = literally(action.label)
                    button.refresh(layout=True)  # a new label alone keeps the old width
            return
        await place.remove_children()
        await place.mount(
            *(
                Button(literally(action.label), name=f"choose({index})", classes="action", compact=True)
                for index, action in enumerate(actions)
            )
        )
        self.focus_at_first()

    def on_screen_suspend(self) -> None:
        """Look again on return from another room; words that lie over this one for a while change nothing."""
        stack = self.app.screen_stack
        above = stack[stack.index(self) + 1 :] if self in stack else []
        self.arriving = self.arriving or any(not isinstance(each, ModalScreen) for each in above)

    def on_screen_resume(self) -> None:
        """Look up what there is to show, when one comes here."""
        if self.arriving:
            self.attempt(self._arrive)

    async def _arrive(self) -> None:
        try:
            await self.load()
        finally:
            self.arriving = False
        if self._news:
            self.say(self._news)
            self._news = ""

    def tell(self, words: str) -> None:
        """Have something to say once everything is looked up anew."""
        self._news = words

    async def submit(self, values: Mapping[str, str]) -> None:
        """Do nothing: there are no fields, and each button does something of its own."""

    # Keys

    def action_choose(self, index: int) -> None:
        """Do what a button says, or go where it leads."""
        chosen = self._actions[index]
        if isinstance(chosen, Way):
            self.auth_app.open(chosen.to())
        else:
            self.attempt(chosen.do)

    async def action_press(self) -> None:
        """Do what the button with the focus says, at once: keys behind this one are for where it leads."""
        if isinstance(self.focused, Button) and self.focused.name:
            await self.run_action(self.focused.name)
        else:
            self.focus_next()

    def action_move(self, step: int) -> None:
        """Go from button to button; what has the focus and is no button moves by itself."""
        if not isinstance(self.focused, Button):
            raise SkipAction
        ways = list(self.query_one("#panel").query(Button).results())
        if self.focused is (ways[0] if step < 0 else ways[-1]):
            return  # the footer is for Tab
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()


class _Facts:
    """Names of things and what they are, in two columns, in the colours that the theme has when drawn."""

    def __init__(self, widget: Widget, facts: Sequence[tuple[str, str]], words: str) -> None:
        self._widget = widget
        self._facts = facts
        self._words = words

    def __rich_console__(self, _console: Console, _options: ConsoleOptions) -> RenderResult:
        quiet = self._widget.app.theme_variables["quiet"]
        grid = Table.grid(padding=(0, 2, 0, 0))
        for name, value in self._facts:
            grid.add_row(Text(visible(name), quiet, no_wrap=True), Text(visible(value)))
        yield grid
        if self._words:
            yield Text(f"\n{self._words}", quiet)
