"""The figures, their limits, and the table of them. Arithmetic only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Samples = Mapping[str, Sequence[float]]
"""What was measured of one server, by a figure's name: a number for each round."""


def times(ours: float, bare: float) -> float:
    """Compare by how many times as much."""
    return ours / bare


def over(ours: float, bare: float) -> float:
    """Compare by how much more."""
    return ours - bare


def alone(ours: float, bare: float) -> float:  # noqa: ARG001 - compares nothing
    """Do not compare."""
    return ours


@dataclass(frozen=True, slots=True)
class Figure:
    """What is measured, how it is compared with the bare server, and what that may come to."""

    name: str
    unit: str
    compare: Callable[[float, float], float]
    compared_unit: str
    limit: float


PAINT = Figure("connect to first paint", "ms", times, "x", 9)
CPU = Figure("server CPU a session", "ms", times, "x", 20)
ECHO = Figure("a key's echo", "ms", over, "ms over", 8)
MEMORY = Figure("memory an idle session", "MiB", alone, "MiB", 1.5)
START = Figure("start to listening", "s", alone, "s", 2)
FIGURES = (PAINT, CPU, ECHO, MEMORY, START)

HEADINGS = ("", "sshauth", "bare", "compared", "at most", "")
LINE = "{:<24}{:>12}{:>12}{:>15}{:>12}  {}"


def row(figure: Figure, ours: Sequence[float], bare: Sequence[float]) -> tuple[str, ...]:
    """Judge the medians of one figure."""
    our_median, bare_median = median(ours), median(bare)
    compared = figure.compare(our_median, bare_median)
    return (
        figure.name,
        f"{our_median:.2f} {figure.unit}",
        f"{bare_median:.2f} {figure.unit}",
        f"{compared:.2f} {figure.compared_unit}",
        f"{figure.limit:g} {figure.compared_unit}",
        "MET" if compared <= figure.limit else "NOT MET",
    )


def table(ours: Samples, bare: Samples) -> str:
    """Lay out all figures under their headings."""
    rows = [HEADINGS, *(row(figure, ours[figure.name], bare[figure.name]) for figure in FIGURES)]
    return "\n".join(LINE.format(*cells).rstrip() for cells in rows)
