"""Places to go from a screen, by a key or by the button that names it; and the footer where most stand."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import Button


@dataclass(frozen=True, slots=True)
class Link:
    """Another place to go, by key or by button. ``action`` is the screen's method ``action_…``.

    It stands in the footer, or with ``beside``, for what has to do with the form itself, next to its button.
    The help screen tells of some keys that have no button, and of some (no ``action``) that it cannot press.
    """

    key: str
    label: str
    action: str
    beside: bool = False
    told: str = ""
    """What the help screen says in place of the label."""


class LinkButton(Button):
    """A button that says which key does the same."""

    def __init__(self, link: Link) -> None:
        """Take what it stands for; it is found by the name of the action."""
        super().__init__(
            link.label, id=link.action.replace("app.", ""), name=link.action, classes="link", compact=True
        )
        self.link = link
        self.styles.line_pad = 0  # which a stylesheet cannot say

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's signature
        """Take no more room than the words: rows of buttons must fit into 60 columns."""
        return cell_len(str(self.label))

    def render(self) -> VisualType:
        """Make the key stand out."""
        label = Content.from_text(self.label)
        return label.stylize("bold", 0, max(0, label.plain.find(" ")))


class Footer(Horizontal):
    """The last row of a screen: where else to go from here."""

    def __init__(self, links: Iterable[Widget]) -> None:
        """Take the buttons."""
        super().__init__(*links, id="footer")
