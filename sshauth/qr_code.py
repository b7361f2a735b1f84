"""A QR code, module by module, and how much room it takes on a terminal. Pure."""

from collections.abc import Iterator

import qrcode

QUIET_ZONES = (4, 3, 2)
"""Widths of the light border, in modules: the standard's 4 where there is room, never under 2."""

SCALES = (2, 1)
"""Columns that a module may be wide; it is half as many rows high, which makes it a square."""


class QRCode:
    """A QR code and how much room it takes. Two modules, one above the other, make one character cell."""

    def __init__(self, content: str) -> None:
        """Encode some text, at the lowest error correction: a screen is neither torn nor dirty."""
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=0)
        code.add_data(content)
        code.make()
        self._modules: list[list[bool]] = code.get_matrix()

    def size(self, quiet_zone: int = QUIET_ZONES[-1], scale: int = 1) -> tuple[int, int]:
        """Give columns and rows, in character cells."""
        side = (len(self._modules) + 2 * quiet_zone) * scale
        return side, (side + 1) // 2

    def fitting_quiet_zone(self, width: int, height: int, scale: int = 1) -> int | None:
        """Give the widest quiet zone with which the code fits; None if it does not fit at all."""
        for quiet_zone in QUIET_ZONES:
            columns, rows = self.size(quiet_zone, scale)
            if columns <= width and rows <= height:
                return quiet_zone
        return None

    def fitting(self, width: int, height: int) -> tuple[int, int] | None:
        """Give quiet zone and scale of the largest code that fits; None if it does not fit at all."""
        for scale in SCALES:
            quiet_zone = self.fitting_quiet_zone(width, height, scale)
            if quiet_zone is not None:
                return quiet_zone, scale
        return None

    def is_dark(self, row: int, column: int) -> bool:
        """Tell whether a module is dark; all around the code, in its quiet zone, none is."""
        inside = 0 <= row < len(self._modules) and 0 <= column < len(self._modules)
        return inside and self._modules[row][column]

    def cells(self, quiet_zone: int, scale: int = 1) -> Iterator[list[tuple[bool, bool]]]:
        """Give the rows of character cells: whether the upper and the lower half of each is dark."""
        columns, rows = self.size(quiet_zone, scale)
        for row in range(rows):
            upper, lower = (half // scale - quiet_zone for half in (2 * row, 2 * row + 1))
            across = (column // scale - quiet_zone for column in range(columns))
            yield [(self.is_dark(upper, column), self.is_dark(lower, column)) for column in across]
