"""Your recovery codes: shown once, and asked for."""

import base64
from collections.abc import Callable

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from tests.accounts.people import World
from tests.support.terminal import Screen
from tests.tui.test_authenticator import Painter
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import (
    AUTHENTICATOR,
    CODES,
    HOME,
    SIGN_IN,
    asked_for,
    code_of,
    codes_on,
    go_to,
    keep_codes,
    secret_on,
)

NOT_KEPT = "You have not shown that you kept your codes."


async def go_to_codes(visitor: Visitor, world: World) -> dict[int, str]:
    """Register, as far as the codes, and write them down."""
    await go_to(visitor, AUTHENTICATOR)
    if visitor.scan() is None:
        visitor.press("f6")
        await visitor.until(lambda: visitor.scan() is not None, "the QR code")
    visitor.fill(code_of(secret_on(visitor), world))
    await visitor.comes_to(CODES)
    return codes_on(visitor)


async def are_kept(world: World) -> bool:
    """Tell whether the account knows that its owner kept the codes."""
    return (await world.user()).recovery_codes_kept


@pytest.mark.parametrize("size", [(80, 24), (71, 24), (60, 20), (120, 40)])
async def test_all_ten_are_on_one_screen(world: World, size: tuple[int, int]) -> None:
    """With their numbers, what they are for and every button; also once there are words about leaving."""
    async with visiting(world, size=size) as visitor:
        codes = await go_to_codes(visitor, world)
        for words in ("", "Sent to your terminal's clipboard.", "The same key once more leaves."):
            await visitor.sees(words)
            await visitor.rests()
            assert codes_on(visitor) == codes
            assert sorted(codes) == list(range(1, 11))
            for label in (
                "F6 I have kept them",
                "F5 Copy",
                "Esc Leave",
                "Each of these codes signs you in once",
            ):
                assert label in visitor.prose, visitor.text
            visitor.press("escape" if words else "f5")


@pytest.mark.parametrize("way", ["enter", "key", "mouse"])
async def test_the_code_that_is_asked_for_leads_home(world: World, way: str) -> None:
    """Meanwhile the codes are hidden."""
    async with visiting(world) as visitor:
        codes = await go_to_codes(visitor, world)
        if way == "mouse":
            await visitor.click("F6 I have kept them")
        else:
            visitor.press("enter" if way == "enter" else "f6")
        number = await asked_for(visitor)
        assert codes_on(visitor) == {}
        assert not await are_kept(world)
        if way == "mouse":
            visitor.type(codes[number])
            await visitor.click("Confirm")
        else:
            visitor.fill(codes[number])
        await visitor.comes_to(HOME)
    assert await are_kept(world)


@pytest.mark.parametrize("writing", [str.lower, lambda code: code.replace("-", " "), " {} ".format])
async def test_any_writing_is_taken(world: World, writing: Callable[[str], str]) -> None:
    """As everywhere a code is typed."""
    async with visiting(world) as visitor:
        codes = await go_to_codes(visitor, world)
        visitor.press("f6")
        visitor.fill(writing(codes[await asked_for(visitor)]))
        await visitor.comes_to(HOME)


async def test_a_line_that_was_kept_is_taken_as_it_is(world: World) -> None:
    """With its number, as "F5 Copy" gave it."""
    async with visiting(world) as visitor:
        codes = await go_to_codes(visitor, world)
        visitor.press("f6")
        number = await asked_for(visitor)
        visitor.paste(f"{number} {codes[number]}\n")
        visitor.press("enter")
        await visitor.comes_to(HOME)


async def test_what_is_no_recovery_code_is_said_at_once(world: World) -> None:
    """With what is missing."""
    async with visiting(world) as visitor:
        await go_to_codes(visitor, world)
        visitor.press("f6")
        number = await asked_for(visitor)
        await visitor.shows({f"Code number {number}": "____-____-____-____-____-____"})
        visitor.fill("ABCD-EF")
        words = "A recovery code has six groups of four; there are 6 characters here."
        await visitor.is_told({f"Code number {number}": words})


async def test_another_code_than_the_one_asked_for_is_wrong(world: World) -> None:
    """One may look again, and is asked for another one then."""
    async with visiting(world) as visitor:
        codes = await go_to_codes(visitor, world)
        visitor.press("f6")
        number = await asked_for(visitor)
        visitor.fill(codes[number % 10 + 1])
        await visitor.is_told(
            {f"Code number {number}": f"That is not code number {number}. F6 shows them again."}
        )
        visitor.press("f6")
        await visitor.sees("They are not shown again")
        assert codes_on(visitor) == codes
        visitor.press("f6")
        again = await asked_for(visitor)
        assert again != number
        assert visitor.fields == {f"Code number {again}": ""}
        visitor.fill(codes[again])
        await visitor.comes_to(HOME)


class Recorder(HeadlessDriver):
    """Keeps what the app writes."""

    written: list[str]

    def write(self, data: str) -> None:
        self.written.append(data)


@pytest.mark.parametrize("way", ["key", "button"])
async def test_the_codes_can_be_copied(world: World, way: str) -> None:
    """By what terminals call OSC 52; nobody can tell whether it got there, so nobody says so."""
    written: list[str] = []
    driver = type("ThisRecorder", (Recorder,), {"written": written})
    async with visiting(world, driver=driver) as visitor:
        codes = await go_to_codes(visitor, world)
        if way == "key":
            visitor.press("f5")
        else:
            await visitor.click("F5 Copy")
        await visitor.sees("Sent to your terminal's clipboard.")
        copied = next(text for text in written if text.startswith("\x1b]52;c;"))
        text = base64.b64decode(copied.removeprefix("\x1b]52;c;").removesuffix("\a")).decode()
        assert text.splitlines() == [f"{number} {codes[number]}" for number in range(1, 11)]
        assert visitor.app.clipboard == ""
        visitor.press("f6")
        await asked_for(visitor)
        written.clear()
        visitor.press("f5")
        await visitor.rests()
        assert not any("\x1b]52" in text for text in written)


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
@pytest.mark.parametrize("asked", [False, True], ids=["shown", "asked"])
async def test_leaving_without_the_codes_is_asked_about(world: World, key: str, asked: bool) -> None:
    """The second Escape leads home, where it is said that the codes were not kept; Ctrl+Q ends the app."""
    async with visiting(world) as visitor:
        await go_to_codes(visitor, world)
        if asked:
            visitor.press("f6")
            await asked_for(visitor)
        visitor.press(key)
        await visitor.sees(NOT_KEPT)
        assert visitor.heading == CODES
        visitor.press(key)
        if key == "escape":
            await visitor.comes_to(HOME)
            await visitor.sees("You have not shown that you kept your recovery codes.")
        else:
            await visitor.until(lambda: not visitor.app.is_running, "the end")
    assert not await are_kept(world)


async def test_typing_over_the_codes_does_nothing(world: World) -> None:
    """They stay, and no key is taken for another."""
    async with visiting(world) as visitor:
        codes = await go_to_codes(visitor, world)
        visitor.type("abc 123")
        visitor.paste("pasted")
        await visitor.rests()
        assert codes_on(visitor) == codes
        visitor.press("f6")
        await asked_for(visitor)
        assert list(visitor.fields.values()) == [""]


async def test_the_columns_follow_the_window(world: World) -> None:
    """Nothing is lost, nor what is typed."""
    async with visiting(world) as visitor:
        codes = await go_to_codes(visitor, world)
        for size in ((60, 20), (120, 40), (80, 24)):
            await visitor.resize(*size)
            assert codes_on(visitor) == codes
        visitor.press("f6")
        await asked_for(visitor)
        visitor.type("ABC")
        await visitor.until(lambda: "ABC" in visitor.fields.values(), "what was typed")
        for size in ((60, 20), (80, 24)):
            await visitor.resize(*size)
            assert list(visitor.fields.values()) == ["ABC"]
            assert codes_on(visitor) == {}


@pytest.mark.parametrize("way", ["kept", "left", "lost"])
async def test_the_codes_are_painted_over_before_the_screen_is_left(world: World, way: str) -> None:
    """The last picture that the terminal got shows none of them."""
    painted = Screen(80, 24)
    driver = type("PainterOfThis", (Painter,), {"screen": painted})
    async with visiting(world, driver=driver) as visitor:
        codes = await go_to_codes(visitor, world)
        await visitor.until(lambda: codes[10] in "".join(painted.display), "painted codes")
        if way == "lost":
            visitor.app.farewell("You were signed out.")
            await visitor.until(lambda: not visitor.app.is_running, "the end")
        else:
            if way == "kept":
                await keep_codes(visitor)
            else:
                visitor.press("escape", "escape")
            await visitor.until(lambda: HOME in "".join(painted.display), "Home painted")
    assert not any(code in "".join(painted.display) for code in codes.values())


async def test_each_code_signs_in_once(world: World) -> None:
    """In the place of the authenticator's code."""
    async with visiting(world) as visitor:
        codes = await go_to_codes(visitor, world)
        await keep_codes(visitor)
        await visitor.comes_to(HOME)
        await visitor.click("Ctrl+O Sign out")
        await visitor.comes_to(SIGN_IN)
        visitor.fill("correct horse battery", codes[3].lower())
        await visitor.comes_to(HOME)
        await visitor.click("Ctrl+O Sign out")
        await visitor.comes_to(SIGN_IN)
        visitor.fill("correct horse battery", codes[3])
        await visitor.sees("User name, password or code is wrong.")
