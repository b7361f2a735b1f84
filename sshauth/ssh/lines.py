"""A terminal for who is spoken with line by line: what is typed comes as the listener asks for it."""

import asyncio
import codecs
import re
from typing import Protocol

from sshauth.ssh.terminal import Capability
from sshauth.ssh.turns import Allowance, Turns

KEYS_AT_ONCE, KEYS_A_SECOND = 8, 20
"""Keys, and runs of characters: what a person types, or a password manager, is handed over as it comes."""
KEYS_A_TURN = 4
"""Of a flood the rest waits for turns that all floods share."""
LONGEST_RUN = 256
MOST_WAITING = 4096
"""Characters that wait here; then the client is told to wait with the rest."""
MOST_ECHOED = 1024
"""Bytes that a key may make appear; while the client does not take so many, it is asked for no more keys."""

_KEYS = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[@-~]|[\x00-\x1f\x7f-\x9f]"
    rf"|[^\x00-\x1f\x7f-\x9f]{{1,{LONGEST_RUN}}}"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}|O)\Z")


class End(Protocol):
    """What is needed of the other end."""

    capability: Capability

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of its window."""

    def write(self, data: bytes) -> None:
        """Send output, whether there is room or not; harmless after the end."""

    def has_room(self, length: int) -> bool:
        """Tell whether so many bytes may be sent; if not, ``repaint`` is called when they may."""

    def pause(self, *, paused: bool) -> None:
        """Take no more input from the client for now, or take it again."""


class Lines:
    """Joins one end and who listens to it."""

    def __init__(self, end: End, turns: Turns) -> None:
        """Take the end, and the turns that floods share."""
        self._end = end
        self._turns = turns
        self._decoder = codecs.getincrementaldecoder(end.capability.charset)("replace")
        self._typed = ""
        self._allowance = Allowance(KEYS_AT_ONCE, KEYS_A_SECOND)
        self._left_of_turn = 0
        self._woken = asyncio.Event()
        self._is_paused = self._is_closed = False

    # Of the end

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the window."""
        return self._end.size

    @property
    def knows_codes(self) -> bool:
        """Whether the terminal knows escape sequences, and does not print them."""
        return self._end.capability.knows_codes

    def feed(self, data: bytes) -> None:
        """Take input from the client."""
        if not self._is_closed:
            self._typed += self._decoder.decode(data)
            self._pause_or_go_on()
            self._woken.set()

    def resize(self, size: tuple[int, int]) -> None:
        """Hear of another size: who needs it asks for it."""

    def repaint(self) -> None:
        """Go on: the client has caught up."""
        self._woken.set()

    def close(self) -> None:
        """Give nothing more to read."""
        self._is_closed = True
        self._typed = ""
        self._turns.leave(self._take_turn)
        self._woken.set()

    # Of who listens

    def write(self, text: str) -> None:
        """Send output."""
        self._end.write(self._end.capability.render(text))

    async def read(self) -> str:
        """Give a run of characters, a control character or an escape sequence; blank after the end."""
        while not self._is_closed:
            keys = self._next_keys()
            if keys and self._end.has_room(MOST_ECHOED) and self._is_allowed():
                self._typed = self._typed[len(keys) :]
                self._pause_or_go_on()
                return keys
            self._woken.clear()
            await self._woken.wait()
        return ""

    def _next_keys(self) -> str:
        """Give what comes next. Of a sequence that was cut in two, what there is waits for the rest."""
        found = None if _UNFINISHED.match(self._typed) else _KEYS.match(self._typed)
        return found[0] if found else ""

    def _is_allowed(self) -> bool:
        """Spend a key of what is allowed at once, or of this turn; ask for a turn where there is none."""
        if self._left_of_turn:
            self._left_of_turn -= 1
            return True
        if self._allowance.left(asyncio.get_running_loop().time()):
            self._allowance.spend(1)
            return True
        self._turns.ask(self._take_turn)
        return False

    def _take_turn(self) -> None:
        self._left_of_turn = KEYS_A_TURN
        self._woken.set()

    def _pause_or_go_on(self) -> None:
        must_pause = len(self._typed) > MOST_WAITING
        if must_pause != self._is_paused:
            self._is_paused = must_pause
            self._end.pause(paused=must_pause)
