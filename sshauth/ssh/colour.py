"""Bringing 24-bit colours down to what a client's terminal can show.

Apps always render 24-bit colour: Rich caches the codes of a style without regard to the colours of the
console it is for, so consoles of different depth in one process would get each other's codes.
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

from rich.color import Color, ColorSystem

_SGR = re.compile(r"\x1b\[([\d;]*)m")
_TRUE_COLOUR = re.compile(r"\b([34])8;2;(\d{1,3});(\d{1,3});(\d{1,3})")
_FEW_COLOURS = frozenset({"linux", "ansi", "cygwin", "vt100", "vt220", "xterm-16color", "screen", "dumb"})


class Depth(Enum):
    """How many colours a terminal shows."""

    SIXTEEN = ColorSystem.STANDARD
    EIGHT_BIT = ColorSystem.EIGHT_BIT
    TRUE = ColorSystem.TRUECOLOR


def depth_of(term: str, environment: Mapping[str, str]) -> Depth:
    """Tell the depth from what the client sent: its TERM, and COLORTERM where it sends that."""
    if environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or term.endswith("-direct"):
        return Depth.TRUE
    return Depth.SIXTEEN if term in _FEW_COLOURS else Depth.EIGHT_BIT


def reduce(text: str, depth: Depth) -> str:
    """Rewrite the colour codes of terminal output for a depth; everything else stays as it is."""
    if depth is Depth.TRUE:
        return text
    return _SGR.sub(lambda match: _reduce_sequence(match[1], depth), text)


@lru_cache(maxsize=4096)
def _reduce_sequence(codes: str, depth: Depth) -> str:
    return f"\x1b[{_TRUE_COLOUR.sub(lambda match: _reduce_colour(match, depth), codes)}m"


def _reduce_colour(match: re.Match[str], depth: Depth) -> str:
    red, green, blue = (min(255, int(match[group])) for group in (2, 3, 4))
    colour = Color.from_rgb(red, green, blue).downgrade(depth.value)
    return ";".join(colour.get_ansi_codes(foreground=match[1] == "3"))
