"""Fixtures of the SSH tests: no test may change how the others' memory is managed."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def own_garbage() -> Iterator[None]:
    """Undo what the warm-up of a server does to the garbage collector of the process."""
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()
