"""Clocks that jump by an hour, either way: nobody is kept out for good, and no code is accepted twice."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from sshauth.accounts.bundle import Accounts
from sshauth.accounts.errors import AccountError, CodeAlreadyUsed, ConfirmationNeeded, SignInRefused
from sshauth.accounts.peer import Identity
from sshauth.accounts.session_watch import HOLD_AFTER
from tests.accounts.people import ELSEWHERE, HERE, NEW_PASSWORD, PASSWORD, Person, SessionElsewhere, World
from tests.accounts.test_upkeep import pass_time

HOUR = timedelta(hours=1)

jumps = pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["ahead", "back"])


async def refused(doing: Awaitable[object]) -> AccountError:
    """Give why something was refused."""
    with pytest.raises(AccountError) as error:
        await doing
    return error.value


@jumps
async def test_no_code_is_accepted_twice(world: World, jump: timedelta) -> None:
    """Neither while the clock is wrong, nor after it was put right; the same moments come twice."""
    ada = await world.register()
    used = [ada.code()]
    await ada.sign_in()
    for moved in (jump, -jump):
        world.now += moved
        world.wait(30)
        for code in used:
            assert isinstance(await refused(ada.sign_in(code=code)), SignInRefused | CodeAlreadyUsed)
    # Those that were never used, and are no longer of now, are as dead as before.
    world.wait(600)
    used.append(ada.code())
    await ada.sign_in()
    for moved in (jump, -jump):
        world.now += moved
        assert isinstance(
            await refused(ada.sign_in(code=used[-1], peer=ELSEWHERE)), SignInRefused | CodeAlreadyUsed
        )


async def test_a_clock_that_is_back_for_an_hour_takes_no_code_of_the_hour_before(world: World) -> None:
    """Who has watched somebody type for an hour has nothing for the hour that comes again."""
    ada = await world.register()
    watched = []
    for _ in range(10):
        watched.append(ada.code())
        await ada.sign_in()
        world.wait(360)
    world.now -= HOUR
    for number, code in enumerate(watched):
        await refused(ada.sign_in(code=code, peer=ELSEWHERE if number % 2 else HERE))
        world.wait(360)
    # A window that was begun by the other clock may be open for a while.
    world.wait(20 * 60)
    await ada.sign_in()


@jumps
async def test_who_signs_in_while_the_clock_is_wrong_signs_in_again_when_it_is_right(
    world: World, jump: timedelta
) -> None:
    """Their authenticator went with the clock: a phone that was wrong by the same, or this machine itself."""
    ada = await world.register()
    world.now += jump
    if jump > timedelta(0):
        await ada.sign_in()
    world.now -= jump
    world.wait(60)
    if jump > timedelta(0):
        # The steps of the hour ahead are used up: until it is over, and not for longer.
        await refused(ada.sign_in())
        world.now += HOUR
    await ada.sign_in()


@jumps
async def test_who_was_held_up_is_so_for_an_hour_more_at_most(world: World, jump: timedelta) -> None:
    """A wait that was counted by a wrong clock ends; no permanent lock."""
    ada = await world.register()
    world.now += jump
    for _ in range(12):
        await refused(ada.sign_in(password="a wrong password", peer=ELSEWHERE))
        world.wait(1)
    world.now -= jump
    world.wait(HOUR.total_seconds() + 20 * 60)
    await ada.sign_in(peer=ELSEWHERE)


@jumps
async def test_a_reset_can_be_asked_for_and_used(world: World, jump: timedelta) -> None:
    """A code that expired by the jump is asked for once more."""
    ada = await world.register()
    await world.accounts.reset.request("ada", HERE)
    world.now += jump
    await world.accounts.upkeep.once()
    await world.accounts.reset.request("ada", HERE)
    await ada.reset(await world.mailed_code(), code=ada.recovery_codes[0])
    world.now -= jump
    world.wait(HOUR.total_seconds())
    await ada.sign_in(password=NEW_PASSWORD)


@jumps
async def test_nobody_is_taken_for_lost(world: World, jump: timedelta) -> None:
    """Neither on the node whose clock jumps, nor on the others."""
    ada = await world.register()
    here = SessionElsewhere(world.accounts, ada.identity, HERE)
    there = await ada.sign_in_elsewhere()
    await pass_time(world, 150, world.accounts, there.accounts)
    world.now += jump
    await pass_time(world, 300, world.accounts, there.accounts)
    assert len(await world.live()) == 2
    assert here.heard == there.heard == []


def with_wrong_clock(world: World, off: timedelta) -> Accounts:
    """Give another node, which goes by a clock of its own."""
    right = world.clock
    world.clock = lambda: right() + off  # type: ignore[method-assign]  # for the node made now
    accounts = world.another_node("wrong/1")
    world.clock = right  # type: ignore[method-assign]  # for all others it is as before
    return accounts


async def sign_in_with_wrong_clock(accounts: Accounts, ada: Person, off: timedelta) -> Identity:
    """Sign in there, with an authenticator whose clock is as wrong."""
    code = ada.code(round(off.total_seconds() / 30))
    identity = await accounts.sign_in("ada", PASSWORD, code, ELSEWHERE)
    ada.world.wait(30)
    return identity


@jumps
async def test_a_node_whose_clock_is_wrong_for_good_loses_nobody(world: World, jump: timedelta) -> None:
    """It takes the others for alive, and they take it so; whoever dies is noticed all the same."""
    ada = await world.register()
    world.now += HOUR  # whatever was accepted so far is behind either clock
    wrong = with_wrong_clock(world, jump)
    here = SessionElsewhere(world.accounts, ada.identity, HERE)
    there = SessionElsewhere(wrong, await sign_in_with_wrong_clock(wrong, ada, jump), ELSEWHERE)
    await pass_time(world, 600, world.accounts, wrong)
    assert len(await world.live()) == 2
    assert here.heard == there.heard == []
    await pass_time(world, 120, wrong)
    assert [row.id for row in await world.live()] == [there.identity.session_id]


async def test_a_confirmation_is_not_good_for_an_hour(world: World) -> None:
    """Where the clock was put back after it."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    await world.accounts.security.remake_recovery_codes(ada.identity, HERE)
    world.now -= HOUR
    with pytest.raises(ConfirmationNeeded):
        await world.accounts.security.remake_recovery_codes(ada.identity, HERE)


async def test_people_are_held_by_a_clock_that_was_put_back_too(world: World) -> None:
    """Row 17: a minute after the database was lost, and not an hour and a minute."""
    ada = await world.register()
    here = SessionElsewhere(world.accounts, ada.identity, HERE)
    watch = world.accounts.watch
    await watch.beat()
    world.now -= HOUR
    watch._failed(ConnectionError())
    world.now += HOLD_AFTER
    watch._failed(ConnectionError())
    await asyncio.gather(*watch._telling)
    assert here.heard == ["lost"]
