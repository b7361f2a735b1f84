"""Confirm your address: the code from the mail, where mail goes out."""

import pytest

from sshauth.db.tables import PendingRegistration, User
from tests.accounts.people import World
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import (
    ADA,
    ADDRESS,
    AUTHENTICATOR,
    CODES,
    CREATE_ACCOUNT,
    code_of,
    go_back,
    go_to,
    secret_on,
)

SENT_AGAIN = "Sent again, if your address can have mail."
WRONG = {"Code from the mail": "That code is wrong or has expired."}


async def go_to_address(visitor: Visitor, *values: str) -> None:
    """Fill Create account, where mail goes out."""
    await go_to(visitor, CREATE_ACCOUNT)
    visitor.fill(*(values or ADA))
    await visitor.comes_to(ADDRESS)


@pytest.fixture
def world(world: World) -> World:
    """Give a world with a mail server."""
    world.use(mail_goes_out=True)
    return world


async def test_the_mailed_code_leads_on_to_the_authenticator(world: World) -> None:
    """In any writing; and then the account is made as everywhere."""
    async with visiting(world) as visitor:
        await go_to_address(visitor)
        assert "We sent a code to ada@example.org. Type it here." in visitor.prose
        visitor.fill((await world.mailed_code()).lower().replace("-", " "))
        await visitor.comes_to(AUTHENTICATOR)
        visitor.fill(code_of(secret_on(visitor), world))
        await visitor.comes_to(CODES)
    assert [user.user_name for user in await world.rows(User)] == ["ada"]


async def test_a_wrong_code_is_said_beside_it(world: World) -> None:
    """It is selected to be typed anew."""
    async with visiting(world) as visitor:
        await go_to_address(visitor)
        visitor.fill("0000-0000-0000-0000")
        await visitor.is_told(WRONG)
        assert visitor.selected == "0000-0000-0000-0000"
        visitor.fill(await world.mailed_code())
        await visitor.comes_to(AUTHENTICATOR)


async def test_a_known_address_is_told_the_same(world: World) -> None:
    """Its owner gets a mail without a code; here nothing shows that the address has an account."""
    await world.register()
    before = len(await world.mailed())
    async with visiting(world) as visitor:
        await go_to_address(visitor, "Eve", "Bit", "eve", *ADA[3:])
        known = visitor.text
        visitor.fill("0000-0000-0000-0000")
        await visitor.is_told(WRONG)
        visitor.press("f5")
        await visitor.sees(SENT_AGAIN)
        await go_back(visitor, CREATE_ACCOUNT)
    assert len(await world.mailed()) > before
    async with visiting(world) as visitor:
        await go_to_address(visitor, "Eve", "Bit", "eve", "eve@example.org", *ADA[4:])
        assert visitor.text == known.replace("ada@", "eve@")


@pytest.mark.parametrize("way", ["key", "button"])
async def test_the_code_can_be_sent_again(world: World, way: str) -> None:
    """It stays the same one, and is taken."""
    async with visiting(world) as visitor:
        await go_to_address(visitor)
        if way == "key":
            visitor.press("f5")
        else:
            await visitor.click("F5 Send it again")
        await visitor.sees(SENT_AGAIN)
        assert await world.kinds_mailed() == ["confirm-address"] * 2
        visitor.fill(await world.mailed_code())
        await visitor.comes_to(AUTHENTICATOR)


async def test_going_back_keeps_the_form_and_frees_the_name(world: World) -> None:
    """A mistyped address is put right there, and the same names are sent again."""
    async with visiting(world) as visitor:
        await go_to_address(visitor, *ADA[:3], "adda@example.org", *ADA[4:])
        await go_back(visitor, CREATE_ACCOUNT)
        assert visitor.fields["Email"] == "adda@example.org"
        await visitor.until(lambda: is_free(world), "a free name")
        visitor.press(*["shift+tab"] * 2)
        visitor.type("ada@example.org\t\t\r")
        await visitor.comes_to(ADDRESS)
        assert "ada@example.org" in visitor.text


async def test_back_from_the_authenticator_is_create_account(world: World) -> None:
    """The code of the mail is used up, so nobody is asked for it again."""
    async with visiting(world) as visitor:
        await go_to_address(visitor)
        visitor.fill(await world.mailed_code())
        await visitor.comes_to(AUTHENTICATOR)
        await go_back(visitor, CREATE_ACCOUNT)
        assert list(visitor.fields.values()) == list(ADA)
        await visitor.until(lambda: is_free(world), "a free name")


async def test_the_end_of_the_app_frees_the_name(world: World) -> None:
    """Whoever loses the connection there can begin anew."""
    async with visiting(world) as visitor:
        await go_to_address(visitor)
        visitor.app.exit()
        await visitor.until(lambda: not visitor.app.is_running, "the end")
    assert await is_free(world)


async def is_free(world: World) -> bool:
    """Tell whether nobody is registering."""
    return await world.rows(PendingRegistration) == []
