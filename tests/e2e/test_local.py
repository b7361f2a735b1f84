"""The same application in the present terminal, without SSH."""

import re
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.people import (
    HOME,
    SIGN_IN,
    Person,
    assert_restored,
    quit_with_ctrl_q,
    register,
    sign_in,
    sign_out,
)
from tests.support.server import SSHAUTH, measured_env
from tests.support.terminal import Terminal


def test_the_journey_in_the_present_terminal(tmp_path: Path) -> None:
    """`sshauth tui` registers somebody, signs her out and in again, and restores the terminal."""
    ada = Person()
    env = measured_env(tmp_path, TERM="xterm-256color")
    with Terminal([*SSHAUTH, "tui"], env=env, cwd=tmp_path) as terminal:
        authenticator = register(terminal, ada)
        sign_out(terminal)
        sign_in(terminal, ada.user, ada.password, authenticator.next())
        terminal.wait_for(HOME)
        quit_with_ctrl_q(terminal)


NUMBERS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]
BROKEN = """
import sys
from sshauth import cli
from sshauth.tui.sign_in import SignInScreen

def broken(self, password="open " + "sesame"):
    raise ZeroDivisionError

def hangs(self):
    while True:
        pass

SignInScreen.action_forgot_password = {"crash": broken, "hang": hangs}[sys.argv.pop(1)]
cli.main()
"""
"""The program, with a fault behind F3."""


def local_run(directory: Path, fault: str | None = None) -> Terminal:
    """Run the app in a terminal."""
    command = [sys.executable, "-c", BROKEN, fault, "tui"] if fault else [*SSHAUTH, "tui"]
    return Terminal(command, env=measured_env(directory, TERM="xterm-256color"), cwd=directory)


def assert_usable(terminal: Terminal) -> None:
    """Find the terminal as a shell needs it: its modes, and its way with lines."""
    assert_restored(terminal)
    assert terminal.is_cooked


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_a_signal_leaves_the_terminal_as_it_was(tmp_path: Path, number: signal.Signals) -> None:
    """Whoever ends the program, the shell after it is usable; the status says which signal it was."""
    with local_run(tmp_path) as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        assert_usable(terminal)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_a_second_signal_ends_even_a_program_that_hangs(tmp_path: Path, number: signal.Signals) -> None:
    """And leaves the terminal usable all the same."""
    with local_run(tmp_path, "hang") as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.key("f3")
        terminal.send("x")
        terminal.wait_quiet()
        terminal.signal(number)
        terminal.wait_quiet()
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        assert_usable(terminal)


def test_a_crash_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    """One sentence with a number that the log knows, status 1; no values, and no traceback on the screen."""
    with local_run(tmp_path, "crash") as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.key("f3")
        assert terminal.wait_exit() == 1
        assert_usable(terminal)
        said = re.search(r"something broke on our side \(incident ([0-9A-F]{8})\)", terminal.text)
        assert said
        assert "Traceback" not in terminal.text
    log = (tmp_path / "data" / "logs" / "sshauth.log").read_text()
    assert said[1] in log
    assert "ZeroDivisionError" in log
    assert "open sesame" not in log
