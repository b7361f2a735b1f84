"""Forgot password, line by line."""

import pytest

from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.plain.names import mailed_code_in, without_code
from tests.accounts.people import NEW_PASSWORD, PASSWORD, World
from tests.plain.guest import ADDRESS, CTRL_C, Guest, visiting
from tests.support.secrets import note

KEY = ProvenKey("ssh-ed25519", "SHA256:" + "A" * 43)


async def types_new_password(guest: Guest) -> None:
    """Twice."""
    note(NEW_PASSWORD)
    await guest.hears("12 characters or more. A few words that do not belong together are good.\r\nNew pass")
    await guest.answers("word: ", NEW_PASSWORD)
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
        await guest.answers("Whose code is it? User name or email [ada]: ", "")
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
        await guest.hears("If you have a code from a mail already, type the word code.")
        await guest.answers("User name or email: ", "code")
        await guest.answers("Whose code is it? User name or email: ", "ada")
        await guest.answers("Reset code from the mail: ", await world.mailed_code())
        await types_new_password(guest)
        await guest.answers("Code of your app, or a recovery code: ", ada.recovery_codes[0])
        await guest.hears("Password changed.")
        await guest.chooses("s")
        await guest.hears("User name or email [ada]: ")
    assert await world.kinds_mailed() != []


async def test_whose_code_it_is_is_always_asked(world: World) -> None:
    """The name that is remembered may be another's; then the right one makes the code good."""
    ada = await world.register()
    await world.accounts.reset.request("ada", Peer(ADDRESS))
    async with visiting(world, user_name="grace") as guest:
        await guest.chooses("f")
        await guest.answers("User name or email [grace]: ", "code")
        await guest.answers("Whose code is it? User name or email [grace]: ", "")
        await guest.answers("Reset code from the mail: ", code := await world.mailed_code())
        await types_new_password(guest)
        await guest.answers("Code of your app, or a recovery code: ", ada.code())
        await guest.hears("Error: That reset code is wrong or has expired.")
        await guest.answers("Whose code is it? User name or email [grace]: ", "ada")
        await guest.answers("Reset code from the mail: ", code)
        await guest.hears("Password changed.")


async def test_a_code_in_the_place_of_the_name_is_taken_for_what_it_is(world: World) -> None:
    """And never offered as a name."""
    ada = await world.register()
    await world.accounts.reset.request("ada", Peer(ADDRESS))
    async with visiting(world) as guest:
        await guest.chooses("f")
        await guest.answers("User name or email: ", code := await world.mailed_code())
        await guest.hears("You have the code from the mail, then.")
        await guest.answers("Whose code is it? User name or email: ", code)
        await guest.hears("Error: That is a code from a mail, not a name.")
        await guest.answers("Whose code is it? User name or email: ", "ada")
        await types_new_password(guest)
        await guest.answers("Code of your app, or a recovery code: ", ada.code())
        await guest.hears("Password changed.")


@pytest.mark.parametrize(
    ("answer", "is_code"),
    [
        ("ABCD-EFGH-JKMN-PQRS", True),
        ("abcd efgh jkmn pqrs", True),
        ("ABCDEFGHJKMNPQRS", True),
        ("The code is ABCD-EFGH-JKMN-PQRS", True),
        ("alexandrahamilto", False),
        ("abcd-efgh-jkmn-pqrs@example.org", False),
        ("ada", False),
        ("", False),
    ],
)
def test_codes_are_told_from_names(answer: str, *, is_code: bool) -> None:
    """Sixteen small letters may be somebody's name."""
    assert (mailed_code_in(answer) is not None) is is_code
    assert without_code(answer) == ("" if is_code else answer)
