"""One sequence that sets colours and styles, written for a terminal with fewer colours, or with none."""

import math
import re

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

# A colour of 24 bits, one of the 256, one of the sixteen, or the terminal's own (39 and 49).
_COLOUR = re.compile(
    r"(?<![^[;])(?:(?P<ground>[34])8;"
    r"(?:2;(?P<red>\d{1,3});(?P<green>\d{1,3});(?P<blue>\d{1,3})|5;(?P<number>\d{1,3}))"
    r"|(?P<named>(?:[349]|10)[0-7])|[34]9)(?![^;m])"
)

# Rich takes some greys for their neighbours.
_NUMBERS = {Color.from_ansi(number).get_truecolor(): number for number in range(16, 256)}

GREY = 32
"""Red, green and blue closer together than this make a grey."""
DARK, MIDDLE, BRIGHT = 36, 128, 192
"""Where, by the strongest part of a colour, black ends, dark colours end, and bright ones begin."""
BACKGROUNDS_FOR_BLACK = frozenset({"42", "43", "46", "47"})

RAISED, STRONG, LIGHT = 0.02, 0.06, 0.5
"""Without colours, a background is underlined from this luminance on, then bold too, then reversed."""
BOLD, UNDERLINED, REVERSED = "1", "4", "7"


def to_256(sequence: str) -> str:
    """Write 24-bit colours as the nearest of 256."""
    return _COLOUR.sub(_nearest_of_256, sequence)


def _nearest_of_256(match: re.Match[str]) -> str:
    if match["red"] is None:
        return match[0]
    wanted = _triplet(match)
    number = _NUMBERS.get(wanted) or Color.from_triplet(wanted).downgrade(ColorSystem.EIGHT_BIT).number
    return f"{match['ground']}8;5;{number}"


def to_sixteen(sequence: str) -> str:
    """Write colours as the nearest of sixteen, or of eight for backgrounds: more are not everywhere.

    Dark greys become blue, to be told from black, and text on light backgrounds black, to be read.
    """
    on_light = any(
        _background(_triplet(match)) in BACKGROUNDS_FOR_BLACK
        for match in _COLOUR.finditer(sequence)
        if match["ground"] == "4"
    )

    def nearest(match: re.Match[str]) -> str:
        if match["ground"] is None:
            return match[0]
        if match["ground"] == "4":
            return _background(_triplet(match))
        return "30" if on_light else _foreground(_triplet(match))

    return _COLOUR.sub(nearest, sequence)


def _foreground(colour: ColorTriplet) -> str:
    hue, strongest = _hue(colour), max(colour)
    if hue is not None:
        return f"{9 if strongest >= BRIGHT else 3}{hue}"
    if strongest < MIDDLE:
        return "30" if strongest < DARK else "90"
    return "97" if strongest >= BRIGHT else "37"


def _background(colour: ColorTriplet) -> str:
    hue, strongest = _hue(colour), max(colour)
    if hue is not None:
        return f"4{hue}"
    if strongest < MIDDLE:
        return "40" if strongest < DARK else "44"
    return "47"


def _hue(colour: ColorTriplet) -> int | None:
    """Give a colour's number among the eight; None for greys."""
    strongest = max(colour)
    if strongest - min(colour) < GREY:
        return None
    return sum(1 << bit for bit, part in enumerate(colour) if part >= 0.7 * strongest)


def to_nothing(sequence: str) -> str:
    """Take the colours away; bold, underlined and reversed text says what the background said."""
    text, background = 1.0, 0.0
    colours = list(_COLOUR.finditer(sequence))
    for match in colours:
        if match["ground"] == "4" or (match["named"] or "").startswith(("4", "10")):
            background = _luminance(_triplet(match))
        elif match["ground"] or match["named"]:
            text = _luminance(_triplet(match))
    if not colours:
        return sequence
    kept = [code for code in _COLOUR.sub("", sequence[2:-1]).split(";") if code]
    codes = dict.fromkeys([*kept, *_emphasis(text, background)])
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _emphasis(text: float, background: float) -> tuple[str, ...]:
    if background >= LIGHT and text < background:
        return (REVERSED,)
    if background >= STRONG:
        return (BOLD, UNDERLINED)
    return (UNDERLINED,) if background >= RAISED else ()


def _triplet(match: re.Match[str]) -> ColorTriplet:
    """Give the colour that a code stands for."""
    if match["red"] is not None:
        return ColorTriplet(*(min(255, int(match[part])) for part in ("red", "green", "blue")))
    if match["number"] is not None:
        return Color.from_ansi(min(255, int(match["number"]))).get_truecolor()
    named = match["named"]
    return Color.from_ansi(int(named[-1]) + (8 if named.startswith(("9", "10")) else 0)).get_truecolor()


def _luminance(colour: ColorTriplet) -> float:
    """Tell how light a colour is, from 0 to 1."""
    weights = (0.2126, 0.7152, 0.0722)
    return sum(weight * math.pow(part / 255, 2.2) for weight, part in zip(weights, colour, strict=True))
