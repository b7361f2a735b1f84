"""From the bytes that a client sends to the events of an app.

Textual's parser works character by character, at a price that floods of text must not make everyone
pay. So pastes, and runs of printable characters while a text field has the focus, go round it: each
becomes one paste event. Control characters are keys, and never text.
"""

import codecs
import re
from collections.abc import Callable, Iterator

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.keys import Keys
from textual.message import Message

LONGEST_PASTE = 64 * 1024
"""Characters kept of one paste; the rest is dropped, so that an endless one cannot fill the memory."""
PASTE_SECONDS = 2.0
"""A paste whose end does not come has ended when nothing came for so long: no key would work until then."""

Events = Iterator[Message | None]
"""Events, and None for each piece of input that makes none: what reads the one pays for the other too."""

_PASTE_BEGINS = "\x1b[200~"
_PASTE_ENDS = "\x1b[201~"
_LONGEST_SEQUENCE = 40
_PRINTABLE_RUN = re.compile(r"[^\x00-\x1f\x7f-\x9f]{2,}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class _Parser(XTermParser):
    """Textual's parser without its cache, and without trust in numbers.

    The cache is shared by all parsers, and keeps each of them, and through the last event's sender each
    app, alive for good. Numbers that are no characters would break it.
    """

    @property
    def mouse_pixels(self) -> bool:
        """Never: it would be switched on by a size that is typed, and that size then divided by."""
        return False

    @mouse_pixels.setter
    def mouse_pixels(self, _wanted: bool) -> None:
        pass

    def _parse_extended_key(self, sequence: str) -> list[events.Key] | None:  # type: ignore[override]
        try:
            return XTermParser._parse_extended_key.__wrapped__(self, sequence)  # noqa: SLF001
        except (ValueError, OverflowError):
            return [events.Key(Keys.Ignore, None)]


class Keyboard:
    """Turns one client's input into events. What is broken in it becomes replacement characters."""

    def __init__(self, in_text_field: Callable[[], bool], charset: str = "utf-8") -> None:
        """Take a question to ask before runs of characters are merged, and the codec of what is typed."""
        self._in_text_field = in_text_field
        self._decode = codecs.getincrementaldecoder(charset)(errors="replace").decode
        self._parser = _Parser()
        self._in_paste = False
        self._pasted = ""
        self._kept_back = ""

    @property
    def patience(self) -> float | None:
        """How long to wait for more before ``tick`` decides about what has begun; None if nothing has."""
        if self._in_paste:
            return PASTE_SECONDS
        return constants.ESCAPE_DELAY if self._kept_back or self._in_sequence else None

    def tick(self) -> Events:
        """Take what has begun for what it is: an escape that nothing followed is the Escape key."""
        kept_back, self._kept_back = self._kept_back, ""
        if self._in_paste:
            yield from self._end_paste()
        elif kept_back:
            yield from self._typed(kept_back)
        if self._in_sequence:
            self._parser._timeout_time = 0.0  # noqa: SLF001 - the wait is over, ours was as long
            yield from self._parser.tick()

    def feed(self, data: bytes) -> Events:
        """Give the events that some input makes."""
        text = self._kept_back + self._decode(data)
        self._kept_back = ""
        while text:
            mark = _PASTE_ENDS if self._in_paste else _PASTE_BEGINS
            before, found, text = text.partition(mark)
            if not found:
                before = self._keep_back_half_a_mark(before, mark)
            if self._in_paste:
                self._pasted += before[: LONGEST_PASTE - len(self._pasted)]
                if found:
                    yield from self._end_paste()
            else:
                yield from self._typed(before)
                if found:
                    yield from self.tick()
                    self._in_paste = True

    def _end_paste(self) -> Events:
        pasted, self._pasted = self._pasted, ""
        self._in_paste = False
        yield events.Paste(_CONTROLS.sub("", pasted))

    def _keep_back_half_a_mark(self, text: str, mark: str) -> str:
        """Take off what could be the beginning of a mark, cut in two by the network."""
        for length in range(min(len(mark) - 1, len(text)), 0, -1):
            if text.endswith(mark[:length]):
                self._kept_back = text[-length:]
                return text[:-length]
        return text

    @property
    def _in_sequence(self) -> bool:
        return self._parser._awaiting.timeout is not None  # noqa: SLF001

    def _typed(self, text: str) -> Events:
        """Give the events of text without pastes: escape sequences to the parser, runs past it."""
        while text:
            if self._in_sequence or text[0] == "\x1b":
                end = text.find("\x1b", 1)
                piece = text[: min(_LONGEST_SEQUENCE, end if end > 0 else len(text))]
            elif run := _PRINTABLE_RUN.match(text):
                piece = run[0]
                if self._in_text_field():
                    yield events.Paste(piece)
                    text = text[len(piece) :]
                    continue
            else:
                piece = text[0]
            event = None
            for event in self._parser.feed(piece):
                yield None if isinstance(event, events.Resize) else event
            if event is None:
                yield None
            text = text[len(piece) :]
