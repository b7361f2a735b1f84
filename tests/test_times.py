"""Times in words, in the zone of who reads them; and zones by names that strangers send."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.times import ago, date, exactly, spoken_length, zone_of

NOON = datetime(2026, 3, 10, 12, 0, 5, tzinfo=UTC)
NAMES = zoneinfo.available_timezones() - {"localtime"}
BERLIN = zone_of("Europe/Berlin")
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 - gets its zone at once
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"])


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=3, seconds=59), "3 minutes ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=1, hours=11), "yesterday"),
        (timedelta(days=1, hours=13), "2 days ago"),
        (timedelta(days=5), "5 days ago"),
        (timedelta(days=7), "7 days ago"),
        (timedelta(days=8), "2 Mar 2026"),
        (timedelta(days=400), "3 Feb 2025"),
    ],
)
def test_how_long_ago_it_was(passed: timedelta, words: str) -> None:
    """The way people say it, until it is so long ago that the date says more."""
    assert ago(NOON - passed, NOON, UTC) == words


def test_days_are_those_of_the_person() -> None:
    """What is yesterday in Berlin may be two days ago in UTC, and the other way round."""
    now = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    at = now - timedelta(hours=24, minutes=40)
    assert ago(at, now, UTC) == "yesterday"
    assert ago(at - timedelta(minutes=30), now, BERLIN) == "2 days ago"
    assert ago(now - timedelta(days=9), now, BERLIN) == "2 Mar 2026"


def test_a_day_of_25_hours_is_still_the_same_day() -> None:
    """When summer ends, an hour comes twice."""
    at = datetime(2026, 10, 24, 22, 10, tzinfo=UTC)
    assert ago(at, at + timedelta(hours=24, minutes=20), BERLIN) == "24 hours ago"


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), ZONES)
def test_how_long_ago_is_always_short(at: datetime, passed: timedelta, zone: str) -> None:
    """It fits its column, and counts nothing as none."""
    words = ago(at, at + passed, zone_of(zone))
    assert len(words) <= 14
    assert not words.startswith("0 ")


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("", "10 March 2026, 12:00:05 UTC"),
        ("Europe/Berlin", "10 March 2026, 13:00:05 CET"),
        ("Asia/Tokyo", "10 March 2026, 21:00:05 JST"),
        ("Asia/Istanbul", "10 March 2026, 15:00:05 UTC+03"),
        ("Pacific/Apia", "11 March 2026, 01:00:05 UTC+13"),
        ("America/New_York", "10 March 2026, 08:00:05 EDT"),
    ],
)
def test_an_exact_time_says_whose_time_it_is(zone: str, words: str) -> None:
    """To the second; summer time too, and UTC where nothing is known."""
    assert exactly(NOON, zone_of(zone)) == words


def test_dates() -> None:
    """Long in sentences, short in lists, in English whatever the server's locale."""
    assert date(NOON, UTC) == "10 March 2026"
    assert date(datetime(2026, 9, 30, 23, tzinfo=UTC), BERLIN, short=True) == "1 Oct 2026"


@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", ":Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin", ":/x/zoneinfo/Europe/Berlin"],
)
def test_names_that_tz_may_hold(name: str) -> None:
    """As POSIX systems write them."""
    assert str(zone_of(name)) == "Europe/Berlin"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ":",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "localtime",
        "posixrules",
        "Europe",
        "Europe/",
        "europe/berlin",
        "/etc/passwd",
        "/etc/localtime",
        "../../../etc/passwd",
        "/usr/share/zoneinfo/../../../etc/passwd",
        "Europe/../Europe/Berlin",
        "Europe/Berlin\0",
        "Europe/Berlin\n",
        "tzdata.zi",
        "__init__.py",
        "\ud800",
        "A" * 100_000,
    ],
)
def test_all_other_names_are_utc(name: str) -> None:
    """Rules, nonsense, and files that are none of the zone data."""
    assert zone_of(name) is UTC


@given(st.text(max_size=40) | st.from_regex(r"\A:?(/?\.{0,2}[A-Za-z_./-]{0,20}){1,4}\Z"))
def test_no_name_breaks_it(name: str) -> None:
    """Whatever it is, it is UTC or a zone of the zone data, and gives times."""
    zone = zone_of(name)
    assert zone is UTC or str(zone) in NAMES
    assert exactly(NOON, zone).startswith(("9 March", "10 March", "11 March"))


def test_every_zone_gives_times() -> None:
    """Whatever its time is called there."""
    for name in NAMES:
        zone = zone_of(name)
        assert str(zone) == name
        words = exactly(NOON, zone)
        assert words.isascii()
        assert words.rpartition(" ")[2][0].isalpha()


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=1, hours=23), "1 day"),
        (timedelta(days=4), "4 days"),
    ],
)
def test_a_length_of_time_fits_a_column(length: timedelta, words: str) -> None:
    """In its two largest units; of two clocks that differ nothing below none."""
    assert spoken_length(length) == words
