"""Ways behind Home, and what is heard there."""

import re
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.screen import Screen
from textual.widgets import Button

from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.tui.form import FormScreen
from tests.accounts.people import PASSWORD, Person, World
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import HOME

SECURITY = "Security"
PROFILE = "Profile"
SESSIONS = "Sessions"
ACTIVITY = "Activity"
CONFIRM = "Confirm it's you"
KEYS = "Keys"
HOSTILE = "[@click=app.quit]x[/]"
KEY = ProvenKey("ssh-ed25519", f"SHA256:{'aB3dE5fG7hI9+/j' * 3:.43}")
OTHER_KEY = ProvenKey("ssh-rsa 3072", f"SHA256:{'Zy8xW6vU4tS2/+r' * 3:.43}")

# What the rooms behind Home offer, and the heading of the room behind that.
BEHIND_SECURITY = {
    "Change password": "Change password",
    "Authenticators": "Authenticators",
    "New recovery codes": "New recovery codes",
}
BEHIND_PROFILE = {
    "Change names": "Change names",
    "Change email": "Change email",
    "See my data": "My data",
    "Delete account": "Delete account",
}
ROOMS = BEHIND_SECURITY | BEHIND_PROFILE


@asynccontextmanager
async def at_home(
    world: World,
    ada: Person,
    *,
    size: tuple[int, int] = (80, 24),
    driver: type[HeadlessDriver] | None = None,
    first_name: str = "Ada",
    key: ProvenKey | None = None,
    time_zone: str = "",
) -> AsyncIterator[Visitor]:
    """Sign somebody in, on the screen; the code is used up, so time moves on to the next."""
    async with visiting(world, size=size, driver=driver, key=key, time_zone=time_zone) as visitor:
        if visitor.focused == "Code":
            visitor.fill(ada.code())
        else:
            visitor.fill(ada.user_name, PASSWORD, ada.code())
        await visitor.comes_to(f"Welcome, {first_name}")
        await rests(visitor)
        world.wait(30)
        yield visitor


async def rests(visitor: Visitor) -> None:
    """Wait until a room has looked up what it shows."""
    await visitor.until(lambda: not _is_at_work(visitor.app.screen), "an idle room")


def _is_at_work(screen: Screen[Any]) -> bool:
    return isinstance(screen, FormScreen) and (screen.busy or screen.arriving)


async def register_who_kept_codes(world: World) -> Person:
    """Create the account of somebody who has their recovery codes on paper."""
    ada = await world.register()
    await world.accounts.security.recovery_codes_were_kept(ada.identity)
    return ada


async def remember(
    world: World, ada: Person, key: ProvenKey = KEY, client: str = "SSH-2.0-OpenSSH_9.2"
) -> None:
    """Have a key remembered that was proven elsewhere, and let the next code come."""
    peer = Peer("198.51.100.7", client=client, key=key)
    await world.accounts.sign_in(ada.user_name, PASSWORD, ada.code(), peer, remember_key=True)
    world.wait(30)


async def go_to_security(visitor: Visitor) -> None:
    """Go from Home to Security."""
    visitor.press("f3")
    await visitor.comes_to(SECURITY)
    await visitor.sees("New recovery codes")


async def go_to_profile(visitor: Visitor) -> None:
    """Go from Home to Profile."""
    visitor.press("f2")
    await visitor.comes_to(PROFILE)
    await visitor.sees("Delete account")


async def go_before(visitor: Visitor, label: str) -> str:
    """Go from Home to the room that offers another one; tell its heading."""
    await (go_to_security if label in BEHIND_SECURITY else go_to_profile)(visitor)
    return SECURITY if label in BEHIND_SECURITY else PROFILE


async def choose(visitor: Visitor, label: str) -> None:
    """Go down to a button, and press it."""
    await visitor.sees(label)
    await rests(visitor)
    labels = [str(button.label) for button in visitor.app.screen.query(Button) if button.display]
    visitor.press(*["down"] * (labels.index(label) - labels.index(visitor.focused)))
    await visitor.focuses(label)
    visitor.press("enter")


async def confirm(visitor: Visitor, world: World, ada: Person) -> None:
    """Give password and code once more."""
    await visitor.comes_to(CONFIRM)
    visitor.fill(PASSWORD, ada.code())
    world.wait(30)


async def go_in(visitor: Visitor, world: World, ada: Person, label: str) -> None:
    """Go from Home to a room behind Security or Profile."""
    await go_before(visitor, label)
    await choose(visitor, label)
    await confirm(visitor, world, ada)
    await visitor.comes_to(ROOMS[label])


def click_at(visitor: Visitor, x: int, y: int) -> None:
    """Press the mouse somewhere."""
    for event in (events.MouseDown, events.MouseUp):
        visitor.app.post_message(event(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False))


async def is_home(visitor: Visitor) -> None:
    """Wait for Home."""
    await visitor.comes_to(HOME)
    await rests(visitor)


class Clipboard(HeadlessDriver):
    """A terminal with a clipboard."""

    copied: ClassVar[list[str]] = []

    def write(self, data: str) -> None:
        found = re.findall(r"\x1b\]52;c;([^\a]*)\a", data)
        self.copied.extend(b64decode(each).decode() for each in found)
        super().write(data)
