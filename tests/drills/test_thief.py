"""A thief with the password, but no phone: for an hour they try as fast as they may."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest

from sshauth.accounts.errors import AccountError, TooManyTries
from sshauth.accounts.peer import Peer
from tests.accounts.people import HERE, NEW_PASSWORD, PASSWORD, Person, World


@dataclass(frozen=True)
class Try:
    """What a thief sees of a try: when it was made, and what it said."""

    after: timedelta
    error: type[AccountError]
    words: str
    wait: timedelta | None


async def an_hour_of_tries(victim: Person, password: str) -> list[Try]:
    """Try as fast as the answers allow, each time from somewhere else and with another code."""
    world, began, seen = victim.world, victim.world.now, list[Try]()
    for number in count():
        after = world.now - began
        if after > timedelta(hours=1):
            return seen
        with pytest.raises(AccountError) as refused:
            await victim.sign_in(
                password=password, code=victim.wrong_code(), peer=Peer(f"10.0.{number % 256}.1")
            )
        error = refused.value
        wait = error.wait if isinstance(error, TooManyTries) else None
        seen.append(Try(after, type(error), error.message, wait))
        world.now += wait or timedelta(0)
    raise AssertionError("an hour ends")


async def test_a_thief_with_the_password_sees_what_one_without_it_sees(world: World) -> None:
    """Try by try the same words and waits, for an hour; neither is ever let in."""
    ada = await world.register()
    bob = await world.register(user_name="bob", email="bob@example.org")
    live = {row.id for row in await world.live()}
    began = world.now
    with_password = await an_hour_of_tries(ada, PASSWORD)
    world.now = began
    without_password = await an_hour_of_tries(bob, "a wrong password")
    assert with_password == without_password
    assert len([each for each in with_password if each.wait is None]) >= 12
    assert {row.id for row in await world.live()} == live


async def test_the_owner_is_mailed_signs_in_from_where_they_always_do_and_resets(world: World) -> None:
    """The thief holds up neither, and the new password makes what they have worthless."""
    ada = await world.register()
    await an_hour_of_tries(ada, PASSWORD)
    mailed = Counter(await world.kinds_mailed())
    assert mailed["wrong-codes"] >= 1
    assert mailed["codes-used-up"] >= 1
    await ada.sign_in()
    world.wait(30)
    await world.accounts.reset.request("ada", HERE)
    await ada.reset(await world.mailed_code())
    assert await world.live() == []
    world.wait(30)
    await ada.sign_in(password=NEW_PASSWORD)
    # From anywhere: the counters of codes belong to the password that the thief had.
    world.wait(15 * 60)
    await ada.sign_in(password=NEW_PASSWORD, peer=Peer("203.0.113.200"))
