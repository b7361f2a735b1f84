"""Bytes of one connection on their way to AsyncSSH: as they come, and in a flood a little at a time.

AsyncSSH would handle all that was read in one go, ten thousand small packets, and copy the rest for each.
"""

import time
from collections.abc import Callable

from sshauth.ssh.turns import Allowance, Pause, Turns

WORK_AT_ONCE, WORK_A_SECOND = 20_000, 50_000
"""Microseconds of the loop that a connection may take as its bytes come: a key exchange, typing, a paste."""
LEAST_WORK = 1_000
"""With less left its bytes wait for turns that all floods share."""
WORK_A_TURN = 2_000
SHORTEST_PIECE, LONGEST_PIECE = 512, 64 * 1024
"""Bytes handed over in one go: more where they cost little, fewer where they are many packets."""
CHEAP, DEAR = 200, 800
"""Microseconds by which a piece was cheap, or dear."""
MICRO = 1e6


class Influx:
    """Hands over what a client sends, as fast as its share of the loop allows."""

    def __init__(self, turns: Turns, *, take: Callable[[bytes], None], pause: Pause) -> None:
        """Take the turns that floods share, what takes the bytes, and what stops the client meanwhile."""
        self._turns = turns
        self._take = take
        self._pause = pause
        self._waiting = bytearray()
        self._piece = 2048
        self._work = Allowance(WORK_AT_ONCE, WORK_A_SECOND)
        self._waits_for_turn = False
        self._is_closed = False

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        if self._is_closed:
            return
        self._waiting += data
        if not self._waits_for_turn:
            self._hand_over(self._work.left(time.monotonic()))

    def close(self) -> None:
        """Hand over nothing more."""
        self._is_closed = True
        self._waiting.clear()
        self._turns.leave(self._take_turn)

    def _take_turn(self) -> None:
        self._waits_for_turn = False
        self._hand_over(WORK_A_TURN)

    def _hand_over(self, allowed: int) -> None:
        """Hand over pieces for so many microseconds; what is left then waits for a turn."""
        spent = 0
        while self._waiting and allowed - spent >= LEAST_WORK:
            spent += self._hand_over_a_piece()
        self._work.spend(spent)
        self._waits_for_turn = bool(self._waiting)
        if not self._is_closed:
            self._pause(paused=self._waits_for_turn)
        if self._waits_for_turn:
            self._turns.ask(self._take_turn)

    def _hand_over_a_piece(self) -> int:
        """Hand over a piece, learn from what it cost how long the next may be, and give the microseconds."""
        began = time.thread_time()
        piece = bytes(self._waiting[: self._piece])
        del self._waiting[: self._piece]
        self._take(piece)
        cost = int((time.thread_time() - began) * MICRO)
        if cost > DEAR:
            self._piece = max(SHORTEST_PIECE, self._piece // 2)
        elif cost < CHEAP and len(piece) == self._piece:
            self._piece = min(LONGEST_PIECE, self._piece * 2)
        return cost
