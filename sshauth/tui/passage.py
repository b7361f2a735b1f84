"""Going from screen to screen without losing a key, and what may come over any screen."""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import Screen

from sshauth.tui.form import FormScreen
from sshauth.tui.help import HelpScreen
from sshauth.tui.notice import SMALLEST, NoticeScreen, OneMomentScreen, TooSmallScreen
from sshauth.tui.themes import ThemedApp

LEAVING_KEYS = frozenset({"ctrl+q", "ctrl+c"})
MOST_HELD = 64 * 1024
"""Characters that are held for a screen to come; more than that is no person."""

MOST_UNREAD = 5
"""Announcements that wait to be read; of more the oldest goes."""

HABIT = 1.0
"""Seconds in which an Enter behind a code that submitted itself is pressed out of habit."""

OVER_SCREENS = (NoticeScreen, HelpScreen)

KeyOrPaste = events.Key | events.Paste


class PassageApp(ThemedApp):
    """Holds the keys that came before their screen was ready, and hands them over there, in order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority, as in the forms: letters and Tabs of one burst stay in their order.
        Binding("tab", "app.focus_next", priority=True, show=False),
        Binding("shift+tab", "app.focus_previous", priority=True, show=False),
        Binding("ctrl+t", "app.next_theme", priority=True, show=False),
    ]

    def __init__(self) -> None:
        """Hold keys until the first screen is ready."""
        super().__init__()
        self._held_keys: deque[KeyOrPaste] = deque()
        self._held_length = 0
        self._ways_ahead = 1
        self._enter_expected_until = 0.0
        self._notice = ""
        self._unread: deque[str] = deque(maxlen=MOST_UNREAD)
        self._database_is_lost = False
        self._is_too_small = False
        self._is_ready = False

    def on_ready(self) -> None:
        """Hand over what was typed before the first picture."""
        self._is_ready = True
        self._fit(self.size)
        if self._is_too_small:
            self._held_keys.clear()
            self._held_length = 0
        self._arrived()

    # Ways

    @property
    def place(self) -> Screen[Any]:
        """The screen where the person is, whatever words lie over it."""
        return next(each for each in reversed(self.screen_stack) if not isinstance(each, OVER_SCREENS))

    def open(self, screen: Screen[Any]) -> None:
        """Go on to a screen; keys that come meanwhile are for it."""
        self._go(self.push_screen, screen)

    def replace(self, screen: Screen[Any]) -> None:
        """Go on to a screen that takes the place of the present one."""
        self._go(self.switch_screen, screen)

    def close_help(self, action: str = "") -> None:
        """Go back from the help, if it is open, to the screen that it is about, and do something there."""
        if isinstance(self.screen, HelpScreen):
            self._go(self._close_help, action)

    async def _close_help(self, action: str) -> None:
        if isinstance(self.screen, HelpScreen):
            await self.pop_screen()
            if action:
                await self.run_action(action, self.screen)

    def _go(self, way: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Set out in the app's own queue; keys that come meanwhile are for where we arrive."""
        self._ways_ahead += 1
        self.call_later(self._travel, way, *arguments)

    async def _travel(self, way: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Go a way below the words that lie over the screen, if there are some."""
        if self._is_covered:
            await self.pop_screen()
        await way(*arguments)
        if not self.screen_stack:
            return  # The app has ended on the way.
        self.style_what_is_seen()
        if self._is_too_small:
            await self.push_screen(TooSmallScreen())
        elif self._database_is_lost:
            await self.push_screen(OneMomentScreen())
        elif (words := self._words_over) and not self._held_keys:
            # Keys that came before the words go first: they must not take away what nobody has seen.
            await self.push_screen(NoticeScreen(words))
        self._arrived()

    def _arrived(self) -> None:
        self._ways_ahead -= 1
        self.release_keys()

    # Over the screens

    def notice(self, words: str) -> None:
        """Show words over whatever there is; the next key takes them away, and does what it does there."""
        self._notice = words
        self._go(_stay)

    def announce(self, words: str) -> None:
        """Show words likewise, behind those that were announced before and not read yet."""
        self._unread.append(words)
        self._go(_stay)

    @property
    def _words_over(self) -> str:
        """The words that shall lie over the screen now."""
        if self._notice or not self._unread:
            return self._notice
        more = len(self._unread) - 1
        follow = f"{more} more {'follows' if more == 1 else 'follow'}: any key shows the next."
        return f"{self._unread[0]}\n{follow if more else 'Any key takes this away.'}"

    def _read(self) -> None:
        """Take the words away that lie over the screen, if they are there already, and seen."""
        if not self._words_over or self._ways_ahead or self._is_hidden:
            return
        if self._notice:
            self._notice = ""
        else:
            self._unread.popleft()
        self._go(_stay)

    def database_lost(self) -> None:
        """Hold the person: nobody can tell at present whether their session is still live."""
        self._database_is_lost = True
        self._go(_stay)

    def database_back(self) -> None:
        """Let the person go on, keys typed meanwhile first."""
        self._database_is_lost = False
        self._go(_stay)

    def _fit(self, window: Size) -> None:
        """Let nothing be seen of the screens in a window that is too small for them."""
        is_too_small = window.width < SMALLEST.width or window.height < SMALLEST.height
        if is_too_small != self._is_too_small:
            self._is_too_small = is_too_small
            self._go(_stay)

    # Keys

    def typed(self) -> None:
        """Hear that the person has pressed a key or pasted something."""

    def expect_enter(self) -> None:
        """Know of a form that submits itself: an Enter right behind is for neither it nor the next screen."""
        self._enter_expected_until = time.monotonic() + HABIT

    def _is_out_of_habit(self, event: KeyOrPaste) -> bool:
        until, self._enter_expected_until = self._enter_expected_until, 0.0
        return _is_enter(event) and time.monotonic() < until

    async def on_event(self, event: events.Event) -> None:
        """Hold keys that arrive before their screen is ready for them, and hand them over later."""
        if not isinstance(event, KeyOrPaste) or event.is_forwarded:
            await super().on_event(event)
            if isinstance(event, events.Resize) and self._is_ready:
                self._fit(event.size)
            return
        self.typed()
        if self._is_too_small and not _leaves(event):
            return  # Nobody types into what they do not see.
        self._read()
        if self._is_out_of_habit(event):
            return
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
        return self._ways_ahead > 0 or self._is_hidden or is_arriving

    @property
    def _is_hidden(self) -> bool:
        return self._is_too_small or self._database_is_lost

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
        if self._words_over and not (self._ways_ahead or self._held_keys or self._is_covered):
            self._go(_stay)

    @property
    def _is_covered(self) -> bool:
        return isinstance(self.screen, NoticeScreen)

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
