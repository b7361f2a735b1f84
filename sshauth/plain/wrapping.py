"""Lines that fit a terminal, and times in words for who hears them. Pure."""

import re
import textwrap

from rich.cells import cell_len

NARROWEST = 20
"""Columns below which a terminal's width is not believed: nothing is wrapped."""

_UNITS = {"s": "second", "min": "minute", "h": "hour"}
_AMOUNT = re.compile(r"(?<![\w.:-])(\d+(?:\.\d+)?) (s|min|h)\b")


def wrapped(line: str, columns: int) -> list[str]:
    """Break a line at its spaces, and nowhere else: codes and addresses stay whole.

    The last column stays free, as some terminals break the line when something stands there.
    """
    if columns < NARROWEST or cell_len(line) < columns:
        return [line]
    text = line.rstrip(" ")
    lines = textwrap.wrap(
        text, columns - 1, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    if lines:
        lines[-1] += line[len(text) :]
    return lines or [line]


def spelled_out(words: str) -> str:
    """Write the units of times out: "1 second", "30 seconds"."""

    def spell(found: re.Match[str]) -> str:
        return f"{found[1]} {_UNITS[found[2]]}{'' if found[1] == '1' else 's'}"

    return _AMOUNT.sub(spell, words)
