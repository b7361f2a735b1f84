"""How much mail strangers can have sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from sshauth.accounts.mail_limits import TO_AN_ADDRESS, WRONG_MAILED_CODES, MailLimits
from sshauth.accounts.throttle import Limit, Throttles
from sshauth.db.tables import Throttle
from tests.accounts.people import World

ADA, EVE = "ada@example.org", "eve@example.org"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE = Limit("one", 1, HOUR)


@pytest.fixture
def throttles(world: World) -> Throttles:
    """Give the world's counters."""
    return world.accounts.sign_in.judge.throttles


@pytest.fixture
def limits(throttles: Throttles) -> MailLimits:
    """Give limits with a site that sends a hundred mails an hour."""
    return MailLimits(throttles, 100)


async def allowed(
    world: World, limits: MailLimits, moments: Sequence[datetime], *, to: str = ADA
) -> list[bool]:
    """Ask for a mail at some moments."""
    answers = []
    for moment in moments:
        async with world.database.transaction() as session:
            answers.append(await limits.allow(session, to, moment))
    return answers


async def test_an_address_gets_three_mails_an_hour(world: World, limits: MailLimits) -> None:
    """Row 27: from all kinds of request together; another address has its own."""
    assert await allowed(world, limits, 4 * [world.now]) == [True, True, True, False]
    last = world.now + HOUR - timedelta(seconds=1)
    assert await allowed(world, limits, [last, last + timedelta(seconds=1)]) == [False, True]
    assert await allowed(world, limits, [world.now], to=EVE) == [True]


async def test_an_address_gets_six_mails_a_day(world: World, limits: MailLimits) -> None:
    """However they are spread; those that were refused do not count."""
    hours = [world.now + number * HOUR for number in range(24)]
    moments = [moment for hour in hours for moment in (hour, hour)]
    assert await allowed(world, limits, moments) == 6 * [True] + 42 * [False]
    assert await allowed(world, limits, [world.now + DAY]) == [True]


async def test_the_whole_site_has_a_ceiling(world: World, throttles: Throttles) -> None:
    """Row 27: over all addresses, each hour; whoever is not mailed is not counted either."""
    limits = MailLimits(throttles, 4)
    answers = [
        (await allowed(world, limits, [world.now], to=f"{number}@example.org"))[0] for number in range(6)
    ]
    assert answers == 4 * [True] + 2 * [False]
    assert await allowed(world, limits, 3 * [world.now + HOUR], to="5@example.org") == [True, True, True]
    assert await allowed(world, limits, [world.now + HOUR], to="6@example.org") == [True]
    assert await allowed(world, limits, [world.now + HOUR], to="7@example.org") == [False]


async def test_a_request_that_another_counter_refuses_counts_for_no_address(
    world: World, limits: MailLimits
) -> None:
    """All or none: somebody held up elsewhere uses nothing of an address up."""
    for expected in (True, False, False, False):
        async with world.database.transaction() as session:
            assert await limits.allow(session, ADA, world.now, (ONE, "who")) == expected
    assert await allowed(world, limits, 3 * [world.now]) == [True, True, False]


async def test_what_a_known_source_asks_for_is_counted_by_itself_alone(
    world: World, throttles: Throttles
) -> None:
    """Row 16: strangers who use up the whole site's mail use up none of it."""
    limits = MailLimits(throttles, 3)
    assert await allowed(world, limits, 4 * [world.now]) == [True, True, True, False]
    for subject, expected in (("one", True), ("one", False), ("two", True), ("three", True)):
        async with world.database.transaction() as session:
            assert await limits.allow_known(session, world.now, (ONE, subject)) == expected
    assert await allowed(world, limits, [world.now], to=EVE) == [False]


async def test_the_counters_name_no_address(world: World, limits: MailLimits) -> None:
    """Only HMACs of them stand in the table."""
    await allowed(world, limits, [world.now])
    rows = await world.rows(Throttle)
    assert len(rows) == 3
    assert not [row for row in rows if "ada" in row.key]


def test_the_numbers_of_rows_14_and_27() -> None:
    """Ten wrong mailed codes in a quarter of an hour, by source; three mails an hour, six a day."""
    quarter = timedelta(minutes=15)
    assert Limit("wrong mailed codes", 10, quarter, "wrong codes") == WRONG_MAILED_CODES
    assert [(limit.tries, limit.window) for limit in TO_AN_ADDRESS] == [(3, HOUR), (6, DAY)]
