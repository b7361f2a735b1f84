"""Words that come over any screen, and go again by themselves or by any key."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from sshauth.tui.fields import literally
from sshauth.tui.rows import visible

SMALLEST = Size(60, 20)
"""The smallest window that the screens are made for."""
ONE_MOMENT = (
    "One moment: the server cannot reach its database. Nothing is lost; this goes on by itself. "
    "Ctrl+Q leaves."
)


class NoticeScreen(ModalScreen[None]):
    """Shows words over the screen where the person is. The app takes it away: it has no keys of its own."""

    def __init__(self, words: str) -> None:
        """Take the words."""
        super().__init__()
        self.words = words

    def compose(self) -> ComposeResult:
        """Lay the words out."""
        with Vertical(id="notice"):
            yield Static(literally("\n".join(map(visible, self.words.split("\n")))))


class TooSmallScreen(NoticeScreen):
    """Stands in for every screen in a window that is too small for them."""

    def __init__(self) -> None:
        """Know the words, which must fit into the smallest window."""
        size = f"{SMALLEST.width} by {SMALLEST.height}"
        super().__init__(f"Make this window at least {size}. What you had typed is kept.")


class OneMomentScreen(NoticeScreen):
    """Holds the person while nobody can tell whether their session is still live."""

    def __init__(self) -> None:
        """Know the words."""
        super().__init__(ONE_MOMENT)
