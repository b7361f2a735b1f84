"""A person's authenticators: one or two, and never none."""

import asyncio
import uuid

import pytest

from sshauth.accounts.errors import (
    AccountError,
    ClockOff,
    ConfirmationNeeded,
    GoneAway,
    InvalidForm,
    LastAuthenticator,
    SignInRefused,
    TooManyAuthenticators,
    WrongCode,
)
from sshauth.db.tables import Authenticator
from tests.accounts.people import ELSEWHERE, HERE, Person, World
from tests.support.secrets import note

TOLD = ["You were signed out: authenticators were changed in another session."]


async def new_phone(ada: Person) -> Person:
    """Begin a new authenticator of the same account, on another phone."""
    enrolment = await ada.world.accounts.authenticators.begin(ada.identity)
    note(enrolment.secret)
    return Person(ada.world, enrolment)


async def add(ada: Person, phone: Person, name: str = "Tablet", code: str | None = None) -> None:
    await ada.world.accounts.authenticators.add(
        ada.identity, phone.enrolment, name, phone.code() if code is None else code, HERE
    )


async def replace(
    ada: Person, phone: Person, old_id: uuid.UUID, name: str = "New phone", code: str | None = None
) -> None:
    await ada.world.accounts.authenticators.replace(
        ada.identity, phone.enrolment, old_id, name, phone.code() if code is None else code, HERE
    )


async def names(ada: Person) -> list[str]:
    return [each.name for each in await ada.world.accounts.authenticators.all(ada.identity)]


async def only_one(ada: Person) -> uuid.UUID:
    (one,) = await ada.world.accounts.authenticators.all(ada.identity)
    return one.id


async def confirmed(world: World) -> Person:
    ada = await world.register()
    await ada.confirm_it_is_me()
    return ada


async def test_the_first_has_a_name(world: World) -> None:
    """Everybody has one from registering."""
    ada = await world.register()
    (one,) = await world.accounts.authenticators.all(ada.identity)
    assert (one.name, one.created_at) == ("First authenticator", await created_at(world))


async def created_at(world: World) -> object:
    (row,) = await world.rows(Authenticator)
    return row.created_at


async def test_each_step_needs_a_confirmation(world: World) -> None:
    """Row 19: also the last one, when scanning took longer than five minutes."""
    ada = await world.register()
    one = await only_one(ada)
    with pytest.raises(ConfirmationNeeded):
        await world.accounts.authenticators.begin(ada.identity)
    await ada.confirm_it_is_me()
    phone = await new_phone(ada)
    world.wait(300)
    for change in (
        add(ada, phone),
        replace(ada, phone, one),
        world.accounts.authenticators.remove(ada.identity, one, HERE),
    ):
        with pytest.raises(ConfirmationNeeded):
            await change
    assert await names(ada) == ["First authenticator"]


async def test_the_page_that_sets_a_new_one_drops_nothing(world: World) -> None:
    """Row 12: opening it, and a wrong first code, leave the old one as it was."""
    ada = await confirmed(world)
    one = await only_one(ada)
    phone = await new_phone(ada)
    with pytest.raises(WrongCode):
        await replace(ada, phone, one, code=phone.wrong_code())
    with pytest.raises(ClockOff):
        await replace(ada, phone, one, code=phone.code(5))
    assert len(await world.rows(Authenticator)) == 1
    await ada.sign_in()


async def test_the_first_code_of_the_new_one_replaces_the_old(world: World) -> None:
    """Row 12: from then on the old one signs nobody in; the new one's first code is used up."""
    ada = await confirmed(world)
    phone = await new_phone(ada)
    await replace(ada, phone, await only_one(ada))
    assert await names(ada) == ["New phone"]
    with pytest.raises(AccountError):
        await phone.sign_in()
    world.wait(30)
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    await phone.sign_in()


async def test_a_second_one_stands_beside_the_first(world: World) -> None:
    """Both sign in, each with its own codes."""
    ada = await confirmed(world)
    phone = await new_phone(ada)
    await add(ada, phone)
    assert await names(ada) == ["First authenticator", "Tablet"]
    world.wait(30)
    await ada.sign_in()
    await phone.sign_in()


async def test_there_is_no_third(world: World) -> None:
    """Also when two are added at once."""
    ada = await confirmed(world)
    phones = [await new_phone(ada) for _ in range(3)]
    results = await asyncio.gather(*(add(ada, phone) for phone in phones), return_exceptions=True)
    assert [type(result) for result in results if result] == 2 * [TooManyAuthenticators]
    assert len(await names(ada)) == 2


async def test_one_of_two_is_removed_and_the_last_never(world: World) -> None:
    """Also when both are removed at once."""
    ada = await confirmed(world)
    phone = await new_phone(ada)
    await add(ada, phone)
    remove = world.accounts.authenticators.remove
    both = await world.accounts.authenticators.all(ada.identity)
    results = await asyncio.gather(
        *(remove(ada.identity, each.id, HERE) for each in both), return_exceptions=True
    )
    assert [type(result) for result in results if result] == [LastAuthenticator]
    with pytest.raises(LastAuthenticator):
        await remove(ada.identity, await only_one(ada), HERE)


async def test_what_is_not_there_is_neither_removed_nor_replaced(world: World) -> None:
    """Nor is somebody else's: nothing changes."""
    ada = await confirmed(world)
    await add(ada, await new_phone(ada))
    theirs = await only_one(await world.register(user_name="babbage", email="babbage@example.org"))
    await ada.confirm_it_is_me()
    for gone in (uuid.uuid4(), theirs):
        with pytest.raises(GoneAway):
            await world.accounts.authenticators.remove(ada.identity, gone, HERE)
        with pytest.raises(GoneAway):
            await replace(ada, await new_phone(ada), gone)
    assert await names(ada) == ["First authenticator", "Tablet"]
    assert len(await world.rows(Authenticator)) == 3


@pytest.mark.parametrize("name", ["", " ", "x" * 33, "phone\u202e", "a\u200bb", "\x1b[2J"])
async def test_its_name_is_shown_as_it_is_or_refused(world: World, name: str) -> None:
    """Row 26: nothing that hides or turns text."""
    ada = await confirmed(world)
    with pytest.raises(InvalidForm) as refused:
        await add(ada, await new_phone(ada), name)
    assert set(refused.value.problems) == {"name"}


async def test_each_change_ends_every_other_session_and_not_this_one(world: World) -> None:
    """Row 17: the others are told within one beat, on another node."""
    ada = await world.register()
    for step in ("add", "replace", "remove"):
        other = await ada.sign_in_elsewhere()
        await ada.confirm_it_is_me()
        newest = (await world.accounts.authenticators.all(ada.identity))[-1].id
        if step == "add":
            await add(ada, await new_phone(ada))
        elif step == "replace":
            await replace(ada, await new_phone(ada), newest)
        else:
            await world.accounts.authenticators.remove(ada.identity, newest, HERE)
        assert await other.told() == TOLD, step
        assert [row.id for row in await world.live()] == [ada.identity.session_id]


async def test_each_change_is_written_down_and_mailed(world: World) -> None:
    """Row 19; the mail names the authenticator, the audit log does not."""
    ada = await confirmed(world)
    await add(ada, await new_phone(ada))
    newest = (await world.accounts.authenticators.all(ada.identity))[-1].id
    await replace(ada, await new_phone(ada), newest)
    newest = (await world.accounts.authenticators.all(ada.identity))[-1].id
    await world.accounts.authenticators.remove(ada.identity, newest, HERE)
    kinds = ["authenticator-added", "authenticator-replaced", "authenticator-removed"]
    assert await world.kinds_mailed() == kinds
    assert (await world.audited())[-3:] == kinds
    for letter, name in zip(await world.letters(), ("Tablet", "New phone", "New phone"), strict=True):
        assert letter is not None
        assert name in letter.content.text


async def test_a_stolen_session_without_the_phone_changes_nothing(world: World) -> None:
    """An ended session cannot begin either."""
    ada = await confirmed(world)
    other = await ada.sign_in_elsewhere()
    await other.accounts.sessions.end_others(other.identity, ELSEWHERE)
    with pytest.raises(GoneAway):
        await world.accounts.authenticators.begin(ada.identity)


async def test_a_sign_in_by_the_old_one_during_the_replacement_is_out_after_it(world: World) -> None:
    """Row 17: before or after the change, never between."""
    ada = await confirmed(world)
    one, phone = await only_one(ada), await new_phone(ada)
    await asyncio.gather(ada.sign_in(), replace(ada, phone, one), return_exceptions=True)
    assert [row.id for row in await world.live()] == [ada.identity.session_id]
