"""Going from screen to screen without losing a key, and what may come over any screen."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from sshauth.tui.form import FormScreen
from sshauth.tui.notice import NoticeScreen, OneMomentScreen

LEAVING_KEYS = frozenset({"ctrl+q", "ctrl+c"})
MOST_HELD = 64 * 1024
"""Characters that are held for a screen to come; more than that is no person."""

KeyOrPaste = events.Key | events.Paste


class PassageApp(App[str]):
    """Holds the keys that came before their screen was ready, and hands them over there, in order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority, as in the forms: letters and Tabs of one burst stay in their order.
        Binding("tab", "app.focus_next", priority=True, show=False),
        Binding("shift+tab", "app.focus_previous", priority=True, show=False),
    ]

    def __init__(self) -> None:
        """Hold keys until the first screen is ready."""
        super().__init__()
        self._held_keys: deque[KeyOrPaste] = deque()
        self._held_length = 0
        self._ways_ahead = 1
        self._notice = ""
        self._database_is_lost = False

    def on_ready(self) -> None:
        """Hand over what was typed before the first picture."""
        self._arrived()

    # Ways

    @property
    def place(self) -> Screen[Any]:
        """The screen where the person is, whatever words lie over it."""
        stack = self.screen_stack
        return stack[-2] if isinstance(stack[-1], NoticeScreen) else stack[-1]

    def open(self, screen: Screen[Any]) -> None:
        """Go on to a screen; keys that come meanwhile are for it."""
        self._go(self.push_screen, screen)

    def replace(self, screen: Screen[Any]) -> None:
        """Go on to a screen that takes the place of the present one."""
        self._go(self.switch_screen, screen)

    def _go(self, way: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Set out in the app's own queue; keys that come meanwhile are for where we arrive."""
        self._ways_ahead += 1
        self.call_later(self._travel, way, *arguments)

    async def _travel(self, way: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Go a way below the words that lie over the screen, if there are some."""
        if isinstance(self.screen, NoticeScreen):
            await self.pop_screen()
        await way(*arguments)
        if not self.screen_stack:
            return  # The app has ended on the way.
        if self._database_is_lost:
            await self.push_screen(OneMomentScreen())
        elif self._notice:
            await self.push_screen(NoticeScreen(self._notice))
        self._arrived()

    def _arrived(self) -> None:
        self._ways_ahead -= 1
        self.release_keys()

    # Over the screens

    def notice(self, words: str) -> None:
        """Show words over whatever there is; the next key takes them away, and does what it does there."""
        self._notice = words
        self._go(_stay)

    def database_lost(self) -> None:
        """Hold the person: nobody can tell at present whether their session is still live."""
        self._database_is_lost = True
        self._go(_stay)

    def database_back(self) -> None:
        """Let the person go on, keys typed meanwhile first."""
        self._database_is_lost = False
        self._go(_stay)

    # Keys

    def typed(self) -> None:
        """Hear that the person has pressed a key or pasted something."""

    async def on_event(self, event: events.Event) -> None:
        """Hold keys that arrive before their screen is ready for them, and hand them over later."""
        if not isinstance(event, KeyOrPaste) or event.is_forwarded:
            await super().on_event(event)
            return
        self.typed()
        if self._notice:
            self._notice = ""
            self._go(_stay)
        if _leaves(event):
            await super().on_event(event)
        elif self._held_keys or self._must_wait:
            # An Enter right behind the one that submitted was one too many, and not for the next screen.
            if self._held_keys or self._is_between or not _is_enter(event):
                self._hold(event)
        else:
            await self._deliver(event)

    @property
    def _is_between(self) -> bool:
        is_arriving = isinstance(self.screen, FormScreen) and self.screen.arriving
        return self._ways_ahead > 0 or self._database_is_lost or is_arriving

    @property
    def _must_wait(self) -> bool:
        return self._is_between or (isinstance(self.screen, FormScreen) and self.screen.busy)

    def _hold(self, event: KeyOrPaste) -> None:
        if self._held_length + _length(event) <= MOST_HELD:
            self._held_length += _length(event)
            self._held_keys.append(event)

    def release_keys(self) -> None:
        """Hand over the keys that were held: in the app's own queue, before any that come later."""
        self.call_later(self._deliver_held)

    async def _deliver_held(self) -> None:
        while self._held_keys and not self._must_wait:
            event = self._held_keys.popleft()
            self._held_length -= _length(event)
            await self._deliver(event)

    async def _deliver(self, event: KeyOrPaste) -> None:
        if isinstance(self.screen, FormScreen) and (isinstance(event, events.Paste) or event.is_printable):
            self.screen.before_typing()
        await super().on_event(event)


async def _stay() -> None:
    """Go nowhere: only what lies over the screen changes."""


def _leaves(event: KeyOrPaste) -> bool:
    return isinstance(event, events.Key) and event.key in LEAVING_KEYS


def _is_enter(event: KeyOrPaste) -> bool:
    return isinstance(event, events.Key) and event.key == "enter"


def _length(event: KeyOrPaste) -> int:
    return len(event.text) if isinstance(event, events.Paste) else 1
