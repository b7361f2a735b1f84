"""Changing SECRET_KEY node by node: codes, limits and known sources hold on all of them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sshauth.accounts.bundle import Accounts
from sshauth.accounts.entrance import Entrance, EntrancePolicy
from sshauth.accounts.errors import ResetCodeWrong, SignInRefused, TooManyTries, TooManyUnfinished
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.mailed_codes import MailedCodes, Subject
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.throttle import Delay, Limit, Reservation, Throttles
from sshauth.db.tables import KnownSource, Throttle
from tests.accounts.inviting import GRACE, mail_invitation
from tests.accounts.people import (
    ELSEWHERE,
    HERE,
    MAILED_CODE,
    NEW_PASSWORD,
    SECRET_KEY,
    World,
    form,
)

OLD, NEW = SECRET_KEY, "the secret key that comes after that of the tests"
STEPS = ((OLD,), (OLD, NEW), (NEW, OLD), (NEW,))
"""What a node holds, from the first step of a change to the last. All are at the same step or the next."""


def node(world: World, step: int) -> Accounts:
    """Give the use cases of a node that is so far."""
    return world.another_node(f"node/{step}", lambda: STEPS[step])


async def code_from(world: World, accounts: Accounts) -> str:
    """Give the code of the newest mail, as a node sends it."""
    mails = replace(world.mails, mailed_codes=accounts.mailed_codes)
    letters = [await mails.write(mail) for mail in await world.mailed()]
    found = [MAILED_CODE.search(letter.content.text) for letter in letters if letter]
    return next(each[0] for each in reversed(found) if each)


@pytest.mark.parametrize("sends", range(4))
@pytest.mark.parametrize("takes", range(4))
async def test_a_code_works_on_nodes_that_are_a_step_apart(world: World, sends: int, takes: int) -> None:
    """Whichever sent the mail; two steps apart there is no common key that is in force."""
    ada = await world.register()
    await node(world, sends).reset.request("ada", HERE)
    code = await code_from(world, node(world, sends))
    world.accounts = node(world, takes)
    if STEPS[sends][0] in STEPS[takes]:
        await ada.reset(code)
        world.wait(30)
        await ada.sign_in(password=NEW_PASSWORD)
    else:
        assert abs(sends - takes) > 1
        with pytest.raises(ResetCodeWrong):
            await ada.reset(code)


@pytest.mark.parametrize(
    ("invites", "sends", "takes"), [(1, 2, 1), (1, 2, 2), (2, 1, 1), (2, 1, 2), (2, 2, 3)]
)
async def test_an_invitation_works_whoever_sent_it(
    world: World, invites: int, sends: int, takes: int
) -> None:
    """The row says by which key it is found: the mail has the code of the same."""
    world.use(mail_goes_out=True, entrance=EntrancePolicy(Entrance.INVITE))
    world.accounts = node(world, invites)
    await mail_invitation(world)
    code = await code_from(world, node(world, sends))
    enrolment = await node(world, takes).registration.begin(form(email=GRACE, invitation=code), HERE)
    assert enrolment.address_confirmed


LIMIT = Limit("three", 3, timedelta(hours=1))
PATIENCE = Delay("wait", 1, timedelta(hours=1), timedelta(days=1), "tries")
NEXT_TO_EACH_OTHER = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3)]


def throttles(step: int) -> Throttles:
    """Give the counters of a node that is so far."""
    return Throttles(KeyedHash.under(lambda: STEPS[step], "throttle"))


async def try_once(world: World, step: int, rule: Limit | Delay = LIMIT) -> list[Reservation]:
    async with world.database.transaction() as session:
        return await throttles(step).reserve(session, world.now, (rule, "ada"))


@pytest.mark.parametrize(("one", "other"), NEXT_TO_EACH_OTHER)
async def test_a_limit_holds_on_nodes_that_are_a_step_apart(world: World, one: int, other: int) -> None:
    """Three tries in all, and not three each."""
    for step in (one, other, one):
        await try_once(world, step)
    for step in (one, other):
        with pytest.raises(TooManyTries):
            await try_once(world, step)


async def test_a_limit_outlives_the_change(world: World) -> None:
    """What was counted since nodes knew the new key is counted still when the old one is gone."""
    await try_once(world, 1)
    await try_once(world, 2)
    await try_once(world, 3)
    with pytest.raises(TooManyTries):
        await try_once(world, 3)


async def test_a_refused_try_is_counted_nowhere(world: World) -> None:
    """Where one of the two counters is used up, the other stays as it was."""
    for _ in range(3):
        await try_once(world, 3)
    async with world.database.transaction() as session:
        with pytest.raises(TooManyTries):
            await throttles(1).reserve(session, world.now, (LIMIT, "ada"))
    assert sorted(row.tries for row in await world.rows(Throttle)) == [0, 3]


@pytest.mark.parametrize("rule", [LIMIT, PATIENCE])
async def test_what_is_given_back_or_cleared_is_so_everywhere(world: World, rule: Limit | Delay) -> None:
    """Under both keys."""
    reserved = await try_once(world, 2, rule)
    assert [row.tries for row in await world.rows(Throttle)] == [1, 1]
    async with world.database.transaction() as session:
        await throttles(2).give_back(session, *reserved)
    assert [row.tries for row in await world.rows(Throttle)] == [0, 0]
    (again,) = await try_once(world, 2, rule)
    async with world.database.transaction() as session:
        await throttles(2).clear(session, again)
    assert [row.tries for row in await world.rows(Throttle)] == [0, 0]


async def test_two_at_once_with_the_keys_the_other_way_round_do_not_block_each_other(world: World) -> None:
    """They take the rows in one order."""
    rule = replace(LIMIT, tries=1000)
    for _ in range(10):
        await asyncio.gather(*(try_once(world, step, rule) for step in (1, 2, 1, 2)))
    assert [row.tries for row in await world.rows(Throttle)] == [40, 40]


async def test_known_sources_stay_known(world: World) -> None:
    """Who signs in during the change is known afterwards, too, and their row is one; a stranger is none."""
    ada = await world.register()
    for step in range(4):
        world.accounts = node(world, step)
        await ada.sign_in()
        world.wait(30)
    assert MailKind.NEW_SOURCE not in await world.kinds_mailed()
    assert len(await world.rows(KnownSource)) == 1
    await ada.sign_in(peer=ELSEWHERE)
    assert (await world.kinds_mailed())[-1] == MailKind.NEW_SOURCE


@pytest.mark.parametrize(("one", "other"), NEXT_TO_EACH_OTHER)
async def test_the_wait_of_a_known_source_holds_on_nodes_that_are_a_step_apart(
    world: World, one: int, other: int
) -> None:
    """It is the same place for both, whatever key it was written under."""
    ada = await world.register()
    world.accounts = node(world, one)
    await ada.sign_in()
    world.wait(30)
    for step in (one, other, one):
        with pytest.raises(SignInRefused):
            await node(world, step).sign_in("ada", "a wrong password", ada.code(), HERE)
    for step in (one, other):
        with pytest.raises(TooManyTries):
            await node(world, step).sign_in("ada", "a wrong password", ada.code(), HERE)


async def test_unfinished_registrations_are_counted_on_both_sides(world: World) -> None:
    """Three a source."""
    world.use(registrations_unfinished=3)
    for number, step in enumerate((1, 2, 1)):
        await node(world, step).registration.begin(
            form(user_name=f"user{number}", email=f"{number}@example.org"), HERE
        )
    for step in (1, 2):
        with pytest.raises(TooManyUnfinished):
            await node(world, step).registration.begin(form(), HERE)
    await node(world, 2).registration.begin(form(), ELSEWHERE)


def test_a_code_is_found_on_its_shelf_whatever_key_it_was_made_under() -> None:
    """One that is on no shelf is what is made now."""
    subject = Subject("x", ("y",))
    both, old, new = MailedCodes.under(lambda: STEPS[2]), MailedCodes.under(OLD), MailedCodes.under(NEW)
    for codes in (old, new):
        code = codes.code_for(subject)
        assert both.code_on(codes.shelf_of(code), subject) == code
        assert codes.shelf_of(code) in both.shelves_of(code)
    assert both.code_on("nowhere", subject) == new.code_for(subject)
    assert OLD not in repr(both)
