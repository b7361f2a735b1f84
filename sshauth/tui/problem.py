"""What a person sees when something on our side failed."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class ProblemScreen(ModalScreen[None]):
    """Says that something failed, under which number to report it, and leads back to the form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape", "dismiss", priority=True, show=False),
    ]

    def __init__(self, incident: str) -> None:
        """Take the number under which the log tells what happened."""
        super().__init__()
        self.incident = incident

    def compose(self) -> ComposeResult:
        """Lay the words and the button out."""
        with Vertical(id="problem"):
            yield Static("Something went wrong on our side", id="heading")
            yield Static(
                f"Incident {self.incident}. Nothing you typed is lost: go back and try again. "
                "If it happens again, tell whoever runs this server the number.",
                markup=False,
            )
            yield Button("Back", variant="primary", compact=True)

    def on_button_pressed(self) -> None:
        """Go back to the form."""
        self.dismiss()
