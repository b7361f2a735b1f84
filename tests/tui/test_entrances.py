"""Places that do not let everybody create an account: what strangers see there."""

import pytest

from sshauth.accounts.entrance import Entrance
from sshauth.db.tables import Invitation, PendingRegistration, User
from sshauth.tui.fields import EMPTY
from tests.accounts.inviting import GRACE, mail_invitation, show_invitation, use_entrance
from tests.accounts.people import PASSWORD, World
from tests.tui.rooms import at_home, choose, confirm, go_to_profile
from tests.tui.visitor import visiting
from tests.tui.ways import (
    ADA,
    ADDRESS,
    AUTHENTICATOR,
    CODES,
    CREATE_ACCOUNT,
    SIGN_IN,
    code_of,
    go_back,
    go_to,
    secret_on,
)

SIZES = [(60, 20), (80, 24)]
WRONG = "ABCD-EFGH-JKMN-PQRS"
REFUSED = "That invitation is wrong, was used, or has expired."
ASK = "ask it@example.org"
PEOPLE = ("Grace", "Hopper", "grace", GRACE, PASSWORD, PASSWORD)


@pytest.mark.parametrize("size", SIZES)
async def test_where_it_is_closed_there_is_no_way_to_create_an_account(
    world: World, size: tuple[int, int]
) -> None:
    """No button and no key; whom to ask is said in one sentence, and by the help."""
    ada = await world.register()
    use_entrance(world, Entrance.CLOSED)
    async with visiting(world, size=size) as visitor:
        await visitor.sees("No account? Ask it@example.org.")
        assert "F2" not in visitor.text
        visitor.press("f2")
        await visitor.rests()
        assert visitor.heading == SIGN_IN
        visitor.press("f1")
        await visitor.sees("Without an account, ask for one")
        assert "F2" not in visitor.text
        visitor.press("escape")
        await visitor.comes_to(SIGN_IN)
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to("Welcome, Ada")


@pytest.mark.parametrize("size", SIZES)
async def test_whoever_is_invited_types_that_first(world: World, size: tuple[int, int]) -> None:
    """Pasted with the words around it, as it stands in the mail; then no other code is asked."""
    world.use(mail_goes_out=True)
    use_entrance(world, Entrance.INVITE)
    code = await mail_invitation(world)
    async with visiting(world, size=size) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        await visitor.sees(f"This takes an invitation: without one, {ASK}.")
        assert visitor.focused == "Invitation"
        visitor.paste(f"your invitation:\n\n{code}\n")
        await visitor.has(invitation=code)
        visitor.type("\t")
        visitor.fill(*PEOPLE)
        await visitor.comes_to(AUTHENTICATOR)
        await visitor.resize(80, 24)
        visitor.fill(code_of(secret_on(visitor), world))
        await visitor.comes_to(CODES)
    assert await world.rows(Invitation) == []
    assert [user.email for user in await world.rows(User)] == [GRACE]


async def test_another_address_is_confirmed_by_a_mail(world: World) -> None:
    """As everybody's is."""
    world.use(mail_goes_out=True)
    use_entrance(world, Entrance.INVITE)
    code = await mail_invitation(world)
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(code, *ADA)
        await visitor.comes_to(ADDRESS)


async def test_what_is_no_invitation_is_said_beside_its_field(world: World) -> None:
    """What cannot be one as soon as it is left, a wrong one when it is sent; the rest stays."""
    use_entrance(world, Entrance.INVITE)
    code = await show_invitation(world)
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.type("ABCD-EF\t")
        words = "The code from the mail has four groups of four; there are 6 characters here."
        await visitor.is_told({"Invitation": words})
        visitor.press("shift+tab")
        await visitor.focuses("Invitation")
        visitor.press(*["backspace"] * 8)
        visitor.fill("", *ADA)
        await visitor.is_told({"Invitation": EMPTY})
        visitor.type(WRONG)
        visitor.press("enter")
        await visitor.focuses("First name")
        visitor.press(*["tab"] * 5, "enter")
        await visitor.is_told({"Invitation": REFUSED})
        assert (visitor.focused, visitor.selected) == ("Invitation", WRONG)
        assert list(visitor.fields.values())[1:] == list(ADA)
        assert await world.rows(PendingRegistration) == []
        visitor.type(code)
        visitor.press(*["tab"] * 6, "enter")
        await visitor.comes_to(AUTHENTICATOR)


async def test_it_is_there_again_for_who_goes_back(world: World) -> None:
    """From the authenticator, and from Sign in."""
    use_entrance(world, Entrance.INVITE)
    code = await show_invitation(world)
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(code, *ADA)
        await visitor.comes_to(AUTHENTICATOR)
        await go_back(visitor, CREATE_ACCOUNT, SIGN_IN)
        await go_to(visitor, CREATE_ACCOUNT)
        await visitor.holds(code, *ADA)


@pytest.mark.parametrize("size", SIZES)
async def test_an_address_elsewhere_is_refused_once_its_field_is_left(
    world: World, size: tuple[int, int]
) -> None:
    """With the domains that will do; and when the form is sent with other faults."""
    use_entrance(world, Entrance.OPEN, "example.org", "example.net")
    async with visiting(world, size=size) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.press(*["tab"] * 3)
        visitor.type("ada@example.com\t")
        words = "Use an address at example.org or example.net."
        await visitor.sees(words)
        visitor.press("tab", "enter")
        await visitor.sees("Please fill this in.")
        visitor.press(*["tab"] * 3)
        await visitor.focuses("Email")
        await visitor.sees(words)
        visitor.press("end", "backspace", "backspace", "backspace")
        visitor.type("net\t")
        await visitor.loses(words)


async def test_a_change_of_address_is_refused_in_the_same_words(world: World) -> None:
    """Where it is asked for."""
    ada = await world.register()
    use_entrance(world, Entrance.OPEN, "example.org")
    async with at_home(world, ada) as visitor:
        await go_to_profile(visitor)
        await choose(visitor, "Change email")
        await confirm(visitor, world, ada)
        await visitor.comes_to("Change email")
        visitor.press(*["backspace"] * 30)
        visitor.fill("ada@example.com")
        await visitor.is_told({"New email": "Use an address at example.org."})
