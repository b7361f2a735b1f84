"""Time as a parameter, so that rules about time are tested without waiting."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC."""


def utc_now() -> datetime:
    """Give the real present moment."""
    return datetime.now(UTC)
