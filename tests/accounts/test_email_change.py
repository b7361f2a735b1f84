"""Changing one's email address."""

import asyncio

import pytest

from sshauth.accounts.errors import (
    ConfirmationCodeWrong,
    ConfirmationNeeded,
    GoneAway,
    InvalidForm,
    TooManyTries,
)
from sshauth.db.tables import EmailChangeRequest, ResetRequest
from tests.accounts.people import ELSEWHERE, HERE, Person, World

NEW = "augusta@example.org"
WRONG = "0000-0000-0000-0000"


@pytest.fixture
def mailing(world: World) -> World:
    """Give the world with a mail server."""
    world.use(mail_goes_out=True)
    return world


async def request(ada: Person, email: str = NEW) -> None:
    await ada.world.accounts.email_change.request(ada.identity, email, HERE)


async def confirm(ada: Person, code: str) -> None:
    await ada.world.accounts.email_change.confirm(ada.identity, code, HERE)


async def confirmed(world: World) -> Person:
    ada = await world.register()
    await ada.confirm_it_is_me()
    return ada


async def test_the_code_goes_to_the_new_address_and_changes_it(mailing: World) -> None:
    """Until then the old one stands."""
    ada = await confirmed(mailing)
    assert mailing.accounts.email_change.needs_code
    await request(ada)
    mails = [letter.to for letter in await mailing.letters() if letter]
    assert mails[-1] == NEW
    assert (await mailing.user()).email == "ada@example.org"
    await confirm(ada, await mailing.mailed_code())
    assert (await mailing.user()).email == NEW
    await ada.sign_in(login=NEW.upper())
    assert await mailing.rows(EmailChangeRequest) == []


async def test_both_addresses_are_told(mailing: World) -> None:
    """Row 19: the old one too, also when the account is deleted right after."""
    ada = await confirmed(mailing)
    await request(ada)
    await confirm(ada, await mailing.mailed_code())
    told = [letter.to for letter in await mailing.letters() if letter]
    assert sorted(told[-2:]) == ["ada@example.org", NEW]
    await mailing.accounts.security.delete_account(ada.identity, "ada", HERE)
    told = [letter.to for letter in await mailing.letters() if letter]
    assert "ada@example.org" in told


async def test_without_mail_it_is_changed_at_once(world: World) -> None:
    """Nobody could confirm it; that it has an account is said."""
    ada = await confirmed(world)
    await world.register(user_name="babbage", email="babbage@example.org")
    assert not world.accounts.email_change.needs_code
    with pytest.raises(InvalidForm) as refused:
        await request(ada, "BABBAGE@example.org")
    assert refused.value.problems == {"email": "That email address has an account already."}
    await request(ada)
    assert (await world.user()).email == NEW
    assert "email-changed" in await world.audited()


async def test_it_needs_a_confirmation(world: World) -> None:
    """Row 19, with mail and without."""
    ada = await world.register()
    for mail_goes_out in (False, True):
        world.use(mail_goes_out=mail_goes_out)
        with pytest.raises(ConfirmationNeeded):
            await request(ada)
    assert await world.rows(EmailChangeRequest) == []


async def test_every_other_session_ends_and_this_one_stays(mailing: World) -> None:
    """Row 17: not by asking, but by the code; told within one beat, on another node."""
    ada = await mailing.register()
    other = await ada.sign_in_elsewhere()
    await ada.confirm_it_is_me()
    await request(ada)
    assert await other.told() == []
    await confirm(ada, await mailing.mailed_code())
    assert await other.told() == ["You were signed out: the email address was changed in another session."]
    assert [row.id for row in await mailing.live()] == [ada.identity.session_id]


async def test_a_reset_to_the_old_address_dies(mailing: World) -> None:
    """Whoever reads the old address cannot use a code mailed there before."""
    ada = await confirmed(mailing)
    await mailing.accounts.reset.request("ada", HERE)
    await request(ada)
    await confirm(ada, await mailing.mailed_code())
    assert await mailing.rows(ResetRequest) == []


@pytest.mark.parametrize(
    "email", ["", "nowhere", "ada@example.org", "ADA@EXAMPLE.ORG", "a@b.org\nBcc: x@y.org"]
)
async def test_what_is_no_new_address_is_refused(mailing: World, email: str) -> None:
    """The present one in any case, too."""
    ada = await confirmed(mailing)
    with pytest.raises(InvalidForm) as refused:
        await request(ada, email)
    assert set(refused.value.problems) == {"email"}


async def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(mailing: World) -> None:
    """Row 5: no code exists for who asks."""
    ada = await confirmed(mailing)
    await mailing.register(user_name="babbage", email="babbage@example.org")
    before = len(await mailing.mailed())
    await request(ada, "babbage@example.org")
    (told,) = (await mailing.letters())[before:]
    assert told is not None
    assert told.to == "babbage@example.org"
    with pytest.raises(AssertionError, match="no code"):
        await mailing.mailed_code()
    with pytest.raises(ConfirmationCodeWrong):
        await confirm(ada, WRONG)


async def test_an_address_that_got_an_account_meanwhile_is_said(mailing: World) -> None:
    """Only to who has shown that it is theirs; the database decides."""
    ada = await confirmed(mailing)
    await request(ada)
    code = await mailing.mailed_code()
    await mailing.register(user_name="augusta", email=NEW)
    with pytest.raises(InvalidForm) as refused:
        await confirm(ada, code)
    assert refused.value.problems == {"email": "That email address has an account already."}
    assert (await mailing.user()).email == "ada@example.org"


async def test_a_later_request_kills_the_code(mailing: World) -> None:
    """Row 14: also one for the same address; and without a request no code is right."""
    ada = await confirmed(mailing)
    with pytest.raises(ConfirmationCodeWrong):
        await confirm(ada, WRONG)
    await request(ada)
    first = await mailing.mailed_code()
    await request(ada)
    with pytest.raises(ConfirmationCodeWrong) as refused:
        await confirm(ada, first)
    assert refused.value.field == "mail_code"
    await confirm(ada, await mailing.mailed_code())


async def test_a_code_works_for_ten_minutes(mailing: World) -> None:
    """Row 14; and a mail that waits longer says nothing any more."""
    ada = await confirmed(mailing)
    await request(ada)
    code = await mailing.mailed_code()
    mailing.wait(601)
    with pytest.raises(ConfirmationCodeWrong):
        await confirm(ada, code)
    assert (await mailing.letters())[-1] is None


async def test_one_code_changes_the_address_once(mailing: World) -> None:
    """Row 14: of ten tries at once one succeeds, and mails are sent for one."""
    ada = await confirmed(mailing)
    await request(ada)
    code = await mailing.mailed_code()
    results = await asyncio.gather(*(confirm(ada, code) for _ in range(10)), return_exceptions=True)
    assert [type(result) for result in results if result] == 9 * [ConfirmationCodeWrong]
    assert (await mailing.kinds_mailed()).count("email-changed") == 2


async def test_wrong_codes_are_counted_by_source(mailing: World) -> None:
    """Row 14: ten in 15 minutes, together with those of registering; they void nothing."""
    ada = await confirmed(mailing)
    await request(ada)
    code = await mailing.mailed_code()
    for _ in range(10):
        with pytest.raises(ConfirmationCodeWrong):
            await confirm(ada, WRONG)
    with pytest.raises(TooManyTries):
        await confirm(ada, code)
    await mailing.accounts.email_change.confirm(ada.identity, code, ELSEWHERE)


async def test_a_session_that_has_ended_confirms_nothing(mailing: World) -> None:
    """Not even with the right code."""
    ada = await confirmed(mailing)
    other = await ada.sign_in_elsewhere()
    await request(ada)
    code = await mailing.mailed_code()
    await other.accounts.sessions.end_others(other.identity, ELSEWHERE)
    with pytest.raises(GoneAway):
        await confirm(ada, code)
    assert (await mailing.user()).email == "ada@example.org"


async def test_nobody_uses_up_the_mail_of_the_site_by_it(mailing: World) -> None:
    """Row 27: an account asks five times an hour, whatever the addresses; resets of others still go out."""
    mailing.use(mails_an_hour=8)
    ada = await confirmed(mailing)
    await mailing.register(user_name="babbage", email="babbage@example.org")
    for number in range(5):
        await request(ada, f"stranger{number}@example.org")
    with pytest.raises(TooManyTries, match="Too many changes of address"):
        await request(ada, "another@example.org")
    await mailing.accounts.reset.request("babbage", HERE)
    assert (await mailing.kinds_mailed())[-1] == "reset-code"


async def test_without_mail_it_does_not_tell_for_long_which_addresses_have_accounts(world: World) -> None:
    """Row 27: five answers an hour."""
    ada = await confirmed(world)
    await world.register(user_name="babbage", email="babbage@example.org")
    for _ in range(5):
        with pytest.raises(InvalidForm):
            await request(ada, "babbage@example.org")
    with pytest.raises(TooManyTries):
        await request(ada, "babbage@example.org")


async def test_an_address_gets_two_such_mails_an_hour(mailing: World) -> None:
    """Row 27: the third is not sent, and the answer is the same; the code already sent stays good."""
    ada = await confirmed(mailing)
    for _ in range(4):
        await request(ada)
    assert (await mailing.kinds_mailed()).count("confirm-new-address") == 2
    await mailing.accounts.email_change.confirm(ada.identity, await mailing.mailed_code(), HERE)
