"""Terminals that are spoken with line by line: what is read of them, when, and by whom."""

import asyncio

import pytest

from sshauth.ssh.lines import KEYS_AT_ONCE, MOST_WAITING, Lines
from sshauth.ssh.output import Output
from sshauth.ssh.session import BROKEN, STOPPED
from sshauth.ssh.terminal import capability_of
from sshauth.ssh.turns import Turns
from tests.ssh.clients import Person, connected, incident_in
from tests.ssh.plain_echo import PLAIN_LEFT
from tests.ssh.serving import Logged, Running
from tests.ssh.waiting import eventually


class Far:
    """The other end of lines, without a network. A slow one takes nothing until it is told to."""

    size = (80, 24)

    def __init__(self, term: str = "xterm-256color", locale: str = "C.UTF-8") -> None:
        self.capability = capability_of(term, {"LANG": locale})
        self.written = b""
        self.slow = False
        self.pauses: list[bool] = []
        self.unread = bytearray()
        self.lines = Lines(self, Turns())
        self.output = Output(
            self._arrive, lambda: len(self.unread), drained=self.lines.repaint, stuck=self.fail
        )

    def _arrive(self, data: bytes) -> None:
        self.unread += data
        if not self.slow:
            self.take()

    def take(self) -> None:
        self.slow = False
        self.written += bytes(self.unread)
        self.unread.clear()

    def write(self, data: bytes) -> None:
        self.output.write(data)

    def has_room(self, length: int) -> bool:
        return self.output.has_room(length)

    def pause(self, *, paused: bool) -> None:
        self.pauses.append(paused)

    def fail(self) -> None:
        raise AssertionError("stuck")


async def read(far: Far, typed: bytes) -> list[str]:
    """Type something, and give what is read of it."""
    far.lines.feed(typed)
    keys = []
    while far.lines._next_keys():
        keys.append(await asyncio.wait_for(far.lines.read(), 5))
    return keys


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (b"ada\r", ["ada", "\r"]),
        (b"a\x7fb", ["a", "\x7f", "b"]),
        ("Zoë".encode(), ["Zoë"]),
        (b"\x1b[A\x1b[1;5Cx", ["\x1b[A", "\x1b[1;5C", "x"]),
        (b"\x1bOPx", ["\x1bOP", "x"]),
        (b"\x1b", ["\x1b"]),
        (b"\x1bx", ["\x1b", "x"]),
        (b"\x1b[<0;1;2M", ["\x1b[<0;1;2M"]),
        ("\u0085x".encode(), ["\u0085", "x"]),
        (b"\xff\xfe", ["\ufffd\ufffd"]),
        (b"x" * 600, ["x" * 256, "x" * 256, "x" * 88]),
    ],
)
async def test_what_is_typed_comes_key_by_key(typed: bytes, expected: list[str]) -> None:
    """Runs of characters, control characters and escape sequences, each by itself."""
    assert await read(Far(), typed) == expected


async def test_what_is_cut_in_two_comes_whole() -> None:
    """Characters and sequences alike."""
    far = Far()
    assert await read(far, "Zoë".encode()[:-1]) == ["Zo"]
    assert await read(far, "ë".encode()[-1:]) == ["ë"]
    assert await read(far, b"\x1b[1;") == []
    assert await read(far, b"5C") == ["\x1b[1;5C"]


async def test_other_character_sets_are_read_and_written() -> None:
    """As the client's locale says."""
    far = Far(locale="de_DE.ISO-8859-1")
    assert await read(far, "Zoë".encode("latin-1")) == ["Zoë"]
    far.lines.write("Zoë •")
    assert far.written == "Zoë *".encode("latin-1")


async def test_a_flood_waits_for_turns_and_for_the_client() -> None:
    """A few keys at once; beyond that the client is told to wait, and all arrives in the end."""
    far = Far()
    far.lines.feed(b"\r" * (MOST_WAITING + 1))
    assert far.pauses == [True]
    for _ in range(KEYS_AT_ONCE):
        await far.lines.read()
    assert far.pauses == [True, False]
    reading = asyncio.create_task(far.lines.read())
    await asyncio.sleep(0)
    assert not reading.done()
    assert await asyncio.wait_for(reading, 5) == "\r"


async def test_who_does_not_read_is_asked_for_no_more_keys() -> None:
    """What a key makes appear must have somewhere to go."""
    far = Far()
    far.slow = True
    far.lines.write("x" * 100_000)
    far.lines.feed(b"a")
    reading = asyncio.create_task(far.lines.read())
    await asyncio.sleep(0.1)
    assert not reading.done()
    far.take()
    assert await asyncio.wait_for(reading, 5) == "a"
    far.output.close()


async def test_after_the_end_nothing_is_read() -> None:
    """Whoever waits for a key learns it."""
    far = Far()
    reading = asyncio.create_task(far.lines.read())
    await asyncio.sleep(0)
    far.lines.close()
    assert await asyncio.wait_for(reading, 5) == ""
    far.lines.feed(b"ada")
    assert await far.lines.read() == ""


# On the server


@pytest.mark.parametrize(
    ("user", "term", "env", "hello"),
    [
        ("plain", "xterm-256color", {}, "plain hello whoever"),
        ("ada", "dumb", {}, "plain hello ada"),
        ("ada", "xterm-256color", {"PLAIN": "1"}, "plain hello ada"),
        ("ada", "\x1b[2J", {}, "plain hello ada"),
    ],
)
async def test_who_wants_or_sees_no_screens_is_spoken_with_line_by_line(
    running: Running, user: str, term: str, env: dict[str, str], hello: str
) -> None:
    """By the SSH user name, a variable, or the kind of terminal."""
    async with connected(running.port, user) as connection:
        ada = await Person.at(connection, term=term, env=env)
        await ada.sees(hello)
        ada.type("abc")
        await ada.sees("<abc>")
        ada.type("q")
        assert await ada.ends() == PLAIN_LEFT
        assert ada.seen.endswith(b"You have left.\r\n")
        assert b"\x1b" not in ada.seen


async def test_what_is_typed_in_haste_is_kept(running: Running) -> None:
    """Also what comes before the app is there."""
    async with connected(running.port, "plain") as connection:
        ada = await Person.in_haste(connection, "abc")
        await ada.sees("<abc>")


async def test_a_flood_of_keys_leaves_room_for_the_others(running: Running) -> None:
    """It waits with the client, and the session of another goes on."""
    async with connected(running.port, "plain") as connection, connected(running.port, "plain") as other:
        ada, grace = await Person.at(connection), await Person.at(other)
        await ada.sees("hello")
        ada.type("\x07" * 60_000)
        await eventually(lambda: any(each._paused for each in running.server.doors.hall.sessions), "a pause")
        await grace.sees("hello")
        grace.type("abc")
        await grace.sees("<abc>")
        (app,) = (each for each in running.plain_apps if "\x07" in each.read)
        assert len(app.read) < 1000


async def test_notices_and_the_end_of_the_server_arrive(running: Running) -> None:
    """As with screens, and with the same status."""
    async with connected(running.port, "plain") as connection:
        ada = await Person.at(connection)
        await ada.sees("hello")
        await running.server.drain(0.1, asyncio.Event())
        assert await ada.ends() == STOPPED
        assert b"The server stops in 0.1 s" in ada.seen
        assert ada.seen.endswith(b"The server is stopping. Please come back in a moment.\r\n")


async def test_a_fault_ends_one_session_with_a_number(running: Running, logged: Logged) -> None:
    """And nothing of what was typed."""
    async with connected(running.port, "plain") as connection:
        ada = await Person.at(connection)
        ada.type("x")
        assert await ada.ends() == BROKEN
        incident = incident_in(ada.seen.decode())
    assert [line["incident"] for line in logged if line["event"] == "session.broken"] == [incident]


async def test_who_is_gone_leaves_nothing_behind(running: Running) -> None:
    """Whatever the app was doing."""
    async with connected(running.port, "plain") as connection:
        ada = await Person.at(connection)
        ada.type("w")
        await eventually(lambda: bool(running.plain_apps), "the app")
    await eventually(lambda: not running.server.doors.hall.sessions, "the end of the session")
