"""How commands say what they found: aligned in columns for people, as JSON for programs. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len

from sshauth.tui.columns import visible

GAP = "  "


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align rows below their headings; what a terminal would obey is shown as a mark (row 26)."""
    lines = [list(headings), *([visible(cell) for cell in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Align what is known of one thing: a label and a value a line."""
    width = max(cell_len(label) for label, _ in rows)
    return "\n".join(f"{label:{width}}{GAP}{visible(value)}".rstrip() for label, value in rows)


def as_json(value: object) -> str:
    """Write something in JSON: times in ISO 8601, all but ASCII escaped."""
    return json.dumps(value, indent=2, default=_plain)


def moment(at: datetime | None, otherwise: str = "") -> str:
    """Write a time for a column, to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else otherwise


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f"{cell}{' ' * (width - cell_len(cell))}" for cell, width in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, datetime):
        return value.isoformat()
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
