"""A tick: something that is so, or not."""

from textual import events
from textual.message import Message
from textual.widgets import Static

from sshauth.tui.fields import literally


class Tick(Static, can_focus=True):
    """Says what it is about, on one line. Space or the mouse change it; Enter is the form's."""

    class Changed(Message):
        """It is so now, or not any more."""

        def __init__(self, tick: "Tick") -> None:
            """Take which one."""
            super().__init__()
            self.tick = tick

    def __init__(self, label: str, *, id: str, ticked: bool = False) -> None:  # noqa: A002 - Textual's name
        """Take what it is about, and whether it is so at first."""
        super().__init__(id=id)
        self.label = label
        self.ticked = ticked

    @property
    def ticked(self) -> bool:
        """Whether it is so."""
        return self._ticked

    @ticked.setter
    def ticked(self, ticked: bool) -> None:
        self._ticked = ticked
        self.update(literally(f"[{'x' if ticked else ' '}] {self.label}"))

    def press(self) -> None:
        """Change it."""
        self.ticked = not self.ticked
        self.post_message(self.Changed(self))

    def on_key(self, event: events.Key) -> None:
        """Change in the tick's own queue, where keys keep their order."""
        if event.key == "space":
            event.stop()
            self.press()

    def on_click(self, event: events.Click) -> None:
        """Change by the mouse."""
        event.stop()
        self.press()
