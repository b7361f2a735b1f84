"""Help: what a screen is for, and its keys."""

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import Button, Static

from sshauth.tui.fields import literally
from sshauth.tui.links import Link, LinkButton

if TYPE_CHECKING:
    from sshauth.tui.app import AuthApp

KEY_WIDTH = 9
EVERYWHERE = (
    Link("enter", "Enter Goes on: to the next field, or by the button with the focus", ""),
    Link("tab", "Tab Next field or button; Shift+Tab goes back", ""),
    Link("ctrl+t", "Ctrl+T Other colours: dark, light, high contrast", "app.next_theme"),
    Link("ctrl+q", "Ctrl+Q Quit", "app.quit"),
)


class KeyButton(Button):
    """A key and what it does; pressed, it does that."""

    def __init__(self, link: Link) -> None:
        """Take the key."""
        super().__init__(link.told or link.label, classes="key", compact=True)
        self.link = link

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """Take a line, or more where what the key does takes more."""
        return len(in_columns(str(self.label), width))

    def render(self) -> VisualType:
        """Put the key into one column and what it does into another."""
        lines = in_columns(str(self.label), self.size.width)
        return Content("\n".join(lines)).stylize("bold", 0, KEY_WIDTH)


class KeyWords(KeyButton, can_focus=False):
    """A key that nothing but the keyboard can press."""


class HelpScreen(ModalScreen[None]):
    """Lies over a screen and tells about it. A key that it names does what it says at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "close", priority=True, show=False),
        Binding("enter,ctrl+j", "press", priority=True, show=False),
        Binding("up,left", "app.focus_previous", priority=True, show=False),
        Binding("down,right", "app.focus_next", priority=True, show=False),
    ]

    def __init__(self, heading: str, words: str, keys: Iterable[Link]) -> None:
        """Take what the screen below is called and is for, and the keys that do something there now."""
        super().__init__()
        self._heading = heading
        self._words = words
        own = [link for link in keys if link.key != "ctrl+t"]  # which is everywhere the same
        taken = {link.key for link in own}
        self._keys = sorted([*own, *(link for link in EVERYWHERE if link.key not in taken)], key=_rank)
        for link in self._keys:
            if link.action and link.key not in {"escape", "ctrl+t"}:
                self._bindings.bind(link.key, f"do({link.action!r})", priority=True, show=False)

    def compose(self) -> ComposeResult:
        """Lay the words and the keys out."""
        with VerticalScroll(id="help-panel", can_focus=False):
            yield Static(literally(f"Help: {self._heading}"), id="heading")
            yield Static(literally(self._words), id="help-words")
            yield from map(_line, self._keys)
            yield Button("Close", id="close", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Let Enter close it; begin to read at the top."""
        self.set_focus(self.query_one("#close"), scroll_visible=False)

    def action_close(self) -> None:
        """Go back to the screen below."""
        self._leave()

    def action_do(self, action: str) -> None:
        """Do what one of the keys does, on the screen below."""
        self._leave(action)

    def _leave(self, action: str = "") -> None:
        cast("AuthApp", self.app).close_help(action)

    def on_click(self, event: events.Click) -> None:
        """Do what a button on the screen below does, where one can be seen; F1 Help closes this."""
        below = self.app.screen_stack[-2]
        button = below.get_widget_at(event.screen_x, event.screen_y)[0]
        if event.widget is self and isinstance(button, LinkButton):
            self._leave("" if button.link.action == "help" else button.link.action)

    def action_press(self) -> None:
        """Press what has the focus."""
        if isinstance(self.focused, Button):
            self.focused.press()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the key does, or close."""
        event.stop()
        if not isinstance(event.button, KeyWords):
            self._leave(event.button.link.action if isinstance(event.button, KeyButton) else "")


def in_columns(label: str, width: int) -> list[str]:
    """Put a key into one column, and what it does into another, however many lines that takes."""
    key, _, words = label.partition(" ")
    lines = textwrap.wrap(words, max(10, width - KEY_WIDTH)) or [""]
    return [f"{key if index == 0 else '':{KEY_WIDTH}}{line}" for index, line in enumerate(lines)]


def _line(link: Link) -> Widget:
    return KeyButton(link) if link.action else KeyWords(link)


def _rank(link: Link) -> tuple[int, int]:
    """Order keys: those that everybody knows, F keys by number, then those that leave."""
    if link.key.startswith("f") and link.key[1:].isdigit():
        return 2, int(link.key[1:])
    others = {"enter": 0, "tab": 0, "escape": 3, "ctrl+t": 4, "ctrl+o": 5, "ctrl+q": 6}
    return others.get(link.key, 1), 0
