"""Saying and asking, line by line, and what comes between while somebody types."""

from collections.abc import Callable
from typing import Protocol

from sshauth.plain.line import Line
from sshauth.plain.traces import Traces
from sshauth.plain.wrapping import spelled_out, wrapped

ENDS = frozenset({"\r", "\n", "\t"})
"""What ends an answer: Tab too, for password managers that type it between fields."""
CANCEL, LEAVE = "\x03", "\x04"
LONGEST_ANSWER = 254


class Terminal(Protocol):
    """What plain mode needs of the other end."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of its window."""

    @property
    def knows_codes(self) -> bool:
        """Whether it knows escape sequences, and does not print them."""

    async def read(self) -> str:
        """Give what was typed next: a run of characters, a control character or an escape sequence.

        Blank when nothing more will come.
        """

    def write(self, text: str) -> None:
        """Send output."""


class Cancelled(Exception):  # noqa: N818 - named for what happened
    """The person does not want to answer this, and goes back to the menu."""


class Left(Exception):  # noqa: N818 - the same
    """The person leaves."""


class Talk:
    """A conversation. Nothing is said but printable lines; ``show`` alone writes escape sequences."""

    def __init__(self, terminal: Terminal, typed: Callable[[], None]) -> None:
        """Take the terminal, and what to call whenever a key has come."""
        self.terminal = terminal
        self.traces = Traces()
        """What of secrets stands in the terminal's history."""
        self._typed = typed
        self._question = ""
        self._line: Line | None = None
        self._was_return = False
        self._is_held = self._is_over = False

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody who may answer now."""
        return not (self._is_held or self._is_over)

    def say(self, words: str = "") -> None:
        """Say a line; where a question is being answered, it comes before the question, which is repeated."""
        line = self._line
        if line is None:
            self._write(f"{words}\n")
        else:
            self._write(f"\n{words}\n{self._question}")
            self.terminal.write(line.shown)

    def complain(self, words: str) -> None:
        """Say what is wrong, in one line."""
        self.say(f"Error: {spelled_out(words)}")

    def show(self, codes: str) -> None:
        """Write as it is what needs escape sequences."""
        self.terminal.write(codes)

    async def ask(
        self,
        question: str,
        *,
        longest: int = LONGEST_ANSWER,
        is_secret: bool = False,
        is_code: bool = False,
    ) -> str:
        """Ask for a line, until one comes that is not too long.

        Raises:
            Cancelled: the person pressed Ctrl+C.
            Left: the person pressed Ctrl+D, or is gone.
        """
        while True:
            line = Line(longest=longest, is_secret=is_secret)
            try:
                await self._answer(question, line)
            finally:
                self.traces.typed(line.shown, for_code=is_code)
            if not line.is_too_long:
                return line.text
            self.complain(f"That is too long: at most {longest} characters fit.")

    async def _answer(self, question: str, line: Line) -> None:
        self._write(question)
        self._question, self._line = question, line
        try:
            while (keys := await self._next_keys()) not in ENDS:
                if keys == CANCEL:
                    raise Cancelled
                if keys in {LEAVE, ""}:
                    raise Left
                if echo := line.take(keys):
                    self.terminal.write(echo)
        finally:
            self._line = None
            self._write("\n")

    async def _next_keys(self) -> str:
        """Give what was typed next, CR LF once; while nobody can go on, only what leaves."""
        while keys := await self.terminal.read():
            self._typed()
            is_second_half = self._was_return and keys == "\n"
            self._was_return = keys == "\r"
            if keys == LEAVE or not (is_second_half or self._is_held):
                return keys
        self._is_over = True
        return ""

    def hold(self, words: str) -> None:
        """Say why nobody can go on, and take no answers."""
        self._is_held = True
        self.say(words)

    def release(self, words: str) -> None:
        """Go on; what was typed before is there still."""
        self._is_held = False
        self.say(words)

    def _write(self, lines: str) -> None:
        """Write lines of printable characters: what else is in names and addresses is left out (CWE-150)."""
        printable = ("".join(filter(str.isprintable, line)) for line in lines.split("\n"))
        columns = self.terminal.size[0]
        self.terminal.write("\r\n".join(part for line in printable for part in wrapped(line, columns)))
