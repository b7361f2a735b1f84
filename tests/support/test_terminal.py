"""The pseudo-terminal that end-to-end tests look through."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import clean_env
from tests.support.terminal import Screen, Terminal


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Terminal]:
    """Run a shell in a terminal."""
    env = clean_env(tmp_path, TERM="xterm", PS1="ready> ")
    with Terminal(["/bin/sh"], env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("ready>")
        yield terminal


def test_a_program_is_typed_to_and_seen(shell: Terminal) -> None:
    """What is typed reaches the program, what it writes reaches the screen."""
    shell.send("expr 40 + 2\r")
    shell.wait_for("\n42 ")
    assert b"42" in shell.raw


def test_a_program_is_told_when_its_window_changes(tmp_path: Path) -> None:
    """The program sees the size that was given, and later ones."""
    program = (
        "import os, signal; show = lambda *_: os.write(1, b'%r\\n' % (os.get_terminal_size(),));"
        "signal.signal(signal.SIGWINCH, show); show(); signal.pause(); signal.pause()"
    )
    with Terminal([sys.executable, "-c", program], env=clean_env(tmp_path)) as terminal:
        terminal.wait_for("columns=80, lines=24")
        terminal.resize(60, 20)
        terminal.wait_for("columns=60, lines=20")


def test_a_program_may_end_with_a_status(shell: Terminal) -> None:
    """The exit status is the program's own, and the last words are not lost."""
    shell.send("echo good''bye; exit 3\r")
    assert shell.wait_exit() == 3
    assert "goodbye" in shell.text


def test_waiting_in_vain_shows_the_screen(shell: Terminal) -> None:
    """A failed expectation says what was on the screen instead."""
    with pytest.raises(AssertionError, match="ready>"):
        shell.wait_for("what never comes", timeout=0.1)


def test_a_large_paste_arrives_whole(tmp_path: Path) -> None:
    """A raw program receives a megabyte of bracketed paste to the last byte."""
    program = (
        "import sys, tty; tty.setraw(0); sys.stdout.write('on'); sys.stdout.flush();"
        "size = 1_000_000 + 12; print(len(sys.stdin.buffer.read(size)) == size)"
    )
    with Terminal([sys.executable, "-c", program], env=clean_env(tmp_path)) as terminal:
        terminal.wait_raw()
        terminal.wait_for("on")
        terminal.paste("x" * 1_000_000)
        terminal.wait_for("True")
        assert terminal.wait_exit() == 0


def test_questions_to_the_terminal_leave_no_marks() -> None:
    """Sequences that pyte does not know are not drawn, even when they arrive in pieces."""
    screen = Screen(20, 2)
    written = b"\x1b[?2026$p\x1b[>1u\x1b[<u\x1b[=1;1u\x1b[?1016$p\x1b[c\x1b[1 qone\x1b[?25l two \xe2\x96\x80"
    for byte in written:
        screen.feed(bytes([byte]))
    assert screen.display[0].rstrip() == "one two ▀"


def test_leaving_the_alternate_screen_clears_it() -> None:
    """What was painted there is not mistaken for what is on the screen afterwards."""
    screen = Screen(20, 2)
    screen.feed(b"\x1b[?1049hsecret\x1b[?1049lbye")
    assert screen.display[0].rstrip() == "bye"


def test_invisible_characters_hide_nothing() -> None:
    """What follows a joiner or a direction mark is still seen."""
    screen = Screen(20, 1)
    screen.feed("\u202eone\u200d two\ufe0f".encode())
    assert screen.display[0].rstrip() == "one two"
