"""The recorded journey that the README names: whoever plays it sees all of it."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.terminal import Screen

CAST = Path(__file__).parent.parent / "docs" / "journey.cast"
JOURNEY = (
    "$ ssh -p 2222 ssh.example.org",
    "Create account",
    "Set up your authenticator",
    "Your recovery codes",
    "Welcome, Ada",
    "signed out",
    "Goodbye Ada.",
    "Forgot password",
    "Password changed.",
    "$ ssh -p 2222 plain@ssh.example.org",
    "Your choice:",
)


@pytest.fixture(scope="module")
def lines() -> list[Any]:
    """Read all lines of the file."""
    return [json.loads(line) for line in CAST.read_text(encoding="utf-8").splitlines()]


def test_it_is_asciicast_of_version_2(lines: list[Any]) -> None:
    """A header, and then outputs in the order of their times; short, and for a usual terminal."""
    header, *events = lines
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    assert all(isinstance(at, int | float) and isinstance(text, str) for at, _, text in events)
    assert {kind for _, kind, _ in events} == {"o"}
    times = [at for at, _, _ in events]
    assert times[0] == 0
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[-1] <= 90
    assert CAST.stat().st_size < 600_000


def test_the_whole_journey_is_to_be_seen_on_it(lines: list[Any]) -> None:
    """One screen after the other, each long enough to be noticed."""
    header, *events = lines
    screen = Screen(header["width"], header["height"])
    left = list(JOURNEY)
    for (at, _, text), (until, *_) in pairwise(events):
        screen.feed(text.encode())
        if until - at > 0.2 and left and any(left[0] in line for line in screen.display):
            left.pop(0)
    assert left == []
