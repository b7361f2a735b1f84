"""A tunnel by a real OpenSSH server: cut and restored, and people come through it as through any door."""

import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.people import HOME, SIGN_IN, Person, quit_with_ctrl_q, register, sign_in
from tests.e2e.processes import events_of, eventually
from tests.e2e.test_commands import sshauth
from tests.support.net import free_port
from tests.support.server import CLIENT_FLAGS, Server, clean_env
from tests.support.sshd import Sshd
from tests.support.terminal import Terminal

pytestmark = pytest.mark.interop

AWAY, ELSEWHERE = "127.0.0.5", "127.0.0.6"
OPEN = "The tunnel is open. From anywhere:  "


def settings_for(relay: Sshd, directory: Path, port: int, **more: str) -> dict[str, str]:
    """Give the settings of a tunnel by a relay that knows us, and is known, as the guide has it."""
    key = directory / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    permitted = f'restrict,port-forwarding,permitlisten="{port}"'
    relay.allow(f"{permitted} {key.with_suffix('.pub').read_text()}")
    (directory / "known_hosts").write_text(relay.known_hosts_line)
    return {
        "TUNNEL": relay.url,
        "TUNNEL_PORT": str(port),
        "TUNNEL_TRUST_ORIGIN": "1",
        "TUNNEL_KEY": str(key),
        "TUNNEL_KNOWN_HOSTS": str(directory / "known_hosts"),
        "TUNNEL_HOST": "127.0.0.1",  # so that nobody but this machine comes in
        **more,
    }


def come(server: Server, port: int, address: str) -> Terminal:
    """Connect to the relay as a person does, from an address of this machine."""
    command = ["ssh", "-b", address, *CLIENT_FLAGS, "-p", str(port), "ada@127.0.0.1"]
    return Terminal(command, env=clean_env(server.directory, TERM="xterm-256color"), cwd=server.directory)


def opened(server: Server, times: int) -> None:
    """Wait until the tunnel has opened so often."""
    eventually(lambda: len(events_of(server, "tunnel.opened")) == times, "the tunnel opens", 40)


def test_a_person_registers_by_a_tunnel_that_was_cut_three_times(tmp_path: Path) -> None:
    """One's own sshd tells true addresses: limits, audit log and mails go by them, by many workers too."""
    ada, port = Person(), free_port()
    with Sshd(tmp_path / "relay") as relay:
        settings = settings_for(relay, tmp_path, port, WORKERS="2")
        with Server(tmp_path, {**settings, "STRANGERS_PER_SOURCE": "1"}) as server:
            for time in range(1, 4):
                opened(server, time)
                with come(server, port, AWAY) as terminal:
                    terminal.wait_for(SIGN_IN)
                    relay.cut()
                    assert terminal.wait_exit() == 255
                relay.run()
            opened(server, 4)
            with come(server, port, AWAY) as terminal:
                authenticator = register(terminal, ada)
                quit_with_ctrl_q(terminal)
            with come(server, port, ELSEWHERE) as terminal:
                sign_in(terminal, ada.user, ada.password, authenticator.next())
                terminal.wait_for(HOME)
                quit_with_ctrl_q(terminal)
            eventually(lambda: list((tmp_path / "data/outbox").glob("*.eml")), "a mail")
            (mail,) = (tmp_path / "data/outbox").glob("*.eml")
            assert f"ssh -p {port} 127.0.0.1" in mail.read_text()
            assert server.output.count(f"{OPEN}ssh -p {port} 127.0.0.1") == 4
            assert "no limits by address" not in server.output
            with closing(sqlite3.connect(server.database_url.removeprefix("sqlite:///"))) as database:
                rows = database.execute("SELECT DISTINCT address FROM sessions ORDER BY address")
                assert [address for (address,) in rows] == [AWAY, ELSEWHERE]
        assert not relay.has_opened_sessions


def test_a_newcomer_is_led_to_an_open_tunnel_step_by_step(tmp_path: Path) -> None:
    """First the relay's key is to be confirmed, then ours to be let in; then it says where people connect."""
    with Sshd(tmp_path / "relay") as relay:
        env = {"TUNNEL": relay.url, "TUNNEL_HOST": "127.0.0.1", "SSH_PORT": "0"}
        stopped = sshauth(tmp_path, "serve", env=env)
        assert stopped.returncode == 1
        words, _, line = stopped.stderr.partition("\n  ")
        assert "The host key of 127.0.0.1 is not known: it shows SHA256:" in words
        assert words.endswith("add this line to data/known_hosts:")
        assert line == relay.known_hosts_line
        (tmp_path / "data/known_hosts").write_text(line)
        del env["SSH_PORT"]
        with Server(tmp_path, env) as server:
            eventually(lambda: "Give it this key:" in server.output, "it is told")
            key = re.search(r"Give it this key:\n  (ssh-ed25519 .*)\n", server.output)
            assert key is not None
            assert (tmp_path / "data/tunnel.key").stat().st_mode & 0o777 == 0o600
            relay.allow(key[1])
            opened(server, 1)
            (event,) = events_of(server, "tunnel.opened")
            eventually(lambda: f"{OPEN}ssh -p {event['port']} 127.0.0.1" in server.output, "it is said")
            assert "Warning: all who come by it are one address: no limits by address there" in server.output
            assert "Warning: a public door: whoever finds it can connect and register" in server.output
            with come(server, event["port"], AWAY) as terminal:
                terminal.wait_for(SIGN_IN)
                quit_with_ctrl_q(terminal)
            assert {line["address"] for line in events_of(server, "session.began")} == {"the tunnel"}


def test_people_by_a_tunnel_may_finish_when_the_server_stops(tmp_path: Path) -> None:
    """And nobody else comes in meanwhile: the relay listens no longer."""
    port = free_port()
    with Sshd(tmp_path / "relay") as relay:
        settings = settings_for(relay, tmp_path, port)
        with Server(tmp_path, {**settings, "DRAIN_SECONDS": "1"}) as server:
            opened(server, 1)
            with come(server, port, AWAY) as terminal:
                terminal.wait_for(SIGN_IN)
                assert server.stop() == 0
                assert terminal.wait_exit() == 75
            assert events_of(server, "tunnel.closed") == []
