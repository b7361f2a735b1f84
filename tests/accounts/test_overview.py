"""What a person is told of their account when they come in."""

import pytest
from sqlalchemy import delete

from sshauth.accounts.errors import AccountError, GoneAway
from sshauth.accounts.overview import Overview
from sshauth.db.tables import SessionRow
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD, Person, World, with_key


async def overview(ada: Person) -> Overview:
    return await ada.world.accounts.overview(ada.identity, HERE)


async def fail(ada: Person, times: int) -> None:
    """Have a stranger fail to sign in."""
    for _ in range(times):
        ada.world.wait(20 * 60)
        with pytest.raises(AccountError):
            await ada.world.accounts.sign_in(ada.user_name, "wrong password", "000000", ELSEWHERE)


async def come_back(ada: Person) -> None:
    """Sign in anew, a while later."""
    ada.world.wait(20 * 60)
    ada.identity = await ada.sign_in()


async def test_at_first_there_is_nothing_to_worry_about(world: World) -> None:
    """One session, all codes, no key."""
    ada = await world.register()
    assert await overview(ada) == Overview(
        first_name="Ada",
        recovery_codes_left=10,
        recovery_codes_kept=False,
        failures=0,
        keys=0,
        this_key=False,
        live_sessions=1,
        by_recovery_code=False,
        clock_is_ahead=False,
    )


@pytest.mark.parametrize("written", [False, True])
async def test_failures_since_the_last_time_are_counted(world: World, written: bool) -> None:
    """Those that upkeep has written down, and those of the present minute; older ones were told before."""
    ada = await world.register()
    await fail(ada, 1)
    await come_back(ada)
    assert (await overview(ada)).failures == 1
    await come_back(ada)
    assert (await overview(ada)).failures == 0
    await fail(ada, 2)
    if written:
        world.wait(120)
        await world.accounts.upkeep.once()
    await come_back(ada)
    assert (await overview(ada)).failures == 2


async def test_keys_and_sessions_are_counted(world: World) -> None:
    """And whether the key of this connection is one of them."""
    ada = await world.register()
    known = with_key()
    await world.accounts.sign_in("ada", PASSWORD, ada.code(), known, remember_key=True)
    here = await world.accounts.overview(ada.identity, HERE)
    there = await world.accounts.overview(ada.identity, known)
    assert (here.keys, here.this_key, here.live_sessions) == (1, False, 2)
    assert (there.keys, there.this_key) == (1, True)


async def test_a_clock_that_runs_ahead_is_noticed(world: World) -> None:
    """Before its codes are refused. One that was typed slowly says nothing."""
    ada = await world.register()
    ada.identity = await ada.sign_in(code=ada.code(steps=1))
    assert (await overview(ada)).clock_is_ahead
    world.wait(60)
    await world.accounts.confirmation(ada.identity, PASSWORD, ada.code(), HERE)
    assert not (await overview(ada)).clock_is_ahead
    world.wait(30)
    ada.identity = await ada.sign_in(code=ada.code(steps=0))
    assert not (await overview(ada)).clock_is_ahead


async def test_who_came_with_a_recovery_code_is_known(world: World) -> None:
    """Until they come back with the phone."""
    ada = await world.register()
    ada.identity = await ada.sign_in(code=ada.recovery_codes[0])
    assert (await overview(ada)).by_recovery_code
    await come_back(ada)
    assert not (await overview(ada)).by_recovery_code


async def test_what_is_gone_has_no_overview(world: World) -> None:
    """The account or the session may have been deleted a moment ago."""
    ada = await world.register()
    async with world.database.transaction() as session:
        await session.execute(delete(SessionRow))
    with pytest.raises(GoneAway):
        await overview(ada)


@pytest.mark.parametrize("theme", ["light", ""])
async def test_colours_are_kept_with_the_account(world: World, theme: str) -> None:
    """The next sign-in brings them; nothing is asked for that."""
    ada = await world.register()
    await world.accounts.security.choose_theme(ada.identity, "dark")
    await world.accounts.security.choose_theme(ada.identity, theme)
    await come_back(ada)
    assert ada.identity.theme == theme
