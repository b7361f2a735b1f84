"""The log: whole lines of many writers, in files that rotate and that may be taken away."""

import contextvars
import json
import logging
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import structlog

from sshauth import logs
from sshauth.log_targets import LONGEST_LINE, line_of
from sshauth.logs import logging_through, logging_to
from tests.support.server import clean_env

log = structlog.get_logger("sshauth.test")


def lines_in(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_an_event_is_one_line_of_json(tmp_path: Path) -> None:
    """With its time and level; the file is its owner's alone."""
    file = tmp_path / "logs" / "a.log"
    with logging_to(file, "INFO"):
        log.info("something.happened", number=1, words="two\nlines")
        log.debug("too.small")
    (line,) = lines_in(file)
    assert (line["event"], line["number"], line["level"]) == ("something.happened", 1, "info")
    assert line["timestamp"].endswith("Z")
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_traceback_has_no_values(tmp_path: Path) -> None:
    """Passwords are among them."""

    def fails(password: str) -> None:
        raise ValueError(len(password))

    secret = token_hex(8)
    with logging_to(tmp_path / "a.log", "INFO"):
        try:
            fails(secret)
        except ValueError:
            log.exception("it.broke")
    text = (tmp_path / "a.log").read_text()
    assert "ValueError: 16" in text
    assert secret not in text


def test_a_full_file_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest lines are kept, and no line is lost or cut at a change of files."""
    monkeypatch.setattr(logs, "FILE_BYTES", 2000)
    monkeypatch.setattr(logs, "FILES", 3)
    with logging_to(tmp_path / "a.log", "INFO"):
        for number in range(200):
            log.info("counted", number=number)
    files = [tmp_path / "a.log.2", tmp_path / "a.log.1", tmp_path / "a.log"]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    numbers = [line["number"] for file in files for line in lines_in(file)]
    assert numbers == list(range(numbers[0], 200))
    assert numbers[0] > 0


@pytest.mark.parametrize("take_away", [lambda file: file.rename(f"{file}.old"), Path.unlink])
def test_a_file_that_was_moved_or_removed_is_opened_anew(
    tmp_path: Path, take_away: Callable[[Path], None]
) -> None:
    """By logrotate, or by another process of ours that rotated it."""
    file = tmp_path / "a.log"
    with logging_to(file, "INFO"):
        log.info("first")
        eventually(file.exists)
        eventually(lambda: lines_in(file))
        take_away(file)
        log.info("second")
    assert [line["event"] for line in lines_in(file)] == ["second"]


def test_two_processes_may_rotate_one_file(tmp_path: Path) -> None:
    """The server and the local run write the same one: no line is lost, and each is whole."""
    code = (
        "import sys, structlog\n"
        "from pathlib import Path\n"
        "from sshauth import logs\n"
        "logs.FILE_BYTES, logs.FILES = 20_000, 100\n"
        "with logs.logging_to(Path('a.log'), 'INFO'):\n"
        "    for number in range(1000):\n"
        "        structlog.get_logger('sshauth').info('counted', who=sys.argv[1], number=number)\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, who], cwd=tmp_path, env=clean_env(tmp_path))
        for who in "ab"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    lines = [line for file in tmp_path.glob("a.log*") for line in lines_in(file)]
    assert sorted((line["who"], line["number"]) for line in lines) == [
        (who, number) for who in "ab" for number in range(1000)
    ]
    assert max(file.stat().st_size for file in tmp_path.glob("a.log*")) < 25_000


def test_a_worker_says_who_it_is(tmp_path: Path) -> None:
    """Its lines go over a wire to the process that writes, whole, in order, from libraries too."""
    near, far = socket.socketpair()
    with far, near, near.makefile("rb") as received:
        with logging_through(far, 7, "INFO", to_stdout=False):
            log.info("first", text="ä\n", odd="\ud800")
            logging.getLogger("asyncssh").warning("second %s", "part")
        far.close()
        sent = [line_of(line) for line in received]
    with logging_to(tmp_path / "a.log", "INFO") as write_line:
        for line in sent:
            write_line(line)
    first, second = lines_in(tmp_path / "a.log")
    assert (first["worker"], first["event"], first["text"]) == (7, "first", "ä\n")
    assert (second["worker"], second["event"]) == (7, "second part")


def test_an_endless_line_is_cut() -> None:
    """What arrives can be read, and is short enough for whoever reads it."""
    near, far = socket.socketpair()
    sent: list[bytes] = []
    with near.makefile("rb") as received:
        reading = threading.Thread(target=lambda: sent.extend(received))
        reading.start()
        with logging_through(far, 1, "INFO", to_stdout=False):
            log.info("long", text="\x1b€😀" * LONGEST_LINE)
        far.close()
        reading.join()
    near.close()
    assert len(line_of(sent[0])) == LONGEST_LINE
    assert len(sent[0]) <= 6 * LONGEST_LINE + 3


def test_without_the_process_that_writes_lines_go_to_standard_error(tmp_path: Path) -> None:
    """Which a service manager keeps; nothing breaks."""
    code = (
        "import socket, structlog\n"
        "from sshauth.logs import logging_through\n"
        "near, far = socket.socketpair()\n"
        "near.close()\n"
        "with logging_through(far, 2, 'INFO', to_stdout=False):\n"
        "    structlog.get_logger('sshauth').info('alone')\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=clean_env(tmp_path)
    )
    assert json.loads(said.stderr)["event"] == "alone"


@contextmanager
def logging_to_a_disk_that_hangs(directory: Path) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Log where a pipe that nobody reads stands for the disk; what is given reads what was logged."""
    pipe = directory / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    received = bytearray()

    def read() -> None:
        while data := os.read(reader, 65536):
            received.extend(data)

    reading = threading.Thread(target=read)

    def all_of_it() -> list[dict[str, Any]]:
        reading.join(10)
        return [json.loads(line) for line in received.splitlines()]

    try:
        with logging_to(pipe, "INFO"):
            log.info("first", text="x" * 200_000)
            select.select([reader], [], [], 10)
            yield all_of_it
            reading.start()
    finally:
        reading.join(10)
        os.close(reader)


def test_nothing_waits_for_a_disk_that_hangs(tmp_path: Path) -> None:
    """Whoever logs goes on at once; when the disk is back, it has all of it."""
    with logging_to_a_disk_that_hangs(tmp_path) as logged:
        began = time.monotonic()
        for number in range(2000):
            log.info("counted", number=number, text="x" * 100)
        assert time.monotonic() - began < 5
    assert [line["number"] for line in logged()[1:]] == list(range(2000))


def test_what_waits_for_a_disk_that_hangs_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later lines are lost, and how many is said."""
    monkeypatch.setattr(logs, "MOST_WAITING", 500)
    with logging_to_a_disk_that_hangs(tmp_path) as logged:
        for number in range(1200):
            log.info("counted", number=number)
        monkeypatch.setattr(logs, "MOST_WAITING", 1000)
        log.info("last")
    _, *lines, lost, last = logged()
    assert [line["number"] for line in lines] == list(range(500))
    assert (lost["event"], lost["count"], last["event"]) == ("log.lines_lost", 700, "last")


def test_nothing_that_is_logged_moves_the_cursor_of_a_terminal(tmp_path: Path) -> None:
    """Errors and libraries quote what strangers send; a traceback keeps its lines."""
    code = (
        "import logging, structlog\n"
        "from sshauth.logs import logging_to\n"
        "log = structlog.get_logger('sshauth')\n"
        "with logging_to(None, 'INFO'):\n"
        "    log.info('first', words='\\x1b[2Jä', more=['\\x9b2J'])\n"
        "    logging.getLogger('asyncssh').warning('second\\x1b]0;x\\x07\\nthird')\n"
        "    log.error('fourth', exc_info=ValueError('\\x1b[2J'))\n"
    )
    near, far = os.openpty()
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True, stdout=far, env=clean_env(tmp_path, TERM="xterm"))
    said = re.sub(r"\x1b\[[0-9;]*m", "", os.read(near, 65536).decode())
    os.close(near)
    os.close(far)
    assert all(sign.isprintable() or sign in "\r\n" for sign in said)
    lines = [line.split() for line in said.splitlines()]
    assert [line[3:] for line in lines[:2]] == [
        ["first", "more=['\\x9b2J']", f"node={lines[0][-2].removeprefix('node=')}", "words=\\x1b[2Jä"],
        ["second\\x1b]0;x\\x07\\nthird", lines[1][-1]],
    ]
    assert lines[-1] == ["ValueError:", "\\x1b[2J"]


def test_a_line_begins_in_the_same_way_always(tmp_path: Path) -> None:
    """Time, level, event, then whose it is: other programs look for that (docs/log.md)."""
    with logging_to(tmp_path / "a.log", "INFO"):
        contextvars.copy_context().run(_in_a_session)
        log.info("other")
    first, second = lines_in(tmp_path / "a.log")
    assert list(first) == ["timestamp", "level", "event", "address", "session", "node", "reason"]
    assert (first["session"], first["address"]) == ("12ab34cd", "203.0.113.7")
    assert list(second) == ["timestamp", "level", "event", "node"]
    assert second["node"] == f"{socket.gethostname()}/{os.getpid()}"


def _in_a_session() -> None:
    structlog.contextvars.bind_contextvars(session="12ab34cd", address="203.0.113.7")
    log.info("something.happened", reason="x")


ON_A_FULL_DISK = """
import os, resource, sys
from pathlib import Path
import structlog
from sshauth.logs import logging_to

file, log = Path("a.log"), structlog.get_logger("sshauth")
reading, writing = os.pipe()
stderr = os.fdopen(reading)
os.dup2(writing, 2)


def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def told(event):
    while event not in file.read_text():
        pass


def elsewhere():
    sys.stdout.write(stderr.readline())


with logging_to(file, "INFO"):
"""
"""A pipe stands for standard error: whoever writes a line to it can be waited for."""


def on_a_full_disk(directory: Path, *steps: str) -> list[dict[str, Any]]:
    """Take some steps while the disk is full or not, and give what went to standard error."""
    code = ON_A_FULL_DISK + "".join(f"    {step}\n" for step in steps)
    said = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=directory,
        env=clean_env(directory),
        timeout=30,
    )
    return [json.loads(line) for line in said.stdout.splitlines()]


def test_on_a_full_disk_the_log_goes_on_to_standard_error(tmp_path: Path) -> None:
    """And comes back to its file once there is room: whoever logs notices nothing of either."""
    (tmp_path / "a.log").symlink_to("/dev/full")
    lost = "log.info('lost', number={}); elsewhere()"
    said = on_a_full_disk(tmp_path, *map(lost.format, range(3)), "file.unlink()", "log.info('kept')")
    assert [line["number"] for line in said] == [0, 1, 2]
    assert [line["event"] for line in lines_in(tmp_path / "a.log")] == ["kept"]


@pytest.mark.parametrize("lines_before", [0, 1])
def test_nothing_stays_of_a_line_that_found_no_room(tmp_path: Path, lines_before: int) -> None:
    """A disk may be full in the middle of one: a limit on the size of files stands for it."""
    said = on_a_full_disk(
        tmp_path,
        *["log.info('first'); told('first')"] * lines_before,
        "room(file.stat().st_size + 40)",
        "log.info('torn', text='x' * 100); elsewhere()",
        "assert not file.read_text()[-1:].strip()",
        "room(-1)",
        "log.info('last'); told('last')",
    )
    assert [line["event"] for line in lines_in(tmp_path / "a.log")] == ["first"] * lines_before + ["last"]
    assert [line["event"] for line in said] == ["torn"]
