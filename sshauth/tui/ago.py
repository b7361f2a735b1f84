"""How long ago something was, the way people say it. Pure."""

from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_DAYS_COUNTED = 7


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago something was: "just now", "3 minutes ago", "yesterday", then the date in UTC."""
    passed, days = now - at, (now.date() - at.date()).days
    if passed < _MINUTE:
        return "just now"
    if passed < _DAY:
        size, name = (_HOUR, "hour") if passed >= _HOUR else (_MINUTE, "minute")
        count = passed // size
        return f"{count} {name}{'s' if count > 1 else ''} ago"
    if days <= _DAYS_COUNTED:
        return "yesterday" if days == 1 else f"{days} days ago"
    return date(at)


def date(at: datetime) -> str:
    """Give the day in UTC: "1 March 2026"."""
    return f"{at.day} {at:%B %Y}"


def exactly(at: datetime) -> str:
    """Give the time to the second: "1 March 2026, 12:00:15 UTC"."""
    return f"{date(at)}, {at:%H:%M:%S} UTC"
