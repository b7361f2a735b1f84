"""A QR code that phones read off terminals of any colours."""

import qrcode
from rich.style import Style
from rich.text import Text
from textual.widgets import Static

QUIET_ZONES = (4, 3, 2)
"""Widths of the light border, in modules: the standard's 4 where there is room, never under 2."""

# Nothing else on the screens has these: the SSH server keeps them where people want no colours.
_BLACK, _WHITE = "#000000", "#ffffff"


class QRCode:
    """A QR code and how much room it takes. Two modules, one above the other, make one character cell."""

    def __init__(self, content: str) -> None:
        """Encode some text, at the lowest error correction: a screen is neither torn nor dirty."""
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=0)
        code.add_data(content)
        code.make()
        self._modules: list[list[bool]] = code.get_matrix()

    def size(self, quiet_zone: int = QUIET_ZONES[-1]) -> tuple[int, int]:
        """Give columns and rows."""
        side = len(self._modules) + 2 * quiet_zone
        return side, (side + 1) // 2

    def fitting_quiet_zone(self, width: int, height: int) -> int | None:
        """Give the widest quiet zone with which the code fits; None if it does not fit at all."""
        for quiet_zone in QUIET_ZONES:
            columns, rows = self.size(quiet_zone)
            if columns <= width and rows <= height:
                return quiet_zone
        return None

    def draw(self, quiet_zone: int) -> Text:
        """Draw the code, black and white in every cell whatever colours the terminal has."""
        columns, rows = self.size(quiet_zone)
        text = Text(no_wrap=True, end="")
        for row in range(rows):
            for column in range(columns):
                upper = self._is_dark(2 * row - quiet_zone, column - quiet_zone)
                lower = self._is_dark(2 * row + 1 - quiet_zone, column - quiet_zone)
                text.append("▀", _style(upper=upper, lower=lower))
            if row < rows - 1:
                text.append("\n")
        return text

    def _is_dark(self, row: int, column: int) -> bool:
        inside = 0 <= row < len(self._modules) and 0 <= column < len(self._modules)
        return inside and self._modules[row][column]


def _style(*, upper: bool, lower: bool) -> Style:
    return Style.parse(f"{_BLACK if upper else _WHITE} on {_BLACK if lower else _WHITE}")


class QRView(Static):
    """Shows a QR code, and can forget it."""

    def show(self, code: QRCode, quiet_zone: int) -> None:
        """Draw a code with a quiet zone."""
        columns, rows = code.size(quiet_zone)
        self.styles.width, self.styles.height = columns, rows
        self.update(code.draw(quiet_zone))

    def overwrite(self) -> None:
        """Leave nothing of the code on the screen."""
        self.update("")
