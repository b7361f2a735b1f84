"""Your recovery codes: ten of them, shown this once, and a question that proves that they were kept."""

import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.widget import Widget
from textual.widgets import Button, Label, Static

from sshauth.accounts import crockford
from sshauth.accounts.errors import AccountError
from sshauth.tui.code_field import RECOVERY, CodeField
from sshauth.tui.fields import literally
from sshauth.tui.form import FormScreen, Link

WIDE = 72
"""Columns of a window in which the codes stand in two columns."""

FOR_WHAT = (
    "Each of these codes signs you in once, without your phone. Keep them where your phone is not: "
    "on paper, or in a password manager. They are not shown again later."
)
KEPT = "F6 I have kept them"
COPIED = "Sent to your terminal's clipboard. Not every terminal takes it."
LEAVING = (
    "You have not shown that you kept your codes. Leave all the same? You can make new ones under Security. "
    "The same key once more leaves."
)


class RecoveryCodesScreen(FormScreen):
    """Shows the codes, then hides them and asks for one of them."""

    HEADING = "Your recovery codes"
    HELP = (
        "These ten codes sign you in when your phone is lost; each works once. Keep them on paper or in a "
        "password manager, then type the one that is asked for, which shows that you have them."
    )
    FIELDS = (CodeField("recovery_code", "Code number", takes=RECOVERY),)
    SUBMIT = KEPT
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 Copy", "copy", beside=True),
        Link("f6", "F6 Show them again", "turn", beside=True),
        Link("escape", "Esc Leave", "leave"),
    )

    def __init__(
        self, codes: Sequence[str], *, kept: Callable[[], Awaitable[None]], done: Callable[[], None]
    ) -> None:
        """Take the codes, what to do when it is proved that they were kept, and the way on from here."""
        super().__init__(intro=FOR_WHAT)
        self._codes = tuple(codes)
        self._kept = kept
        self._done = done
        self._asked: int | None = None
        """The number of the code that is asked for; None while the codes are shown."""
        self._number = 0
        self._warned = False

    def more(self) -> Iterator[Widget]:
        """Add room for the codes."""
        yield Static(id="codes")

    def focus_at_first(self) -> None:
        """Begin with the codes."""
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        """Put the codes into as many columns as there is room for."""
        if self._asked is None:
            self._draw(event.size.width)

    def _show(self) -> None:
        self._asked = None
        self._warned = False
        self._lay_out(FOR_WHAT)
        self._draw(self.size.width)
        self.set_focus(self.query_one("#submit", Button))

    def _ask(self) -> None:
        others = [number for number in range(1, len(self._codes) + 1) if number != self._number]
        self._asked = self._number = secrets.choice(others)
        self._warned = False
        self.overwrite()
        field_input = self.input_of("recovery_code")
        field_input.field = replace(field_input.field, label=f"Code number {self._asked}")
        field_input.value = ""
        self.query_one(".label", Label).update(field_input.field.label)
        self._lay_out(
            f"To be sure that you have them: type code number {self._asked} from where you keep them."
        )
        self.set_focus(field_input)

    def _lay_out(self, intro: str) -> None:
        """Show what belongs to the codes, or to the question."""
        asks = self._asked is not None
        self.clear_words()
        self.query_one("#intro", Static).update(literally(intro))
        self.query_one("#submit", Button).label = "Confirm" if asks else KEPT
        for name, shown in (("form", asks), ("turn", asks), ("codes", not asks), ("copy", not asks)):
            self.query_one(f"#{name}").display = shown

    def _draw(self, width: int) -> None:
        lines = [f"{number:2}  {code}" for number, code in enumerate(self._codes, 1)]
        if width >= WIDE:
            half = (len(lines) + 1) // 2
            lines = ["  ".join(pair) for pair in zip(lines[:half], [*lines[half:], ""][:half], strict=True)]
        self.query_one("#codes", Static).update(literally("\n".join(lines)))

    def overwrite(self) -> None:
        """Leave nothing of the codes on the screen."""
        self.query_one("#codes", Static).update("")

    def action_copy(self) -> None:
        """Send the codes to the clipboard."""
        if self._asked is None:
            self.auth_app.copy("\n".join(f"{number} {code}" for number, code in enumerate(self._codes, 1)))
            self.say(COPIED)

    def action_turn(self) -> None:
        """Change between the codes and the question."""
        if self._asked is None:
            self._ask()
        else:
            self._show()

    def action_submit(self) -> None:
        """Go on to the question, or answer it."""
        if self._asked is None:
            self._ask()
        else:
            super().action_submit()

    async def submit(self, values: Mapping[str, str]) -> None:
        """Go on if it is the code that was asked for, however it is written."""
        code = self._codes[self._number - 1]
        if crockford.normalise(values["recovery_code"]) != crockford.normalise(code):
            raise AccountError(
                f"That is not code number {self._number}. F6 shows them again.", field="recovery_code"
            )
        await self._kept()
        self.auth_app.call_later(self._done)

    def action_leave(self) -> None:
        """Leave for Home, at the second time: nobody should without their codes."""
        if self.may_quit() and not self.busy:
            self.overwrite()
            self._done()

    def may_quit(self) -> bool:
        """Warn at the first time."""
        if self.busy or self._warned:
            return True
        self._warned = True
        self.say(LEAVING, error=True)
        return False
