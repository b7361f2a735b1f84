"""Places that do not let everybody create an account, line by line."""

from sshauth.accounts.entrance import Entrance
from sshauth.db.tables import Invitation
from tests.accounts.inviting import GRACE, mail_invitation, use_entrance
from tests.accounts.people import PASSWORD, World
from tests.plain.guest import ADA, visiting
from tests.plain.test_register import code_of

WRONG = "ABCD-EFGH-JKMN-PQRS"


async def test_where_it_is_closed_nobody_is_offered_an_account(world: World) -> None:
    """It is said whom to ask; the letter does nothing."""
    use_entrance(world, Entrance.CLOSED)
    async with visiting(world) as guest:
        heard = await guest.hears("Your choice")
        assert "Nobody creates an account here: to get one, ask it@example.org." in heard
        assert "1 or s: sign in\r\n2 or f: forgot password\r\n" in heard
        await guest.answers(": ", "c")
        await guest.hears("Type a number from 1 to 4, or the letter or the words behind it.")


async def test_whoever_is_invited_gives_that_first(world: World) -> None:
    """A wrong one is asked for again, alone; then the address that it went to is confirmed already."""
    world.use(mail_goes_out=True)
    use_entrance(world, Entrance.INVITE)
    code = await mail_invitation(world)
    async with visiting(world) as guest:
        await guest.chooses("c")
        await guest.hears("This takes an invitation; without one, ask it@example.org.")
        await guest.answers("Invitation: ", "123456")
        await guest.hears("Error: The code from the mail has four groups of four")
        await guest.answers("Invitation: ", WRONG)
        for label, answer in zip(("First name", "Last name", "User name"), ADA, strict=False):
            await guest.answers(f"{label}: ", answer)
        await guest.answers("Email: ", GRACE)
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Password once more: ", PASSWORD)
        await guest.hears("Error: That invitation is wrong, was used, or has expired.")
        await guest.answers("Invitation: ", f"your invitation: {code.lower()}")
        secret = await guest.writes_secret_down()
        guest.type(f"{code_of(secret, world)}\r")
        await guest.keeps_codes()
        await guest.hears("Thank you, you have them.")
    assert await world.rows(Invitation) == []


async def test_an_address_elsewhere_is_asked_for_again(world: World) -> None:
    """With the domains that will do."""
    use_entrance(world, Entrance.OPEN, "example.org")
    async with visiting(world) as guest:
        await guest.chooses("c")
        for label, answer in zip(("First name", "Last name", "User name"), ADA, strict=False):
            await guest.answers(f"{label}: ", answer)
        await guest.answers("Email: ", "ada@example.com")
        await guest.hears("Error: Use an address at example.org.")
        await guest.answers("Email: ", ADA[3])
        await guest.hears("Password: ")
