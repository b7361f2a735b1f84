"""A service of two workers, watched from outside by bare sockets, and by those who read its log."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.people import ANOTHER_USER_NAME, SIGN_IN, Person, quit_with_ctrl_q, register, sign_in, sign_out
from tests.e2e.processes import events_of, eventually, log_of, workers_of
from tests.e2e.test_commands import sshauth
from tests.metrics.asking import ask, get, numbers
from tests.support.net import free_port
from tests.support.postgres import Postgres
from tests.support.server import Server

ROOT = Path(__file__).parents[2]
ADMIN = "ops@example.org"
ECHO, START = "sshauth_key_echo_seconds_count", "sshauth_app_start_seconds_count"
LET_IN = 'sshauth_connections_total{outcome="let in"}'
SIGNED_IN = 'sshauth_sign_ins_total{outcome="signed in"}'
REFUSED = 'sshauth_sign_ins_total{outcome="refused"}'
REGISTERED = 'sshauth_sign_ins_total{outcome="registered"}'
DEATHS = "sshauth_worker_deaths_total"


class Watched(Server):
    """A server whose numbers can be asked for."""

    def __init__(self, directory: Path, env: dict[str, str] | None = None) -> None:
        self.metrics_port = free_port()
        super().__init__(directory, {"METRICS_LISTEN": f"127.0.0.1:{self.metrics_port}", **(env or {})})

    def numbers(self) -> dict[str, float]:
        return numbers(self.metrics_port)

    def until(self, condition: Callable[[dict[str, float]], bool], what: str) -> dict[str, float]:
        """Wait for numbers: a page holds for a second."""
        found: dict[str, float] = {}

        def look() -> bool:
            found.clear()
            found.update(self.numbers())
            return condition(found)

        eventually(look, what)
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Run two workers; whoever looks after them hears of faults."""
    with Watched(tmp_path_factory.mktemp("server"), {"WORKERS": "2", "ADMINS": ADMIN}) as server:
        eventually(lambda: len(workers_of(server)) == 2, "two workers have started")
        yield server


def connect_to_both(server: Watched) -> None:
    """Knock until each worker has let somebody in: the system deals connections out."""

    def seen() -> set[int]:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(b"SSH-2.0-x\r\n" + b"junk" * 20)
            connection.recv(100)
        return {line["worker"] for line in events_of(server, "connection.lost")}

    eventually(lambda: seen() == {1, 2}, "both workers have let somebody in")


def test_the_numbers_are_those_of_both_workers(server: Watched) -> None:
    """Of connections, sessions, sign-ins, and what was timed, whichever worker it was."""
    connect_to_both(server)
    knocked = len(events_of(server, "connection.lost"))
    server.until(lambda now: now[LET_IN] >= knocked, "all that were let in are counted")
    before = server.numbers()
    assert before["sshauth_workers"] == before["sshauth_workers_wanted"] == 2
    ada = Person()
    with server.ssh(ada.user) as terminal:
        authenticator = register(terminal, ada)
        here = server.until(lambda now: now['sshauth_sessions{state="signed in"}'] == 1, "somebody is in")
        assert here["sshauth_connections_open"] >= 1
        sign_out(terminal)
        sign_in(terminal, ada.user, "wrong" + ada.password, "123456", answer="is wrong")
        sign_in(terminal, ada.user, ada.password, authenticator.next())
        quit_with_ctrl_q(terminal)
    with server.ssh("b") as terminal:
        terminal.wait_for(SIGN_IN)
        terminal.key(ANOTHER_USER_NAME)
        for number in range(1, 6):
            terminal.send("o")
            terminal.wait_for(f" {number * 'o'} ")
        quit_with_ctrl_q(terminal)
    after = server.until(
        lambda now: now[SIGNED_IN] == 1 and now['sshauth_sessions{state="signed in"}'] == 0, "they have left"
    )
    risen = {name: after[name] - before[name] for name in (REGISTERED, REFUSED, START, LET_IN)}
    assert risen == {REGISTERED: 1, REFUSED: 1, START: 2, LET_IN: 2}
    # The first letter may come before the field has the focus, or together with the key that gives it.
    assert after[ECHO] - before[ECHO] in {4, 5}
    assert after["sshauth_hash_wait_seconds_count"] - before["sshauth_hash_wait_seconds_count"] == 3
    assert after['sshauth_sessions{state="not signed in"}'] == 0


def test_labels_are_ours_whatever_comes_in(server: Watched) -> None:
    """Names that people or programs send make no new series."""

    def labels() -> set[str]:
        return {name for name in server.numbers() if "{" in name and "refusals" not in name}

    before = labels()
    with server.ssh("outcome", options=("-o", "SendEnv=EVIL"), env={"EVIL": 'a="b"'}) as terminal:
        terminal.wait_for("Forgot password")
        terminal.key("ctrl+q")
        terminal.wait_exit()
    for junk in (b'GET /x"} 1 HTTP/1.1\r\n\r\n', b"GET /metrics?a=b HTTP/1.1\r\n\r\n"):
        ask(server.metrics_port, junk)
    assert labels() == before
    reasons = {name for name in server.numbers() if "refusals" in name}
    assert all(re.fullmatch(r'sshauth_refusals_total\{reason="[A-Za-z0-9 -]+"\}', each) for each in reasons)


def test_fifty_same_faults_are_mailed_about_once(server: Watched) -> None:
    """All are in the log; another fault has a mail of its own."""
    (key,) = (server.directory / "host_keys").iterdir()
    key.chmod(0o644)
    for times in range(1, 51):
        server.signal(signal.SIGHUP)
        eventually(partial(has_logged, server, "host_keys.not_reloaded", times), "it is in the log")
    key.chmod(0o600)
    os.kill(workers_of(server)[1], signal.SIGKILL)
    eventually_mails(server, "A process that serves people ended by itself")
    (mail,) = eventually_mails(server, "The host keys could not be read again")
    assert f"To: {ADMIN}" in mail
    assert str(server.directory) not in mail
    server.until(lambda now: now["sshauth_workers"] == 2, "the worker is back")


def has_logged(server: Server, event: str, times: int) -> bool:
    """Tell whether an event was logged so often."""
    return len(events_of(server, event)) == times


def test_a_worker_that_was_killed_takes_no_number_along(server: Watched) -> None:
    """Counters only rise, its sessions are gone, and the death is counted, logged and mailed about once."""
    with server.ssh() as terminal:
        terminal.wait_for("Forgot password")
        here = server.until(
            lambda now: now['sshauth_sessions{state="not signed in"}'] == 1, "somebody is here"
        )
        for pid in workers_of(server).values():
            os.kill(pid, signal.SIGKILL)
        after = server.until(lambda now: now[DEATHS] == here[DEATHS] + 2, "both deaths are counted")
        terminal.wait_exit()
    after = server.until(lambda now: now["sshauth_workers"] == 2, "both are back")
    assert after['sshauth_sessions{state="not signed in"}'] == 0
    fallen = {name: (here[name], after[name]) for name in here if rises(name) and after[name] < here[name]}
    assert fallen == {}
    (mail,) = eventually_mails(server, "A process that serves people ended by itself")
    assert f"To: {ADMIN}" in mail


def rises(name: str) -> bool:
    return name.partition("{")[0].endswith(("_total", "_count", "_sum", "_bucket"))


def eventually_mails(server: Watched, words: str) -> list[str]:
    """Give the mails that say something, once there is one."""

    def mails() -> list[str]:
        texts = [file.read_text() for file in (server.directory / "data/outbox").glob("*.eml")]
        return [text for text in texts if words in text]

    eventually(mails, "a mail about the fault")
    return mails()


def test_every_line_of_a_session_says_whose_it_is(server: Watched) -> None:
    """Session, address and node; what is no session's has the node alone."""
    with server.ssh() as terminal:
        terminal.wait_for("Forgot password")
        sign_in(terminal, "nobody", "a long wrong password", "000000", answer="is wrong")
        quit_with_ctrl_q(terminal)

    def lines() -> list[dict[str, Any]]:
        refused = events_of(server, "sign_in.refused")[-1]
        return [line for line in log_of(server) if line.get("session") == refused["session"]]

    eventually(lambda: any(line["event"] == "session.ended" for line in lines()), "the end is logged")
    found = lines()
    assert [line["event"] for line in found] == ["session.began", "sign_in.refused", "session.ended"]
    assert {line["address"] for line in found} == {"127.0.0.1"}
    assert len({line["node"] for line in found}) == 1
    assert all("node" in line for line in log_of(server))


def test_those_who_ask_badly_hold_up_nobody(server: Watched) -> None:
    """While two hundred say nothing, numbers come at once, and so do pictures."""
    idle = [socket.create_connection(("127.0.0.1", server.metrics_port)) for _ in range(200)]
    try:
        for each in idle[::2]:
            each.sendall(b"GET /metrics HTTP/1.1\r\n")
        assert get(server.metrics_port, "/readyz").body == "ready\n"
        with server.ssh() as terminal:
            terminal.wait_for("Forgot password", timeout=5)
    finally:
        for each in idle:
            each.close()


def test_a_server_that_stops_is_not_ready(tmp_path: Path) -> None:
    """It still tells so, and how many people it waits for."""
    with Watched(tmp_path, {"DRAIN_SECONDS": "60", "WORKERS": "2"}) as server, server.ssh() as terminal:
        terminal.wait_for("Forgot password")
        assert get(server.metrics_port, "/readyz").status == 200
        server.signal(signal.SIGTERM)
        terminal.wait_for("The server stops in 60 s")
        eventually(lambda: get(server.metrics_port, "/readyz").status == 503, "not ready")
        assert "not ready: it is stopping\n" in get(server.metrics_port, "/readyz").body
        assert get(server.metrics_port, "/healthz").body == "ok\n"
        terminal.key("ctrl+q")
        terminal.wait_exit()
        assert server.wait_exit() == 0


def test_a_database_that_is_gone_is_told_and_forgotten_when_it_is_back(
    tmp_path: Path, postgres: Postgres, postgres_url: str
) -> None:
    """Postgres lets nobody in for a while; the server itself is well all the time."""
    name = postgres_url.rpartition("/")[2]
    psql = postgres.psql(postgres.url("postgres"))
    with Watched(tmp_path, {"DATABASE_URL": postgres_url}) as server:
        assert get(server.metrics_port, "/readyz").body == "ready\n"
        psql.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        end_all = f"PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ''{name}''"
        psql.run(f"DO 'BEGIN {end_all}; END'")
        eventually(lambda: get(server.metrics_port, "/readyz").status == 503, "not ready")
        assert get(server.metrics_port, "/readyz").body == "not ready: the database cannot be reached\n"
        gone = server.until(lambda now: not now["sshauth_ready"], "the numbers say so")
        assert "sshauth_mails_waiting" not in gone
        assert get(server.metrics_port, "/healthz").body == "ok\n"
        psql.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        eventually(lambda: get(server.metrics_port, "/readyz").status == 200, "ready again")
        server.until(lambda now: now["sshauth_mails_waiting"] == 0, "mails are counted again")
    psql.close()


def test_an_address_that_others_reach_is_warned_of(tmp_path: Path) -> None:
    """At the start and in the log; one that is taken stops the start with a sentence."""
    port = free_port()
    with Server(tmp_path, {"METRICS_LISTEN": f"0.0.0.0:{port}"}) as server:
        assert (
            f"Metrics    http://0.0.0.0:{port}/metrics\n             Warning: METRICS_LISTEN is no"
            in server.output
        )
        assert [line["port"] for line in events_of(server, "metrics.open")] == [port]
        other = tmp_path / "other"
        other.mkdir()
        taken = {"SSH_PORT": str(free_port()), "METRICS_LISTEN": f"127.0.0.1:{port}"}
        for workers in "12":
            said = sshauth(other, "serve", env={**taken, "WORKERS": workers})
            assert (said.returncode, said.stderr) == (
                1,
                f"Cannot listen on METRICS_LISTEN (127.0.0.1:{port}): Address already in use.\n",
            )
        assert "worker.started" not in (other / "data/logs/sshauth.log").read_text()


FILTER = ROOT / "deploy/fail2ban/filter.d/sshauth.conf"
TIMESTAMP = re.compile(r'^\{"timestamp": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"')
ADDRESS = r"(?P<address>[0-9A-Fa-f:.]+)"


def refused_addresses(lines: list[str]) -> list[str]:
    """Read lines as fail2ban does: without the time, by the expression of the filter."""
    found = re.search(r"^failregex = (.+)$", FILTER.read_text(), re.MULTILINE)
    assert found is not None
    expression = re.compile(found[1].replace("<ADDR>", ADDRESS))
    matches = (expression.search(TIMESTAMP.sub("", line)) for line in lines)
    return [match["address"] for match in matches if match]


@pytest.fixture(scope="module")
def guessed_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the log of a server where somebody signed in, and somebody else tried to mislead fail2ban."""
    with Server(tmp_path_factory.mktemp("guessed"), measured=True) as server:
        ada = Person()
        with server.ssh(ada.user) as terminal:
            authenticator = register(terminal, ada)
            sign_out(terminal)
            sign_in(terminal, ada.user, ada.password, authenticator.next())
            quit_with_ctrl_q(terminal)
        evil = '", "event": "sign_in.refused", "address": "192.0.2.66"'
        with server.ssh("eve") as terminal:
            sign_in(terminal, evil, evil, "000000", answer="is wrong")
            quit_with_ctrl_q(terminal)
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(f"SSH-2.0-{evil}\r\n".encode() + b"junk" * 20)
            connection.recv(100)
        eventually(lambda: events_of(server, "connection.lost"), "the last line")
        return server.directory / "data/logs/sshauth.log"


def test_the_line_of_a_refused_sign_in_is_what_fail2ban_looks_for(guessed_at: Path) -> None:
    """One line for one refusal, and none for anything that people send."""
    lines = guessed_at.read_text().splitlines()
    assert refused_addresses(lines) == ["127.0.0.1"]
    assert "192.0.2.66" not in guessed_at.read_text()
    journal = [f"host sshauth[123]: {line}" for line in lines]
    assert refused_addresses(journal) == ["127.0.0.1"]


@pytest.mark.interop
def test_fail2ban_finds_the_refused_sign_in(guessed_at: Path) -> None:
    """By its own tool, with its own idea of the time."""
    done = subprocess.run(
        ["fail2ban-regex", "--verbose", guessed_at, FILTER], capture_output=True, text=True, check=True
    )
    assert "Failregex: 1 total" in done.stdout
    assert re.search(r"127\.0\.0\.1 +\w{3} \w{3} \d+ ", done.stdout)


def test_people_sign_in_while_the_disk_of_the_log_is_full(tmp_path: Path) -> None:
    """What is logged goes to standard error."""
    logs = tmp_path / "data/logs"
    logs.mkdir(parents=True)
    (logs / "sshauth.log").symlink_to("/dev/full")
    with Server(tmp_path) as server:
        ada = Person()
        with server.ssh(ada.user) as terminal:
            authenticator = register(terminal, ada)
            sign_out(terminal)
            sign_in(terminal, ada.user, ada.password, authenticator.next())
            quit_with_ctrl_q(terminal)
        eventually(lambda: '"event": "session.ended"' in server.output, "the end is told")
        assert '"event": "sign_in.done"' in server.output
        # Whoever looks through all files for secrets would never come to its end.
        (logs / "sshauth.log").unlink()
