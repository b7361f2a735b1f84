"""Security, and the rooms that change the account."""

import json

import pytest

from sshauth.accounts.peer import Peer
from tests.accounts.people import ELSEWHERE, NEW_PASSWORD, PASSWORD, World
from tests.tui.rooms import (
    CONFIRM,
    HOSTILE,
    ROOMS,
    SECURITY,
    Clipboard,
    at_home,
    choose,
    confirm,
    go_in,
    go_to_security,
    is_home,
    register_who_kept_codes,
)
from tests.tui.ways import CODES, SIGN_IN, code_of, codes_on, keep_codes, secret_on


async def test_it_shows_the_account(world: World) -> None:
    """What is known, and what needs attention."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        await go_to_security(visitor)
        for words in (
            "User name ada",
            "Names Ada Lovelace",
            "Email ada@example.org",
            "Password never changed",
            "Authenticators First authenticator",
            "Recovery codes 10 left",
        ):
            assert words in visitor.prose


@pytest.mark.parametrize("label", ROOMS)
async def test_each_room_asks_first_who_is_there_and_escape_leads_back(world: World, label: str) -> None:
    """Escape leaves the question, and later the room; what is confirmed stays so for five minutes."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_to_security(visitor)
        await choose(visitor, label)
        await visitor.comes_to(CONFIRM)
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        await visitor.focuses(label)
        visitor.press("enter")
        await confirm(visitor, world, ada)
        await visitor.comes_to(ROOMS[label])
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        await visitor.focuses(label)
        visitor.press("enter")
        await visitor.comes_to(ROOMS[label])
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        visitor.press("escape")
        await is_home(visitor)


async def test_a_room_by_mouse(world: World) -> None:
    """Every button is one."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await visitor.click("F2 Security")
        await visitor.comes_to(SECURITY)
        await visitor.click("Change names")
        await visitor.comes_to(CONFIRM)
        visitor.type(f"{PASSWORD}\t{ada.code()}")
        await visitor.click("Confirm")
        await visitor.comes_to("Change names")
        await visitor.click("Esc Back")
        await visitor.comes_to(SECURITY)


async def test_keys_faster_than_the_screen_lead_all_the_way(world: World) -> None:
    """From Home to a changed name in one burst."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        visitor.press("f2", "down", "down", "down", "down", "enter")
        visitor.fill(PASSWORD, ada.code())
        visitor.fill("Augusta", "King")
        await visitor.sees("Names changed.")
        assert "Names Augusta King" in visitor.prose
        visitor.press("escape")
        await visitor.comes_to("Welcome, Augusta")


async def test_a_used_code_does_not_confirm(world: World) -> None:
    """Words stand beside the code, and the password stays."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_to_security(visitor)
        visitor.press("enter")
        await visitor.comes_to(CONFIRM)
        visitor.fill(PASSWORD, ada.code(-1))
        await visitor.is_told({"Code": "That code was already used. Wait for the next one."})
        assert visitor.fields["Password"] == PASSWORD
        assert (visitor.focused, visitor.selected) == ("Code", ada.code(-1))
        visitor.type(f"{ada.code()}\r")
        await visitor.comes_to("Change password")


async def test_a_recovery_code_confirms(world: World) -> None:
    """In any writing."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_to_security(visitor)
        visitor.press("enter")
        await visitor.comes_to(CONFIRM)
        visitor.fill(PASSWORD, ada.recovery_codes[0].lower().replace("-", " "))
        await visitor.comes_to("Change password")
        visitor.press("escape")
        await visitor.sees("9 left")


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
        await visitor.sees("Weak: Do not use your name")
        visitor.press("shift+tab")
        visitor.type(NEW_PASSWORD)
        await visitor.sees("Strong")


async def test_five_minutes_over_in_the_middle(world: World) -> None:
    """The question comes again, and leads back to the filled form."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        world.wait(301)
        visitor.fill(NEW_PASSWORD, NEW_PASSWORD)
        await confirm(visitor, world, ada)
        await visitor.sees("Thank you. Press Enter to go on.")
        assert visitor.fields == {"New password": NEW_PASSWORD, "Repeat password": NEW_PASSWORD}
        visitor.press("enter")
        await visitor.sees("Password changed.")


async def test_five_minutes_over_before_a_button(world: World) -> None:
    """The question leads back to the button."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "New recovery codes")
        world.wait(301)
        visitor.press("enter")
        await confirm(visitor, world, ada)
        await visitor.sees("Thank you. Press Enter to go on.")
        await visitor.focuses("Make new codes")
        visitor.press("enter")
        await visitor.comes_to(CODES)


async def test_leaving_the_question_in_the_middle_loses_nothing(world: World) -> None:
    """Escape leads back to the form too."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        world.wait(301)
        visitor.fill("Augusta", "King")
        await visitor.comes_to(CONFIRM)
        visitor.press("escape")
        await visitor.has(first_name="Augusta", last_name="King")


async def test_what_was_typed_is_there_again_but_no_password(world: World) -> None:
    """Escape by mistake costs nothing."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        visitor.type("Augusta\t")
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        visitor.press("enter")
        await visitor.comes_to("Change names")
        await visitor.has(first_name="Augusta", last_name="Lovelace")
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        visitor.press("home", "up", "up", "up", "up", "enter")
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
        await visitor.comes_to(SECURITY)


async def test_two_authenticators(world: World) -> None:
    """Adding one, replacing the other, removing one; the last cannot be removed."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        await visitor.sees("Replace First authenticator")
        assert "Remove" not in visitor.text
        await choose(visitor, "Add a second one")
        await visitor.comes_to("New authenticator")
        await visitor.focuses("Code")
        second = secret_on(visitor)
        visitor.fill(code_of(second, world))
        await visitor.sees("Added. Your other sessions are ended.")
        world.wait(30)
        await choose(visitor, "Replace First authenticator")
        await visitor.comes_to("New authenticator")
        new = secret_on(visitor)
        visitor.fill("000000")
        await visitor.is_told({"Code": "That code is wrong. Type the one your app shows now."})
        await ada.sign_in()
        world.wait(30)
        visitor.fill(code_of(new, world))
        await visitor.sees("Replaced: First authenticator works no more.")
        world.wait(30)
        await choose(visitor, "Remove New phone")
        await visitor.comes_to("Remove an authenticator")
        visitor.press("enter")
        await visitor.sees("Removed: New phone works no more.")
        assert "Remove" not in visitor.text.replace("Removed", "")
        await visitor.focuses("Add a second one")
    await ada.sign_in(code=code_of(second, world))


async def test_the_name_of_an_authenticator_is_shown_literally(world: World) -> None:
    """In the list, on buttons, in sentences; and one that cannot be is refused."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        await choose(visitor, "Add a second one")
        await visitor.comes_to("New authenticator")
        code = code_of(secret_on(visitor), world)
        visitor.press("shift+tab")
        visitor.paste("A\u202eda")
        visitor.press("tab")
        visitor.fill(code)
        await visitor.is_told({"Name": "This holds a character that cannot be shown."})
        visitor.fill(HOSTILE, code)
        await visitor.sees(f"Remove {HOSTILE}")
        await choose(visitor, f"Remove {HOSTILE}")
        await visitor.sees(f"{HOSTILE} will not sign you in any more.")
        visitor.press("enter")
        await visitor.sees(f"Removed: {HOSTILE} works no more.")


async def test_five_minutes_over_before_the_first_code(world: World) -> None:
    """The same QR code waits behind the question."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        await choose(visitor, "Add a second one")
        await visitor.comes_to("New authenticator")
        secret = secret_on(visitor)
        world.wait(301)
        visitor.fill(code_of(secret, world))
        await confirm(visitor, world, ada)
        await visitor.comes_to("New authenticator")
        assert secret_on(visitor) == secret
        visitor.press("enter")
        await visitor.sees("Added.")


async def test_new_recovery_codes(world: World) -> None:
    """The old ones die; the proof that the new ones were kept takes the warning away."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        assert "You have not shown that you kept your recovery codes." in visitor.prose
        await go_in(visitor, world, ada, "New recovery codes")
        visitor.press("enter")
        await visitor.comes_to(CODES)
        codes = codes_on(visitor)
        assert not set(codes.values()) & set(ada.recovery_codes)
        await keep_codes(visitor)
        await visitor.comes_to(SECURITY)
        await visitor.loses("you have not shown")
        visitor.press("escape")
        await is_home(visitor)
        await visitor.loses("You have not shown")


async def test_leaving_new_recovery_codes_unproved(world: World) -> None:
    """It is said on Security, and on Home."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        assert "You have not shown" not in visitor.prose
        await go_in(visitor, world, ada, "New recovery codes")
        visitor.press("enter")
        await visitor.comes_to(CODES)
        visitor.press("escape")
        await visitor.sees("Leave all the same?")
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        await visitor.sees("10 left; you have not shown that you kept them")
        visitor.press("escape")
        await visitor.sees("You have not shown that you kept your recovery codes.")


async def test_own_data_is_shown_and_copied(world: World) -> None:
    """As JSON, in one part where it is short, scrolled by keys; without mail it is not offered."""
    ada = await world.register()
    Clipboard.copied.clear()
    async with at_home(world, ada, driver=Clipboard) as visitor:
        await go_in(visitor, world, ada, "Download my data")
        await visitor.sees('"user_name": "ada"')
        visitor.press("f5")
        await visitor.sees("Sent to your terminal's clipboard.")
        assert json.loads(Clipboard.copied[-1])["account"]["email"] == "ada@example.org"
        visitor.press("end")
        await visitor.loses('"user_name": "ada"')
        assert "Mail it to me" not in visitor.text
        visitor.press("f6")
        await visitor.rests()
    assert "own-data" not in await world.kinds_mailed()


async def test_much_data_is_copied_in_parts(world: World) -> None:
    """Each press sends the next; together they are the whole."""
    ada = await world.register()
    for number in range(40):
        await ada.sign_in(peer=Peer(f"192.0.2.{number}", client=f"SSH-2.0-{'x' * 200}"))
        world.wait(30)
    Clipboard.copied.clear()
    async with at_home(world, ada, driver=Clipboard) as visitor:
        await go_in(visitor, world, ada, "Download my data")
        await visitor.sees("F5 Copy part 1 of ")
        count = int(visitor.prose.split("F5 Copy part 1 of ")[1].split(" ")[0])
        assert count > 1
        for part in range(1, count + 1):
            visitor.press("f5")
            await visitor.sees(f"Part {part} of {count} sent to your terminal's clipboard.")
        await visitor.sees(f"F5 Copy part 1 of {count}")
        assert max(map(len, Clipboard.copied)) <= 8000
        assert len(json.loads("".join(Clipboard.copied))["sessions"]) == 42


async def test_own_data_by_mail(world: World) -> None:
    """To the address of the account."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Download my data")
        visitor.press("f6")
        await visitor.sees("On its way to ada@example.org.")
    assert "own-data" in await world.kinds_mailed()


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


@pytest.mark.parametrize("label", ROOMS)
async def test_rooms_fit_small_windows(world: World, label: str) -> None:
    """The focus is in view, and a change of size loses nothing."""
    ada = await world.register(email=f"{'a' * 64}@{'b' * 60}.org")
    async with at_home(world, ada, size=(60, 20)) as visitor:
        await go_in(visitor, world, ada, label)
        for size in ((60, 20), (40, 8), (200, 60), (80, 24)):
            await visitor.resize(*size)
            await visitor.rests()
            focused = visitor.app.focused
            assert focused is not None
            assert visitor.app.screen.region.overlaps(focused.region)
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        await visitor.focuses(label)


async def test_hostile_names_are_shown_literally(world: World) -> None:
    """On Home, on Security, and in forms."""
    ada = await world.register(first_name=HOSTILE, last_name="[/]")
    async with at_home(world, ada, first_name=HOSTILE) as visitor:
        await go_to_security(visitor)
        assert f"Names {HOSTILE} [/]" in visitor.prose
        await choose(visitor, "Change names")
        await confirm(visitor, world, ada)
        await visitor.comes_to("Change names")
        await visitor.has(first_name=HOSTILE, last_name="[/]")
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        await choose(visitor, "Delete account")
        await visitor.comes_to("Delete account")
        visitor.fill("ada")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
        assert visitor.app.return_value == f"Your account is deleted. Goodbye, {HOSTILE}."


async def test_something_that_fails_loses_nothing(world: World) -> None:
    """A room that was deleted from under the person says so."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        session = visitor.app.identity
        assert session is not None
        await world.accounts.sessions.end(session, session.session_id, ELSEWHERE)
        visitor.fill("Augusta", "King")
        await visitor.sees("That is not there any more.")
        await visitor.has(first_name="Augusta", last_name="King")


async def test_signing_out_from_home_forgets_what_was_typed_behind_it(world: World) -> None:
    """The next person finds nothing of the last."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change email")
        visitor.type("augusta@example.org")
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        visitor.press("escape")
        await is_home(visitor)
        await visitor.click("Sign out")
        await visitor.comes_to(SIGN_IN)
        visitor.fill("ada", PASSWORD, ada.code())
        await is_home(visitor)
        world.wait(30)
        await go_in(visitor, world, ada, "Change email")
        assert visitor.fields == {"New email": ""}
