"""Every screen, in every size and look, as pictures to be looked at, one by one and on contact sheets."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from structlog.testing import capture_logs

from docs import scenes
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.strength import Strength
from sshauth.db.engine import open_database
from sshauth.ssh.colour import Depth, reduce
from sshauth.tui import themes
from tests.accounts.people import CHEAP, World
from tests.conftest import make_tables
from tests.support.picture import render
from tests.support.terminal import Cells, Screen
from tests.tui.screen_text import cells_of, strips_of
from tests.tui.visitor import Visitor

SIZES = ((60, 20), (80, 24), (120, 40), (200, 60))
NO_COLOR = "no-color"
LOOKS = (*themes.NAMES, NO_COLOR)
SHEET = (1952, 1500)
"""Pixels that a contact sheet has at most."""
WIDEST = 960
"""Pixels that a picture on it is wide at most."""
MARGIN, CAPTION = 8, 18

Shots = list[tuple[str, Image.Image]]


@dataclass
class Photographer:
    """Takes pictures of a screen in all looks."""

    directory: Path
    font: Path
    size: tuple[int, int]

    def __post_init__(self) -> None:
        self.shots: dict[str, Shots] = {look: [] for look in LOOKS}

    async def __call__(self, visitor: Visitor, name: str) -> None:
        """Take a picture in each look, once nothing moves any more, and leave the screen as it was."""
        for look in themes.NAMES:
            visitor.app.theme = look
            await visitor.rests()
            self._keep(look, name, cells_of(visitor.app))
        visitor.app.theme = themes.DARK
        visitor.app.peer = replace(visitor.app.peer, shows_colours=False)
        await visitor.rests()
        self._keep(NO_COLOR, name, cells_without_colours(visitor))
        visitor.app.peer = replace(visitor.app.peer, shows_colours=True)

    def _keep(self, look: str, name: str, cells: Cells) -> None:
        shots = self.shots[look]
        image = render(cells, font=self.font)
        columns, rows = self.size
        image.save(
            self.directory / f"{columns}x{rows}-{look}-{len(shots) + 1:02}-{name.replace(' ', '-')}.png"
        )
        shots.append((name, image))

    def develop(self) -> None:
        """Put all pictures of a look onto contact sheets."""
        for look, shots in self.shots.items():
            small = [(name, _no_wider(image)) for name, image in shots]
            across, down = (whole // part for whole, part in zip(SHEET, _cell(small), strict=True))
            for start in range(0, len(small), across * down):
                sheet = self._sheet(small[start : start + across * down], across)
                number = start // (across * down) + 1
                sheet.save(self.directory / f"sheet-{self.size[0]}x{self.size[1]}-{look}-{number:02}.png")

    def _sheet(self, shots: Shots, across: int) -> Image.Image:
        width, height = _cell(shots)
        sheet = Image.new("RGB", (across * width, -(-len(shots) // across) * height), "#5f5f87")
        draw = ImageDraw.Draw(sheet)
        draw.font = ImageFont.truetype(self.font, CAPTION * 2 // 3)
        for index, (name, image) in enumerate(shots):
            x, y = index % across * width, index // across * height
            draw.text((x + MARGIN, y), name, fill="#ffffff")
            sheet.paste(image, (x, y + CAPTION))
        return sheet


def _no_wider(image: Image.Image) -> Image.Image:
    if image.width <= WIDEST:
        return image
    return image.resize((WIDEST, image.height * WIDEST // image.width), Image.Resampling.LANCZOS)


def _cell(shots: Shots) -> tuple[int, int]:
    """Give the room of one picture on a sheet."""
    width, height = shots[0][1].size
    return width + MARGIN, height + MARGIN + CAPTION


def cells_without_colours(visitor: Visitor) -> Cells:
    """Give the screen as the server writes it for who wants no colours, the QR code excepted."""
    lines = (
        "".join(segment.style.render(segment.text) if segment.style else segment.text for segment in strip)
        for strip in strips_of(visitor.app)
    )
    size = visitor.app.size
    screen = Screen(size.width, size.height)
    text = "\r\n".join(reduce(line, Depth.NONE, qr_depth=Depth.TRUE) for line in lines)
    screen.feed(f"\x1b[?7l{text}".encode())
    return screen.cells()


@asynccontextmanager
async def new_world() -> AsyncIterator[World]:
    """Give the use cases on an empty database, gone afterwards."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/gallery.db"
        await make_tables(url)
        database = open_database(url)
        passwords, strength = Passwords(parameters=CHEAP), Strength("sshauth")
        try:
            yield World(database, passwords=passwords, strength=strength)
        finally:
            passwords.close()
            strength.close()
            await database.close()


async def hang(directory: Path, font: Path) -> None:
    """Go through all scenes in each size; what is logged on the way is nothing to look at."""
    with capture_logs():
        for size in SIZES:
            photographer = Photographer(directory, font, size)
            for scene in scenes.ALL:
                async with new_world() as world:
                    await scene(world, size, photographer)
            photographer.develop()
