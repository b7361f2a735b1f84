"""Creating an account line by line."""

import re
import threading
from collections.abc import Sequence

import pyotp
import pytest

from sshauth.accounts import totp
from sshauth.accounts.errors import Busy
from sshauth.accounts.peer import TimeLimits
from sshauth.accounts.strength import Strength, Verdict
from sshauth.db.tables import PendingRegistration
from sshauth.plain import setting_up
from sshauth.qr_code import QRCode
from tests.accounts.people import PASSWORD, World
from tests.plain.guest import ADA, CTRL_C, CTRL_D, SECRET, Guest, visiting
from tests.support.picture import DARK, decode_zxing, render
from tests.support.secrets import note
from tests.support.terminal import Screen
from tests.tui.edges import use_strength

LABELS = ("First name: ", "Last name: ", "User name: ", "Email: ")
CLEAR = "\x1b[3J\x1b[2J\x1b[H"


class FailingStrength(Strength):
    """Judges passwords unless it has something else to say."""

    def __init__(self, real: Strength) -> None:
        self._real = real
        self.fault: Exception | None = None

    async def judge(
        self, password: str, *, own_words: Sequence[str], source: str = "", known: bool = False
    ) -> Verdict:
        if self.fault is not None:
            raise self.fault
        return await self._real.judge(password, own_words=own_words, source=source, known=known)


def code_of(secret: str, world: World) -> str:
    """Read the present code off an authenticator app."""
    code = pyotp.TOTP(secret).generate_otp(totp.step_at(world.now))
    note(code)
    return code


async def signs_up(guest: Guest, world: World) -> dict[str, str]:
    """Go from the menu to the proof that the recovery codes were kept."""
    secret = await guest.begins_to_register()
    guest.type(f"{code_of(secret, world)}\r")
    return await guest.keeps_codes()


async def test_the_whole_way_to_an_account(world: World) -> None:
    """Answers, authenticator, recovery codes; without any escape sequence, and secrets are not echoed."""
    async with visiting(world) as guest:
        assert "Welcome to sshauth" in await guest.hears("Menu:")
        codes = await signs_up(guest, world)
        assert len(codes) == 10
        assert "Your account is made, and you are signed in.\r\nYour ten recovery" in guest.all_said
        assert "never the letters I, L, O or U" in guest.all_said
        await guest.answers("Clear this screen and what was scrolled off it? yes or no [no]: ", "")
        heard = await guest.chooses("o")
        assert "Welcome, Ada. You are signed in as ada." in heard
        assert "first time here" in heard
        assert "Warning" not in heard
        assert "\x1b" not in guest.all_said
        assert PASSWORD not in guest.all_said
    assert (await world.user()).recovery_codes_kept


async def test_the_code_from_the_mail_comes_first_where_mail_goes_out(world: World) -> None:
    """It can be sent again, and pasted as it stands in the mail."""
    world.use(mail_goes_out=True)
    async with visiting(world) as guest:
        await guest.chooses("c")
        await guest.fills_in()
        await guest.hears("We sent a code to ada@example.org.")
        await guest.answers("Code from the mail: ", "r")
        await guest.hears("Sent again, if your address can have mail.")
        await guest.answers("Code from the mail: ", "123456")
        await guest.hears("Error: The code from the mail has four groups of four")
        await guest.answers("Code from the mail: ", "AAAA-AAAA-AAAA-AAAA")
        await guest.hears("Error: That code is wrong or has expired.")
        await guest.answers("Code from the mail: ", f"Your code: {(await world.mailed_code()).lower()}")
        await guest.writes_secret_down()


async def test_what_is_wrong_is_said_at_once_and_asked_again(world: World) -> None:
    """In one line, field by field."""
    await world.register(user_name="grace", email="grace@example.org")
    async with visiting(world) as guest:
        await guest.chooses("c")
        await guest.answers("First name: ", "")
        await guest.hears("Error: Please type something")
        await guest.answers("First name: ", "A\u200bda")
        await guest.hears("Error: This holds a character that cannot be shown.")
        await guest.answers("First name: ", "Ada")
        await guest.answers("Last name: ", "Lovelace")
        await guest.answers("User name: ", "Grace")
        await guest.hears("Error: That user name is taken. Choose another.")
        await guest.answers("User name: ", "ada")
        await guest.answers("Email: ", "ada")
        await guest.hears("Error: Mail cannot reach that address.")
        await guest.answers("Email: ", "grace@example.org")
        await guest.answers("Password: ", "short")
        await guest.hears("Error: Use 12 characters or more: a few words.")
        await guest.answers("Password: ", "lovelace lovelace")
        await guest.hears("Error: That password is easy to guess. Do not use your name")
        await guest.answers("Password: ", PASSWORD)
        await guest.hears("Strength of the password: ")
        await guest.answers("Password once more: ", "something else")
        await guest.hears("Error: The passwords differ.")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Password once more: ", PASSWORD)
        await guest.hears("Error: Email: That email address has an account already.")
        await guest.answers("Email: ", "ada@example.org")
        await guest.writes_secret_down()


async def test_names_are_looked_up_so_often_and_then_when_the_account_is_made(world: World) -> None:
    """Row 27: what is taken is said all the same."""
    await world.register()
    async with visiting(world) as guest:
        await guest.chooses("c")
        await guest.answers("First name: ", "Ada")
        await guest.answers("Last name: ", "Lovelace")
        for _ in range(30):
            await guest.answers("User name: ", "ada")
            await guest.hears("Error: That user name is taken.")
        await guest.answers("User name: ", "ada")
        await guest.answers("Email: ", "ada.l@example.org")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Password once more: ", PASSWORD)
        await guest.hears("Error: User name: That user name is taken. Choose another.")
        await guest.hears("User name: ")


async def test_a_judge_of_passwords_who_is_busy_or_broken_holds_nobody_up_for_good(world: World) -> None:
    """Busy, it judges later; broken, it is said, and the question comes again."""
    strength = FailingStrength(world.strength)
    use_strength(world, strength)
    async with visiting(world) as guest:
        await guest.chooses("c")
        for label, answer in zip(LABELS, ADA, strict=True):
            await guest.answers(label, answer)
        strength.fault = MemoryError()
        await guest.answers("Password: ", PASSWORD)
        await guest.hears("Error: Something went wrong on our side (incident ")
        strength.fault = Busy()
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Password once more: ", PASSWORD)
        await guest.hears("Error: We are very busy.")
        strength.fault = None
        for _ in LABELS:
            await guest.answers("]: ", "")
        await guest.answers("Password [Enter for the one you typed]: ", "")
        await guest.writes_secret_down()


async def test_what_was_typed_is_offered_after_a_cancel(world: World) -> None:
    """In brackets; an empty answer takes it. The password is not kept."""
    async with visiting(world) as guest:
        await guest.chooses("c")
        for label, answer in zip(("First name: ", "Last name: "), ADA, strict=False):
            await guest.answers(label, answer)
        await guest.hears("User name: ")
        guest.type(f"ad{CTRL_C}")
        await guest.hears("Back to the menu.")
        await guest.chooses("2")
        await guest.answers("First name [Ada]: ", "")
        await guest.answers("Last name [Lovelace]: ", "King")
        await guest.answers("User name: ", "ada")
        await guest.answers("Email: ", ADA[3])
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Password once more: ", PASSWORD)
        await guest.writes_secret_down()
    assert await world.rows(PendingRegistration) == []


async def test_the_secret_is_spelled_out_with_all_that_an_app_asks(world: World) -> None:
    """In groups of four, again on request, and as one address."""
    async with visiting(world) as guest:
        await guest.chooses("c")
        await guest.fills_in()
        heard = await guest.hears("now: ")
        assert "Issuer: sshauth" in heard
        assert "Account: ada" in heard
        secret = SECRET.search(heard)
        assert secret
        note(secret[1].replace(" ", ""))
        assert heard.count("only letters and the digits 2 to 7") == 1
        guest.type("s\r")
        heard = await guest.hears("now: ")
        assert secret[1] in heard
        assert "u for all of it as one address (otpauth), qr for the QR code." in heard
        guest.type("u\r")
        heard = await guest.hears("now: ")
        assert "Type s to hear the secret again" in heard
        address = re.search(r"^otpauth://totp/\S+", heard, re.MULTILINE)
        assert address
        assert secret[1].replace(" ", "") in address[0]


async def test_the_qr_code_comes_on_request_and_phones_read_it(world: World) -> None:
    """In black and white, whatever the terminal's colours."""
    async with visiting(world) as guest:
        await guest.begins_to_register()
        guest.type("qr\r")
        before, _, drawn = (await guest.hears("now: ")).partition(" lines, follows.\r\n")
        drawn, _, _ = drawn.partition("End of the QR code.")
        assert before.endswith(f"The QR code, {len(drawn.splitlines())}")
        screen = Screen(80, 24)
        screen.feed(drawn.encode())
        found = decode_zxing(render(screen.cells(), DARK))
        assert found is not None
        assert found.startswith("otpauth://totp/")


async def test_the_qr_code_is_drawn_once_and_not_where_others_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for again it is the same, also in a window that leaves room for another border only."""
    drawn_by: list[threading.Thread] = []

    class Code(QRCode):
        def __init__(self, content: str) -> None:
            drawn_by.append(threading.current_thread())
            super().__init__(content)

    monkeypatch.setattr(setting_up, "QRCode", Code)
    async with visiting(world) as guest:
        await guest.begins_to_register()
        pictures = []
        for rows in (22, 22, 24):
            guest.size = (400, rows)
            guest.type("qr\r")
            pictures.append((await guest.hears("End of the QR code.")).partition("follows.")[2])
            await guest.hears("now: ")
        assert pictures[0] == pictures[1]
        assert len(pictures[0]) < len(pictures[2])
    assert len(drawn_by) == 1
    assert drawn_by[0] is not threading.main_thread()


@pytest.mark.parametrize(
    ("size", "draws_qr", "words"),
    [
        ((60, 20), True, "The QR code needs a window of "),
        ((80, 24), False, "This terminal cannot show a QR code."),
    ],
)
async def test_where_no_qr_code_can_be_shown_it_says_why(
    world: World, size: tuple[int, int], draws_qr: bool, words: str
) -> None:
    """And goes on."""
    world.use(app_name="sshauth")
    async with visiting(world, size=size, draws_qr=draws_qr) as guest:
        await guest.chooses("c")
        await guest.answers("First name: ", "Ada")
        await guest.answers("Last name: ", "Lovelace")
        await guest.answers("User name: ", "a" * 32)
        await guest.answers("Email: ", "ada@example.org")
        await guest.answers("Password: ", PASSWORD)
        await guest.answers("Password once more: ", PASSWORD)
        await guest.writes_secret_down()
        guest.type("qr\r")
        await guest.hears(words)
        await guest.hears("now: ")
        assert ("qr for the QR code" in guest.all_said) is draws_qr
        assert "\x1b" not in guest.all_said


async def test_a_wrong_first_code_is_asked_again(world: World) -> None:
    """The secret stays."""
    async with visiting(world) as guest:
        secret = await guest.begins_to_register()
        guest.type("12345\r")
        await guest.hears("Error: Your app's code has six digits; there are 5 digits here.")
        right = code_of(secret, world)
        guest.type(f"{(int(right) + 1) % 1_000_000:06}\r")
        await guest.hears("Error: That code")
        await guest.answers("now: ", f"{right[:3]} {right[3:]}")
        await guest.keeps_codes()


@pytest.mark.parametrize("way", ["cancel", "leave", "gone", "time"])
async def test_a_registration_that_is_left_frees_its_names(world: World, way: str) -> None:
    """By whatever way."""
    if way == "time":
        world.use(limits=TimeLimits(waiting_idle=TimeLimits().idle / 3600))
    async with visiting(world) as guest:
        await guest.begins_to_register()
        assert await world.rows(PendingRegistration) != []
        if way == "gone":
            guest.app.exit()
        elif way != "time":
            guest.type({"cancel": CTRL_C, "leave": CTRL_D}[way])
        if way == "leave":
            await guest.answers("scrolled off it? yes or no [no]: ", "")
        if way == "cancel":
            await guest.hears("Back to the menu.")
        else:
            await guest.ends()
        assert await world.rows(PendingRegistration) == []


async def test_who_takes_too_long_is_told_and_comes_to_the_menu(world: World) -> None:
    """There is no use in asking again."""
    async with visiting(world) as guest:
        secret = await guest.begins_to_register()
        world.wait(3600)
        guest.type(f"{code_of(secret, world)}\r")
        await guest.hears("Error: This registration has expired.")
        await guest.hears("Your choice (m for the menu): ")


async def test_codes_must_be_kept_or_left_twice(world: World) -> None:
    """A wrong one is asked again, all are read out again on request; who wants goes on without."""
    async with visiting(world) as guest:
        secret = await guest.begins_to_register()
        guest.type(f"{code_of(secret, world)}\r")
        await guest.hears("Code number ")
        guest.type("AAAA-AAAA-AAAA-AAAA-AAAA-AAAA\r")
        await guest.hears("Error: That is not code number ")
        guest.type("a\r")
        await guest.hears("10: ")
        guest.type(CTRL_C)
        await guest.hears("Error: You have not shown that you kept your codes. ")
        await guest.hears("Ctrl+C once more leaves without showing that you kept them")
        guest.type(CTRL_C)
        await guest.answers("yes or no [no]: ", "no")
        assert "you have not shown that you kept" in await guest.hears("Menu:")
    assert not (await world.user()).recovery_codes_kept


async def test_who_leaves_before_the_codes_are_kept_is_warned_once(world: World) -> None:
    """Then they may."""
    async with visiting(world) as guest:
        secret = await guest.begins_to_register()
        guest.type(f"{code_of(secret, world)}\r")
        await guest.hears("Code number ")
        guest.type(CTRL_D)
        await guest.hears("Error: You have not shown that you kept your codes. Ctrl+D once more")
        guest.type(CTRL_D)
        await guest.hears("scrolled off it? yes or no [no]: ")
        assert (await guest.leaves())[1] == 0


async def test_secrets_are_cleared_off_the_terminal_for_who_wishes_it(world: World) -> None:
    """With what was scrolled off."""
    async with visiting(world) as guest:
        await signs_up(guest, world)
        await guest.answers("yes or no [no]: ", "perhaps")
        await guest.hears("Error: Type yes or no.")
        await guest.answers("yes or no [no]: ", "y")
        await guest.hears(f"{CLEAR}Cleared.")


async def test_a_terminal_that_knows_no_codes_is_not_told_to_clear(world: World) -> None:
    """Its person is told instead."""
    async with visiting(world, knows_codes=False) as guest:
        await signs_up(guest, world)
        await guest.hears("close its window when you are done.")
        await guest.hears("Menu:")
        assert "\x1b" not in guest.all_said
