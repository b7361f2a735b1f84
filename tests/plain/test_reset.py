"""Forgot password, line by line."""

from sshauth.accounts.peer import Peer, ProvenKey
from tests.accounts.people import NEW_PASSWORD, PASSWORD, World
from tests.plain.guest import ADDRESS, CTRL_C, Guest, visiting
from tests.support.secrets import note

KEY = ProvenKey("ssh-ed25519", "SHA256:" + "A" * 43)


async def types_new_password(guest: Guest) -> None:
    """Twice."""
    note(NEW_PASSWORD)
    await guest.answers("New password: ", NEW_PASSWORD)
    await guest.answers("New password once more: ", NEW_PASSWORD)


async def test_the_mailed_code_and_the_app_set_a_new_password(world: World) -> None:
    """What is wrong is asked again, and nothing else; then the new password signs in."""
    ada = await world.register()
    async with visiting(world, user_name="ada") as guest:
        await guest.chooses("f")
        await guest.answers("User name or email [ada]: ", "")
        await guest.hears("If that account exists, a code is on its way.")
        await guest.answers("Reset code from the mail: ", "AAAA-AAAA-AAAA-AAAA")
        await types_new_password(guest)
        await guest.answers("Code of your app, or a recovery code: ", ada.wrong_code())
        await guest.hears("Error: That reset code is wrong or has expired.")
        await guest.answers("Reset code from the mail: ", await world.mailed_code())
        await guest.hears("Error: That code is wrong. Type the one your app shows now.")
        await guest.answers("Code of your app, or a recovery code: ", ada.code())
        await guest.hears("Password changed. Sign in with the new one.")
        world.wait(30)
        await guest.chooses("s")
        await guest.answers("User name or email [ada]: ", "")
        await guest.answers("Password: ", NEW_PASSWORD)
        await guest.answers("Code: ", ada.code())
        await guest.hears("Welcome, Ada")
        assert PASSWORD not in guest.all_said
        assert NEW_PASSWORD not in guest.all_said


async def test_strangers_hear_the_same(world: World) -> None:
    """Nobody learns who has an account."""
    async with visiting(world) as guest:
        await guest.chooses("f")
        await guest.answers("User name or email: ", "nobody")
        await guest.hears("If that account exists, a code is on its way. Look into your mail.")
        await guest.hears("Reset code from the mail: ")
        guest.type(CTRL_C)
        await guest.hears("Back to the menu.")


async def test_who_has_a_code_already_asks_for_none(world: World) -> None:
    """Also over another connection, with a recovery code; keys are forgotten."""
    ada = await world.register()
    await ada.remember(Peer(ADDRESS, key=KEY))
    await world.accounts.reset.request("ada", Peer(ADDRESS))
    async with visiting(world, key=KEY) as guest:
        await guest.chooses("f")
        await guest.answers("User name or email: ", "code")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Reset code from the mail: ", await world.mailed_code())
        await types_new_password(guest)
        await guest.answers("Code of your app, or a recovery code: ", ada.recovery_codes[0])
        await guest.hears("Password changed.")
        await guest.chooses("s")
        await guest.hears("User name or email [ada]: ")
    assert await world.kinds_mailed() != []
