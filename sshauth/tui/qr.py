"""Shows a QR code that phones read off terminals of any colours."""

from itertools import groupby

from rich.style import Style
from rich.text import Text
from textual.widgets import Static

from sshauth.qr_code import QRCode

# Nothing else on the screens has these: the SSH server keeps them where people want no colours.
_BLACK, _WHITE = "#000000", "#ffffff"


def draw(code: QRCode, quiet_zone: int, scale: int = 1) -> Text:
    """Draw a code, black and white in every cell whatever colours the terminal has."""
    lines = [
        Text.assemble(*(("▀" * len(list(run)), _style(*cell)) for cell, run in groupby(row)))
        for row in code.cells(quiet_zone, scale)
    ]
    text = Text("\n").join(lines)
    text.no_wrap, text.end = True, ""
    return text


def _style(upper: bool, lower: bool) -> Style:
    return Style.parse(f"{_BLACK if upper else _WHITE} on {_BLACK if lower else _WHITE}")


class QRView(Static):
    """Shows a QR code, and can forget it."""

    _shown: tuple[QRCode, int, int] | None = None

    def show(self, code: QRCode, quiet_zone: int, scale: int = 1) -> None:
        """Draw a code with a quiet zone, if it is not drawn like that already."""
        if self._shown == (code, quiet_zone, scale):
            return
        self._shown = code, quiet_zone, scale
        columns, rows = code.size(quiet_zone, scale)
        self.styles.width, self.styles.height = columns, rows
        self.update(draw(code, quiet_zone, scale))

    def overwrite(self) -> None:
        """Leave nothing of the code on the screen."""
        self.update("")
        # What only changes is painted in its own time, which may be after the end; what goes, at once.
        self.display = False
