"""What is left in the shell of who has left: a line, and the exit status of their client. Pure."""

from datetime import timedelta

LEFT, BROKEN, TIME_IS_UP, ENDED_ELSEWHERE, SERVER_STOPS = 0, 1, 3, 4, 75
"""Exit statuses. The last one is EX_TEMPFAIL: come back."""


def goodbye(first_name: str, for_how_long: timedelta) -> str:
    """Say goodbye to who was signed in: "Goodbye Ada. 12 minutes, nothing left running."."""
    return f"Goodbye {first_name}. {_length(for_how_long)}, nothing left running."


def _length(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    parts = [_count(hours, "hour"), _count(rest, "minute")]
    return " ".join(filter(None, parts)) or "Less than a minute"


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}" if number else ""
