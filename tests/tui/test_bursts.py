"""Keys faster than the screen."""

import asyncio
import gc
from string import ascii_lowercase

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from sshauth.ssh.keyboard import Keyboard
from tests.accounts.people import PASSWORD, World
from tests.tui.edges import HeldPasswords, use_passwords
from tests.tui.visitor import visiting
from tests.tui.ways import ADA, AUTHENTICATOR, CREATE_ACCOUNT, HOME, go_to


@pytest.mark.parametrize("merged", [False, True], ids=["key by key", "merged"])
async def test_a_burst_lands_in_the_right_fields(world: World, merged: bool) -> None:
    """F5, and a password manager's value, Tab, value, Tab, code, Enter, all at once."""
    ada = await world.register()
    async with visiting(world, user_name="somebody") as visitor:
        visitor.type(f"\x1b[15~ada\t{PASSWORD}\t{ada.code()}\r", merged=merged)
        await visitor.comes_to(HOME)


@pytest.mark.parametrize("merged", [False, True], ids=["key by key", "merged"])
@pytest.mark.parametrize("password", [PASSWORD, "abc123xyz", "Tr0ub4dor&3", "hunter2hunter2"])
async def test_a_burst_for_another_form_leaves_no_password_readable(
    world: World, password: str, merged: bool
) -> None:
    """Where the user name stands already, typing begins at the password, and the password lands in Code."""
    async with visiting(world, user_name="ada") as visitor:
        visitor.type(f"ada\t{password}\t123456\r", merged=merged)
        await visitor.until(lambda: "Code" in visitor.words, "words beside Code")
        await visitor.has(password="ada", code="")
        assert "Please fill" not in visitor.prose


@pytest.mark.parametrize("merged", [False, True], ids=["key by key", "merged"])
async def test_corrections_in_a_burst_land_in_the_right_fields(world: World, merged: bool) -> None:
    """Backspace and cursor keys edit the field in which they were typed."""
    async with visiting(world) as visitor:
        visitor.type("adax\x7f\tecret\x1b[Hs\t12345\x7f4\x1b[D9\x1b[3~", merged=merged)
        await visitor.has(user_name="ada", password="secret", code="12349")


async def test_corrections_before_enter_are_submitted(world: World) -> None:
    """What Enter submits is what stands in the field once all keys before it are done."""
    ada = await world.register()
    async with visiting(world) as visitor:
        visitor.type(f"ada\t{PASSWORD}\t{ada.code()}7\x7f\r")
        await visitor.comes_to(HOME)


@pytest.mark.parametrize("merged", [False, True], ids=["key by key", "merged"])
async def test_keys_right_behind_a_link_land_on_the_next_screen(world: World, merged: bool) -> None:
    """F2 and a filled form at once: the first letter is not lost, and the last key submits."""
    async with visiting(world) as visitor:
        visitor.press("f2")
        visitor.type("\t".join(ADA) + "\r", merged=merged)
        await visitor.comes_to(AUTHENTICATOR)


class EarlyTypist(HeadlessDriver):
    """Types before the first picture."""

    typed = ""

    def start_application_mode(self) -> None:
        super().start_application_mode()
        for event in Keyboard(lambda: True).feed(self.typed.encode()):
            if event is not None:
                self._app.post_message(event)


@pytest.mark.parametrize("first", ["", "\x1b[15~ada\t", "\x1b[Z\r"], ids=["at once", "typed name", "enter"])
async def test_keys_before_the_first_picture_land_in_the_right_fields(world: World, first: str) -> None:
    """Nothing of it is lost, and the name that stands there already is accepted or replaced."""
    ada = await world.register()
    driver = type("ThisTypist", (EarlyTypist,), {"typed": f"{first}{PASSWORD}\t{ada.code()}\r"})
    async with visiting(world, user_name="ada", driver=driver) as visitor:
        await visitor.comes_to(HOME)


async def test_enter_right_behind_a_link_is_for_the_next_screen(world: World) -> None:
    """It goes on to the second field there."""
    async with visiting(world) as visitor:
        visitor.press("f2", "enter")
        visitor.type("Lovelace")
        await visitor.has(first_name="", last_name="Lovelace")


async def test_keys_for_the_next_screen_wait_for_it(world: World) -> None:
    """What is typed while a form is busy lands in the form that comes next."""
    passwords = HeldPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(*ADA)
        await visitor.until(lambda: passwords.asked == 1, "a busy form")
        visitor.type("12")
        await visitor.rests()
        assert list(visitor.fields.values()) == list(ADA)
        visitor.type("34")
        passwords.go_on.set()
        visitor.type("5")
        await visitor.comes_to(AUTHENTICATOR)
        await visitor.has(code="12345")


async def test_keys_for_a_form_that_is_refused_replace_the_wrong_value(world: World) -> None:
    """What is typed while a sign-in is judged becomes the next try."""
    ada = await world.register()
    passwords = HeldPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as visitor:
        visitor.fill("ada", PASSWORD, "000000")
        await visitor.until(lambda: passwords.asked == 1, "a busy form")
        visitor.type(f"{ada.code()}\r")
        passwords.go_on.set()
        await visitor.comes_to(HOME)


async def test_a_second_enter_submits_no_second_time(world: World) -> None:
    """Whoever presses Enter twice is signed in, and stays so."""
    ada = await world.register()
    passwords = HeldPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as visitor:
        visitor.type(f"ada\t{PASSWORD}\t{ada.code()}\r\r")
        await visitor.until(lambda: passwords.asked == 1, "a busy form")
        passwords.go_on.set()
        await visitor.comes_to(HOME)
        await visitor.rests()
        assert "Signed in as ada" in visitor.text
        assert passwords.asked == 1


async def test_keys_keep_their_order_while_a_form_comes_back(world: World) -> None:
    """Whoever types on while a form is judged finds all of it, in order."""
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill("Ada", "Lovelace", "ada", "nowhere", PASSWORD, PASSWORD)
        typed = ""
        while len(typed) < 250:
            typed += ascii_lowercase[len(typed) % 26]
            visitor.type(typed[-1])
            await asyncio.sleep(0)
        await visitor.has(email=typed)


async def test_a_busy_form_can_be_left(world: World) -> None:
    """Ctrl+Q does not wait in the queue behind a use case that takes long."""
    use_passwords(world, HeldPasswords(world.passwords))
    async with visiting(world) as visitor:
        visitor.type("ada\tsecret\t123456\rheld")
        visitor.press("ctrl+q")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
    gc.collect()  # tells of a coroutine that nobody awaited


@pytest.mark.parametrize("key", ["left", "f9"])
async def test_a_key_right_before_leaving_breaks_nothing(world: World, key: str) -> None:
    """The app ends without an error, so that nobody is told of one."""
    async with visiting(world) as visitor:
        visitor.press(key, "ctrl+q")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
