"""What all forms have in common: fields, keys, errors beside their fields."""

import asyncio
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from sshauth.accounts.errors import InvalidForm
from sshauth.tui.code_field import CodeInput
from sshauth.tui.fields import EMPTY, FieldInput, field_widgets, literally
from sshauth.tui.help import HelpScreen
from sshauth.tui.links import Footer, Link, LinkButton
from sshauth.tui.speaking import SpeakingScreen, Tone
from sshauth.tui.tick import Tick

__all__ = ["BACK", "EMPTY", "SHOW_SECRETS", "FormScreen", "Link", "Tone"]

SHOWN, HIDDEN = "F4 Hide", "F4 Show"
SHOW_SECRETS = Link(
    "f4", HIDDEN, "toggle_secrets", beside=True, told="F4 Show what is typed in secret, or hide it again"
)
GET_HELP = Link("f1", "F1 Help", "help")
BACK = Link("escape", "Esc Back", "back")


class FormScreen(SpeakingScreen):
    """A form. Subclasses say what it asks, and do something with it in ``submit``."""

    HEADING: ClassVar[str]
    HELP: ClassVar[str] = ""
    """What this screen is for, in one to three sentences."""
    SUBMIT: ClassVar[str]
    """What the form's button says; blank where there is none."""
    LINKS: ClassVar[tuple[Link, ...]] = (SHOW_SECRETS, BACK)
    """The other places to go: at most three of them in the footer, the rest ``beside`` the button."""
    MORE_KEYS: ClassVar[tuple[Link, ...]] = ()
    """Keys that have no button: the help screen tells of them."""
    arriving = False
    """Whether what is to be shown is still being looked up: keys wait for it, Enter too."""
    waits = False
    """Whether people may take longer here: for a mail to come, or an app to be installed."""
    submit_when_full: ClassVar[bool] = False
    """Whether the sixth digit of a code submits, where the code is all that is asked."""

    # Keys that move between fields, or leave, run in the app's own queue (priority): there they keep
    # their place among letters that arrive in the same burst.
    BINDINGS: ClassVar[list[BindingType]] = [
        # ctrl+j: Enter, typed while the terminal was not the app's yet.
        Binding("enter,ctrl+j", "advance", priority=True, show=False),
        Binding("left", "step(-1)", priority=True, show=False),
        Binding("right", "step(1)", priority=True, show=False),
        Binding("f1", "help", priority=True, show=False),
    ]

    def __init__(self, *, intro: str = "", values: Mapping[str, str] | None = None) -> None:
        """Take the words above the fields, and what the fields hold at first."""
        super().__init__()
        self.intro = intro
        self._first_values = dict(values or {})
        self._size_laid_out = Size(0, 0)
        for link in (*self.LINKS, *self.MORE_KEYS):
            if link.action:
                self._bindings.bind(link.key, link.action, priority=True, show=False)

    @abstractmethod
    async def submit(self, values: Mapping[str, str]) -> None:
        """Do what the form is for; an ``AccountError`` is shown beside the field that it concerns."""

    def compose(self) -> ComposeResult:
        """Lay the form out, for the size that it will have at first, and the footer."""
        self._size_laid_out = size = self.app.size
        across = self._get_breakpoint_classes(size.width, self.app.HORIZONTAL_BREAKPOINTS or [])
        down = self._get_breakpoint_classes(size.height, self.app.VERTICAL_BREAKPOINTS or [])
        self.add_class(*across, *down, update=False)
        buttons = list(self.link_buttons())
        footer = [each for each in buttons if isinstance(each, LinkButton) and not each.link.beside]
        yield from self.compose_panel([each for each in buttons if each not in footer])
        yield Footer([*footer, LinkButton(GET_HELP)])

    def compose_panel(self, beside: Sequence[Widget]) -> ComposeResult:
        """Lay out all but the footer; ``beside`` are the links next to the form's button."""
        with VerticalScroll(id="panel", can_focus=False):
            yield from self.above()
            yield Static(self.HEADING, id="heading")
            yield Static(literally(self.intro), id="intro")
            with Container(id="form"):
                for field in self.FIELDS:
                    yield from field_widgets(field, self._first_values.get(field.name, ""))
            yield from self.ticks()
            yield Static(id="status")
            yield from self.more()
            if self.SUBMIT or beside:
                with Horizontal(id="buttons"):
                    if self.SUBMIT:
                        yield Button(self.SUBMIT, id="submit", variant="primary", compact=True)
                    yield from beside

    def above(self) -> Iterator[Widget]:
        """Give what stands above the heading."""
        yield from ()

    def ticks(self) -> Iterator[Tick]:
        """Give what can be ticked, below the fields."""
        yield from ()

    def more(self) -> Iterator[Widget]:
        """Give widgets to show between the fields and the buttons."""
        yield from ()

    def link_buttons(self) -> Iterator[Widget]:
        """Give a button for each link, so that Tab and the mouse reach what keys reach."""
        yield from map(LinkButton, self.LINKS)

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

    def action_step(self, step: int) -> None:
        """Go from button to button; in a field the key moves the cursor."""
        if not isinstance(self.focused, Button):
            raise SkipAction
        if step > 0:
            self.focus_next(Button)
        else:
            self.focus_previous(Button)

    def action_toggle_secrets(self) -> None:
        """Show the secret fields, or hide them again."""
        self.show_secrets(shown=any(each.password for each in self.inputs()))

    def show_secrets(self, *, shown: bool) -> None:
        """Show the secret fields, or hide them; the link says what the key does next."""
        for field_input in self.inputs():
            field_input.password = field_input.field.secret and not shown
        for button in self.query("#toggle_secrets").results(Button):
            button.label = SHOWN if shown else HIDDEN

    def action_help(self) -> None:
        """Say what this screen is for, and tell all its keys."""
        self.auth_app.open(HelpScreen(self.HEADING, self.HELP, self.keys()))

    def keys(self) -> list[Link]:
        """Give the keys that do something here at present."""
        there = {each.id for each in self.query(LinkButton) if each.display}
        links = [link for link in self.LINKS if link.action.replace("app.", "") in there]
        return [*links, *self.MORE_KEYS]

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

    def on_code_input_full(self, event: CodeInput.Full) -> None:
        """Submit where nothing else is asked, but not what was judged already."""
        alone = self.inputs() == [event.input]
        if self.submit_when_full and alone and not self.busy and not self.is_judged(event.input.field.name):
            self.auth_app.expect_enter()
            self.action_submit()

    async def _submit(self) -> None:
        self._judged = values = self.values()
        if problems := await self.problems():
            raise InvalidForm(problems)
        self.clear_errors()
        await self.submit(values)

    async def problems(self) -> dict[str, str]:
        """Give words for each field that is wrong, as far as that can be told before anything is done."""
        problems = {each.field.name: each.problem() for each in self.inputs()}
        return {name: words for name, words in problems.items() if words}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say beside each field what is wrong with it; what only lacks its end is not selected."""
        super().show_problems(problems)
        for each in self.query(CodeInput):
            if each.field.name in problems:
                each.begin_again()
                self._judged = {**self._judged, each.field.name: each.value}

    async def let_keys_arrive(self) -> None:
        """Wait until every field and every tick has taken the keys that were typed so far."""
        for widget in (*self.inputs(), *self.query(Tick)):
            arrived = asyncio.Event()
            widget.call_later(arrived.set)
            await arrived.wait()
