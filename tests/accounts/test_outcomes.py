"""What comes of tries to sign in: counted, and logged as fail2ban wants it."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from sshauth.accounts.errors import AccountError, Busy, ClockOff, CodeAlreadyUsed, SignInRefused, TooManyTries
from sshauth.accounts.outcomes import OUTCOMES, Outcomes
from tests.accounts.operators import agree, console, make, settle
from tests.accounts.people import ELSEWHERE, HERE, World
from tests.accounts.renewing import renew


@pytest.mark.parametrize(
    ("error", "outcome", "is_logged"),
    [
        (SignInRefused(), "refused", True),
        (CodeAlreadyUsed(), "code used before", True),
        (ClockOff(timedelta(minutes=3)), "clock off", True),
        (TooManyTries(timedelta(seconds=4), "failed sign-ins"), "too many tries", False),
        (Busy(), "busy", False),
    ],
)
def test_a_refusal_is_counted_and_logged(error: AccountError, outcome: str, is_logged: bool) -> None:
    """With its address, and no name. Those that cost nothing are no lines: a flood could be made of them."""
    outcomes = Outcomes(Counter())
    with capture_logs() as logged, pytest.raises(type(error)), outcomes.of_a_try(HERE):
        raise error
    line = {"event": "sign_in.refused", "address": HERE.address, "reason": outcome, "log_level": "info"}
    assert logged == [line] * is_logged
    assert +outcomes.counts == {outcome: 1}


def test_what_breaks_is_counted_and_who_leaves_is_not() -> None:
    """Neither is a refusal."""
    outcomes = Outcomes(Counter())
    for error in (OSError(), asyncio.CancelledError()):
        with pytest.raises(type(error)), outcomes.of_a_try(HERE):
            raise error
    assert +outcomes.counts == {"failed": 1}


async def test_who_sets_up_an_account_that_was_made_has_registered(world: World) -> None:
    """Who sets up a new authenticator has not."""
    await settle(world, (await make(world)).code)
    ada = await world.register()
    await renew(ada, (await console(world).reset_authenticator("ada", agree, is_shown=True)).code)
    assert +world.accounts.sign_in.outcomes.counts == {"registered": 2, "signed in": 1}


async def test_every_way_in_is_counted(world: World) -> None:
    """Registering, and signing in; all outcomes are there from the beginning."""
    counts = world.accounts.sign_in.outcomes.counts
    assert counts == dict.fromkeys(OUTCOMES, 0)
    ada = await world.register()
    with capture_logs() as logged:
        identity = await ada.sign_in()
        with pytest.raises(SignInRefused):
            await ada.sign_in(password="a wrong password", peer=ELSEWHERE)
    assert +counts == {"registered": 1, "signed in": 1, "refused": 1}
    assert [(line["event"], line["address"], line.get("user")) for line in logged] == [
        ("sign_in.done", HERE.address, str(identity.user_id)),
        ("sign_in.refused", ELSEWHERE.address, None),
    ]
