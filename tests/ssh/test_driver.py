"""The driver: what a client types, points at and does with its window, on its way to an app."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, OptionList, Static, TextArea

from sshauth.ssh.driver import BUTTONS, LONGEST_ECHO, SIZES_AT_ONCE, SSHDriver
from sshauth.ssh.hosting import Host
from sshauth.ssh.intake import EVENTS_A_TURN, EVENTS_AT_ONCE, MOST_UNANSWERED
from sshauth.ssh.keyboard import LONGEST_PASTE, PASTE_SECONDS
from tests.ssh.fake_terminal import FakeTerminal
from tests.ssh.waiting import LONG_ENOUGH, eventually

CONTROLS = "".join(chr(number) for number in (*range(0x20), *range(0x7F, 0xA0)))


class Noting(App[None]):
    """Notes which input and sizes it gets."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "OptionList { height: 5; } TextArea { height: 5; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", priority=True)]

    def __init__(self, *kinds: type[Input | OptionList | TextArea]) -> None:
        super().__init__()
        self.kinds = kinds or (Input,)
        self.noted: dict[Message, None] = {}
        self.layouts: list[tuple[int, int]] = []

    def compose(self) -> ComposeResult:
        """Show a line and what is typed into."""
        yield Static("hello")
        for kind in self.kinds:
            yield OptionList("one", "two") if kind is OptionList else kind()

    def on_mount(self) -> None:
        """Be quiet."""
        self.animation_level = "none"
        for field in self.query(Input):
            field.cursor_blink = False
        for area in self.query(TextArea):
            area.cursor_blink = False
        self.screen.screen_layout_refresh_signal.subscribe(
            self.screen, lambda _: self.layouts.append(self.screen.size), immediate=True
        )

    def post_message(self, message: Message) -> bool:
        """Note input."""
        if isinstance(message, events.InputEvent | events.Paste | events.AppFocus | events.AppBlur):
            self.noted[message] = None  # once, though it comes by again when nobody below stops it
        return super().post_message(message)


@asynccontextmanager
async def running(app: Noting, host: Host | None = None) -> AsyncIterator[tuple[FakeTerminal, SSHDriver]]:
    terminal = FakeTerminal()
    task = asyncio.create_task((host or Host()).run(app, terminal))
    await terminal.shows("hello")
    assert terminal.driver is not None
    await eventually(
        lambda: terminal.driver and terminal.driver._intake._waiting is None, "the first picture"
    )
    yield terminal, terminal.driver
    app.exit()
    assert await asyncio.wait_for(task, LONG_ENOUGH) is None


# How long keys take to be seen


async def test_each_letter_into_a_field_is_timed_until_it_is_seen() -> None:
    """Keys that show nothing by themselves, runs and pastes are not: how long these take says little."""
    echoes: list[float] = []
    async with running(Noting(Input), Host(echoes.append)) as (terminal, _):
        typed = ""
        for letter in "abc":
            terminal.type(letter)
            typed += letter
            await terminal.shows(typed)
        assert len(echoes) == 3
        assert all(0 < each < LONG_ENOUGH for each in echoes)
        for other in ("\x1b[D", "de", "\x1b[200~f\x1b[201~", "\r", "ä"):
            terminal.type(other)
        await terminal.shows("ä")
        assert len(echoes) == 3


async def test_letters_that_no_field_shows_are_not_timed() -> None:
    """Nor is one that a field had no room for: what is seen much later was not its echo."""
    echoes: list[float] = []
    async with running(Noting(OptionList), Host(echoes.append)) as (terminal, _):
        terminal.type("x")
        terminal.resize(70, 20)
        await terminal.shows("hello")
    async with running(Noting(Input), Host(echoes.append)) as (terminal, driver):
        driver._key_at = driver._loop.time() - LONGEST_ECHO
        terminal.type("x")
        await terminal.shows("x")
    assert echoes == []


# Text


async def test_no_control_byte_reaches_a_field() -> None:
    """Neither typed, alone or in a run, nor pasted, nor by the protocol of kitty."""
    app = Noting(Input, TextArea)
    async with running(app) as (terminal, driver):
        field, area = app.query_one(Input), app.query_one(TextArea)
        app.set_focus(field)
        for control in CONTROLS:
            if control not in "\x11\x1b\t\r":
                terminal.type(f"{control}ab{control}c{control}\x1b[{ord(control)}u\x1b[97;1;{ord(control)}u")
        terminal.type(f"\x1b[200~{CONTROLS}\x1b[201~")
        await eventually(lambda: not driver._intake._input, "everything")
        app.call_later(app.set_focus, area)
        await eventually(lambda: app.focused is area, "the other field")
        terminal.type(f"\x1b[200~{CONTROLS}end\x1b[201~")
        await eventually(lambda: area.text.endswith("end"), "the paste")
        assert set(field.value) <= set("abc\t")
        assert set(area.text) <= set("end\t\n")


@pytest.mark.parametrize("kind", [Input, TextArea])
async def test_characters_may_be_cut_anywhere(kind: type[Input | TextArea]) -> None:
    """What arrives byte by byte is the text that was typed."""
    app = Noting(kind)
    async with running(app) as (_, driver):
        field = app.query_one(kind)
        for byte in "naïve 漢字 😀".encode():
            driver.feed(bytes([byte]))
        await eventually(
            lambda: (field.value if isinstance(field, Input) else field.text) == "naïve 漢字 😀", "all of it"
        )


async def test_ctrl_q_works_after_a_paste_without_an_end() -> None:
    """Nothing came for a while: the paste is over, and the field has it."""
    app = Noting()
    async with running(app) as (terminal, _):
        loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        terminal.type("\x1b[200~pasted")
        await eventually(lambda: app.query_one(Input).value == "pasted", "the paste")
        assert loop.time() - began > PASTE_SECONDS - 0.1
        terminal.type("\x11")
        await eventually(lambda: not app.is_running, "the end of the app")


async def test_a_paste_of_megabytes_is_one_event() -> None:
    """What is too much is dropped as it comes."""
    app = Noting(TextArea)
    async with running(app) as (terminal, driver):
        driver.feed(b"\x1b[200~")
        for _ in range(100):
            driver.feed(b"x" * 32_000)
        driver.feed(b"\x1b[201~")
        area = app.query_one(TextArea)
        await eventually(lambda: area.text, "the paste")
        assert area.text == "x" * LONGEST_PASTE
        assert len(app.noted) == 1
        assert terminal.pauses.count(True) <= 1


# Mouse and focus


async def test_a_click_moves_the_focus() -> None:
    """The mouse points where it points."""
    app = Noting(Input, Input)
    async with running(app) as (terminal, _):
        second = app.query(Input)[1]
        x, y = second.region.offset
        terminal.type(f"\x1b[<0;{x + 2};{y + 2}M\x1b[<0;{x + 2};{y + 2}m")
        await eventually(lambda: app.focused is second, "the focus")


async def test_the_focus_of_the_window_comes_and_goes() -> None:
    """A client that tells it is believed, and the field has its cursor back in the end."""
    app = Noting()
    async with running(app) as (terminal, _):
        terminal.type("\x1b[O")
        await eventually(lambda: not app.app_focus and app.focused is None, "the loss")
        terminal.type("\x1b[I")
        await eventually(lambda: app.app_focus and app.focused is app.query_one(Input), "the gain")


@pytest.mark.parametrize(
    "mouse",
    [
        "\x1b[<0;99999999999999999999;1M",
        "\x1b[<0;1;-99999999999999999M",
        "\x1b[<999999999999;500;500M",
        "\x1b[<64;300;300M",
        "\x1b[<35;0;0M",
        "\x1b[<;;M",
        "\x1b[M\x7f\x7f\x7f",
        "\x1b[M   ",
        "\x1b[<0;1M",
        "\x1b[<0;1;1;1M",
    ],
)
async def test_a_mouse_out_of_its_mind_breaks_nothing(mouse: str) -> None:
    """Numbers beyond the screen, beyond reason, or missing."""
    app = Noting()
    async with running(app) as (terminal, _):
        terminal.type(mouse + mouse.replace("M", "m" if "<" in mouse else "M"))
        app.query_one(Input).focus()
        terminal.type("still here")
        await terminal.shows("still here")


async def test_buttons_that_only_go_down_take_no_memory() -> None:
    """Nobody has so many fingers."""
    app = Noting()
    async with running(app) as (terminal, driver):
        terminal.type("\x1b[<0;1;1M" * 40)
        await eventually(lambda: len(app.noted) == 40, "all of them")
        assert len(driver._down_buttons) <= BUTTONS


# Floods

FLOODS: dict[str, tuple[type[Input | OptionList | TextArea], str]] = {
    "keys of a list": (OptionList, "jk" * 10_000),
    "arrows": (OptionList, "\x1b[A\x1b[B" * 3000),
    "mouse": (Input, "".join(f"\x1b[<35;{x * 7 % 60};{x % 20}M" for x in range(2000))),
    "focus": (Input, "\x1b[I\x1b[O" * 3000),
    "escapes": (Input, "\x1b" * 20_000),
    "what makes no event": (Input, "\x1b[48;9;9;1;1t" * 2000),
    "empty pastes": (Input, "\x1b[200~\x1b[201~" * 2000),
    "controls": (Input, "\x00\x01" * 10_000),
}


@pytest.mark.parametrize("name", FLOODS)
async def test_of_a_flood_a_handful_comes_at_once_and_the_rest_in_turns(name: str) -> None:
    """Whatever it is made of, the client is stopped, and another one's keys pass it by."""
    kind, flood = FLOODS[name]
    host, app, other = Host(), Noting(kind), Noting()
    async with running(app, host) as (terminal, driver), running(other, host) as (others, _):
        terminal.type(flood)
        assert len(app.noted) <= EVENTS_AT_ONCE
        assert terminal.pauses[-1]
        for word in ("ada", "grace"):
            others.type(word)
            await others.shows(word)
        assert terminal.pauses[-1]
        assert driver._intake._input
        assert app.message_queue_size <= MOST_UNANSWERED + EVENTS_A_TURN


async def test_20_kb_typed_into_a_field_come_at_once() -> None:
    """Merged, they are one event."""
    app = Noting(TextArea)
    async with running(app) as (terminal, _):
        terminal.type("x" * 20_000)
        await eventually(lambda: len(app.query_one(TextArea).text) == 20_000, "all of it")
        assert len(app.noted) == 1


async def test_nothing_is_handed_over_to_an_app_that_has_ended() -> None:
    """Its turn is given up, and its input forgotten."""
    app, host = Noting(OptionList), Host()
    async with running(app, host) as (terminal, driver):
        terminal.type("j" * 1000)
        assert host.turns._waiting
    assert not host.turns._waiting
    assert not driver._intake._input
    driver.feed(b"more")
    driver.resize((70, 20))
    await eventually(lambda: host.turns._rest is None, "the end of the last rest")
    assert not driver._intake._input


# The window


async def test_a_new_size_is_told_at_once() -> None:
    """Who resizes the window now and then does not wait."""
    app = Noting()
    async with running(app) as (terminal, driver):
        terminal.resize(70, 22)
        assert driver._size == (70, 22)
        await eventually(lambda: app.screen.size == (70, 22), "the new layout")
        await terminal.shows("hello")


async def test_in_a_storm_of_sizes_few_are_told_and_the_last_one_is() -> None:
    """200 a second cost a layout now and then."""
    app, host = Noting(), Host()
    async with running(app, host) as (terminal, driver):
        told: list[events.Resize] = []
        send = driver.send_message
        driver.send_message = lambda message: (told.append(message), send(message))  # type: ignore[method-assign,assignment,func-returns-value,arg-type]
        for step in range(200):
            terminal.resize(40 + step % 37, 10 + step % 11)
            await asyncio.sleep(0)
        terminal.resize(66, 19)
        await eventually(lambda: not host.turns._waiting, "the last turn")
        await eventually(lambda: app.screen.size == (66, 19), "the last size")
        await terminal.shows("hello")
        assert len(told) < 20


async def test_a_window_that_was_another_size_for_a_moment_is_drawn_anew() -> None:
    """Of 61, 50 and 61 columns the app sees no change; but the client's picture was cut."""
    app = Noting()
    async with running(app) as (terminal, driver):
        terminal.resize(61, 20)
        await terminal.shows("hello")
        driver._sizes.spend(SIZES_AT_ONCE)
        for columns in (50, 61):
            terminal.resize(columns, 20)
        assert "hello" not in terminal.text
        await terminal.shows("hello")
        assert app.screen.size == (61, 20)


async def test_a_window_that_changed_while_its_app_began_gets_the_new_size() -> None:
    """The app was made for the size before."""

    class Impatient(FakeTerminal):
        """Is another size when it is taken over."""

        def write(self, data: bytes) -> None:
            super().write(data)
            if self.driver is None:
                self.size = 44, 12

    app, terminal = Noting(), Impatient()
    task = asyncio.create_task(Host().run(app, terminal))
    await eventually(lambda: app.is_running and app.screen_stack and app.screen.size == (44, 12), "the size")
    app.exit()
    assert await asyncio.wait_for(task, LONG_ENOUGH) is None
