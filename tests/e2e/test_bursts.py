"""More keys at once than a person types, and stranger ones."""

import asyncio
import contextlib
import itertools
import statistics
import threading
import time
from collections.abc import Iterator

import asyncssh
import pytest

from tests.e2e.people import ANOTHER_USER_NAME, HOME, SIGN_IN, Person, quit_with_ctrl_q, register
from tests.support.server import Server
from tests.support.terminal import KEYS, Screen, Terminal
from tests.support.visitor import Visitor

numbers = itertools.count(1)


@pytest.fixture
def burst(server: Server) -> str:
    """Register somebody, and give what her password manager types in one go."""
    person = Person(f"user{next(numbers)}")
    with server.ssh(person.user) as terminal:
        authenticator = register(terminal, person)
    return f"{KEYS[ANOTHER_USER_NAME]}{person.user}\t{person.password}\t{authenticator.next()}\r"


@pytest.mark.parametrize("ready", [True, False], ids=["client ready", "client starting"])
def test_a_burst_before_the_first_paint_signs_in(server: Server, burst: str, *, ready: bool) -> None:
    """Keys typed as soon as the client takes them, or while it still connects, land in the right fields."""
    with server.ssh("somebody") as terminal:
        if ready:
            terminal.wait_raw()
        terminal.send(burst)
        terminal.wait_for(HOME)


def test_a_burst_with_the_request_for_a_shell_signs_in(server: Server, burst: str) -> None:
    """Keys on their way before the server has even answered land in the right fields."""
    screen = Screen(80, 24)

    async def watch() -> None:
        async with asyncssh.connect(
            "127.0.0.1",
            server.port,
            client_factory=Visitor,
            username="somebody",
            known_hosts=None,
            client_keys=None,
            config=None,
        ) as connection:
            process = await connection.create_process(term_type="xterm", term_size=(80, 24), encoding=None)
            process.stdin.write(burst.encode())
            while HOME not in "\n".join(screen.display) and (data := await process.stdout.read(65536)):
                screen.feed(data)

    with contextlib.suppress(TimeoutError):
        asyncio.run(asyncio.wait_for(watch(), 10))
    assert HOME in "\n".join(screen.display), "\n".join(screen.display)


@pytest.fixture
def terminal(server: Server) -> Iterator[Terminal]:
    """Connect somebody who has not signed in."""
    with server.ssh("somebody") as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.key(ANOTHER_USER_NAME)
        yield terminal


# What is pasted, and a word that must be said about it.
STRANGE = {
    "newlines": ("one\ntwo\r\nthree\rfour", "removed"),
    "control characters": ("".join(map(chr, range(1, 27))) + "\x7f\x80\x9b", "removed"),
    "escape sequences": ("\x1b[2J\x1b]0;title\x07\x1bPq\x1b\\", "title"),
    "combining marks": ("Z" + "\u0351\u036b\u0343" * 200, "too long"),
    "emoji": ("👩‍👩‍👧‍👦🏳️‍🌈🇩🇪😀", ""),
    "markup": ("[@click=app.quit]x[/] [/] [bold", ""),
    "right to left": ("\u202eevil\u2066", ""),
}


@pytest.mark.parametrize(("pasted", "word"), STRANGE.values(), ids=STRANGE.keys())
def test_strange_pastes_hurt_nobody(terminal: Terminal, pasted: str, word: str) -> None:
    """What no name consists of does not end the session, move the focus or submit the form."""
    terminal.paste(pasted)
    terminal.wait_quiet()
    terminal.wait_for(word)
    terminal.send("TYPED")
    terminal.wait_for("TYPED")
    terminal.wait_for(SIGN_IN)
    quit_with_ctrl_q(terminal)


def test_a_huge_paste_keeps_nobody_waiting(server: Server, terminal: Terminal) -> None:
    """While one pastes 10 MB, another types and sees every key soon; then the first goes on too."""
    with server.ssh("somebody") as other:
        other.wait_for(SIGN_IN)
        other.key(ANOTHER_USER_NAME)
        paste = threading.Thread(target=terminal.paste, args=("x" * 10_000_000, 60))
        paste.start()
        echoes = [echo(other, letter) for letter in "abcdefghijklmnopqrstuvwxyz" if paste.is_alive()]
        paste.join()
        assert echoes, "the paste was over before anybody typed"
        assert statistics.median(echoes) < 0.1, echoes
        assert max(echoes) < 1, echoes
    terminal.wait_for("too long")
    terminal.wait_for(SIGN_IN)
    quit_with_ctrl_q(terminal)


def echo(terminal: Terminal, letter: str) -> float:
    """Measure how long a key takes to the screen, for one that was not there."""
    typed = letter * 3
    start = time.monotonic()
    terminal.send(typed)
    terminal.wait_for(typed)
    return time.monotonic() - start
