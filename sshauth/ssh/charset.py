"""Terminals that do not speak UTF-8: which character set they have, and what stands in for what it lacks."""
# ruff: noqa: RUF001 - characters that look like others are what this is about

import re
from collections.abc import Mapping
from functools import lru_cache

from rich.cells import cell_len

UTF_8, ASCII = "utf-8", "ascii"

# Only these are looked up: Python would remember every name that anybody made up.
_CODECS = (
    (re.compile(r"utf.*"), UTF_8),
    (re.compile(r"iso8859(1[0-13-6]|[1-9])"), r"iso8859-\1"),
    (re.compile(r"koi8([rut])"), r"koi8-\1"),
    (re.compile(r"(?:cp|windows)(125[0-8])"), r"cp\1"),
    (re.compile(r"euc(jp|kr)"), r"euc_\1"),
    (re.compile(r"gbk?|gb2312|gb18030|euccn"), "gb2312"),
    (re.compile(r"big5.*"), "big5"),
)
_CONTROLS = frozenset(range(0x80, 0xA0))
"""Bytes that are control characters to some terminals, whatever the character set says."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_STAND_INS = {
    **dict.fromkeys("•●∙◆◉★✱", "*"),
    **dict.fromkeys("·…․⋅⠀░", "."),
    **dict.fromkeys("○◦◯◇☆", "o"),
    **dict.fromkeys("←◀◂◄◁‹⟨⮜❮", "<"),
    **dict.fromkeys("→▶▸►▷›⟩⮞❯", ">"),
    **dict.fromkeys("↑▲▴△⌃", "^"),
    **dict.fromkeys("↓▼▾▽⌄✓✔", "v"),
    **dict.fromkeys("×✕✖✗✘╳", "x"),
    **dict.fromkeys("‐‑‒–—−▔▀", "-"),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„″«»", '"'),
    **dict.fromkeys("▁▂▃▄", "_"),
    **dict.fromkeys("▌▍▎▏▐▕¦", "|"),
    **dict.fromkeys("\u00a0\u2007\u202f", " "),
    **dict.fromkeys("─━┄┅┈┉╌╍╴╶╸╺╼╾", "-"),
    **dict.fromkeys("│┃┆┇┊┋╎╏║╵╷╹╻╽╿", "|"),
    "═": "=",
    "╱": "/",
    "╲": "\\",
}
_RANGES = (("\u24ff", "?"), ("\u257f", "+"), ("\u25ff", "#"), ("\u27ff", "?"), ("\u28ff", ":"))
"""The rest, corners and crossings, blocks and Braille among it: the last of a range, and the stand-in."""


def charset_of(environment: Mapping[str, str]) -> str | None:
    """Give the codec that the client's locale names; None if it names none.

    "C" and "POSIX" say how to sort, not what the terminal shows: so do containers that know no locale.
    """
    locale = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), "")
    _, dot, named = locale.partition(".")
    if not dot:
        return None
    name = re.sub(r"[^a-z0-9]", "", named.partition("@")[0].lower())
    found = ((pattern.fullmatch(name), codec) for pattern, codec in _CODECS)
    return next((match.expand(codec) for match, codec in found if match), ASCII)


def encode(text: str, codec: str) -> bytes:
    """Write text in a character set, so that everything takes the cells that it would take in UTF-8."""
    if codec == UTF_8:
        return text.encode(errors="replace")
    return _BEYOND_ASCII.sub(lambda match: _shown(match[0], codec), text).encode(codec)


@lru_cache(maxsize=4096)
def _shown(character: str, codec: str) -> str:
    """Give a character as it is if the set has it, with a byte a cell, or what stands in for it."""
    cells = cell_len(character)
    encoded = character.encode(codec, errors="ignore")
    if encoded and len(encoded) == cells and _CONTROLS.isdisjoint(encoded):
        return character
    return _stand_in(character) * cells


def _stand_in(character: str) -> str:
    if character in _STAND_INS:
        return _STAND_INS[character]
    return next((stand_in for last, stand_in in _RANGES if character <= last), "?")
