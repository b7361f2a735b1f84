"""Somebody in front of the app: reads the screen, presses keys, and waits for what must come."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any

from textual import events
from textual.driver import Driver
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Button

from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.ssh.hosting import Host
from sshauth.ssh.keyboard import Keyboard
from sshauth.tui.app import AuthApp
from sshauth.tui.fields import FieldInput
from sshauth.tui.recognise import recognise
from sshauth.tui.tick import Tick
from tests.accounts.people import World
from tests.support.picture import DARK, Colours, decode_zxing, render
from tests.tui.screen_text import cells_of, strips_of, text_in, text_of

ADDRESS = "192.0.2.1"
PATIENCE = 5.0  # seconds
HOST = Host()  # apps share their style sheets, as on the server


class Visitor:
    """Knows the screen by what a person sees: labels, words, and where the focus is."""

    def __init__(self, app: AuthApp, pilot: Pilot[str]) -> None:
        self.app = app
        self._pilot = pilot

    # Eyes

    @property
    def text(self) -> str:
        """The whole screen as lines."""
        return text_of(self.app)

    @property
    def prose(self) -> str:
        """The words of the screen without line breaks, and without the QR code and frames."""
        return " ".join(self.text.translate(dict.fromkeys(map(ord, "▀│╭─╮╰╯"))).split())

    @property
    def heading(self) -> str:
        """What the screen calls itself."""
        return self.app.screen.query_one("#heading").render_line(0).text.strip()

    @property
    def focused(self) -> str:
        """The label of the field, tick or button with the focus."""
        focused = self.app.focused
        if isinstance(focused, Tick):
            return focused.label
        if isinstance(focused, FieldInput):
            return focused.field.label
        return str(focused.label) if isinstance(focused, Button) else ""

    @property
    def selected(self) -> str:
        """What is selected in the field with the focus."""
        return self.app.focused.selected_text if isinstance(self.app.focused, FieldInput) else ""

    @property
    def fields(self) -> dict[str, str]:
        """What the fields hold, by label."""
        return {field_input.field.label: field_input.value for field_input in self._inputs()}

    @property
    def shown(self) -> dict[str, str]:
        """What a person sees in the fields, by label."""
        strips = strips_of(self.app)
        return {each.field.label: text_in(strips, each.region) for each in self._inputs()}

    @property
    def words(self) -> dict[str, str]:
        """The words that stand directly below fields, by label."""
        strips = strips_of(self.app)
        words = {each.field.label: text_in(strips, self._below(each.region)) for each in self._inputs()}
        return {label: said for label, said in words.items() if said}

    @property
    def ticks(self) -> dict[str, bool]:
        """What can be ticked, and whether it is, by label."""
        return {each.label: each.ticked for each in self.app.screen.query(Tick) if each.display}

    def scan(self, colours: Colours = DARK) -> str | None:
        """Photograph the screen and give the content of the QR code, if there is one."""
        return decode_zxing(render(cells_of(self.app), colours)) if "▀" in self.text else None

    def _inputs(self) -> list[FieldInput]:
        return [each for each in self.app.place.query(FieldInput) if each.display]

    def _below(self, above: Region) -> Region:
        """Give what lies between a field and the next field or tick, or the form's end."""
        others = (*self._inputs(), *self.app.screen.query(Tick))
        below = [each.region.y for each in others if each.region.y > above.y]
        end = min(below, default=self.app.screen.query_one("#status").region.y)
        # A field for codes is narrower than the words below it.
        width = self.app.screen.query_one("#form").region.right - above.x
        return Region(above.x, above.bottom, width, end - above.bottom)

    # Hands

    def press(self, *keys: str) -> None:
        """Press keys by name, all at once."""
        for key in keys:
            self.app.post_message(events.Key(key, None))

    def type(self, text: str, *, merged: bool = False) -> None:
        """Type text in one go, Tab and Enter included; merged as the SSH server merges what comes fast."""
        for event in Keyboard(lambda: merged).feed(text.encode()):
            if event is not None:
                self.app.post_message(event)

    def fill(self, *values: str) -> None:
        """Type into one field after the other, and press Enter in the last."""
        self.type("\t".join(values) + "\r")

    def paste(self, text: str) -> None:
        """Paste as a terminal does."""
        self.app.post_message(events.Paste(text))

    async def click(self, label: str) -> None:
        """Press the mouse on a button, once it is there and not still going down from the last time."""
        await self.until(lambda: self._button(label) is not None, f"a button {label!r}")
        button = self._button(label)
        assert button is not None
        x, y = button.region.offset
        for event in (events.MouseDown, events.MouseUp):
            self.app.post_message(event(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False))

    def _button(self, label: str) -> Button | None:
        """Find a button by its label, or by the key and name that its label begins with."""
        buttons = [each for each in self.app.screen.query(Button) if f"{each.label} ".startswith(f"{label} ")]
        return buttons[0] if buttons and buttons[0].region and not buttons[0].has_class("-active") else None

    async def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window."""
        await self._pilot.resize_terminal(columns, rows)

    # Patience

    async def until(self, condition: Callable[[], bool | Awaitable[bool]], what: str) -> None:
        """Wait until something is true, or fail showing the screen."""
        deadline = time.monotonic() + PATIENCE
        while not await _is_met(condition):
            assert time.monotonic() < deadline, f"expected {what}; the screen is\n{self.text}"
            await asyncio.sleep(0.01)

    async def sees(self, words: str) -> None:
        """Wait until the screen shows some words."""
        await self.until(lambda: words in self.prose, repr(words))

    async def loses(self, words: str) -> None:
        """Wait until the screen shows some words no more."""
        await self.until(lambda: words not in self.prose, f"no {words!r}")

    async def comes_to(self, heading: str) -> None:
        """Wait for a screen that takes keys."""
        await self.until(
            lambda: self.app.focused is not None and self.heading == heading, f"the screen {heading!r}"
        )

    async def has(self, **fields: str) -> None:
        """Wait until fields hold what they should; their labels written as names."""
        wanted = {name.replace("_", " ").capitalize(): value for name, value in fields.items()}
        await self.until(lambda: self.fields.items() >= wanted.items(), f"{wanted}")

    async def holds(self, *values: str) -> None:
        """Wait until the fields hold values, in their order."""
        await self.until(lambda: tuple(self.fields.values()) == values, f"{values}")

    async def shows(self, fields: Mapping[str, str]) -> None:
        """Wait until fields look as they should, by label."""
        await self.until(lambda: self.shown.items() >= fields.items(), f"{fields}")

    async def is_told(self, words: Mapping[str, str]) -> None:
        """Wait until exactly these words stand below fields."""
        await self.until(lambda: self.words == words, f"{words}")

    async def focuses(self, label: str) -> None:
        """Wait until a field or button has the focus."""
        await self.until(lambda: self.focused == label, f"the focus on {label!r}")

    async def rests(self) -> None:
        """Wait until all keys have done what they do, where nothing is to be seen of it."""
        await self._pilot.pause()


async def _is_met(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    met = condition()
    return await met if isawaitable(met) else met


@asynccontextmanager
async def visiting(
    world: World,
    *,
    user_name: str = "",
    app_name: str = "sshauth",
    motd: str = "",
    key: ProvenKey | None = None,
    size: tuple[int, int] = (80, 24),
    driver: type[Driver] | None = None,
    **claims: Any,
) -> AsyncIterator[Visitor]:
    """Let somebody connect, with or without an SSH user name or key, and a terminal that is painted on.

    ``claims`` are what else there may be to a ``Peer``.
    """
    if app_name != world.policy.app_name:
        world.use(app_name=app_name)
    peer = Peer(ADDRESS, user_name, key=key, **claims)
    recognised = await recognise(world.accounts.ssh_keys, peer)
    app = AuthApp(world.accounts, peer, app_name=app_name, motd=motd, recognised=recognised)
    HOST._prepare(app)
    app.driver_class = driver or app.driver_class
    async with app.run_test(size=size, headless=driver is None) as pilot:
        yield Visitor(app, pilot)
