"""The world of screen tests: real use cases on an SQLite database."""

from pathlib import Path

import pytest

from tests.support.small_world import logged, passwords, strength, world

__all__ = ["logged", "passwords", "strength", "world"]

HERE = Path(__file__).parent
MEASURED = "snapshots"
"""What the files are called whose tests see every screen."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure the coverage of screens in some tests only: measured, a screen takes three times as long."""
    for item in items:
        if HERE in item.path.parents and MEASURED not in item.path.name:
            item.add_marker(pytest.mark.no_cover)
