"""See my data: as text to look through, to copy in parts, or by mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Button

from sshauth.tui.form import BACK, Link
from sshauth.tui.menu import MenuScreen
from sshauth.tui.rows import visible

LONGEST_PART = 8000
"""Characters sent to the clipboard at once: some terminals take no more."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text made ready for looking at it and copying it."""

    lines: list[str]
    width: int
    parts: list[str]

    @classmethod
    def of(cls, text: str) -> "Document":
        """Make a text ready; a year of events takes long enough for a thread of its own."""
        lines = text.split("\n")
        return cls(lines, max(map(cell_len, lines)), parts_of(text))


class TextView(ScrollView, can_focus=True):
    """Shows lines of text as they are, whoever wrote them; draws only those in view."""

    def __init__(self, document: Document) -> None:
        """Take the text."""
        super().__init__(id="text")
        self._lines = document.lines
        self.virtual_size = Size(document.width, len(document.lines))

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        x, index = self.scroll_offset.x, y + self.scroll_offset.y
        text = visible(self._lines[index]) if index < len(self._lines) else ""
        strip = Strip([Segment(text, self.rich_style)])
        return strip.crop_extend(x, x + self.size.width, self.rich_style)


class OwnDataScreen(MenuScreen):
    """Shows all that is kept about a person."""

    HEADING = "My data"
    HELP = (
        "All that is kept about you, to look through here, to copy by your terminal's clipboard, or to have "
        "mailed where mail goes out. Arrows and PageDown scroll."
    )
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 Copy", "copy", beside=True),
        Link("f6", "F6 Mail it to me", "mail", beside=True),
        BACK,
    )

    def __init__(self, document: Document, email: str) -> None:
        """Take the text, and where it can be mailed to."""
        super().__init__(intro="All that is kept about you, as JSON. Nothing in it opens your account.")
        self._document = document
        self._email = email
        self._parts = document.parts
        self._next = 0

    def more(self) -> Iterator[Widget]:
        """Add the text."""
        yield TextView(self._document)

    def on_mount(self) -> None:
        """Offer to mail it where mail goes out."""
        super().on_mount()
        self.query_one("#mail", Button).display = self._goes_out
        self._offer_next()

    def focus_at_first(self) -> None:
        """Put the focus on the text, so that arrows scroll it."""
        self.set_focus(self.query_one(TextView))

    @property
    def _goes_out(self) -> bool:
        return self.accounts.email_change.needs_code

    def _offer_next(self) -> None:
        if len(self._parts) > 1:
            self.query_one("#copy", Button).label = f"F5 Copy part {self._next + 1} of {len(self._parts)}"

    def action_copy(self) -> None:
        """Send the next part to the clipboard; after the last one begin anew."""
        what = f"Part {self._next + 1} of {len(self._parts)} sent" if len(self._parts) > 1 else "Sent"
        self.auth_app.copy(self._parts[self._next])
        self.say(f"{what} to your terminal's clipboard. Not every terminal takes it.")
        self._next = (self._next + 1) % len(self._parts)
        self._offer_next()

    def action_mail(self) -> None:
        """Mail it."""
        if self._goes_out:
            self.attempt(self._mail)

    async def _mail(self) -> None:
        await self.accounts.own_data.mail(self.me, self.peer)
        self.say(f"On its way to {self._email}.")


def parts_of(text: str, longest: int = LONGEST_PART) -> list[str]:
    """Cut text into parts that are not too long, at the ends of lines where possible."""
    parts, start = [], 0
    while len(text) - start > longest:
        end = text.rfind("\n", start, start + longest) + 1 or start + longest
        parts.append(text[start:end])
        start = end
    return [*parts, text[start:]]
