"""The present terminal, spoken with line by line."""

import asyncio
import fcntl
import os
import struct
import termios
from collections.abc import Iterator

import pytest

from sshauth.local_lines import LocalEnd
from sshauth.ssh.lines import MOST_WAITING
from sshauth.ssh.terminal import Capability


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    """Give the two sides of a terminal: the person's, and the program's."""
    ours, theirs = os.openpty()
    yield ours, theirs
    for each in (ours, theirs):
        try:
            os.close(each)
        except OSError:
            continue  # the test has closed it


def end_at(descriptor: int) -> LocalEnd:
    """Give the end for a terminal."""
    return LocalEnd(Capability(), descriptors=(descriptor, descriptor))


async def test_keys_are_read_one_by_one_and_the_terminal_is_given_back(pty: tuple[int, int]) -> None:
    """Nothing is echoed by the system, and nothing makes signals."""
    ours, theirs = pty
    before = termios.tcgetattr(theirs)
    with end_at(theirs).listening() as lines:
        os.write(ours, b"ada\x03\r")
        assert [await lines.read() for _ in range(3)] == ["ada", "\x03", "\r"]
        lines.write("hello\r\n")
        assert os.read(ours, 100) == b"hello\r\n"
    assert termios.tcgetattr(theirs) == before
    assert await lines.read() == ""


async def test_the_size_is_that_of_the_window(pty: tuple[int, int]) -> None:
    """Or the usual one, where it has none."""
    _, theirs = pty
    assert end_at(theirs).size == (80, 24)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    assert end_at(theirs).size == (100, 30)


async def test_a_terminal_that_is_gone_ends_it(pty: tuple[int, int]) -> None:
    """Nothing more is read, and what is written goes nowhere."""
    ours, theirs = pty
    end = end_at(theirs)
    with end.listening() as lines:
        os.close(ours)
        assert await asyncio.wait_for(lines.read(), 5) == ""
        lines.write("hello")


async def test_a_flood_waits_with_the_system(pty: tuple[int, int]) -> None:
    """And comes later, whole."""
    ours, theirs = pty
    with end_at(theirs).listening() as lines:
        os.set_blocking(ours, False)
        sent = received = 0
        while received < 2 * MOST_WAITING:
            try:
                sent += os.write(ours, b"x" * 512)
            except BlockingIOError:
                assert sent > 0
            received += len(await asyncio.wait_for(lines.read(), 5))
        assert received <= sent
