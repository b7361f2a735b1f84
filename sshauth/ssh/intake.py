"""One client's input on its way to its app: at once while a person types, a little at a time in a flood."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from textual.app import App, ScreenStackError
from textual.message import Message
from textual.widgets import Input, TextArea

from sshauth.ssh.keyboard import Events, Keyboard
from sshauth.ssh.turns import Allowance, Pause, Turns

LONGEST_WAITING = 64 * 1024
"""Bytes kept of what is typed before the first picture; more than that is no person."""
EVENTS_AT_ONCE, EVENTS_A_SECOND = 8, 20
"""What a person types, and what a password manager types, is handed over as it comes."""
EVENTS_A_TURN = 4
"""Of a flood the rest waits for turns that all floods share: 2 ms of work, or 20 if each moves the focus."""
MOST_UNANSWERED = 16
"""An app with so many events before it is busy, and gets no more."""


class Intake:
    """Makes events of input and hands them to an app, which gets none before it has been seen."""

    def __init__(
        self, app: App[Any], turns: Turns, *, charset: str, take: Callable[[Message], None], pause: Pause
    ) -> None:
        """Take the app, the turns that it shares with others, and the codec of what is typed.

        ``take`` takes the events; ``pause`` stops the client while there are too many, and lets it go on.
        """
        self._app = app
        self._turns = turns
        self._take = take
        self._pause = pause
        self._loop = asyncio.get_running_loop()
        self._keyboard = Keyboard(self._in_text_field, charset)
        self._allowance = Allowance(EVENTS_AT_ONCE, EVENTS_A_SECOND)
        self._waiting: bytearray | None = bytearray()
        self._input: deque[Events] = deque()
        self._waits_for_turn = False
        self._is_closed = False
        self._tick: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Hand over what came before the first picture, and from now on everything."""
        if self._waiting is not None:
            waiting, self._waiting = bytes(self._waiting), None
            self.feed(waiting)

    def close(self) -> None:
        """Hand over nothing more."""
        self._is_closed = True
        self._input.clear()
        self._cancel_tick()
        self._turns.leave(self._take_turn)

    def feed(self, data: bytes) -> None:
        """Take input."""
        if self._is_closed:
            return
        if self._waiting is not None:
            if len(self._waiting) + len(data) <= LONGEST_WAITING:
                self._waiting += data
            return
        self._input.append(self._keyboard.feed(data))
        if not self._waits_for_turn:
            self._hand_over(self._allowance.left(self._loop.time()))

    def is_echoed(self, data: bytes) -> bool:
        """Tell whether some input is one letter on its way into a field, which will show it."""
        is_letter = len(data) == 1 and 0x20 < data[0] < 0x7F  # noqa: PLR2004 - printable ASCII without the space
        return is_letter and self._waiting is None and not self._waits_for_turn and self._in_text_field()

    def _take_turn(self) -> None:
        self._waits_for_turn = False
        is_busy = self._app.message_queue_size > MOST_UNANSWERED
        self._hand_over(0 if is_busy else EVENTS_A_TURN)

    def _hand_over(self, most: int) -> None:
        """Hand over what there is, or so much of it; then everybody else has a turn first."""
        self._cancel_tick()
        handful = list(islice(self._events(), most))
        for event in handful:
            if event is not None:
                self._take(event)
        self._allowance.spend(len(handful))
        self._waits_for_turn = len(handful) == most
        self._pause(paused=self._waits_for_turn)
        if self._waits_for_turn:
            self._turns.ask(self._take_turn)
        elif self._keyboard.patience is not None:
            self._tick = self._loop.call_later(self._keyboard.patience, self._on_tick)

    def _events(self) -> Iterator[Message | None]:
        while self._input:
            for event in self._input[0]:  # noqa: UP028 - yield from would end them where we only pause
                yield event
            self._input.popleft()

    def _cancel_tick(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _on_tick(self) -> None:
        self._tick = None
        self._input.append(self._keyboard.tick())
        self._hand_over(self._allowance.left(self._loop.time()))

    def _in_text_field(self) -> bool:
        with suppress(ScreenStackError):
            return isinstance(self._app.focused, Input | TextArea)
        return False
