"""The world of screen tests: real use cases on an SQLite database."""

import gc
from collections.abc import Iterator
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


@pytest.fixture(scope="package", autouse=True)
def _rare_garbage_collection() -> Iterator[None]:
    """Collect garbage as rarely as the server does: each app makes a lot, beside all that tests import."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
