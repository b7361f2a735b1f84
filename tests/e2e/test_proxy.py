"""HAProxy in front: everything sees the true address, and its checks of health cost nobody anything."""

import csv
import json
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.people import HOME, SIGN_IN, Person, quit_with_ctrl_q, register
from tests.support.net import free_port
from tests.support.server import CLIENT_FLAGS, Server, clean_env
from tests.support.terminal import Terminal

pytestmark = pytest.mark.interop

BALANCER, AWAY, ELSEWHERE = "127.0.0.9", "127.0.0.5", "127.0.0.6"
SETTINGS = {"PROXY_FROM": BALANCER, "LOG_TO_STDOUT": "yes"}

CONFIGURATION = """
global
    stats socket {directory}/stats
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
frontend people
    bind 127.0.0.1:{port}
    default_backend servers
backend servers
    option tcp-check
    tcp-check expect string SSH-2.0-sshauth
    server one 127.0.0.1:{server} source {balancer} {send} check inter 100ms
"""


class Proxy:
    """HAProxy before a server."""

    def __init__(self, directory: Path, server: Server, send: str) -> None:
        self.port = free_port()
        self.directory = directory
        self._server = server
        configuration = directory / "haproxy.cfg"
        configuration.write_text(
            CONFIGURATION.format(
                directory=directory, port=self.port, server=server.port, balancer=BALANCER, send=send
            )
        )
        self._process = subprocess.Popen(["haproxy", "-db", "-q", "-f", str(configuration)])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def check(self) -> dict[str, str]:
        """Ask what HAProxy thinks of the server; nothing while it starts."""
        try:
            with socket.socket(socket.AF_UNIX) as asking:
                asking.connect(f"{self.directory}/stats")
                asking.sendall(b"show stat\n")
                with asking.makefile() as answer:
                    lines = answer.read().removeprefix("# ").splitlines()
        except OSError:
            return {}
        return next(line for line in csv.DictReader(lines) if line["svname"] == "one")

    def ssh_command(self, address: str) -> list[str]:
        """Give the command of somebody who comes from an address of this machine."""
        return ["ssh", "-b", address, *CLIENT_FLAGS, "-p", str(self.port), "ada@127.0.0.1"]

    def ssh(self, address: str) -> Terminal:
        """Connect as a person does, from an address of this machine."""
        env = clean_env(self.directory, TERM="xterm-256color")
        return Terminal(self.ssh_command(address), env=env, cwd=self.directory)


@contextmanager
def behind_haproxy(directory: Path, send: str, **limits: str) -> Iterator[tuple[Proxy, Server]]:
    """Run a server behind HAProxy, which thinks well of it."""
    with Server(directory, {**SETTINGS, **limits}) as server:
        proxy = Proxy(directory, server, send)
        try:
            wait_until(lambda: proxy.check().get("check_status") == "L7OK", "HAProxy's check passes")
            yield proxy, server
        finally:
            proxy.stop()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"not within 20 s: {what}"
        time.sleep(0.05)


SENDS = pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2"])


@SENDS
def test_limits_go_by_the_true_address(tmp_path: Path, send: str) -> None:
    """Who has used up an address is told so behind HAProxy too; somebody elsewhere comes in."""
    with behind_haproxy(tmp_path, send, STRANGERS_PER_SOURCE="1") as (proxy, server):
        with proxy.ssh(AWAY) as first:
            first.wait_for(SIGN_IN)
            refused = subprocess.run(
                proxy.ssh_command(AWAY),
                env=clean_env(tmp_path),
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
            )
            assert refused.returncode == 255
            assert "Too many connections from your address: 1 are open without having" in refused.stderr
            with proxy.ssh(ELSEWHERE) as other:
                other.wait_for(SIGN_IN)
                quit_with_ctrl_q(other)
            quit_with_ctrl_q(first)
        lines = [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]
        refusals = [(line["address"], line["reason"]) for line in lines if "reason" in line]
        assert (AWAY, "strangers of the source") in refusals


@SENDS
def test_session_and_audit_log_hold_the_true_address(tmp_path: Path, send: str) -> None:
    """Nothing in the database knows the balancer."""
    with behind_haproxy(tmp_path, send) as (proxy, server):
        with proxy.ssh(AWAY) as terminal:
            register(terminal, Person())
            terminal.wait_for(HOME)
            quit_with_ctrl_q(terminal)
        with closing(sqlite3.connect(server.database_url.removeprefix("sqlite:///"))) as database:
            (sessions,) = zip(*database.execute("SELECT address FROM sessions"), strict=True)
            (events,) = zip(*database.execute("SELECT DISTINCT address FROM audit_events"), strict=True)
        assert (set(sessions), set(events)) == ({AWAY}, {AWAY})


@SENDS
def test_checks_of_health_are_not_counted(tmp_path: Path, send: str) -> None:
    """Ten a second for two seconds: the server stays up, and a person from the same address comes in."""
    with behind_haproxy(tmp_path, send, CONNECTIONS_PER_MINUTE="3") as (proxy, server):
        wait_until(lambda: int(proxy.check()["lastchg"]) >= 2, "two seconds of checks")
        check = proxy.check()
        assert (check["status"], check["check_status"], check["chkfail"]) == ("UP", "L7OK", "0")
        with proxy.ssh(BALANCER) as terminal:
            terminal.wait_for(SIGN_IN)
            quit_with_ctrl_q(terminal)
        assert "connection.refused" not in server.output


def test_a_balancer_that_sends_no_header_is_closed(tmp_path: Path) -> None:
    """Without send-proxy HAProxy finds the server down, and the log says why."""
    with Server(tmp_path, SETTINGS) as server:
        proxy = Proxy(tmp_path, server, "")
        try:
            wait_until(lambda: "PROXY header missing" in server.output, "the log says so")
            wait_until(lambda: proxy.check().get("status") == "DOWN", "HAProxy sees it")
        finally:
            proxy.stop()
