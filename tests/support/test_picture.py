"""The photograph of a terminal."""

import pytest
import qrcode

from tests.support.picture import DARK, LIGHT, Colours, decode_opencv, decode_zxing, render
from tests.support.terminal import Screen

URI = "otpauth://totp/sshauth:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=sshauth"


def draw_code(screen: Screen, text: str) -> None:
    """Write a QR code in upper half blocks, with colours of its own, below a line of text."""
    code = qrcode.QRCode(border=4, error_correction=qrcode.ERROR_CORRECT_L)
    code.add_data(text)
    rows = [["0;0;0" if dark else "255;255;255" for dark in row] for row in code.get_matrix()]
    rows += [["255;255;255"] * len(rows[0])] * (len(rows) % 2)
    screen.feed(b"Scan this with your authenticator, please\r\n")
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = "".join(f"\x1b[38;2;{over};48;2;{under}m▀" for over, under in zip(upper, lower, strict=True))
        screen.feed(f"{line}\x1b[0m\r\n".encode())


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_a_code_in_half_blocks_is_read_by_both_decoders(colours: Colours) -> None:
    """A code with its own colours is read on dark and on light terminals."""
    screen = Screen(80, 24)
    draw_code(screen, URI)
    image = render(screen.cells(), colours)
    assert decode_zxing(image) == URI
    assert decode_opencv(image) == URI


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_a_screen_without_a_code_has_none(colours: Colours) -> None:
    """Text alone is not read as a code."""
    screen = Screen(80, 24)
    screen.feed(b"nothing here")
    image = render(screen.cells(), colours)
    assert decode_zxing(image) is None
    assert decode_opencv(image) is None


def test_default_colours_are_the_terminals() -> None:
    """Cells without colours take the terminal's, reversed ones swap them."""
    screen = Screen(2, 1)
    screen.feed("█\x1b[7m█".encode())
    image = render(screen.cells(), Colours("102030", "405060"))
    assert image.getpixel((0, 0)) == (0x10, 0x20, 0x30)
    assert image.getpixel((15, 15)) == (0x40, 0x50, 0x60)
