"""The same application in the present terminal, without SSH."""

from pathlib import Path

from tests.e2e.people import HOME, Person, quit_with_ctrl_q, register, sign_in, sign_out
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
