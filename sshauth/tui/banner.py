"""What stands above the first form: the word mark, and what the operator has to say. Both shrink away."""

from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

HIGH, TALL = 30, 24
"""Rows of a window in which the word mark is drawn, and in which it is one line."""
FORM_ROWS, SHORT_FORM_ROWS = 18, 17
"""Rows that the form needs, with all that it may have to say, in a tall window and in a short one."""
MOST_LINES, MOST_LINES_HIGH = 5, 12
"""Lines of the operator's that are shown, and in a high window."""
WIDEST, MARGINS = 80, 4
"""Columns of the panel, and of what lies between its edges and the words."""


class Banner(Static):
    """Shows as much as the window has room for."""

    def __init__(self, app_name: str, motd: str, window: Size) -> None:
        """Take what this place is called, the operator's words, and the window that there is at first."""
        super().__init__(id="banner", markup=False)
        self._app_name = app_name
        self._window = Size(0, 0)
        self._motd = [Content(line) for line in motd.split("\n")] if motd else []
        self.fit(window)

    def fit(self, window: Size) -> None:
        """Show what there is room for in a window; at its start a screen is told its size three times."""
        if window == self._window:
            return
        self._window = window
        mark = self._mark(window.height)
        # An empty line follows in any case.
        room = window.height - (FORM_ROWS if window.height >= TALL else SHORT_FORM_ROWS) - 1
        is_high = window.height >= HIGH
        most = min(MOST_LINES_HIGH, room - len(mark) - 1) if is_high else min(MOST_LINES, room)
        lines = self._lines(most, min(window.width, WIDEST) - MARGINS)
        if lines and len(mark) + len(lines) > room:
            mark = []  # The form says where this is, too.
        elif lines and mark and len(mark) + len(lines) < room:
            mark.append(Content())
        shown = [*mark, *lines]
        self.display = bool(shown)
        self.update(Content("\n").join(shown))

    def _mark(self, height: int) -> list[Content]:
        if height >= HIGH:
            name = " ".join(self._app_name)
            return [
                Content.styled("╭───╮", "$title"),
                Content.assemble(("│ ● ├─────┬─┬", "$title"), "     ", (name, "bold $title")),
                Content.styled("╰───╯     ╵ ╵", "$title"),
            ]
        if height >= TALL:
            return [Content.assemble(("●──┬┬", "$title"), "  ", (self._app_name, "bold $title"))]
        return []

    def _lines(self, most: int, width: int) -> list[Content]:
        """Give the operator's lines; the last one tells if there are more than fit."""
        lines = [part for line in self._motd for part in (line.wrap(width) or [Content()])]
        if len(lines) > most:
            lines = [line for line in lines if line.plain.strip()]
        if len(lines) > most:
            lines = [*lines[: most - 1], Content("…")]
        return lines
