"""Setting up a new authenticator with the code that was mailed after a reset."""

import pytest

from sshauth.db.tables import AuthenticatorReset
from tests.accounts.people import PASSWORD, Person, World
from tests.accounts.renewing import DAY, an_admin, confirm, lose, take_away
from tests.accounts.renewing import begin as begin_elsewhere
from tests.tui.rooms import KEY, remember
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import (
    AUTHENTICATOR,
    CODES,
    HOME,
    SIGN_IN,
    code_of,
    codes_on,
    go_back,
    keep_codes,
    secret_on,
)

REFUSED = "User name, password or code is wrong."
GONE = "The code from your mail was used, replaced or has expired. Go back and sign in again."


async def ada_and_her_code(world: World) -> tuple[Person, str]:
    """Give somebody whose authenticator was reset, and the code from the mail."""
    ada = await world.register()
    return ada, await lose(ada)


async def to_authenticator(visitor: Visitor, code: str) -> str:
    """Go from Sign in to the new authenticator; give its secret."""
    visitor.fill("ada", PASSWORD, code)
    await visitor.comes_to(AUTHENTICATOR)
    await visitor.until(lambda: visitor.scan() is not None, "a QR code")
    return secret_on(visitor)


async def test_the_whole_way_with_the_code_from_the_mail(world: World) -> None:
    """Name, password and code; then as after registering: the QR code, recovery codes, Home."""
    ada, code = await ada_and_her_code(world)
    async with visiting(world, user_name="ada") as visitor:
        await visitor.comes_to(SIGN_IN)
        visitor.fill(PASSWORD, code)
        await visitor.comes_to(AUTHENTICATOR)
        assert visitor.app.identity is None
        secret = secret_on(visitor)
        assert secret != ada.enrolment.secret
        visitor.fill(code_of(secret, world))
        await visitor.comes_to(CODES)
        assert len(codes_on(visitor)) == 10
        await keep_codes(visitor)
        await visitor.comes_to(HOME)
        assert secret not in visitor.text
    world.wait(30)
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, code_of(secret, world))
        await visitor.comes_to(HOME)
    assert (await world.user()).recovery_codes_kept


async def test_a_line_of_the_mail_can_be_pasted(world: World) -> None:
    """As it comes: with spaces, in small letters, with the line's end."""
    _, code = await ada_and_her_code(world)
    async with visiting(world, user_name="ada") as visitor:
        visitor.type(f"{PASSWORD}\t")
        await visitor.focuses("Code")
        visitor.paste(f"   {code.lower()}\n")
        visitor.press("enter")
        await visitor.comes_to(AUTHENTICATOR)


async def test_it_fits_the_smallest_window(world: World) -> None:
    """The way is the same; the QR code has no room there, and the screen says so."""
    _, code = await ada_and_her_code(world)
    async with visiting(world, size=(60, 20)) as visitor:
        visitor.fill("ada", PASSWORD, code)
        await visitor.comes_to(AUTHENTICATOR)


@pytest.mark.parametrize("what", ["password", "code", "name"])
async def test_wrong_things_are_refused_in_the_words_of_sign_in(world: World, what: str) -> None:
    """Row 9: whichever it was; what was typed stays, to be put right."""
    _, code = await ada_and_her_code(world)
    right = {"name": "ada", "password": PASSWORD, "code": code}
    wrong = {"name": "nobody", "password": "wrong password", "code": "0000-0000-0000-0000"}
    async with visiting(world) as visitor:
        visitor.fill(*(right | {what: wrong[what]}).values())
        await visitor.sees(REFUSED)
        assert visitor.heading == SIGN_IN


async def test_going_back_keeps_the_code_good(world: World) -> None:
    """Nothing was stored; the next time the secret is another."""
    _, code = await ada_and_her_code(world)
    async with visiting(world) as visitor:
        first = await to_authenticator(visitor, code)
        await go_back(visitor, SIGN_IN)
        await visitor.holds("ada", PASSWORD, code)
        visitor.press("enter")
        await visitor.comes_to(AUTHENTICATOR)
        await visitor.until(lambda: visitor.scan() is not None, "a QR code")
        second = secret_on(visitor)
        assert first != second
        visitor.fill(code_of(second, world))
        await visitor.comes_to(CODES)


async def test_a_wrong_first_code_is_asked_again(world: World) -> None:
    """Beside its field, as when registering."""
    _, code = await ada_and_her_code(world)
    async with visiting(world) as visitor:
        secret = await to_authenticator(visitor, code)
        visitor.fill("000000")
        await visitor.until(lambda: "Code" in visitor.words, "words about the code")
        visitor.press("ctrl+u")
        await visitor.has(code="")
        visitor.fill(code_of(secret, world))
        await visitor.comes_to(CODES)


@pytest.mark.parametrize("what", ["used", "replaced", "expired"])
async def test_what_was_too_late_is_said(world: World, what: str) -> None:
    """In words that say what to do; nobody is signed in."""
    ada = await world.register()
    admin = await an_admin(world)
    code = await lose(ada, admin)
    async with visiting(world) as visitor:
        secret = await to_authenticator(visitor, code)
        if what == "used":
            await confirm(world, await begin_elsewhere(ada, code))
        elif what == "replaced":
            await take_away(admin, ada)
        else:
            world.wait(DAY)
        visitor.fill(code_of(secret, world))
        await visitor.sees(GONE)
        assert visitor.app.identity is None
        await go_back(visitor, SIGN_IN)


async def test_a_session_ends_on_the_screen_when_the_authenticator_is_reset(world: World) -> None:
    """Row 17: the person reads why."""
    ada = await world.register()
    admin = await an_admin(world)
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to(HOME)
        await take_away(admin, ada)
        await world.accounts.watch.beat()
        await visitor.until(lambda: visitor.app.return_value is not None, "a farewell")
        assert visitor.app.return_value == "You were signed out: an administrator reset the authenticator."


async def test_a_key_that_was_remembered_leads_to_the_password(world: World) -> None:
    """The code from the mail is no code for a key: the password is asked, and then it does."""
    ada = await world.register()
    await remember(world, ada)
    admin = await an_admin(world)
    async with visiting(world, user_name="ada", key=KEY) as visitor:
        await visitor.focuses("Code")
        code = await lose(ada, admin)
        visitor.fill(code)
        await visitor.sees("This key signs you in no more.")
        await visitor.focuses("Password")
        visitor.fill(PASSWORD, code)
        await visitor.comes_to(AUTHENTICATOR)
    assert len(await world.rows(AuthenticatorReset)) == 1
