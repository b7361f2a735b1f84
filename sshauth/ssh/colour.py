"""Bringing 24-bit colours down to what a client's terminal can show.

Apps always render 24-bit colour: Rich caches the codes of a style without regard to the colours of the
console it is for, so consoles of different depth in one process would get each other's codes.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache

from sshauth.ssh.downgrade import to_256, to_nothing, to_sixteen

_SGR = re.compile(r"\x1b\[[\d;]*m")
# The cells of a QR code: half blocks in pure black and white, which nothing else is drawn in.
_HALF_BLOCK = "▀"
_QR_CELL = re.compile(r"\x1b\[38;2;(0;0;0|255;255;255);48;2;(0;0;0|255;255;255)m")

_FEW_COLOURS = re.compile(r"(ansi|cons25|cygwin|linux|rxvt|screen)\b.*|.*-(8|16|88)?color")
_MANY_COLOURS = re.compile(r".*-256color\b.*")
_NO_COLOURS = re.compile(r"vt[1-4]\d\d\b.*|.*-(m|mono)|xtermm")


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
        if text.startswith(_HALF_BLOCK, match.end()) and (cell := _QR_CELL.fullmatch(match[0])):
            return _reduce_qr_cell(cell, qr_depth or depth)
        return _reduce_sequence(match[0], depth)

    return _SGR.sub(rewrite, text)


def _reduce_qr_cell(cell: re.Match[str], depth: Depth) -> str:
    """Reduce a cell so that black and white look alike above and below."""
    if depth is not Depth.SIXTEEN:
        return _reduce_sequence(cell[0], depth)
    # Of the two whites, the brighter one is none that every terminal has as a background.
    above, below = (0 if half.startswith("0") else 7 for half in cell.groups())
    return f"\x1b[3{above};4{below}m"


@lru_cache(maxsize=4096)
def _reduce_sequence(sequence: str, depth: Depth) -> str:
    match depth:
        case Depth.NONE:
            return to_nothing(sequence)
        case Depth.SIXTEEN:
            return to_sixteen(sequence)
        case Depth.EIGHT_BIT:
            return to_256(sequence)
        case Depth.TRUE:
            return sequence
