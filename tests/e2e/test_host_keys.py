"""The server's keys, as operators change them, as OpenSSH learns them, and as ssh-audit judges them."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.people import SIGN_IN, Person, assert_restored, fill, register, sign_out
from tests.e2e.test_commands import sshauth
from tests.support.server import PLENTY, Server

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
LONG_ENOUGH = 20.0


class Operator:
    """Somebody who types commands beside a running server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._env = {"SSH_PORT": str(server.port), "HOST_KEYS_DIR": str(server.directory / "host_keys")}

    def types(self, command: str, *, fails: bool = False) -> str:
        """Run a command about host keys; give what it says."""
        said = sshauth(self.server.directory, "host-key", command, env=self._env)
        assert said.returncode == (1 if fails else 0), said.stderr
        return said.stderr if fails else said.stdout

    def asks_for_health(self) -> None:
        """See that the server answers with a key of the directory, whether it read that again or not."""
        assert sshauth(self.server.directory, "health", env=self._env).returncode == 0

    def reloads(self) -> None:
        """Tell the server to take over what was changed."""
        self.server._process.send_signal(signal.SIGHUP)


class Client:
    """Somebody with OpenSSH and a file of known hosts, who believes only what stands there."""

    def __init__(self, server: Server, known: Path) -> None:
        self.server = server
        self.known = known

    @property
    def knows(self) -> set[str]:
        """The keys that are known."""
        return {line.split()[2] for line in self.known.read_text().splitlines()}

    def connects(self, *options: str) -> None:
        """Come to Sign in without a word of warning, and leave."""
        with self.server.ssh(options=self._options(*options)) as terminal:
            terminal.wait_for(SIGN_IN)
            terminal.key("ctrl+q")
            assert terminal.wait_exit() == 0
            assert b"WARNING" not in terminal.raw

    def learns(self, count: int) -> None:
        """Connect until so many keys are known: the server may not have read its directory again yet."""
        deadline = time.monotonic() + LONG_ENOUGH
        while len(self.knows) != count:
            assert time.monotonic() < deadline, f"{count} keys expected:\n{self.known.read_text()}"
            self.connects("UpdateHostKeys=yes")

    def refuses(self) -> str:
        """Be warned, and not connect; give the warning."""
        command = self.server.ssh_command(options=self._options("LogLevel=INFO"))
        said = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False
        )
        assert said.returncode == 255
        return said.stderr

    def _options(self, *options: str) -> tuple[str, ...]:
        given = (*options, f"UserKnownHostsFile={self.known}", "StrictHostKeyChecking=yes")
        return tuple(part for option in given for part in ("-o", option))


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as server:
        yield server


def shown(said: str, use: str) -> str:
    """Take from `host-key show` the public half of the key for a use."""
    part = said.partition(f", {use}\n")[2]
    found = re.search(r"known_hosts +\S+ ssh-ed25519 (\S+)", part)
    assert found, said
    return found[1]


def wait_for_key(server: Server, key: str) -> None:
    """Wait until the server proves itself with a key."""
    command = ["ssh-keyscan", "-t", "ed25519", "-p", str(server.port), "127.0.0.1"]
    deadline = time.monotonic() + LONG_ENOUGH
    while key not in subprocess.run(command, capture_output=True, text=True, check=False).stdout:
        assert time.monotonic() < deadline, "the server still has its old key"


def test_a_host_key_is_changed_without_a_warning(own_server: Server, tmp_path: Path) -> None:
    """Who connected meanwhile notices nothing; who did not is warned; the old key is forgotten at last."""
    operator = Operator(own_server)
    first = shown(operator.types("show"), "in use")
    line = f"[127.0.0.1]:{own_server.port} ssh-ed25519 {first}\n"
    (tmp_path / "known").write_text(line)
    (tmp_path / "absent").write_text(line)
    regular, absent = (Client(own_server, tmp_path / name) for name in ("known", "absent"))
    assert "sshauth host-key rotate" in operator.types("next")
    operator.reloads()
    regular.learns(2)
    second = shown(operator.types("show"), "next, announced")
    assert regular.knows == {first, second}
    absent.connects()
    assert "sshauth host-key forget" in operator.types("rotate")
    absent.connects()  # nothing was taken over yet
    operator.asks_for_health()
    operator.reloads()
    wait_for_key(own_server, second)
    said = operator.types("show")
    assert (shown(said, "in use"), shown(said, "old, still announced")) == (second, first)
    operator.asks_for_health()
    regular.connects()
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in absent.refuses()
    assert regular.knows == {first, second}
    operator.types("forget")
    operator.reloads()
    regular.learns(1)
    assert regular.knows == {second}
    regular.connects()


def test_mails_show_the_key_that_is_in_use_now(own_server: Server) -> None:
    """Also after a change, without a restart."""
    ada, operator = Person(), Operator(own_server)
    with own_server.ssh(ada.user) as terminal:
        register(terminal, ada)
        for command in ("next", "rotate"):
            operator.types(command)
        operator.reloads()
        wait_for_key(own_server, shown(operator.types("show"), "in use"))
        sign_out(terminal)
        terminal.key("f3")
        terminal.wait_for("Forgot password")
        fill(terminal, ada.email)
        outbox = own_server.directory / "data" / "outbox"
        terminal.wait_until(lambda: bool(list(outbox.glob("*.eml"))), "expected a mail")
        terminal.key("ctrl+q")
        assert terminal.wait_exit() == 0
        assert_restored(terminal)
    in_use = FINGERPRINT.search(operator.types("show"))
    assert in_use
    (mail,) = (path.read_text() for path in outbox.glob("*.eml"))
    assert in_use[0] in mail
    assert in_use[0] not in own_server.output


def test_every_step_says_what_to_do(tmp_path: Path) -> None:
    """One sentence, exit 1, where it is not due; nothing is made by looking."""
    env = {"HOST_KEYS_DIR": "host_keys"}
    for command in ("show", "next", "rotate", "forget"):
        said = sshauth(tmp_path, "host-key", command, env=env)
        assert (said.returncode, said.stdout, said.stderr.count("\n")) == (1, "", 1), said
        assert said.stderr.startswith("There is no ")
    assert not (tmp_path / "host_keys").exists()


def test_a_key_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    """With the command to type, which then helps."""
    path = tmp_path / "host_keys" / "ssh_host_ed25519_key"
    path.parent.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    path.chmod(0o644)
    said = sshauth(tmp_path, "serve", env={"HOST_KEYS_DIR": "host_keys", "DATA_DIR": "data"})
    assert said.returncode == 1
    assert said.stderr.endswith("Type:\n  chmod 600 host_keys/ssh_host_ed25519_key\n")
    shown = sshauth(tmp_path, "host-key", "show", env={"HOST_KEYS_DIR": "host_keys", "DATA_DIR": "data"})
    assert shown.stderr == said.stderr
    subprocess.run(said.stderr.splitlines()[-1].split(), cwd=tmp_path, check=True)
    with Server(tmp_path) as server:
        server.stop()
        assert "made now)\n             in" not in server.output


def test_ssh_audit_finds_nothing_to_better(tmp_path: Path) -> None:
    """Row 23: no failure, no warning but that curve25519 alone does not stand against quantum computers."""
    usual_limits = dict.fromkeys(PLENTY, "")
    with Server(tmp_path, env={"HOST_KEY_RSA": "1", **usual_limits}) as server:
        audit = Path(sys.executable).with_name("ssh-audit")
        command = [str(audit), "--json", "--port", str(server.port), "127.0.0.1"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        found = json.loads(said.stdout)
        output = server.output
    faults = {
        (algorithm["algorithm"], level, note)
        for kind in ("kex", "key", "enc", "mac")
        for algorithm in found[kind]
        for level in ("fail", "warn")
        for note in algorithm.get("notes", {}).get(level, [])
    }
    quantum = "does not provide protection against post-quantum attacks"
    names = ("curve25519-sha256", "curve25519-sha256@libssh.org")
    assert faults == {(name, "warn", quantum) for name in names}
    assert found["cves"] == []
    assert "throttling" not in str(found["additional_notes"])
    assert found["compression"] == ["none"]
    assert found["banner"]["raw"] == "SSH-2.0-sshauth"
    assert "kex-strict-s-v00@openssh.com" in {algorithm["algorithm"] for algorithm in found["kex"]}
    keys = {algorithm["algorithm"]: algorithm.get("keysize") for algorithm in found["key"]}
    assert keys == {"ssh-ed25519": None, "rsa-sha2-256": 3072, "rsa-sha2-512": 3072}
    assert output.count("SHA256:") == 2
    assert "(RSA 3072)" in output
