"""Set up your authenticator: the QR code, and the first code from it."""

import re
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from sqlalchemy import func, select
from textual.drivers.headless_driver import HeadlessDriver

from sshauth.accounts import totp
from sshauth.db.tables import PendingRegistration, User
from tests.accounts.people import World
from tests.support.picture import LIGHT, decode_zxing, render
from tests.support.terminal import Screen
from tests.tui.edges import HeldPasswords, use_passwords
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import (
    ADA,
    AUTHENTICATOR,
    CODES,
    CREATE_ACCOUNT,
    code_of,
    go_back,
    go_to,
    secret_on,
)

SMALL = (60, 20)
TOO_SMALL = (36, 18)
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


@pytest.mark.parametrize("keys", [["f5"], ["tab", "tab", "enter"]], ids=["key", "button"])
async def test_the_secret_is_shown_in_groups_of_four(world: World, keys: list[str]) -> None:
    """For apps that cannot scan; once more hides it again."""
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        groups = totp.in_groups(secret_on(visitor))
        assert GROUPS.fullmatch(groups)
        visitor.press(*keys)
        await visitor.sees(groups)
        visitor.press(keys[-1])
        await visitor.loses(groups)


# Small windows


@pytest.mark.parametrize("way", ["key", "mouse"])
async def test_in_a_small_window_the_code_is_one_key_away(world: World, way: str) -> None:
    """At 60x20 F6, and its button, show the QR code alone, and F6 or Enter leads back to the field."""
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
            assert "F6 or Enter: back" in visitor.text
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
                await visitor.has(code=code[:typed])
            visitor.press("enter")
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


async def test_a_window_too_small_for_the_code_says_so(world: World) -> None:
    """It names the size that is enough, and F5 shows the secret to type."""
    async with visiting(world, size=TOO_SMALL) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        words = visitor.prose
        assert "The QR code needs a window of 37 by 19." in words
        assert "F6" not in words
        visitor.press("f5")
        await visitor.until(lambda: GROUPS.search(visitor.prose) is not None, "the secret")
        secret = GROUPS.findall(visitor.prose)
        await visitor.resize(37, 19)
        visitor.press("f6")
        await visitor.until(lambda: visitor.scan() is not None, "the QR code")
        assert [totp.in_groups(secret_on(visitor))] == secret


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
        for size, visible in ((SMALL, False), ((200, 60), True), (TOO_SMALL, False), ((80, 24), True)):
            await visitor.resize(*size)
            shown = uri if visible else None
            await visitor.until(partial(scans, visitor, shown), f"the QR code {shown}")
            assert (visitor.fields, visitor.focused) == ({"Code": "123"}, "Code")


@pytest.mark.parametrize("app_name", ["Twenty_characters_20", "Example Organisation", "A & B & C & D & E &!"])
async def test_the_code_of_the_longest_names_is_scanned_at_80x24(world: World, app_name: str) -> None:
    """A user name of 32 characters in an app whose name has 20, on dark and on light terminals."""
    async with visiting(world, app_name=app_name) as visitor:
        await go_to(visitor, CREATE_ACCOUNT)
        visitor.fill(*ADA[:2], "u" * 32, *ADA[3:])
        await visitor.comes_to(AUTHENTICATOR)
        if visitor.scan() is None:
            visitor.press("f6")
            await visitor.until(lambda: visitor.scan() is not None, "a QR code")
        uri = urlsplit(visitor.scan() or "")
        assert visitor.scan(LIGHT) == uri.geturl()
        assert unquote(uri.path).endswith("u" * 32)
        issuer_before_name = unquote(uri.path)[1:].partition(":")[0]
        assert issuer_before_name == app_name
        assert parse_qs(uri.query).get("issuer", [app_name]) == [app_name]


# Terminals that cannot show the code


async def go_there_by_hand(visitor: Visitor) -> str:
    """Go to the screen on a terminal without half blocks or colours; give the secret that stands there."""
    visitor.app.peer = replace(visitor.app.peer, draws_qr=False)
    await go_to(visitor, AUTHENTICATOR)
    await visitor.until(lambda: GROUPS.search(visitor.prose) is not None, "the secret")
    return "".join(GROUPS.findall(visitor.prose)).replace(" ", "")


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


@pytest.mark.parametrize("way", ["right code", "escape", "ctrl+q"])
async def test_code_and_secret_are_painted_over_before_the_screen_is_left(world: World, way: str) -> None:
    """The last picture that the terminal got shows neither."""
    painted = Screen(80, 24)
    driver = type("PainterOfThis", (Painter,), {"screen": painted})
    async with visiting(world, driver=driver) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        secret = secret_on(visitor)
        visitor.press("f5")
        await visitor.until(lambda: secret[:4] in "".join(painted.display), "a painted secret")
        assert decode_zxing(render(painted.cells())) is not None
        if way == "right code":
            visitor.fill(code_of(secret, world))
            await visitor.until(lambda: CODES in "".join(painted.display), "the codes painted")
        elif way == "escape":
            visitor.press("escape")
            await visitor.until(lambda: "First name" in "".join(painted.display), "the form painted")
        else:
            visitor.press("ctrl+q")
            await visitor.until(lambda: not visitor.app.is_running, "the end")
    assert decode_zxing(render(painted.cells())) is None
    assert not any(group in "".join(painted.display) for group in totp.in_groups(secret).split())
