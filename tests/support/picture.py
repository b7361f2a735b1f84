"""A photograph of a terminal, and two programs that read QR codes off it."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont
from pyte.screens import Char

from tests.support.terminal import Cells

WIDTH, HEIGHT = 8, 16

# The sixteen colours of xterm, under pyte's names.
NAMED = {
    "black": "000000", "red": "cd0000", "green": "00cd00", "brown": "cdcd00",
    "blue": "0000ee", "magenta": "cd00cd", "cyan": "00cdcd", "white": "e5e5e5",
    "brightblack": "7f7f7f", "brightred": "ff0000", "brightgreen": "00ff00", "brightbrown": "ffff00",
    "brightblue": "5c5cff", "brightmagenta": "ff00ff", "bfightmagenta": "ff00ff", "brightcyan": "00ffff",
    "brightwhite": "ffffff",
}  # fmt: skip

# Which part of its cell a block covers: left, top, right, bottom.
BLOCKS = {
    "█": (0, 0, WIDTH, HEIGHT),
    "▀": (0, 0, WIDTH, HEIGHT // 2),
    "▄": (0, HEIGHT // 2, WIDTH, HEIGHT),
    "▌": (0, 0, WIDTH // 2, HEIGHT),
    "▐": (WIDTH // 2, 0, WIDTH, HEIGHT),
}


class Colours(NamedTuple):
    """What a terminal draws with where a program names no colour."""

    foreground: str
    background: str


DARK = Colours("d4d4d4", "1e1e1e")
LIGHT = Colours("000000", "ffffff")


def render(cells: Cells, colours: Colours = DARK, *, font: Path | None = None) -> Image.Image:
    """Draw a screen as a terminal would, cell by cell; to be looked at, give a monospaced font."""
    image = Image.new("RGB", (len(cells[0]) * WIDTH, len(cells) * HEIGHT))
    draw = ImageDraw.Draw(image)
    size = HEIGHT * 3 // 4
    draw.font = ImageFont.truetype(font, size + 1) if font else ImageFont.load_default(size)
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            _draw_cell(draw, cell, colours, column * WIDTH, row * HEIGHT)
    return image


def decode_zxing(image: Image.Image) -> str | None:
    """Read a QR code with zxing-cpp."""
    for scale in (1, 2, 3):
        if found := zxingcpp.read_barcodes(_enlarged(image, scale)):
            return found[0].text
    return None


def decode_opencv(image: Image.Image) -> str | None:
    """Read a QR code with OpenCV; sharper edges than a camera's can trip it, so a softer try too."""
    for scale in (1, 2, 3):
        pixels = np.asarray(_enlarged(image, scale).convert("L"))
        for picture in (pixels, cv2.GaussianBlur(pixels, (0, 0), scale)):
            if text := cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0]:
                return str(text)
    return None


def photographed(image: Image.Image) -> Image.Image:
    """Take a picture from the side and out of focus, as hands do; always the same one."""
    width, height = image.width * 2, image.height * 2
    screen = np.array(((0, 0), (image.width, 0), (image.width, image.height), (0, image.height)), np.float32)
    tilted = ((0.10, 0.04), (0.94, 0.12), (0.88, 0.90), (0.02, 0.98))
    seen = np.array([(x * width, y * height) for x, y in tilted], np.float32)
    turned = cv2.warpPerspective(
        np.asarray(image), cv2.getPerspectiveTransform(screen, seen), (width, height)
    )
    return Image.fromarray(cv2.GaussianBlur(turned, (0, 0), 2.0))


def _draw_cell(draw: ImageDraw.ImageDraw, cell: Char, colours: Colours, x: int, y: int) -> None:
    foreground = _rgb(cell.fg, colours.foreground)
    background = _rgb(cell.bg, colours.background)
    if cell.reverse:
        foreground, background = background, foreground
    draw.rectangle((x, y, x + WIDTH - 1, y + HEIGHT - 1), fill=background)
    if block := BLOCKS.get(cell.data):
        left, top, right, bottom = block
        draw.rectangle((x + left, y + top, x + right - 1, y + bottom - 1), fill=foreground)
    elif cell.data.strip():
        for step in range(1 + cell.bold):
            draw.text((x + step, y), cell.data, fill=foreground)
    if cell.underscore:
        draw.line((x, y + HEIGHT - 2, x + WIDTH - 1, y + HEIGHT - 2), fill=foreground)


def _rgb(colour: str, default: str) -> str:
    return "#" + (default if colour == "default" else NAMED.get(colour, colour))


def _enlarged(image: Image.Image, scale: int) -> Image.Image:
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
