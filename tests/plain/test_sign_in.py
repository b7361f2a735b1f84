"""Signing in line by line: by password, by a remembered key, and anew after a reset."""

import pytest

from sshauth.accounts.console import Newcomer
from sshauth.accounts.peer import Peer, ProvenKey
from tests.accounts.operators import make
from tests.accounts.people import PASSWORD, World
from tests.accounts.renewing import lose
from tests.plain.guest import ADDRESS, CTRL_C, CTRL_D, visiting
from tests.plain.test_register import code_of
from tests.tui.edges import BrokenPasswords, HeldPasswords, use_passwords

KEY = ProvenKey("ssh-ed25519", "SHA256:" + "A" * 43)
THERE = Peer(ADDRESS, key=KEY)
REFUSED = "Error: User name, password or code is wrong."


@pytest.mark.parametrize("choice", ["1", "s", "S", " s ", "sign in", "Sign  In"])
async def test_a_menu_takes_numbers_letters_and_words(world: World, choice: str) -> None:
    """In any case."""
    async with visiting(world) as guest:
        await guest.chooses(choice)
        await guest.hears("User name or email: ")


async def test_a_menu_is_read_out_again_for_nothing(world: World) -> None:
    """What is none of it is said in one line; Ctrl+C cancels nothing here."""
    async with visiting(world) as guest:
        await guest.chooses("9")
        await guest.hears("Error: Type a number from 1 to 5, or the letter or the words behind it.\r\n")
        assert await guest.chooses("") == "Your choice (m for the menu): "
        await guest.hears("5 or l: leave")
        await guest.hears("Your choice: ")
        guest.type(CTRL_C)
        await guest.hears("1 or s: sign in")
        await guest.chooses("h")
        await guest.hears("Backspace takes the last letter back")
        assert "Menu:" not in await guest.chooses("m")
        await guest.hears("5 or l: leave")
        await guest.chooses("leave")
        assert await guest.ends() == ("Goodbye.", 0)


async def test_what_the_operator_and_the_server_have_to_say_is_said(world: World) -> None:
    """Before the first question, line by line."""
    async with visiting(world, motd="Be kind.\nBack up.", remark="Keys of this kind are too weak.") as guest:
        heard = await guest.hears("Menu:")
        assert "Be kind.\r\nBack up.\r\n" in heard
        assert "Keys of this kind are too weak." in heard


async def test_password_and_code_sign_in(world: World) -> None:
    """It says who it is, when and from where it was the last time; then it says goodbye."""
    ada = await world.register()
    async with visiting(world) as guest:
        await guest.signs_in(ada)
        assert "Last time: 1 March 2026, 12:00:15 UTC, from 192.0.2.1." in await guest.hears("Menu:")
        world.wait(12 * 60)
        assert await guest.leaves() == ("Goodbye Ada. 12 minutes, nothing left running.", 0)


async def test_the_ssh_user_name_is_offered(world: World) -> None:
    """An empty answer takes it."""
    ada = await world.register()
    async with visiting(world, user_name="ada") as guest:
        await guest.chooses("s")
        await guest.answers("User name or email [ada]: ", "")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Code: ", ada.recovery_codes[0])
        heard = await guest.hears("Menu:")
        assert "Welcome, Ada" in heard


async def test_a_refusal_keeps_what_was_typed(world: World) -> None:
    """Whichever part was wrong, all is asked again, and an empty answer takes what was typed."""
    ada = await world.register()
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Code: ", ada.wrong_code())
        await guest.hears(REFUSED)
        await guest.answers("User name or email [ada]: ", "")
        await guest.answers("Password [Enter for the one you typed]: ", "")
        await guest.answers("Code: ", ada.code())
        await guest.hears("Welcome, Ada")
        assert "Warning: 1 failed try since your last sign-in." in await guest.hears("Menu:")


async def test_what_is_no_code_is_not_judged(world: World) -> None:
    """So it does not count."""
    await world.register()
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", PASSWORD)
        for _ in range(12):
            await guest.answers("Code: ", "12345")
            await guest.hears("Error: Your app's code has six digits; there are 5 digits here.")
    assert "sign-in-failed" not in await world.audited()


async def test_waits_are_said(world: World) -> None:
    """In seconds; nothing is lost."""
    await world.register()
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", "wrong password")
        await guest.answers("Code: ", "123456")
        for _ in range(10):
            guest.type("\r\r123456\r")
        await guest.hears("Error: Too many failed sign-ins. Try again in ")
        assert " second" in await guest.hears(".\r\n")


async def test_the_user_name_is_offered_after_a_cancel(world: World) -> None:
    """But neither password nor code."""
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", "grace")
        await guest.answers("Password: ", PASSWORD)
        await guest.hears("Code: ")
        guest.type(CTRL_C)
        await guest.chooses("s")
        await guest.answers("User name or email [grace]: ", "")
        await guest.hears("Password: ")
        guest.type(CTRL_D)
        assert await guest.ends() == ("Goodbye.", 0)


# By key


async def test_a_key_can_be_remembered_and_signs_in_with_a_code(world: World) -> None:
    """It is asked once, and not usually."""
    ada = await world.register()
    async with visiting(world, key=KEY) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("stand for the password from now on? yes or no [no]: ", "maybe")
        await guest.hears("Error: Type yes or no.")
        await guest.answers("[no]: ", "yes")
        await guest.answers("Code: ", ada.code())
        await guest.hears("Welcome, Ada")
        world.wait(30)
        await guest.chooses("o")
        await guest.hears("You are signed out.")
        await guest.chooses("s")
        assert f"Your key {KEY.fingerprint} is remembered" in await guest.hears("Code, or p for")
        await guest.answers(": ", ada.code())
        await guest.hears("Welcome, Ada")


async def test_who_would_rather_use_the_password_may(world: World) -> None:
    """The key is not asked about again."""
    ada = await world.register()
    await ada.remember(THERE)
    async with visiting(world, key=KEY) as guest:
        await guest.chooses("s")
        await guest.answers("Code, or p for your password: ", "p")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Code: ", ada.code())
        await guest.hears("Welcome, Ada")


async def test_a_wrong_code_with_a_key_says_so(world: World) -> None:
    """Who has proven the key may know."""
    ada = await world.register()
    await ada.remember(THERE)
    async with visiting(world, key=KEY) as guest:
        await guest.chooses("s")
        await guest.answers("Code, or p for your password: ", ada.wrong_code())
        await guest.hears("Error: That code is wrong, or refused for now.")
        await guest.answers("Code, or p for your password: ", ada.code())
        await guest.hears("Welcome, Ada")


async def test_a_key_that_was_forgotten_meanwhile_leads_to_the_password(world: World) -> None:
    """With a word."""
    ada = await world.register()
    identity = await ada.remember(THERE)
    async with visiting(world, key=KEY) as guest:
        await guest.chooses("s")
        await guest.hears("Code, or p for your password: ")
        (key,) = await world.accounts.ssh_keys.all(identity, THERE)
        await world.accounts.ssh_keys.remove(identity, key.id, THERE)
        guest.type(f"{ada.code()}\r")
        await guest.hears("Error: This key signs you in no more. Please use your password.")
        await guest.hears("User name or email: ")


# Anew


async def test_the_code_from_an_administrators_mail_sets_up_anew(world: World) -> None:
    """The same way as for a new account, from the secret on."""
    ada = await world.register()
    code = await lose(ada)
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Code: ", code)
        secret = await guest.writes_secret_down()
        guest.type(f"{code_of(secret, world)}\r")
        await guest.keeps_codes()
        await guest.answers("yes or no [no]: ", "")
        await guest.hears("Welcome, Ada")


async def test_an_account_that_was_made_for_somebody_is_set_up(world: World) -> None:
    """With the code that they got; they choose names and a password, and are asked again for bad ones."""
    made = await make(world, Newcomer("ada", "ada@example.org", "Ada"))
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.hears("For an account that was made for you, type new for the password")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", "new")
        await guest.answers("Code: ", made.code)
        await guest.hears("Welcome, ada. Now make this account yours")
        await guest.answers("First name [Ada]: ", "")
        await guest.answers("Last name: ", "Lovelace")
        await guest.answers("Password: ", "ada@example.org")
        await guest.hears("Error: That password is easy to guess.")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Password once more: ", PASSWORD)
        secret = await guest.writes_secret_down()
        guest.type(f"{code_of(secret, world)}\r")
        await guest.keeps_codes()
        await guest.answers("yes or no [no]: ", "")
        await guest.hears("Welcome, Ada")
    assert (await world.user()).last_name == "Lovelace"


async def test_a_fault_is_said_with_a_number_and_nothing_is_lost(
    world: World, logged: list[dict[str, str]]
) -> None:
    """The log knows it, and nothing of what was typed."""
    ada = await world.register()
    passwords = BrokenPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Code: ", ada.code())
        await guest.hears("Error: Something went wrong on our side (incident ")
        passwords.broken = False
        await guest.answers("User name or email [ada]: ", "")
        await guest.answers("Password [Enter for the one you typed]: ", "")
        await guest.answers("Code [Enter for the one you typed]: ", "")
        await guest.hears("Welcome, Ada")
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["plain.failed"]


async def test_who_waits_long_hears_that_it_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence would leave open whose turn it is."""
    monkeypatch.setattr("sshauth.plain.visit.ONE_MOMENT_AFTER", 0.01)
    ada = await world.register()
    passwords = HeldPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email: ", "ada")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Code: ", ada.code())
        await guest.hears("One moment.")
        passwords.go_on.set()
        await guest.hears("Welcome, Ada")
