"""Bringing 24-bit colours down to what a client's terminal can show.

Apps always render 24-bit colour: Rich caches the codes of a style without regard to the colours of the
console it is for, so consoles of different depth in one process would get each other's codes.
"""

import math
import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

_SGR = re.compile(r"\x1b\[([\d;]*)m")
# A colour of 24 bits, one of the 256, one of the sixteen, or the terminal's own (39 and 49).
_COLOUR = re.compile(
    r"(?<![^[;])(?:(?P<ground>[34])8;"
    r"(?:2;(?P<red>\d{1,3});(?P<green>\d{1,3});(?P<blue>\d{1,3})|5;(?P<number>\d{1,3}))"
    r"|(?P<named>(?:[349]|10)[0-7])|[34]9)(?![^;m])"
)
# The cells of a QR code: half blocks in pure black and white, which nothing else is drawn in.
_HALF_BLOCK = "▀"
_QR_CELL = re.compile(r"38;2;(?:0;0;0|255;255;255);48;2;(?:0;0;0|255;255;255)")

_FEW_COLOURS = re.compile(
    r"(ansi|cygwin|linux|screen|cons25|rxvt|Eterm)\b.*|.*-(color|8color|16color|88color)"
)
_MANY_COLOURS = re.compile(r".*-256color\b.*")
_NO_COLOURS = re.compile(r"vt[1-4]\d\d\b.*|.*-(m|mono)|xtermm")

GAMMA = 2.2
GREY = 32
"""Red, green and blue closer together than this make a grey."""
DARK, MIDDLE, BRIGHT = 36, 128, 192
"""Where, by the strongest part of a colour, black ends, dark ends, and bright begins."""
RAISED, STRONG, LIGHT = 0.02, 0.06, 0.5
"""Where there are no colours, a background is underlined from this luminance on, bold too, reversed."""


class Depth(Enum):
    """How many colours a terminal shows."""

    NONE = auto()
    SIXTEEN = auto()
    EIGHT_BIT = auto()
    TRUE = auto()


def depth_of(term: str, environment: Mapping[str, str]) -> Depth:
    """Tell the depth from what the client sent: its TERM, and COLORTERM where it sends that.

    COLORTERM is inherited by what runs inside ``screen``, which would take 24-bit codes for others.
    """
    is_asked_for = environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}
    if term.endswith("-direct") or (is_asked_for and not term.startswith("screen")):
        return Depth.TRUE
    if _NO_COLOURS.fullmatch(term):
        return Depth.NONE
    if _FEW_COLOURS.fullmatch(term) and not _MANY_COLOURS.fullmatch(term):
        return Depth.SIXTEEN
    return Depth.EIGHT_BIT


def reduce(text: str, depth: Depth, qr_depth: Depth | None = None) -> str:
    """Rewrite the colour codes of terminal output for a depth; everything else stays as it is.

    A QR code, which cameras read and not people, may have a depth of its own.
    """
    if depth is Depth.TRUE:
        return text

    def rewrite(match: re.Match[str]) -> str:
        if text.startswith(_HALF_BLOCK, match.end()) and _QR_CELL.fullmatch(match[1]):
            return _reduce_qr_cell(match[0], qr_depth or depth)
        return _reduce_sequence(match[0], depth)

    return _SGR.sub(rewrite, text)


def _reduce_qr_cell(sequence: str, depth: Depth) -> str:
    # Of sixteen colours, the brighter white is none that every terminal has as a background.
    return _reduce_sequence(sequence, depth).replace("97", "37")


@lru_cache(maxsize=4096)
def _reduce_sequence(sequence: str, depth: Depth) -> str:
    if depth is Depth.TRUE:
        return sequence
    if depth is Depth.NONE:
        return _emphasise(sequence)
    return _COLOUR.sub(lambda match: _reduce_colour(match, depth), sequence)


def _reduce_colour(match: re.Match[str], depth: Depth) -> str:
    colour = _triplet(match)
    if colour is None or match["named"] or (match["number"] and depth is Depth.EIGHT_BIT):
        return match[0]
    is_foreground = match["ground"] == "3"
    if depth is Depth.SIXTEEN:
        return _foreground(colour) if is_foreground else _background(colour)
    nearest = Color.from_triplet(colour).downgrade(ColorSystem.EIGHT_BIT)
    return ";".join(nearest.get_ansi_codes(foreground=is_foreground))


def _triplet(match: re.Match[str]) -> ColorTriplet | None:
    """Give the colour that a code stands for; None for the terminal's own."""
    if match["number"]:
        return Color.from_ansi(min(255, int(match["number"]))).get_truecolor()
    if match["named"]:
        bright = 8 if match["named"].startswith(("9", "10")) else 0
        return Color.from_ansi(bright + int(match["named"][-1])).get_truecolor()
    if match["ground"]:
        return ColorTriplet(*(min(255, int(match[part])) for part in ("red", "green", "blue")))
    return None


def _foreground(colour: ColorTriplet) -> str:
    """Give the code of the nearest of sixteen colours."""
    hue, strongest = _hue(colour), max(colour)
    if hue is not None:
        return f"{9 if strongest >= BRIGHT else 3}{hue}"
    if strongest < MIDDLE:
        return "30" if strongest < DARK else "90"
    return "97" if strongest >= BRIGHT else "37"


def _background(colour: ColorTriplet) -> str:
    """Give the code of the nearest of nine: the brighter ones are not everywhere, but grey does no harm."""
    hue, strongest = _hue(colour), max(colour)
    if hue is not None:
        return f"4{hue}"
    if strongest < MIDDLE:
        return "40" if strongest < DARK else "100"
    return "47"


def _hue(colour: ColorTriplet) -> int | None:
    """Give a colour's number among the eight; None for greys.

    Dark ones keep only the strongest part, so that light text on them stays readable.
    """
    strongest = max(colour)
    if strongest - min(colour) < GREY:
        return None
    enough = strongest * (0.7 if strongest >= MIDDLE + 32 else 0.9)
    return sum(1 << bit for bit, part in enumerate(colour) if part > enough)


def _emphasise(sequence: str) -> str:
    """Take the colours away, and say in bold, underlined and reversed what the background said."""
    light = {"3": 1.0, "4": 0.0}
    coloured = False
    for match in _COLOUR.finditer(sequence):
        coloured = True
        if (colour := _triplet(match)) is not None:
            light["3" if match[0][0] in "39" else "4"] = _luminance(colour)
    if not coloured:
        return sequence
    kept = [code for code in _COLOUR.sub("", sequence[2:-1]).split(";") if code]
    codes = [*kept, *_emphasis(light["3"], light["4"])]
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _emphasis(foreground: float, background: float) -> tuple[str, ...]:
    if background >= LIGHT and foreground < background:
        return ("7",)
    if background >= STRONG:
        return ("1", "4")
    return ("4",) if background >= RAISED else ()


def _luminance(colour: ColorTriplet) -> float:
    """Tell how light a colour is, from 0 to 1."""
    weights = (0.2126, 0.7152, 0.0722)
    return sum(weight * math.pow(part / 255, GAMMA) for weight, part in zip(weights, colour, strict=True))
