"""Sign in for who has proven an SSH key."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sshauth.accounts.bundle import Accounts
from sshauth.accounts.peer import Peer
from sshauth.accounts.ssh_keys import Recognised, SSHKeys
from sshauth.tui import recognise
from sshauth.tui.sign_in import REFUSED
from tests.accounts.people import NEW_PASSWORD, PASSWORD, Person, World
from tests.tui.edges import HeldPasswords, use_passwords
from tests.tui.rooms import HOSTILE, KEY, KEYS, OTHER_KEY, click_at, is_home, remember
from tests.tui.test_bursts import EarlyTypist
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import CREATE_ACCOUNT, FORGOT, HOME, SIGN_IN, go_back

TICK = "Remember this key aB3dE5fG7hI9+/ja…"
RECOGNISED = "Recognised by your key aB3dE5fG7hI9+/ja…"
BY_CODE = {"User name": "ada", "Code": ""}
OTHERWISE, BY_KEY_AGAIN = "F5 Use my password", "F5 Use my key"


async def remembered(world: World) -> Person:
    """Give somebody whose key is remembered."""
    ada = await world.register()
    await remember(world, ada)
    return ada


async def forget(world: World, ada: Person) -> None:
    """Remove all keys in another session."""
    for key in await world.accounts.ssh_keys.all(ada.identity, Peer("198.51.100.7")):
        await world.accounts.ssh_keys.remove(ada.identity, key.id, Peer("198.51.100.7"))


async def keys_of(world: World, ada: Person) -> list[str]:
    """Give the fingerprints of somebody's keys."""
    keys = await world.accounts.ssh_keys.all(ada.identity, Peer("198.51.100.7"))
    return [key.fingerprint for key in keys]


# Remembering a key


async def test_without_a_key_nothing_is_new(world: World) -> None:
    """No tick, and no other way: F5 is for another user name."""
    await remembered(world)
    async with visiting(world, user_name="ada") as visitor:
        assert visitor.ticks == {}
        assert OTHERWISE not in visitor.prose
        visitor.press("f5")
        visitor.type("x")
        await visitor.holds("x", "", "")


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_a_proven_key_can_be_remembered(world: World, size: tuple[int, int]) -> None:
    """One line says which; it is off by default."""
    async with visiting(world, key=KEY, size=size) as visitor:
        await visitor.sees("Remember this key")
        assert visitor.ticks == {TICK: False}
        assert "F5" not in visitor.text
        assert visitor.focused == "User name"


async def test_it_is_not_remembered_unasked(world: World) -> None:
    """Enter in Code does not come by the tick."""
    ada = await world.register()
    async with visiting(world, key=KEY) as visitor:
        visitor.fill("ada", PASSWORD, ada.code())
        await visitor.comes_to(HOME)
    assert await keys_of(world, ada) == []


@pytest.mark.parametrize("way", ["space", "mouse"])
async def test_remembering_a_key(world: World, way: str) -> None:
    """The next time only the code is asked."""
    ada = await world.register()
    async with visiting(world, key=KEY) as visitor:
        visitor.type(f"ada\t{PASSWORD}\t{ada.code()}")
        if way == "mouse":
            await click_tick(visitor)
        else:
            visitor.press("tab", way)
        await visitor.sees("Next time this key stands for your password; the code is still asked.")
        assert visitor.ticks == {TICK: True}
        assert visitor.focused == TICK
        visitor.press("enter")
        await visitor.comes_to(HOME)
    assert await keys_of(world, ada) == [KEY.fingerprint]
    world.wait(30)
    async with visiting(world, key=KEY) as visitor:
        visitor.fill(ada.code())
        await visitor.comes_to(HOME)


async def test_a_burst_with_the_tick_in_it(world: World) -> None:
    """Value, Tab, value, Tab, code, Tab, Space, Tab, Enter, all at once."""
    ada = await world.register()
    async with visiting(world, key=KEY) as visitor:
        visitor.type(f"ada\t{PASSWORD}\t{ada.code()}\t \t\r", merged=True)
        await visitor.comes_to(HOME)
    assert await keys_of(world, ada) == [KEY.fingerprint]


async def test_a_tick_can_be_taken_back(world: World) -> None:
    """Its words go with it."""
    ada = await world.register()
    async with visiting(world, key=KEY) as visitor:
        visitor.type(f"ada\t{PASSWORD}\t{ada.code()}\t  ")
        await visitor.until(lambda: visitor.focused == TICK, "the tick")
        await visitor.rests()
        assert visitor.ticks == {TICK: False}
        assert "Next time" not in visitor.text
        visitor.type("x")
        visitor.press("tab", "enter")
        await visitor.comes_to(HOME)
    assert await keys_of(world, ada) == []


async def test_a_tick_outlasts_a_refusal(world: World) -> None:
    """And counts with the next try."""
    ada = await world.register()
    async with visiting(world, key=KEY) as visitor:
        visitor.type(f"ada\t{PASSWORD}\t000000\t \t\r")
        await visitor.sees("User name, password or code is wrong.")
        assert visitor.ticks == {TICK: True}
        await visitor.focuses("Code")
        visitor.fill(ada.code())
        await visitor.comes_to(HOME)
        await visitor.click("Ctrl+O Sign out")
        await visitor.sees("Recognised by your key")
        assert visitor.ticks == {}


async def click_tick(visitor: Visitor) -> None:
    """Press the mouse on the tick."""
    lines = visitor.text.split("\n")
    row = next(index for index, line in enumerate(lines) if "Remember this key" in line)
    click_at(visitor, lines[row].index("Remember"), row)


# Recognised


@pytest.mark.parametrize("user_name", ["", "ada", "grace"])
async def test_a_remembered_key_is_recognised(world: World, user_name: str) -> None:
    """Its owner's name is filled in, whoever ssh says, and only the code is asked."""
    ada = await remembered(world)
    async with visiting(world, user_name=user_name, key=KEY) as visitor:
        assert RECOGNISED in visitor.prose
        assert visitor.fields == BY_CODE
        assert visitor.focused == "Code"
        assert visitor.ticks == {}
        assert "Password" not in visitor.text.replace("F3 Forgot password", "")
        assert "F4 Show" not in visitor.text
        visitor.fill(ada.code())
        await visitor.comes_to(HOME)


async def test_the_user_name_cannot_be_edited_then(world: World) -> None:
    """Not by Tab, and not by the mouse."""
    await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.press("shift+tab")
        await visitor.focuses("F1 Help")
        lines = visitor.text.split("\n")
        row = next(index for index, line in enumerate(lines) if "User name" in line)
        click_at(visitor, lines[row].index("ada"), row)
        visitor.type("x")
        await visitor.rests()
        assert visitor.fields == BY_CODE


async def test_a_recovery_code_will_do(world: World) -> None:
    """As with the password."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.press("f6")
        await visitor.sees("Type one of your recovery codes into Code")
        visitor.fill(ada.recovery_codes[0].lower())
        await visitor.comes_to(HOME)


async def test_no_code(world: World) -> None:
    """It is said beside the only field."""
    await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.press("enter")
        await visitor.is_told({"Code": "Please fill this in."})


async def test_wrong_and_used_codes_are_said_beside_the_code(world: World) -> None:
    """Who has proven the key may know that it is the code."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.fill(ada.wrong_code())
        await visitor.is_told({"Code": REFUSED})
        assert visitor.focused == "Code"
        visitor.fill(ada.code(-1))
        await visitor.is_told({"Code": "That code was already used. Wait for the next one."})
        visitor.fill(ada.code())
        await visitor.comes_to(HOME)


async def test_keys_before_the_first_picture_land_in_code(world: World) -> None:
    """Nothing is lost."""
    ada = await remembered(world)
    driver = type("ThisTypist", (EarlyTypist,), {"typed": f"{ada.code()}\r"})
    async with visiting(world, key=KEY, driver=driver) as visitor:
        await visitor.comes_to(HOME)


@pytest.mark.parametrize(("key", "form"), [("f2", CREATE_ACCOUNT), ("f3", FORGOT)])
async def test_links_lead_on_and_back(world: World, key: str, form: str) -> None:
    """Forgot password takes the user name along."""
    await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.press(key)
        await visitor.comes_to(form)
        assert form != FORGOT or visitor.fields == {"User name or email": "ada"}
        await go_back(visitor, SIGN_IN)
        assert visitor.fields == BY_CODE
        assert visitor.focused == "Code"


async def test_the_key_of_a_name_that_looks_like_markup(world: World) -> None:
    """And a place that is called so."""
    await remembered(world)
    recognised = Recognised(HOSTILE, KEY.fingerprint)
    world.use(app_name="[/]A")
    world.accounts = replace(world.accounts, ssh_keys=KeysOfSomebody.like(world.accounts, recognised))
    async with visiting(world, key=KEY, app_name="[/]A") as visitor:
        assert visitor.fields["User name"] == HOSTILE
        assert HOSTILE in visitor.text
        assert "Welcome to [/]A." in visitor.text


# The other way


@pytest.mark.parametrize("way", ["key", "mouse"])
async def test_the_password_after_all(world: World, way: str) -> None:
    """The form is the ordinary one; no key is offered to be remembered that is remembered already."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        if way == "key":
            visitor.press("f5")
        else:
            await visitor.click(OTHERWISE)
        await visitor.sees("Your user name or email, your password")
        await visitor.focuses("Password")
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
        assert visitor.ticks == {}
        visitor.fill(PASSWORD, ada.code())
        await visitor.comes_to(HOME)


async def test_the_other_way_waits_for_a_sign_in_that_is_being_judged(world: World) -> None:
    """By the mouse, which is not held as keys are."""
    ada = await remembered(world)
    passwords = HeldPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world, key=KEY) as visitor:
        visitor.press("f5")
        visitor.fill(PASSWORD, ada.code())
        await visitor.until(lambda: passwords.asked == 1, "a busy form")
        await visitor.click(BY_KEY_AGAIN)
        await visitor.rests()
        assert visitor.fields["Password"] == PASSWORD
        passwords.go_on.set()
        await visitor.comes_to(HOME)


async def test_somebody_else_with_the_same_key(world: World) -> None:
    """The user name can be changed."""
    await remembered(world)
    bob = await world.register(user_name="bob", email="bob@example.org", first_name="Bob")
    async with visiting(world, key=KEY) as visitor:
        await visitor.is_told({"User name": "Not ada? Press F5."})
        visitor.press("f5")
        await visitor.is_told({"User name": "Not ada? Press Shift+Tab."})
        visitor.press("shift+tab")
        await visitor.focuses("User name")
        visitor.fill("bob", PASSWORD, bob.code())
        await visitor.comes_to("Welcome, Bob")
        await visitor.click("Ctrl+O Sign out")
        await visitor.comes_to(SIGN_IN)
        assert visitor.fields == {"User name": "bob", "Password": "", "Code": ""}
        await visitor.sees(BY_KEY_AGAIN)


async def test_there_and_back(world: World) -> None:
    """The code stays, the password does not, and the name is the key's again."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.type(ada.code())
        visitor.press("f5")
        visitor.type("half a pass")
        visitor.press("shift+tab")
        visitor.type("bob")
        await visitor.holds("bob", "half a pass", ada.code())
        await visitor.rests()  # the buttons have moved
        await visitor.click(BY_KEY_AGAIN)
        await visitor.sees(RECOGNISED)
        assert visitor.fields == {"User name": "ada", "Code": ada.code()}
        visitor.press("f5")
        await visitor.holds("ada", "", ada.code())
        visitor.press("f5", "enter")
        await visitor.comes_to(HOME)


async def test_a_burst_behind_f5_lands_in_the_right_fields(world: World) -> None:
    """F5, password, Tab, code, Enter, all at once."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.press("f5")
        visitor.type(f"{PASSWORD}\t{ada.code()}\r", merged=True)
        await visitor.comes_to(HOME)


async def test_shown_secrets_are_hidden_again(world: World) -> None:
    """F4 does nothing where there is no password."""
    await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.press("f4", "f5")
        visitor.type("half a pass")
        await visitor.shows({"Password": "•" * 11})


# A key that goes or comes meanwhile


async def test_a_key_that_was_removed_meanwhile(world: World) -> None:
    """It is said, and the ordinary form is there at once."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        await forget(world, ada)
        visitor.fill(ada.code())
        words = "This key signs you in no more. Please use your password."
        await visitor.is_told({"User name": "Not ada? Press F5.", "Password": words})
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ada.code()}
        assert visitor.focused == "Password"
        await visitor.loses(OTHERWISE)
        assert visitor.ticks == {TICK: False}
        visitor.type(f"{PASSWORD}\t{ada.code()}\r")
        await visitor.comes_to(HOME)


async def test_recognised_again_after_signing_out(world: World) -> None:
    """In the same connection."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.fill(ada.code())
        await is_home(visitor)
        await visitor.click("Ctrl+O Sign out")
        await visitor.sees("You are signed out.")
        await visitor.sees(RECOGNISED)
        assert visitor.fields == BY_CODE
        assert visitor.focused == "Code"


async def test_keys_right_behind_signing_out_land_in_the_form_that_comes(world: World) -> None:
    """One that was not there the last time: the key was removed meanwhile."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.fill(ada.code())
        await is_home(visitor)
        await forget(world, ada)
        world.wait(30)
        visitor.app.sign_out()
        visitor.type(f"{PASSWORD}\t{ada.code()}\r", merged=True)
        await visitor.until(lambda: visitor.app.identity is not None, "somebody signed in")
        await is_home(visitor)


async def test_recognised_after_it_was_remembered(world: World) -> None:
    """Signing out shows what it means."""
    ada = await world.register()
    async with visiting(world, key=KEY) as visitor:
        visitor.type(f"ada\t{PASSWORD}\t{ada.code()}\t \t\r")
        await is_home(visitor)
        await visitor.click("Ctrl+O Sign out")
        await visitor.sees(RECOGNISED)


async def test_not_recognised_after_it_was_removed(world: World) -> None:
    """The password is asked again, and the key may be remembered again."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.fill(ada.code())
        await is_home(visitor)
        visitor.press("f4")
        await visitor.comes_to(KEYS)
        await visitor.sees("now, this one")
        visitor.press("f5")
        await visitor.comes_to("Remove a key")
        visitor.press("down", "enter")
        await visitor.sees("Removed:")
        visitor.press("escape")
        await is_home(visitor)
        await visitor.click("Ctrl+O Sign out")
        await visitor.sees("You are signed out.")
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
        assert visitor.ticks == {TICK: False}


async def test_not_recognised_after_a_reset(world: World) -> None:
    """It forgets all keys."""
    ada = await remembered(world)
    async with visiting(world, key=KEY) as visitor:
        visitor.press("f3", "enter")
        await visitor.comes_to("Reset password")
        visitor.fill(await world.mailed_code(), ada.code(), NEW_PASSWORD, NEW_PASSWORD)
        await visitor.sees("Password changed. Sign in with the new one.")
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
    assert await keys_of(world, ada) == []


async def test_another_key_is_not_recognised(world: World) -> None:
    """Nobody learns that the account has one."""
    await remembered(world)
    async with visiting(world, user_name="ada", key=OTHER_KEY) as visitor:
        assert "Recognised" not in visitor.text
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}


async def test_the_key_of_a_disabled_account(world: World) -> None:
    """As if it were nobody's."""
    await remembered(world)
    await world.disable("ada")
    async with visiting(world, key=KEY) as visitor:
        assert "Recognised" not in visitor.text


# A database that fails


@dataclass(frozen=True, slots=True)
class KeysOfSomebody(SSHKeys):
    """Recognises everybody as somebody."""

    somebody: Recognised

    @classmethod
    def like(cls, accounts: Accounts, somebody: Recognised) -> "KeysOfSomebody":
        real = accounts.ssh_keys
        return cls(real.database, real.audit, real.clock, real.mail_is_waiting, somebody)

    async def recognise(self, _peer: Peer) -> Recognised | None:
        return self.somebody


class BrokenKeys(SSHKeys):
    """Breaks: a database that is not there."""

    async def recognise(self, _peer: Peer) -> Recognised | None:
        raise OSError("no database")


class SlowKeys(SSHKeys):
    """Never answers: a database that is far away."""

    async def recognise(self, _peer: Peer) -> Recognised | None:
        never: asyncio.Future[Recognised] = asyncio.Future()
        return await never


@pytest.mark.parametrize("kind", [BrokenKeys, SlowKeys])
async def test_a_database_that_cannot_tell(
    world: World, kind: type[SSHKeys], monkeypatch: pytest.MonkeyPatch, logged: list[Any]
) -> None:
    """Nobody waits long for it; the form is the ordinary one, and the log tells."""
    await remembered(world)
    monkeypatch.setattr(recognise, "PATIENCE_SECONDS", 0.05)
    real = world.accounts.ssh_keys
    broken = kind(real.database, real.audit, real.clock, real.mail_is_waiting)
    world.accounts = replace(world.accounts, ssh_keys=broken)
    async with visiting(world, user_name="ada", key=KEY) as visitor:
        assert visitor.fields == {"User name": "ada", "Password": "", "Code": ""}
    assert [entry["event"] for entry in logged].count("key.not_looked_up") == 1


async def test_what_was_said_of_a_key_before_there_was_a_screen_is_said_again(world: World) -> None:
    """The first picture covers what a client printed: a certificate or a weak key is not recognised."""
    async with visiting(world, remark="Certificates are not recognised here; plain keys are.") as visitor:
        await visitor.sees("Certificates are not recognised here; plain keys are.")
