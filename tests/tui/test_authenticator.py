"""Set up your authenticator: the QR code, and the first code from it."""

import re
from dataclasses import fields, replace
from functools import partial
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from sqlalchemy import func, select
from textual.drivers.headless_driver import HeadlessDriver

from sshauth.accounts import totp
from sshauth.accounts.enrolment import Enrolment, Registered
from sshauth.accounts.peer import Peer
from sshauth.accounts.registration import Registration
from sshauth.db.tables import PendingRegistration, User
from tests.accounts.people import World
from tests.support.picture import DARK, LIGHT, Colours, decode_opencv, decode_zxing, photographed, render
from tests.support.terminal import Screen
from tests.tui.edges import HeldPasswords, use_passwords
from tests.tui.rooms import Clipboard
from tests.tui.screen_text import cells_of
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import (
    ADA,
    AUTHENTICATOR,
    CODES,
    CREATE_ACCOUNT,
    HOME,
    asked_for,
    code_of,
    codes_on,
    go_back,
    go_to,
    keep_codes,
    secret_on,
)

SMALL = (60, 20)
LONG = ("Twenty_characters_20", "u" * 32)
"""The longest names of an app and of a person: their code does not fit into a small window."""
GROUPS = re.compile(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}")


async def count(world: World, table: type[User | PendingRegistration]) -> int:
    """Count the rows of a table."""
    async with world.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_the_right_code_makes_the_account_and_signs_in(world: World) -> None:
    """The code comes from the secret that the screen shows as a QR code."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        assert await count(world, User) == 0
        visitor.fill(code_of(secret_on(visitor), world))
        await visitor.comes_to(CODES)
        assert await count(world, User) == 1
        assert await count(world, PendingRegistration) == 0


async def test_a_wrong_code_is_said_beside_it(world: World) -> None:
    """The code is selected to be typed anew, and the QR code stays the same."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        secret = secret_on(visitor)
        visitor.fill("000000")
        await visitor.is_told({"Code": "That code is wrong. Type the one your app shows now."})
        assert "Is your phone's clock set automatically?" in visitor.prose
        assert (visitor.focused, visitor.selected) == ("Code", "000000")
        assert secret_on(visitor) == secret
        visitor.fill(code_of(secret, world))
        await visitor.comes_to(CODES)


async def test_a_registration_left_for_too_long_has_expired(world: World) -> None:
    """It says what to do, and Escape leads there."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        world.wait(31 * 60)
        visitor.fill(code_of(secret_on(visitor), world))
        await visitor.sees("expired")
        await go_back(visitor, CREATE_ACCOUNT)
        visitor.type("\r")
        await visitor.comes_to(AUTHENTICATOR)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-3, "That code is about 3 minutes behind: set your phone's clock to automatic."),
        (3, "That code is about 3 minutes ahead: set your phone's clock to automatic."),
    ],
)
async def test_a_clock_that_is_off_is_told_how_far(world: World, minutes: int, words: str) -> None:
    """Where the code is genuine, but of another time."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        step = totp.step_at(world.now) + 2 * minutes
        visitor.type(pyotp.TOTP(secret_on(visitor)).generate_otp(step))
        await visitor.is_told({"Code": words})


# The code submits itself


@pytest.mark.parametrize("hand", ["burst", "merged burst", "paste", "paste of two groups"])
async def test_the_sixth_digit_submits(world: World, hand: str) -> None:
    """Nothing else is asked, so nothing else need be pressed."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        code = code_of(secret_on(visitor), world)
        if hand == "paste":
            visitor.paste(f"{code}\n")
        elif hand == "paste of two groups":
            visitor.paste(f"{code[:3]} {code[3:]}")
        else:
            visitor.type(code, merged=hand == "merged burst")
        await visitor.comes_to(CODES)


async def test_an_enter_out_of_habit_is_not_for_the_next_screen(world: World) -> None:
    """It comes when the next screen is there already, and would hide the codes before they were read."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        visitor.type(code_of(secret_on(visitor), world))
        await visitor.comes_to(CODES)
        visitor.press("enter")
        await visitor.rests()
        assert len(codes_on(visitor)) == 10
        visitor.press("enter")
        await asked_for(visitor)


async def test_a_wrong_code_is_not_sent_twice_by_habit(world: World) -> None:
    """Not by the Enter behind it, and not by itself when it is typed again; an Enter of its own sends it."""
    tries = count_tries(world)
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        wrong = {"Code": "That code is wrong. Type the one your app shows now."}
        visitor.type("000000")
        await visitor.is_told(wrong)
        visitor.press("enter")
        visitor.type("000000")
        await visitor.rests()
        assert tries == ["000000"]
        visitor.press("enter")
        await visitor.until(lambda: tries == ["000000"] * 2, "a second try")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("12345", "Your app's code has six digits; there are 5 digits here."),
        ("1", "Your app's code has six digits; there is 1 digit here."),
        ("12345X", "Type the six digits that your app shows."),
        ("AAAA-BBBB-CCCC-DDDD-EEEE-FFFF", "Type the six digits that your app shows."),
    ],
)
async def test_what_is_no_code_is_said_and_not_judged(world: World, typed: str, words: str) -> None:
    """Beside the field, at once."""
    tries = count_tries(world)
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        visitor.fill(typed)
        await visitor.sees(words)
        assert visitor.words["Code"].startswith(words)
        assert tries == []


def count_tries(world: World) -> list[str]:
    """Note what codes are judged."""
    tries: list[str] = []

    class Counted(Registration):
        async def confirm(self, enrolment: Enrolment, code: str, peer: Peer) -> Registered:
            tries.append(code)
            return await super().confirm(enrolment, code, peer)

    real = world.accounts.registration
    counted = Counted(**{each.name: getattr(real, each.name) for each in fields(real)})
    world.accounts = replace(world.accounts, registration=counted)
    return tries


# By hand


@pytest.mark.parametrize("way", ["key", "mouse"])
@pytest.mark.parametrize("size", [SMALL, (80, 24), (120, 40)])
async def test_what_cannot_be_scanned_is_typed(world: World, size: tuple[int, int], way: str) -> None:
    """The secret in groups of four, whose account it is and where, which apps, and the way back."""
    async with visiting(world, size=size) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        await press(visitor, "F5 Can't scan it?", way)
        await visitor.sees("Issuer sshauth")
        await visitor.rests()
        assert visitor.scan() is None
        assert GROUPS.search(visitor.prose)
        for words in (
            "Account ada",
            "Issuer sshauth",
            "time-based, 6 digits, 30 seconds",
            "otpauth://totp/sshauth:ada?secret=",
            "FreeOTP, Aegis, Google Authenticator, 1Password",
            "RFC 6238",
        ):
            assert words in visitor.prose
        assert visitor.focused == "Code"
        await press(visitor, "F5 Scan it", way)
        await visitor.until(lambda: GROUPS.search(visitor.prose) is None, "no secret")
        assert visitor.focused == "Code"


async def press(visitor: Visitor, label: str, way: str) -> None:
    """Press a key, or the mouse on the button that names it."""
    if way == "key":
        visitor.press(label.split(maxsplit=1)[0].lower())
    else:
        await visitor.click(label)


async def test_a_code_typed_below_the_secret_is_taken(world: World) -> None:
    """Without a way back first."""
    async with visiting(world, size=SMALL) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        secret = await secret_by_hand(visitor)
        visitor.type(code_of(secret, world))
        await visitor.comes_to(CODES)


async def secret_by_hand(visitor: Visitor) -> str:
    """Read the secret off the screen as a person does."""
    if GROUPS.search(visitor.prose) is None:
        visitor.press("f5")
    await visitor.until(lambda: GROUPS.search(visitor.prose) is not None, "the secret")
    return "".join(GROUPS.findall(visitor.prose)).replace(" ", "")


@pytest.mark.parametrize("way", ["key", "mouse"])
async def test_secret_and_link_are_copied(world: World, way: str) -> None:
    """By OSC 52, which not every terminal takes; and only where they stand to be read."""
    copied: list[str] = []
    driver = type("ThisClipboard", (Clipboard,), {"copied": copied})
    async with visiting(world, driver=driver) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        uri = visitor.scan()
        visitor.press("f7", "f8")
        await visitor.rests()
        secret = await secret_by_hand(visitor)
        assert copied == []
        await press(visitor, "F7 Copy secret", way)
        await visitor.sees("Sent to your terminal's clipboard. Not every terminal takes it.")
        await press(visitor, "F8 Copy link", way)
        await visitor.until(lambda: copied == [secret, uri], "both copied")
        assert visitor.app.clipboard == ""


async def test_escape_leads_from_the_secret_back_to_the_code(world: World) -> None:
    """And only from there to the form before."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        await secret_by_hand(visitor)
        visitor.press("escape")
        await visitor.until(lambda: visitor.scan() is not None, "the QR code")
        await go_back(visitor, CREATE_ACCOUNT)


# Small windows


@pytest.mark.parametrize("way", ["key", "mouse"])
async def test_in_a_small_window_the_code_is_one_key_away(world: World, way: str) -> None:
    """At 60x20 F6, and its button, show the QR code alone; F6, Enter or Escape leads back to the field."""
    async with visiting(world, size=SMALL) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        assert visitor.scan() is None
        assert visitor.focused == "Code"
        for back in ("f6", "enter", "escape"):
            if way == "key":
                visitor.press("f6")
            else:
                await visitor.click("F6 QR code")
            await visitor.until(lambda: visitor.scan() is not None, "the QR code")
            assert "F6 Type the code" in visitor.text
            visitor.press(back)
            await visitor.until(lambda: visitor.scan() is None, "no QR code")
            assert visitor.heading == AUTHENTICATOR
            await visitor.focuses("Code")


@pytest.mark.parametrize("hand", ["digit by digit", "burst", "merged burst", "paste"])
async def test_a_code_typed_over_the_qr_code_goes_to_its_field(world: World, hand: str) -> None:
    """Whoever comes back from the phone types on, fast too."""
    async with visiting(world, size=SMALL) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        visitor.press("f6")
        await visitor.until(lambda: visitor.scan() is not None, "the QR code")
        code = code_of(secret_on(visitor), world)
        if hand == "digit by digit":
            for typed in range(1, 7):
                visitor.type(code[typed - 1])
                await visitor.until(partial(holds, visitor, code[:typed]), "the digit")
        elif hand == "paste":
            visitor.paste(code)
            visitor.press("enter")
        else:
            visitor.type(f"{code}\r", merged=hand == "merged burst")
        await visitor.comes_to(CODES)


async def test_a_window_made_larger_under_the_qr_code_takes_the_code(world: World) -> None:
    """The field is beside it then, and has the focus."""
    async with visiting(world, size=SMALL) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        visitor.press("f6")
        await visitor.until(lambda: visitor.scan() is not None, "the QR code")
        await visitor.resize(80, 24)
        visitor.type("123")
        await visitor.has(code="123")
        assert visitor.scan() is not None


async def test_a_large_window_has_a_large_code(world: World) -> None:
    """Each module two columns wide, where that fits beside the text."""
    async with visiting(world, size=(120, 40)) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        uri = visitor.scan()
        assert visitor.text.count("▀") == 78 * 39
        visitor.press("f6")
        await visitor.rests()
        assert (visitor.scan(), visitor.focused) == (uri, "Code")


async def go_there(visitor: Visitor, user_name: str) -> None:
    """Go to the screen under some user name."""
    await go_to(visitor, CREATE_ACCOUNT)
    visitor.fill(*ADA[:2], user_name, *ADA[3:])
    await visitor.comes_to(AUTHENTICATOR)


async def test_a_window_too_small_for_the_code_says_so(world: World) -> None:
    """At 60x20, for the longest names, the secret stands there at once, and the size that is enough."""
    app_name, user_name = LONG
    async with visiting(world, size=SMALL, app_name=app_name) as visitor:
        await go_there(visitor, user_name)
        assert "The QR code needs a window of 45 by 24; yours is 60 by 20." in visitor.prose
        for words in (
            "F7 Copy secret",
            "F8 Copy link",
            f"Account {user_name}",
            f"Issuer {app_name}",
            "______",
        ):
            assert words in visitor.prose
        assert not {"F5", "F6"} & set(visitor.prose.split())
        secret = await secret_by_hand(visitor)
        await visitor.resize(60, 24)
        visitor.press("f6")
        await visitor.until(lambda: visitor.scan() is not None, "the QR code")
        assert secret_on(visitor) == secret


async def test_escape_leads_back_where_nothing_but_the_secret_can_be_shown(world: World) -> None:
    """There is no code to come back to."""
    app_name, user_name = LONG
    async with visiting(world, size=SMALL, app_name=app_name) as visitor:
        await go_there(visitor, user_name)
        visitor.press("f5")
        await go_back(visitor, CREATE_ACCOUNT)


def holds(visitor: Visitor, typed: str) -> bool:
    """Tell whether the field holds what was typed, or the whole of it has led on."""
    return visitor.fields.get("Code") == typed or visitor.heading == CODES


def scans(visitor: Visitor, content: str | None) -> bool:
    """Tell whether a photograph of the screen gives some content."""
    return visitor.scan() == content


async def test_the_code_follows_the_size_of_the_window(world: World) -> None:
    """Made larger the window shows it beside the field, made smaller behind F6; what is typed stays."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        uri = visitor.scan()
        visitor.type("123")
        await visitor.has(code="123")
        for size, visible in ((SMALL, False), ((200, 60), True), ((60, 20), False), ((80, 24), True)):
            await visitor.resize(*size)
            shown = uri if visible else None
            await visitor.until(partial(scans, visitor, shown), f"the QR code {shown}")
            assert (visitor.fields, visitor.focused) == ({"Code": "123"}, "Code")


@pytest.mark.parametrize("app_name", ["Twenty_characters_20", "Example Organisation", "A & B & C & D & E &!"])
@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
async def test_the_code_of_the_longest_names_is_scanned_at_80x24(
    world: World, app_name: str, colours: Colours
) -> None:
    """By two decoders, for 32 and 20 characters, on dark and light terminals; off a poor photograph too."""
    async with visiting(world, app_name=app_name) as visitor:
        await go_there(visitor, LONG[1])
        if visitor.scan() is None:
            visitor.press("f6")
            await visitor.until(lambda: visitor.scan() is not None, "a QR code")
        picture = render(cells_of(visitor.app), colours)
    text = decode_zxing(picture)
    assert text is not None
    assert decode_opencv(picture) == text
    photograph = photographed(picture)
    assert {decode_zxing(photograph), decode_opencv(photograph)} == {text}
    uri = urlsplit(text)
    assert unquote(uri.path).endswith("u" * 32)
    issuer_before_name = unquote(uri.path)[1:].partition(":")[0]
    assert issuer_before_name == app_name
    assert parse_qs(uri.query).get("issuer", [app_name]) == [app_name]


# Terminals that cannot show the code


async def go_there_by_hand(visitor: Visitor) -> str:
    """Go to the screen on a terminal without half blocks or colours; give the secret that stands there."""
    visitor.app.peer = replace(visitor.app.peer, draws_qr=False)
    await go_to(visitor, AUTHENTICATOR)
    return await secret_by_hand(visitor)


@pytest.mark.parametrize("size", [(80, 24), SMALL, (200, 60)])
async def test_where_no_code_can_be_shown_the_secret_stands_at_once(
    world: World, size: tuple[int, int]
) -> None:
    """With a word why, and the address that some apps take; no key leads to a code that nobody can read."""
    async with visiting(world, size=size) as visitor:
        secret = await go_there_by_hand(visitor)
        assert "This terminal cannot show a QR code" in visitor.prose
        assert f"secret={secret}&issuer=sshauth" in visitor.text.replace("\n", "").replace(" ", "")
        assert not {"F5", "F6"} & set(visitor.prose.split())
        for key in ("f5", "f6"):
            visitor.press(key)
            await visitor.rests()
            assert "▀" not in visitor.text
            assert GROUPS.search(visitor.prose) is not None


async def test_a_secret_typed_by_hand_gives_the_right_code(world: World) -> None:
    """Nothing else is different."""
    async with visiting(world) as visitor:
        secret = await go_there_by_hand(visitor)
        visitor.fill(code_of(secret, world))
        await visitor.comes_to(CODES)


# Leaving


async def test_who_comes_back_finds_the_same_secret(world: World) -> None:
    """The app on the phone may have it already."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        secret = secret_on(visitor)
        await go_back(visitor, CREATE_ACCOUNT)
        visitor.type("\r")
        await visitor.comes_to(AUTHENTICATOR)
        assert secret_on(visitor) == secret
        visitor.fill(code_of(secret, world))
        await visitor.comes_to(CODES)
        assert visitor.app.enrolment_shown is not None
        await keep_codes(visitor)
        await visitor.comes_to(HOME)
        assert visitor.app.enrolment_shown is None


async def test_another_name_has_another_secret(world: World) -> None:
    """An app would keep it under the old one."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        secret = secret_on(visitor)
        await go_back(visitor, CREATE_ACCOUNT)
        visitor.press(*["shift+tab"] * 3)
        visitor.type("countess\t\t\t\r")
        await visitor.comes_to(AUTHENTICATOR)
        assert secret_on(visitor) != secret


@pytest.mark.parametrize("way", ["key", "button"])
async def test_going_back_frees_the_names(world: World, way: str) -> None:
    """Somebody else can take them at once, and there is no account."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        assert await count(world, PendingRegistration) == 1
        if way == "key":
            visitor.press("escape")
        else:
            await visitor.click("Esc Back")
        await visitor.comes_to(CREATE_ACCOUNT)
        await visitor.until(lambda: are_free(world), "free names")


@pytest.mark.parametrize("way", ["ctrl+q", "connection lost"])
async def test_the_end_of_the_app_frees_the_names(world: World, way: str) -> None:
    """Whoever loses the connection there can begin anew."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        if way == "ctrl+q":
            visitor.press("ctrl+q")
        else:
            visitor.app.exit()
        await visitor.until(lambda: not visitor.app.is_running, "the end")
    assert await are_free(world)


async def test_leaving_while_the_form_is_sent_frees_the_names(world: World) -> None:
    """The connection may go before the authenticator's screen comes."""
    passwords = HeldPasswords(world.passwords)
    use_passwords(world, passwords)
    async with visiting(world) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(*ADA)
        await visitor.until(lambda: passwords.asked == 1, "a busy form")
        passwords.go_on.set()
        visitor.press("ctrl+q")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
    assert await are_free(world)


async def are_free(world: World) -> bool:
    """Tell whether there is no registration and no account."""
    return not await count(world, PendingRegistration) and not await count(world, User)


class Painter(HeadlessDriver):
    """Paints what the app writes."""

    screen: Screen

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.screen.feed(data.encode())


@pytest.mark.parametrize("what", ["code", "secret"])
@pytest.mark.parametrize("way", ["right code", "escape", "ctrl+q"])
async def test_code_and_secret_are_painted_over_before_the_screen_is_left(
    world: World, way: str, what: str
) -> None:
    """The last picture that the terminal got shows neither."""
    painted = Screen(80, 24)
    driver = type("PainterOfThis", (Painter,), {"screen": painted})
    async with visiting(world, driver=driver) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        secret = secret_on(visitor)
        shown = decode_zxing(render(painted.cells()))
        assert shown is not None
        if what == "secret":
            visitor.press("f5")
            await visitor.until(lambda: secret[:4] in "".join(painted.display), "a painted secret")
        if way == "right code":
            visitor.fill(code_of(secret, world))
            await visitor.until(lambda: CODES in "".join(painted.display), "the codes painted")
        elif way == "escape":
            visitor.press(*["escape"] * (1 if what == "code" else 2))
            await visitor.until(lambda: "First name" in "".join(painted.display), "the form painted")
        else:
            visitor.press("ctrl+q")
            await visitor.until(lambda: not visitor.app.is_running, "the end")
    assert decode_zxing(render(painted.cells())) is None
    assert not any(group in "".join(painted.display) for group in totp.in_groups(secret).split())
