"""The line in the normal screen after the app."""

from datetime import timedelta

import pytest

from sshauth.leaving import goodbye


@pytest.mark.parametrize(
    ("seconds", "length"),
    [
        (0, "Less than a minute"),
        (59.9, "Less than a minute"),
        (60, "1 minute"),
        (12 * 60 + 7, "12 minutes"),
        (3600, "1 hour"),
        (2 * 3600 + 61, "2 hours 1 minute"),
        (11 * 3600 + 59 * 60, "11 hours 59 minutes"),
    ],
)
def test_who_leaves_reads_how_long_it_was(seconds: float, length: str) -> None:
    """Whole minutes: nobody wants the seconds."""
    assert goodbye("Ada", timedelta(seconds=seconds)) == f"Goodbye Ada. {length}, nothing left running."
