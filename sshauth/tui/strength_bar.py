"""A bar that shows how hard a password is to guess: in plain characters, and in a word."""

from textual.content import Content
from textual.visual import VisualType
from textual.widget import Widget

from sshauth.accounts import rules

CELLS = 8
AT_FIRST = f"at least {rules.PASSWORD_LENGTH[0]} long"
LEVELS = ((1, "Weak"), (2, "Weak"), (4, "Weak"), (6, "Good"), (8, "Strong"))
"""By score: how much of the bar is filled, and the word, which is the same for all that is not enough."""


class StrengthBar(Widget):
    """Takes one row of a fixed width, so that nothing is laid out anew when it changes."""

    def __init__(self) -> None:
        """Say at first what is asked."""
        super().__init__(id="strength")
        self.text = AT_FIRST
        self.is_judged = False
        """Whether it tells how hard the present password is to guess."""

    def show_length(self, password: str) -> None:
        """Say how many characters are missing; what was said of a password that was long enough may stand."""
        missing = rules.PASSWORD_LENGTH[0] - len(rules.normalise_password(password))
        self.is_judged = self.is_judged and missing <= 0
        if not password:
            self._show(AT_FIRST)
        elif missing > 0:
            self._show(f"{_bar(0)} {missing} more")
        elif not self.is_judged:
            self._show(_bar(0))

    def show_score(self, score: int, *, is_enough: bool) -> None:
        """Show what the judge has found, 0 to 4."""
        self.is_judged = True
        filled, word = LEVELS[score]
        self._show(f"{_bar(filled)} {word}", "good" if is_enough else "hint")

    def _show(self, text: str, tone: str = "") -> None:
        if text == self.text:
            return
        self.text = text
        self.set_class(tone == "hint", "hint").set_class(tone == "good", "good")
        self.refresh()

    def render(self) -> VisualType:
        """Paint the bar."""
        return Content(self.text)


def _bar(filled: int) -> str:
    return f"[{'#' * filled}{'-' * (CELLS - filled)}]"
