"""Signing in: password and code, judged together."""

import asyncio
from collections import Counter

import pytest

from sshauth.accounts.errors import AccountError, ClockOff, CodeAlreadyUsed, SignInRefused
from sshauth.accounts.peer import LastSignIn
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD, World


async def test_password_and_code_sign_in(world: World) -> None:
    """Say who it is, and when and from where they signed in the time before."""
    ada = await world.register()
    before = world.now
    first = await ada.sign_in(peer=ELSEWHERE)
    world.wait(30)
    second = await ada.sign_in()
    assert (first.user_name, first.first_name) == ("ada", "Ada")
    assert first.last_sign_in is not None
    assert first.last_sign_in.address == HERE.address
    assert second.last_sign_in == LastSignIn(before, ELSEWHERE.address)
    assert first.session_id != second.session_id


@pytest.mark.parametrize("login", ["ADA", " ada ", "ada@example.org", "Ada@Example.ORG", "ａｄａ"])
async def test_any_writing_of_name_or_email_signs_in(world: World, login: str) -> None:
    """Case, spaces around and full-width letters do not matter, and the email works too."""
    ada = await world.register()
    assert (await ada.sign_in(login=login)).user_name == "ada"


async def test_a_code_is_accepted_as_apps_show_it(world: World) -> None:
    """Spaces, line ends and full-width digits do not matter."""
    ada = await world.register()
    code = ada.code()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    await ada.sign_in(code=f"{wide[:3]} {wide[3:]}\n")


async def test_every_wrong_part_gets_the_same_words(world: World) -> None:
    """Unknown name, wrong password, wrong code, old code with a wrong password: nobody learns which."""
    ada = await world.register()
    tries = [
        ada.sign_in(login="nobody"),
        ada.sign_in(password="wrong password"),
        ada.sign_in(code="000000"),
        ada.sign_in(password="wrong password", code=ada.code(-1)),
        ada.sign_in(password="wrong password", code=ada.code(-5)),
        ada.sign_in(password="", code=""),
        ada.sign_in(login="", password="x" * 5000, code="y" * 5000),
    ]
    for attempt in tries:
        with pytest.raises(SignInRefused) as refused:
            await attempt
        assert refused.value.message == "User name, password or code is wrong."
        assert refused.value.field is None


async def test_a_wrong_password_does_not_use_the_code_up(world: World) -> None:
    """Somebody who mistypes the password can use the same code again."""
    ada = await world.register()
    code = ada.code()
    with pytest.raises(SignInRefused):
        await ada.sign_in(password="mistyped password", code=code)
    await ada.sign_in(code=code)


async def test_a_code_signs_in_once(world: World) -> None:
    """A used code, and every one before it, is refused; with the right password it is said why."""
    ada = await world.register()
    await ada.sign_in(code=ada.code(1))
    for steps in (1, 0, -1, -7):
        with pytest.raises(CodeAlreadyUsed) as refused:
            await ada.sign_in(code=ada.code(steps))
        assert refused.value.message == "That code was already used. Wait for the next one."


async def test_the_enrolment_code_counts_as_used(world: World) -> None:
    """The code that confirmed the authenticator does not sign in."""
    ada = await world.register()
    with pytest.raises(CodeAlreadyUsed):
        await ada.sign_in(code=ada.code(-1))


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_one_step_either_side_is_accepted(world: World, steps: int) -> None:
    """Row 7: the window is one step each side."""
    ada = await world.register()
    world.wait(300)
    await ada.sign_in(code=ada.code(steps))


@pytest.mark.parametrize(
    ("steps", "words"),
    [(-2, "about 60 seconds behind"), (2, "about 60 seconds ahead"), (10, "about 5 minutes ahead")],
)
async def test_a_wrong_clock_is_told_and_still_refused(world: World, steps: int, words: str) -> None:
    """Row 7: with the right password a code up to ten steps away tells how far the clock is off."""
    ada = await world.register()
    world.wait(3600)
    with pytest.raises(ClockOff, match=words) as refused:
        await ada.sign_in(code=ada.code(steps))
    assert refused.value.field == "code"
    with pytest.raises(ClockOff):
        await ada.sign_in(code=ada.code(steps))


@pytest.mark.parametrize("steps", [-11, 11])
async def test_codes_further_away_are_just_wrong(world: World, steps: int) -> None:
    """Row 7: over ten steps away nothing is told."""
    ada = await world.register()
    world.wait(3600)
    with pytest.raises(SignInRefused):
        await ada.sign_in(code=ada.code(steps))


async def test_twenty_at_once_with_one_code_give_one_success(world: World) -> None:
    """Row 8: one conditional UPDATE decides."""
    ada = await world.register()
    code = ada.code()

    async def attempt() -> str:
        try:
            await ada.sign_in(code=code)
        except AccountError as error:
            return type(error).__name__
        return "in"

    outcomes = Counter(await asyncio.gather(*(attempt() for _ in range(20))))
    assert outcomes == {"in": 1, "CodeAlreadyUsed": 19}


async def test_a_password_changed_during_the_check_does_not_sign_in(world: World) -> None:
    """A try that was judged by the old password cannot use up a code after the change."""
    ada = await world.register()
    await world.reset.request("ada", HERE)
    code, reset_code = ada.code(1), await world.mailed_code()
    verify = world.passwords.verify

    async def verify_then_reset(hashed: str | None, password: str) -> bool:
        right = await verify(hashed, password)
        await ada.reset(reset_code)
        return right

    world.passwords.verify = verify_then_reset  # type: ignore[method-assign]
    with pytest.raises(AccountError):
        await ada.sign_in(code=code, password=PASSWORD)
