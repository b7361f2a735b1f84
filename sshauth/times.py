"""Times as people say and read them, in their own time zone. Pure, but for the zone data that it reads."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_DAYS_COUNTED = 7


def zone_of(name: str) -> tzinfo:
    """Give the time zone of a name as TZ holds it: "Europe/Berlin", also ":Europe/Berlin" or its file.

    UTC for all that is no name of the zone data: rules written out (POSIX), files elsewhere, nonsense.
    """
    known = name.removeprefix(":").rpartition("/zoneinfo/")[2]
    return _zone(known) if known in _names() else UTC


@cache
def _names() -> frozenset[str]:
    """Name what zone data there is. No other name is looked up: "localtime" would tell our own zone."""
    listed = resources.files("tzdata").joinpath("zones").read_text(encoding="ascii")
    return frozenset(listed.split())


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    """Read the package's data: what the system has may be old, broken, or not there."""
    with resources.files("tzdata.zoneinfo").joinpath(name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def ago(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Say how long ago something was: "just now", "3 minutes ago", "yesterday", then "1 Mar 2026"."""
    passed, days = now - at, (now.astimezone(zone).date() - at.astimezone(zone).date()).days
    if passed < _MINUTE:
        return "just now"
    if passed < _DAY or days < 1:  # a day of 25 hours is still the same day
        size, name = (_HOUR, "hour") if passed >= _HOUR else (_MINUTE, "minute")
        count = passed // size
        return f"{count} {name}{'s' if count > 1 else ''} ago"
    if days <= _DAYS_COUNTED:
        return "yesterday" if days == 1 else f"{days} days ago"
    return date(at, zone, short=True)


def spoken_length(length: timedelta) -> str:
    """Say a length of time in a column: "8 s", "3 min", "2 h 5 min", "4 days"."""
    if length < _MINUTE:
        return f"{max(0, length // timedelta(seconds=1))} s"
    if length < _HOUR:
        return f"{length // _MINUTE} min"
    if length < _DAY:
        return f"{length // _HOUR} h {length % _HOUR // _MINUTE} min"
    days = length // _DAY
    return f"{days} day{'s' if days > 1 else ''}"


def date(at: datetime, zone: tzinfo, *, short: bool = False) -> str:
    """Give the day: "1 March 2026", or short, for lists, "1 Mar 2026"."""
    there = at.astimezone(zone)
    month = _MONTHS[there.month - 1]
    return f"{there.day} {month[:3] if short else month} {there.year}"


def exactly(at: datetime, zone: tzinfo) -> str:
    """Give the time to the second, and whose time it is: "1 March 2026, 13:00:15 CET"."""
    there = at.astimezone(zone)
    return f"{date(at, zone)}, {there:%H:%M:%S} {_abbreviation(there)}"


def _abbreviation(there: datetime) -> str:
    """Give what people call the time of a place; where they only count: "UTC+03"."""
    name = there.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
