"""What is said in the normal screen to who has left. Pure."""

from datetime import timedelta


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
