"""The same application in the present terminal, without SSH."""

import signal
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
from tests.support.server import SSHAUTH, clean_env
from tests.support.terminal import Terminal


def test_the_journey_in_the_present_terminal(tmp_path: Path) -> None:
    """`sshauth tui` registers somebody, signs her out and in again, and restores the terminal."""
    ada = Person()
    env = clean_env(tmp_path, TERM="xterm-256color")
    with Terminal([*SSHAUTH, "tui"], env=env, cwd=tmp_path) as terminal:
        authenticator = register(terminal, ada)
        sign_out(terminal)
        sign_in(terminal, ada.user, ada.password, authenticator.next())
        terminal.wait_for(HOME)
        quit_with_ctrl_q(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_the_terminal_as_it_was(tmp_path: Path, number: signal.Signals) -> None:
    """Whoever ends the program, the shell after it is usable."""
    with Terminal(
        [*SSHAUTH, "tui"], env=clean_env(tmp_path, TERM="xterm-256color"), cwd=tmp_path
    ) as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.signal(number)
        terminal.wait_exit()
        assert_restored(terminal)
