"""Resetting a password."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from sshauth.accounts.errors import (
    AccountError,
    ClockOff,
    CodeAlreadyUsed,
    InvalidForm,
    ResetCodeWrong,
    SignInRefused,
    TooManyTries,
    WrongCode,
)
from sshauth.accounts.reset import ANSWER_AFTER
from tests.accounts.people import ELSEWHERE, HERE, NEW_PASSWORD, Person, World


@pytest.fixture
async def ada(world: World, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Give somebody with an account, and an impatient server."""
    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(0))
    return await world.register()


async def asked_for(world: World) -> str:
    """Ask for a reset and read the mail."""
    await world.reset.request("ada", HERE)
    return await world.mailed_code()


async def test_mailed_code_and_authenticator_set_a_new_password(world: World, ada: Person) -> None:
    """The old password is dead, the new one signs in, the authenticator is the same."""
    await ada.reset(await asked_for(world))
    world.wait(30)
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    await ada.sign_in(password=NEW_PASSWORD)


@pytest.mark.parametrize(
    "change",
    [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' ')} \n"],
)
async def test_the_code_is_forgiving_to_type(world: World, ada: Person, change: Callable[[str], str]) -> None:
    """Row 14: case, spaces and dashes do not matter."""
    await ada.reset(change(await asked_for(world)))


async def test_the_email_works_for_asking_and_for_changing(world: World, ada: Person) -> None:
    """Whoever forgot the user name types the address."""
    await world.reset.request("ADA@example.org", HERE)
    await ada.reset(await world.mailed_code(), login="ada@EXAMPLE.org")


async def test_nobody_learns_whether_an_account_exists(world: World) -> None:
    """Row 16: known and unknown are answered the same, at the same time; only one gets mail."""
    await world.register()
    for login, mails in (("nobody", 0), ("ada", 1)):
        began = time.monotonic()
        await world.reset.request(login, HERE)
        assert time.monotonic() - began >= ANSWER_AFTER.total_seconds()
        assert len(await world.mailed()) == mails
    assert world.mail_waiting.is_set()


@pytest.mark.usefixtures("ada")
async def test_the_outbox_holds_no_code(world: World) -> None:
    """Row 14: codes are derived when the mail is sent."""
    code = await asked_for(world)
    (mail,) = await world.mailed()
    assert code not in str(vars(mail))


async def test_the_code_works_once(world: World, ada: Person) -> None:
    """A second reset with the same code is refused."""
    code = await asked_for(world)
    await ada.reset(code)
    world.wait(30)
    with pytest.raises(ResetCodeWrong):
        await ada.reset(code)


async def test_ten_at_once_with_one_code_give_one_success(world: World, ada: Person) -> None:
    """However they interleave, one changes the password."""
    code = await asked_for(world)
    results = await asyncio.gather(*(ada.reset(code) for _ in range(10)), return_exceptions=True)
    assert results.count(None) == 1
    assert all(isinstance(result, AccountError) for result in results if result is not None)


async def test_the_code_dies_after_ten_minutes(world: World, ada: Person) -> None:
    """Row 14: ten minutes and no longer."""
    code = await asked_for(world)
    world.wait(599)
    with pytest.raises(WrongCode):
        await ada.reset(code, code="000000")
    world.wait(2)
    with pytest.raises(ResetCodeWrong):
        await ada.reset(code)


async def test_a_later_request_replaces_the_code(world: World, ada: Person) -> None:
    """Row 16: the newest code is the one that works."""
    old = await asked_for(world)
    world.wait(1)
    new = await asked_for(world)
    assert old != new
    with pytest.raises(ResetCodeWrong):
        await ada.reset(old)
    await ada.reset(new)


async def test_a_stranger_cannot_kill_the_code_just_sent(world: World, ada: Person) -> None:
    """Row 16: within two minutes a request from elsewhere sends the same code, no longer alive."""
    code = await asked_for(world)
    world.wait(119)
    await world.reset.request("ada", ELSEWHERE)
    assert await world.mailed_code() == code
    world.wait(482)
    with pytest.raises(ResetCodeWrong):
        await ada.reset(code)


@pytest.mark.usefixtures("ada")
async def test_after_two_minutes_a_request_from_elsewhere_replaces_it(world: World) -> None:
    """Row 16: then it is a later request like any other."""
    code = await asked_for(world)
    world.wait(121)
    await world.reset.request("ada", ELSEWHERE)
    assert await world.mailed_code() != code


async def test_a_code_is_for_one_account(world: World, ada: Person) -> None:
    """Somebody else's name with the code, or somebody without an account, is refused."""
    await world.register(user_name="eve", email="eve@example.org")
    code = await asked_for(world)
    for login in ("eve", "nobody"):
        with pytest.raises(ResetCodeWrong):
            await ada.reset(code, login=login)


async def test_without_the_authenticator_there_is_no_reset(world: World, ada: Person) -> None:
    """Row 15: wrong, used and distant codes are refused, and the password stays."""
    code = await asked_for(world)
    world.wait(120)
    await ada.sign_in(code=ada.code())
    for given, expected in (("", WrongCode), ("000000", WrongCode), (ada.code(), CodeAlreadyUsed)):
        with pytest.raises(expected):
            await ada.reset(code, code=given)
    with pytest.raises(ClockOff):
        await ada.reset(code, code=ada.code(4))
    world.wait(30)
    await ada.sign_in()


async def test_a_code_used_in_the_same_moment_does_not_reset(world: World, ada: Person) -> None:
    """The code is used up in the transaction that sets the password, or not at all."""
    reset_code, code = await asked_for(world), ada.code()
    results = await asyncio.gather(
        ada.sign_in(code=code), ada.reset(reset_code, code=code), return_exceptions=True
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1


async def test_five_wrong_codes_are_enough_for_a_request(world: World, ada: Person) -> None:
    """Row 15: then a new reset code is needed; a right code does not count."""
    code = await asked_for(world)
    for _ in range(5):
        with pytest.raises(WrongCode):
            await ada.reset(code, code="000000")
    with pytest.raises(TooManyTries) as refused:
        await ada.reset(code)
    assert refused.value.field == "code"
    await ada.reset(await asked_for(world))


async def test_twenty_five_wrong_codes_are_enough_for_a_day(world: World, ada: Person) -> None:
    """Row 15: over all requests of a day."""
    for _ in range(5):
        code = await asked_for(world)
        for _ in range(5):
            with pytest.raises(WrongCode):
                await ada.reset(code, code="000000")
    with pytest.raises(TooManyTries, match="hours"):
        await ada.reset(await asked_for(world))
    world.wait(timedelta(days=1).total_seconds())
    await ada.reset(await asked_for(world))


async def test_ten_wrong_reset_codes_are_enough_for_a_source(world: World, ada: Person) -> None:
    """Row 14: counted by source, in 15 minutes; the code itself stays good for its owner."""
    code = await asked_for(world)
    for number in range(10):
        with pytest.raises(ResetCodeWrong):
            await ada.reset(f"wrong {number}", peer=ELSEWHERE)
    with pytest.raises(TooManyTries, match=r"Too many wrong reset codes\. Try again in 15 minutes"):
        await ada.reset(code, peer=ELSEWHERE)
    await ada.reset(code)
    world.wait(timedelta(minutes=15).total_seconds())
    with pytest.raises(ResetCodeWrong):
        await ada.reset(code, peer=ELSEWHERE)


async def test_wrong_reset_codes_are_counted_before_they_are_checked(world: World, ada: Person) -> None:
    """Forty at once are not judged more often than ten one after the other."""
    await asked_for(world)
    results = await asyncio.gather(
        *(ada.reset(f"wrong {number}") for number in range(40)), return_exceptions=True
    )
    assert sum(isinstance(result, ResetCodeWrong) for result in results) == 10


async def test_right_reset_codes_are_not_counted(world: World, ada: Person) -> None:
    """Somebody who mistypes the authenticator's code does not run out of reset codes."""
    for _ in range(4):
        code = await asked_for(world)
        for _ in range(4):
            with pytest.raises(WrongCode):
                await ada.reset(code, code="000000")
    await ada.reset(await asked_for(world))


async def test_a_bad_new_password_costs_nothing(world: World, ada: Person) -> None:
    """It is said before anything is counted or used up."""
    code = await asked_for(world)
    for _ in range(12):
        with pytest.raises(InvalidForm) as refused:
            await ada.reset(code, password="short", repeat_password="shorter")
        assert set(refused.value.problems) == {"password", "repeat_password"}
    await ada.reset(code)


async def test_a_reset_that_waited_for_its_hash_too_long_is_refused(world: World, ada: Person) -> None:
    """The code must be alive when the password is set, not only when it was checked; nothing is used up."""
    code = await asked_for(world)
    hash_password = world.passwords.hash

    async def hash_slowly(password: str) -> str:
        world.wait(700)
        return await hash_password(password)

    world.passwords.hash = hash_slowly  # type: ignore[method-assign]
    with pytest.raises(ResetCodeWrong):
        await ada.reset(code)
    await ada.sign_in()


@pytest.mark.usefixtures("ada")
async def test_mail_of_a_code_that_is_dead_is_not_written(world: World) -> None:
    """Expired, replaced or used while it waited: there is nothing to say any more."""
    await asked_for(world)
    await asked_for(world)
    first, second = await world.mailed()
    assert await world.mails.write(first) is None
    assert await world.mails.write(second) is not None
    world.wait(600)
    assert await world.mails.write(second) is None


async def test_the_mail_goes_to_the_stored_address_and_says_where_from(world: World, ada: Person) -> None:
    """Row 16, and what the person needs to judge it."""
    await world.reset.request("ADA@EXAMPLE.ORG", ELSEWHERE)
    letter = await world.mails.write((await world.mailed())[0])
    assert letter is not None
    assert letter.to == "ada@example.org"
    assert ELSEWHERE.address in letter.content.text
    assert "ssh -p 2222 localhost" in letter.content.text
    assert ada.enrolment.user_name in letter.content.text


async def test_an_unknown_kind_of_mail_is_an_error(world: World) -> None:
    """A fault of ours is not swallowed."""
    await world.register()
    await world.reset.request("ada", HERE)
    (mail,) = await world.mailed()
    mail.kind = "poetry"
    with pytest.raises(ValueError, match="poetry"):
        await world.mails.write(mail)
