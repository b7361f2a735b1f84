"""What stands on the screen of a running app: for reading, for photographs and for snapshots."""

from collections.abc import Iterable
from string import ascii_letters
from typing import Any

from pyte.screens import Char
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region
from textual.strip import Strip

from tests.support.terminal import Cells


def strips_of(app: App[Any]) -> list[Strip]:
    """Give the lines of the screen as they would be painted now; none once the app has ended."""
    return app.screen._compositor.render_strips() if app.screen_stack else []


def cells_of(app: App[Any]) -> Cells:
    """Give every cell of the screen, as the terminal of the end-to-end tests does."""
    return cells_in(strips_of(app))


def cells_in(lines: Iterable[Iterable[Segment]]) -> Cells:
    """Give the cells of some lines."""
    return [[cell for segment in line for cell in _cells_of(segment)] for line in lines]


def text_of(app: App[Any]) -> str:
    """Give the text of the screen, line by line."""
    return "\n".join(strip.text for strip in strips_of(app))


def text_in(strips: list[Strip], region: Region) -> str:
    """Give the words that stand in a part of some lines."""
    lines = [strip.crop(region.x, region.right).text for strip in strips[region.y : region.bottom]]
    return " ".join(" ".join(lines).split())


def snapshot_of(app: App[Any]) -> str:
    """Give the text of the screen, a letter for the style of each cell, and what the letters mean."""
    letters: dict[str, str] = {}
    styles = [
        "".join(letters.setdefault(_style_of(cell), ascii_letters[len(letters)]) for cell in row)
        for row in cells_of(app)
    ]
    text = [f"|{line}|" for line in text_of(app).split("\n")]
    legend = [f"{letter}: {style}" for style, letter in letters.items()]
    return "\n".join([*text, *styles, *legend])


def _cells_of(segment: Segment) -> list[Char]:
    style = segment.style or Style.null()
    cells = []
    for character in segment.text:
        cell = Char(
            character,
            fg=_hex(style.color),
            bg=_hex(style.bgcolor),
            bold=bool(style.bold),
            underscore=bool(style.underline),
            reverse=bool(style.reverse),
        )
        # What is two cells wide is followed by an empty one.
        cells += [cell, cell._replace(data="")][: Segment(character).cell_length]
    return cells


def _hex(colour: Color | None) -> str:
    return "default" if colour is None else colour.get_truecolor().hex.removeprefix("#")


def _style_of(cell: Char) -> str:
    marks = [name for name in ("bold", "underscore", "reverse") if getattr(cell, name)]
    return " ".join([cell.fg, "on", cell.bg, *marks])
