"""Somebody who is spoken with line by line: hears what is said, and types."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.plain.app import PlainApp
from sshauth.tui.recognise import recognise
from tests.accounts.people import PASSWORD, Person, World
from tests.support.secrets import note

ADDRESS = "192.0.2.1"
PATIENCE = 5.0  # seconds
CHOICE = "Your choice"
WIDE = (400, 24)
"""A terminal on which no line is wrapped, so that words can be looked for whole."""
SECRET = re.compile(r"Secret: ((?:[A-Z2-7]{4} ?){8})")
RECOVERY_CODE = re.compile(r"^(\d+): ((?:[0-9A-Z]{4}-){5}[0-9A-Z]{4})\r$", re.MULTILINE)

CTRL_C, CTRL_D = "\x03", "\x04"
ADA = ("Ada", "Lovelace", "ada", "ada@example.org")

_KEYS = re.compile(r"\x1b\[\w|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+")


class Terminal:
    """Keeps what is written, and gives what is typed key by key."""

    def __init__(self, size: tuple[int, int] = (80, 24), *, knows_codes: bool = True) -> None:
        self.size = size
        self.knows_codes = knows_codes
        self.all_said = ""
        self._keys: deque[str] = deque()
        self._changed = asyncio.Event()
        self._waits = False

    async def read(self) -> str:
        self._waits = True
        while not self._keys:
            self._changed.clear()
            await self._changed.wait()
        self._waits = False
        return self._keys.popleft()

    def write(self, text: str) -> None:
        self.all_said += text

    def type(self, text: str) -> None:
        """Type in one go."""
        self._keys += _KEYS.findall(text)
        self._changed.set()

    def go(self) -> None:
        """Be gone: nothing more is typed."""
        self._keys.append("")
        self._changed.set()

    def is_read(self) -> bool:
        """Whether all that was typed is taken, and more is waited for."""
        return self._waits and not self._keys

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something is true, or fail with all that was said."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"expected {what} after\n{self.all_said}") from None


class Guest(Terminal):
    """The terminal of a person, and the person."""

    def __init__(self, app: PlainApp, size: tuple[int, int], *, knows_codes: bool) -> None:
        super().__init__(size, knows_codes=knows_codes)
        self.app = app
        self.ended: tuple[str, int] | None = None
        """The last words and the exit status, once there are some."""
        self._heard = 0

    async def hears(self, words: str) -> str:
        """Wait until something is said that was not heard before; give all that came until then."""
        await self.until(lambda: words in self.all_said[self._heard :], repr(words))
        begin = self._heard
        self._heard = self.all_said.index(words, begin) + len(words)
        return self.all_said[begin : self._heard]

    async def answers(self, question: str, answer: str) -> str:
        """Wait for a question and answer it; give what came until then."""
        heard = await self.hears(question)
        self.type(f"{answer}\r")
        return heard

    async def chooses(self, choice: str) -> str:
        """Wait for the menu and choose."""
        return await self.hears(CHOICE) + await self.answers(": ", choice)

    async def leaves(self) -> tuple[str, int]:
        """Press Ctrl+D, and wait for the end."""
        self.type(CTRL_D)
        return await self.ends()

    async def ends(self) -> tuple[str, int]:
        """Wait for the end; give the last words and the exit status."""
        await self.until(lambda: self.ended is not None, "the end")
        assert self.ended is not None
        return self.ended

    # Ways

    async def begins_to_register(self) -> str:
        """Create an account from the menu on, up to the authenticator's code, and give its secret."""
        await self.chooses("c")
        await self.fills_in()
        return await self.writes_secret_down()

    async def fills_in(self) -> None:
        """Answer the questions of a new account."""
        labels = ("First name: ", "Last name: ", "User name: ", "Email: ")
        for label, answer in zip(labels, ADA, strict=True):
            await self.answers(label, answer)
        await self.answers("Password: ", PASSWORD)
        await self.answers("Password once more: ", PASSWORD)

    async def writes_secret_down(self) -> str:
        """Take the secret that is spelled out."""
        heard = await self.hears("Six digits that the app shows now: ")
        found = SECRET.search(heard)
        assert found is not None, heard
        secret = found[1].replace(" ", "")
        note(secret)
        return secret

    async def keeps_codes(self) -> dict[str, str]:
        """Write the recovery codes down, and show that they were kept."""
        heard = await self.hears("Code number ")
        codes = dict(RECOVERY_CODE.findall(heard))
        note(*codes.values())
        number = (await self.hears(": ")).removesuffix(": ")
        self.type(f"{codes[number]}\r")
        return codes

    async def signs_in(self, person: Person, *, password: str = PASSWORD, code: str | None = None) -> None:
        """Sign in from the menu, and hear the greeting."""
        await self.chooses("s")
        await self.answers("User name or email", person.user_name)
        await self.answers("Password: ", password)
        await self.answers("Code: ", code or person.code())
        await self.hears("Welcome, ")


@asynccontextmanager
async def visiting(
    world: World,
    *,
    user_name: str = "",
    key: ProvenKey | None = None,
    remark: str = "",
    motd: str = "",
    draws_qr: bool = True,
    size: tuple[int, int] = WIDE,
    knows_codes: bool = True,
) -> AsyncIterator[Guest]:
    """Let somebody connect."""
    peer = Peer(ADDRESS, user_name, client="SSH-2.0-test", key=key, remark=remark, draws_qr=draws_qr)
    whose_key = partial(recognise, world.accounts.ssh_keys, peer)
    app = PlainApp(
        world.accounts, peer, app_name="sshauth", motd=motd, recognised=await whose_key(), recognise=whose_key
    )

    guest = Guest(app, size, knows_codes=knows_codes)

    async def run() -> None:
        guest.ended = await app.run(guest)

    running = asyncio.create_task(run())
    try:
        yield guest
    finally:
        app.exit()
        async with asyncio.timeout(PATIENCE):
            await running
