"""Rooms that change password, names and email, and the one that deletes the account."""

from tests.accounts.people import NEW_PASSWORD, PASSWORD, World
from tests.tui.rooms import (
    PROFILE,
    SECURITY,
    at_home,
    go_in,
    is_home,
)
from tests.tui.ways import SIGN_IN


async def test_changing_the_password(world: World) -> None:
    """What is refused is said beside the field; afterwards other sessions are over."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        visitor.fill(NEW_PASSWORD, "something else")
        await visitor.is_told({"Repeat password": "The passwords differ."})
        assert visitor.fields == {"New password": NEW_PASSWORD, "Repeat password": "something else"}
        visitor.type(f"{NEW_PASSWORD}\r")
        await visitor.sees("Password changed. Your other sessions are ended.")
        assert "Password changed just now" in visitor.prose
        assert len(await world.live()) == 1
    await ada.sign_in(password=NEW_PASSWORD)


async def test_a_new_password_is_judged_by_ones_own_words(world: World) -> None:
    """While it is typed."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        visitor.type("lovelace lovelace\t")
        await visitor.is_told(
            {"New password": "Too easy to guess: Do not use your name, email address or sshauth in it."}
        )
        assert "[#-------] Weak" in visitor.text
        visitor.press("shift+tab")
        visitor.type(NEW_PASSWORD)
        await visitor.sees("[########] Strong")


async def test_the_present_password_is_refused_as_the_new_one(world: World) -> None:
    """Beside the field, which gets the focus; all that was typed stays."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        visitor.fill(PASSWORD, PASSWORD)
        await visitor.is_told({"New password": "That is your password already."})
        assert visitor.focused == "New password"
        assert visitor.fields == {"New password": PASSWORD, "Repeat password": PASSWORD}
        visitor.type(f"{NEW_PASSWORD}\t{NEW_PASSWORD}\r")
        await visitor.sees("Password changed.")


async def test_f4_shows_both_passwords_and_says_how_to_hide_them(world: World) -> None:
    """The label of the key tells what it does next."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        visitor.type(f"{NEW_PASSWORD}\t{NEW_PASSWORD}")
        visitor.press("f4")
        await visitor.shows({"New password": NEW_PASSWORD, "Repeat password": NEW_PASSWORD})
        await visitor.sees("F4 Hide")
        await visitor.click("F4 Hide")
        await visitor.loses(NEW_PASSWORD)
        await visitor.sees("F4 Show")


async def test_what_was_typed_is_there_again_but_no_password(world: World) -> None:
    """Escape by mistake costs nothing."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        visitor.type("Augusta\t")
        visitor.press("escape")
        await visitor.comes_to(PROFILE)
        visitor.press("enter")
        await visitor.comes_to("Change names")
        await visitor.has(first_name="Augusta", last_name="Lovelace")
        visitor.press("escape")
        await visitor.comes_to(PROFILE)
        visitor.press("escape")
        await is_home(visitor)
        visitor.press("f3", "enter")
        await visitor.comes_to("Change password")
        visitor.type(NEW_PASSWORD)
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        visitor.press("enter")
        await visitor.comes_to("Change password")
        assert set(visitor.fields.values()) == {""}


async def test_names_that_are_refused_stay(world: World) -> None:
    """Words say why."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        visitor.paste("A\u202eda")
        visitor.press("tab", "enter")
        await visitor.is_told({"First name": "This holds a character that cannot be shown."})
        await visitor.has(last_name="Lovelace")


async def test_changing_the_names(world: World) -> None:
    """The room behind shows them."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        visitor.fill("Augusta", "King")
        await visitor.sees("Names changed.")
        await visitor.sees("Augusta King")


async def test_a_name_that_is_refused_is_said_once_its_field_is_left(world: World) -> None:
    """Not before."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        visitor.paste("A\u202eda")
        await visitor.has(first_name="A\u202eda")
        assert visitor.words == {}
        visitor.press("tab")
        await visitor.is_told({"First name": "This holds a character that cannot be shown."})
        assert visitor.focused == "Last name"


async def test_an_address_that_cannot_be_is_asked_nobody(world: World) -> None:
    """Its form is looked at first."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change email")
        visitor.fill("augusta@nowhere")
        await visitor.is_told({"New email": "Mail cannot reach that address."})
        visitor.fill("augusta@example.org")
        await visitor.comes_to("Confirm your new address")
        mails = len(await world.mailed())
        visitor.fill("1234")
        await visitor.sees("! Code from the mail")
        assert len(await world.mailed()) == mails


async def test_changing_the_email_without_mail(world: World) -> None:
    """At once; a taken address is said, since nothing else could tell."""
    await world.register(user_name="bob", email="bob@example.org")
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change email")
        visitor.fill("bob@example.org")
        await visitor.is_told({"New email": "That email address has an account already."})
        visitor.type("augusta@example.org\r")
        await visitor.sees("Your email address is augusta@example.org now.")
        assert "Email augusta@example.org" in visitor.prose


async def test_changing_the_email_by_a_code(world: World) -> None:
    """Nothing changes before the code from the mail is typed."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change email")
        visitor.fill("augusta@example.org")
        await visitor.sees("A code went to augusta@example.org. Type it here.")
        visitor.fill("0000-0000-0000-0000")
        await visitor.is_told({"Code from the mail": "That code is wrong or has expired."})
        visitor.press("f5")
        await visitor.sees("Sent again.")
        assert (await world.user()).email == "ada@example.org"
        visitor.fill(await world.mailed_code())
        await visitor.sees("Your email address is augusta@example.org now.")
    assert (await world.user()).email == "augusta@example.org"


async def test_the_answer_is_the_same_for_an_address_with_an_account(world: World) -> None:
    """And Escape leads back to the address."""
    world.use(mail_goes_out=True)
    await world.register(user_name="bob", email="bob@example.org")
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change email")
        visitor.fill("bob@example.org")
        await visitor.sees("A code went to bob@example.org. Type it here.")
        visitor.press("escape")
        await visitor.comes_to("Change email")
        assert visitor.fields == {"New email": "bob@example.org"}
        visitor.press("escape")
        await visitor.comes_to(PROFILE)


async def test_deleting_the_account(world: World) -> None:
    """Only who types their user name means it; then it is gone, and the app says goodbye."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Delete account")
        visitor.fill("bob")
        await visitor.sees("Type your own user name, to show that you mean it.")
        assert visitor.fields == {"Your user name": "bob"}
        visitor.fill("ada")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
        assert visitor.app.return_value == "Your account is deleted. Goodbye, Ada."


async def test_signing_out_from_home_forgets_what_was_typed_behind_it(world: World) -> None:
    """The next person finds nothing of the last."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change email")
        visitor.type("augusta@example.org")
        visitor.press("escape")
        await visitor.comes_to(PROFILE)
        visitor.press("escape")
        await is_home(visitor)
        await visitor.click("Ctrl+O Sign out")
        await visitor.comes_to(SIGN_IN)
        visitor.fill(PASSWORD, ada.code())
        await is_home(visitor)
        world.wait(30)
        await go_in(visitor, world, ada, "Change email")
        assert visitor.fields == {"New email": ""}
