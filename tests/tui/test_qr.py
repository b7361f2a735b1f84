"""The QR code that phones read off terminals of any colours."""

import re
from importlib.resources import files

import pytest
from pyte.screens import Char
from rich.console import Console

from sshauth.accounts import totp
from sshauth.qr_code import QUIET_ZONES, SCALES, QRCode
from sshauth.tui.qr import draw
from tests.support.picture import DARK, LIGHT, Colours, decode_opencv, decode_zxing, photographed, render
from tests.support.terminal import Cells
from tests.tui.edges import THROWAWAY_SECRET
from tests.tui.screen_text import cells_in

BLACK, WHITE = "000000", "ffffff"

# Bytes, and the sizes in cells with quiet zones of 4 and of 2 modules.
SIZES = {
    78: ((41, 21), (37, 19)),
    79: ((45, 23), (41, 21)),
    106: ((45, 23), (41, 21)),
    107: ((49, 25), (45, 23)),
    134: ((49, 25), (45, 23)),
    135: ((53, 27), (49, 25)),
}


def uri_for(user_name: str, app_name: str = "sshauth") -> str:
    """Give what the code of a user holds."""
    return totp.otpauth_uri(THROWAWAY_SECRET, user_name=user_name, app_name=app_name)


def drawn(code: QRCode, quiet_zone: int, scale: int = 1) -> Cells:
    """Draw a code as it stands on the screen, cell by cell."""
    return cells_in(Console(width=200).render_lines(draw(code, quiet_zone, scale), pad=False))


@pytest.mark.parametrize(("length", "sizes"), SIZES.items())
def test_its_size_follows_from_what_it_holds(length: int, sizes: tuple[tuple[int, int], ...]) -> None:
    """Versions 4 to 7 at the lowest error correction, two modules one above the other in a cell."""
    code = QRCode("x" * length)
    assert (code.size(4), code.size(2)) == sizes
    assert code.size() == sizes[1]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("quiet_zone", QUIET_ZONES)
def test_it_is_drawn_in_the_size_that_it_names(quiet_zone: int, scale: int) -> None:
    """Nothing that lays it out is surprised."""
    code = QRCode("x" * 78)
    cells = drawn(code, quiet_zone, scale)
    columns, rows = code.size(quiet_zone, scale)
    assert ({len(row) for row in cells}, len(cells)) == ({columns}, rows)


@pytest.mark.parametrize("quiet_zone", QUIET_ZONES)
def test_a_large_code_is_the_small_one_enlarged(quiet_zone: int) -> None:
    """Each module takes two columns and a row."""
    code = QRCode(uri_for("ada"))
    small, large = (modules_of(drawn(code, quiet_zone, scale)) for scale in (1, 2))
    side = code.size(quiet_zone)[0]
    assert [[large[2 * row][2 * column] for column in range(side)] for row in range(side)] == small[:side]
    assert all(row[::2] == row[1::2] for row in large)
    assert large[::2] == large[1::2]


def test_the_largest_size_that_fits_is_taken() -> None:
    """Then the widest border."""
    code = QRCode("x" * 78)
    assert code.fitting(500, 200) == (4, 2)
    assert code.fitting(*code.size(4, 2)) == (4, 2)
    assert code.fitting(*code.size(2, 2)) == (2, 2)
    columns, rows = code.size(2, 2)
    assert code.fitting(columns, rows - 1) == (4, 1)
    columns, rows = code.size(2)
    assert code.fitting(columns - 1, rows) is None


@pytest.mark.parametrize("quiet_zone", QUIET_ZONES)
def test_every_cell_is_black_and_white_by_itself(quiet_zone: int) -> None:
    """No cell takes a colour from the terminal."""
    cells = [cell for row in drawn(QRCode(uri_for("ada")), quiet_zone) for cell in row]
    assert {cell.data for cell in cells} == {"▀"}
    assert {colour for cell in cells for colour in (cell.fg, cell.bg)} == {BLACK, WHITE}


@pytest.mark.parametrize("quiet_zone", QUIET_ZONES)
def test_a_white_border_stands_around_it(quiet_zone: int) -> None:
    """The quiet zone, on all four sides; between them the code begins at once."""
    modules = modules_of(drawn(QRCode(uri_for("ada")), quiet_zone))
    side = len(modules[0])
    inside = range(quiet_zone, side - quiet_zone)
    dark = {(row, column) for row in range(len(modules)) for column in range(side) if modules[row][column]}
    assert all(row in inside and column in inside for row, column in dark)
    assert {inside[0], inside[-1]} <= {row for row, _ in dark}
    assert {inside[0], inside[-1]} <= {column for _, column in dark}


def test_nothing_else_is_black_or_white() -> None:
    """Who wants no colours gets them for this alone, so they must tell it from the rest."""
    sheet = files("sshauth.tui").joinpath("sshauth.tcss").read_text()
    assert not re.search(r"#0{3,6}\b|#f{3,6}\b|\b(?:black|white)\b(?=[^*]*;)", sheet, re.IGNORECASE)


def modules_of(cells: Cells) -> list[list[bool]]:
    """Give what is dark, the upper and the lower half of each cell."""

    def half(row: list[Char], side: str) -> list[bool]:
        return [getattr(cell, side) == BLACK for cell in row]

    return [half(row, side) for row in cells for side in ("fg", "bg")]


def test_the_widest_border_that_fits_is_taken() -> None:
    """Four modules where there is room, never under two, and nothing where even that does not fit."""
    code = QRCode("x" * 78)
    sizes = [code.size(quiet_zone) for quiet_zone in QUIET_ZONES]
    assert [code.fitting_quiet_zone(*size) for size in sizes] == list(QUIET_ZONES) == [4, 3, 2]
    columns, rows = code.size(2)
    assert code.fitting_quiet_zone(columns - 1, rows) is None
    assert code.fitting_quiet_zone(columns, rows - 1) is None
    assert code.fitting_quiet_zone(500, 200) == 4


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("quiet_zone", QUIET_ZONES)
@pytest.mark.parametrize(
    "uri", [uri_for("ada"), uri_for("u" * 32, "Twenty_characters_20")], ids=["short", "long"]
)
def test_two_decoders_read_it(uri: str, quiet_zone: int, scale: int, colours: Colours) -> None:
    """On dark and on light terminals, in the middle of a screen; also seen from the side and out of focus."""
    blank = Char(" ")
    cells = [[blank] * 4 + row + [blank] * 4 for row in drawn(QRCode(uri), quiet_zone, scale)]
    empty = [[blank] * len(cells[0])] * 2
    image = render([*empty, *cells, *empty], colours)
    assert decode_zxing(image) == uri
    assert decode_opencv(image) == uri
    photograph = photographed(image)
    assert decode_zxing(photograph) == uri
    assert decode_opencv(photograph) == uri


@pytest.mark.parametrize("user_name", ["ada", "u" * 32])
def test_80_by_24_has_room_for_it(user_name: str) -> None:
    """Beside the text with the app's usual name, whoever registers."""
    assert QRCode(uri_for(user_name)).fitting(80 - 32, 23) is not None


def test_60_by_20_has_room_for_short_names() -> None:
    """Alone on the screen, but for the footer."""
    assert QRCode(uri_for("ada1234")).fitting(60, 19) is not None
