"""What is refused, and how: by one clear sentence, never by a traceback."""

import re
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from sshauth.ssh.session import STOPPED
from tests.e2e.people import ANOTHER_USER_NAME, SIGN_IN, assert_restored, quit_with_ctrl_q
from tests.support.net import free_port
from tests.support.server import CLIENT_FLAGS, SSHAUTH, Server, clean_env, measured_env

Finished = subprocess.CompletedProcess[str]


def run(*command: str, home: Path) -> Finished:
    """Run a client to its end without a terminal."""
    return finished(command, clean_env(home), home)


def finished(command: Sequence[str], env: dict[str, str], directory: Path) -> Finished:
    """Run a program to its end, with nobody at its keyboard."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=env,
        cwd=directory,
    )


def assert_one_sentence(text: str) -> None:
    """Find one line that begins like a sentence and ends like one."""
    assert re.fullmatch(r"[^\n]*[A-Z][^\n]*[.!]\r?\n?", text), text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("options", "arguments"),
    [((), ("uptime",)), (("-tt",), ("uptime",)), (("-T",), ()), (("-s",), ("netconf",))],
    ids=["command", "command with a terminal", "no terminal", "subsystem"],
)
def test_what_is_not_a_person_at_a_terminal_is_refused(
    server: Server, tmp_path: Path, options: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    """Commands, sessions without a terminal and subsystems get one sentence and exit status 1."""
    result = run(*server.ssh_command(*arguments, options=options), home=tmp_path)
    assert result.returncode == 1
    assert_one_sentence(result.stderr)
    assert result.stdout == ""


@pytest.mark.parametrize("program", ["sftp", "scp"])
def test_file_transfers_are_refused(server: Server, tmp_path: Path, program: str) -> None:
    """The programs that copy files show our sentence, and end with the status that is theirs."""
    names = {"sftp": ["ada@127.0.0.1"], "scp": ["ada@127.0.0.1:file", str(tmp_path)]}[program]
    result = run(program, *CLIENT_FLAGS, "-P", str(server.port), *names, home=tmp_path)
    assert result.returncode == 255
    assert re.search(r"^[A-Z][^\n]*\.", result.stderr), result.stderr


def test_standard_input_is_not_forwarded(server: Server, tmp_path: Path) -> None:
    """`ssh -W` is told why."""
    options = ("-o", "LogLevel=INFO", "-W", "127.0.0.1:1")
    result = run(*server.ssh_command(options=options), home=tmp_path)
    assert result.returncode == 255
    assert_refused_forwarding(result.stderr)


def test_ports_are_not_forwarded(server: Server, tmp_path: Path) -> None:
    """`ssh -L` is told why when somebody uses the port, and goes on."""
    port = free_port()
    command = server.ssh_command(options=("-o", "LogLevel=INFO", "-N", "-L", f"{port}:127.0.0.1:1"))
    env = clean_env(tmp_path)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env, cwd=tmp_path) as client:
        with connected(port) as connection:
            assert connection.recv(1) == b""
        assert client.poll() is None
        client.terminate()
        assert_refused_forwarding(client.communicate()[1])


def assert_refused_forwarding(text: str) -> None:
    """Find the reason that we gave, not only that it failed."""
    assert re.search(r"open failed: administratively prohibited: [A-Z].*\.", text), text


def connected(port: int, timeout: float = 10) -> socket.socket:
    """Connect as soon as somebody listens."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.05)


def test_other_forwarding_is_refused_and_the_session_goes_on(server: Server) -> None:
    """Remote ports, X11 and the agent are not for us, which ends nothing."""
    options = ("-A", "-Y", "-R", f"{free_port()}:127.0.0.1:1")
    with server.ssh("ada", options=options, env={"DISPLAY": "127.0.0.1:99"}) as terminal:
        terminal.wait_for(SIGN_IN)
        quit_with_ctrl_q(terminal)


def test_two_people_do_not_see_or_end_each_other(server: Server) -> None:
    """What one types is not shown to the other, and when one leaves the other stays."""
    with server.ssh("ada") as ada, server.ssh("grace") as grace:
        ada.wait_for(SIGN_IN)
        grace.wait_for(SIGN_IN)
        ada.key(ANOTHER_USER_NAME)
        ada.send("typed-by-ada")
        ada.wait_for("typed-by-ada")
        quit_with_ctrl_q(ada)
        assert "ada" not in grace.text
        grace.key(ANOTHER_USER_NAME)
        grace.send("typed-by-grace")
        grace.wait_for("typed-by-grace")
        quit_with_ctrl_q(grace)


def test_a_dropped_connection_ends_one_session_only(server: Server) -> None:
    """When one client is killed, the other types on."""
    with server.ssh("grace") as grace:
        with server.ssh("ada") as ada:
            ada.wait_for(SIGN_IN)
            grace.wait_for(SIGN_IN)
        grace.key(ANOTHER_USER_NAME)
        grace.send("still-here")
        grace.wait_for("still-here")


def test_the_end_of_the_server_ends_sessions_cleanly(tmp_path: Path) -> None:
    """On SIGTERM every terminal is restored and told to come back, and the server reports success."""
    with Server(tmp_path, {"DRAIN_SECONDS": "1"}) as server, server.ssh("ada") as terminal:
        terminal.wait_for(SIGN_IN)
        assert server.stop() == 0
        assert terminal.wait_exit() == STOPPED
        assert_restored(terminal)
        assert "Traceback" not in server.output


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    """A server that cannot listen names the port, in one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        assert port in failure(tmp_path, SSH_PORT=port)


@pytest.mark.parametrize("variable", ["DATA_DIR", "HOST_KEYS_DIR"])
def test_a_directory_that_cannot_be_written_is_said(tmp_path: Path, variable: str) -> None:
    """A server that cannot keep its files names the directory, in one sentence."""
    (tmp_path / "file").touch()
    directory = str(tmp_path / "file" / "below")
    assert directory in failure(tmp_path, **{variable: directory})


def test_an_unreachable_database_is_said(tmp_path: Path) -> None:
    """A server without its database says so, in one sentence, without the password."""
    url = f"postgresql://ada:geheim@127.0.0.1:{free_port()}/accounts"
    said = failure(tmp_path, DATABASE_URL=url)
    assert "database" in said
    assert "geheim" not in said


def failure(directory: Path, **variables: str) -> str:
    """Start a server that fails, and give the one sentence that it says."""
    env = {"DATA_DIR": str(directory / "data"), "HOST_KEYS_DIR": str(directory / "host_keys"), **variables}
    result = start(directory, {"SSH_PORT": str(free_port()), **env})
    assert result.returncode == 1
    assert_one_sentence(result.stderr)
    return result.stderr


def test_every_wrong_variable_is_named(tmp_path: Path) -> None:
    """Wrong configuration is told all at once, with what each should be."""
    wrong = {
        "SSH_PORT": "70000",
        "MAIL_PORT": "banana",
        "APP_NAME": "x" * 21,
        "DATABASE_URL": "mysql://localhost/accounts",
        "RESET_CODE_MINUTES": "soon",
        "MAIL_USE_TLS": "perhaps",
        "LOG_LEVEL": "chatty",
    }
    result = start(tmp_path, wrong)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert [name for name in wrong if name not in result.stderr] == []


def start(directory: Path, variables: dict[str, str]) -> Finished:
    """Start a server that will not run for long."""
    return finished([*SSHAUTH, "serve"], measured_env(directory, **variables), directory)
