"""Record docs/journey.cast: the whole journey, by a real ``ssh`` in a shell, in a terminal of 80 by 24.

Run in a clone: ``.venv/bin/python -m docs.cast [FILE]``; see it with ``asciinema play docs/journey.cast``.
The server, its host key and the account are made for the recording and gone with its temporary directory,
so the QR code, the recovery codes and the passwords in it open nothing.
"""

import codecs
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from email import message_from_bytes, policy
from pathlib import Path

from tests.e2e.people import RECOVERY_CODE, scan, secret_in
from tests.support.codes import code_at
from tests.support.server import Server, clean_env
from tests.support.terminal import Terminal, Wanted, _read_or_end

CAST = Path(__file__).with_name("journey.cast")
SIZE = (80, 24)
HOST, PORT = "ssh.example.org", "2222"
OLD_PASSWORD, NEW_PASSWORD = "correct horse battery", "a quite different phrase"
KEY_SECONDS = (0.03, 0.09)
LOOK, READ = 0.8, 1.8
LONGEST_GAP = 2.0
"""Seconds; waiting for longer, for the machine or for the next code, is cut."""

MAILED_CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b")
ASKED = re.compile(r"type code number (\d+)")

# What ``ssh ssh.example.org`` means here, to somebody whose name on their own machine is ada.
SSH = """#!/bin/sh
exec {ssh} -F {config} -p {port} "$@"
"""
CONFIG = """Host {host}
    HostName 127.0.0.1
    HostKeyAlias {host}
    CheckHostIP no
    User ada
    UserKnownHostsFile {known_hosts}
    GlobalKnownHostsFile none
    PubkeyAuthentication no
"""


class Recorder(Terminal):
    """A terminal that keeps what was written, and when."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        self.written: list[tuple[float, bytes]] = []
        super().__init__(command, env=env, cwd=cwd, size=SIZE)
        self._hand = random.Random(4)  # noqa: S311 - the pace of keys

    def type(self, text: str, end: str = "") -> None:
        """Type like a person."""
        for key in text:
            self.send(key)
            time.sleep(self._hand.uniform(*KEY_SECONDS))
        time.sleep(0.3)
        self.send(end)

    def fill(self, *values: str) -> None:
        """Fill in a form."""
        for value in values[:-1]:
            self.type(value, "\t")
        self.type(values[-1], "\r")

    def see(self, wanted: Wanted, seconds: float = LOOK) -> None:
        """Wait for something, and look at it."""
        self.wait_for(wanted, 30)
        time.sleep(seconds)

    def cast(self) -> str:
        """Write it as asciicast v2, long waits cut short."""
        env = {"SHELL": "/bin/sh", "TERM": "xterm-256color"}
        header = {
            "version": 2,
            "width": SIZE[0],
            "height": SIZE[1],
            "title": "Accounts with two factors over SSH",
            "env": env,
        }
        decoder = codecs.getincrementaldecoder("utf-8")()
        lines, now, before = [json.dumps(header)], 0.0, self.written[0][0]
        for at, data in self.written:
            now, before = now + min(at - before, LONGEST_GAP), at
            lines.append(json.dumps([round(now, 3), "o", decoder.decode(data)], ensure_ascii=False))
        return "\n".join(lines) + "\n"

    def _read(self) -> None:
        while data := _read_or_end(self._master):
            with self._changed:
                self.written.append((time.monotonic(), data))
                self._raw += data
                self.screen.feed(data)
                self._changed.notify_all()


class Phone:
    """Shows codes; each is used once."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._used = ""

    def code(self) -> str:
        """Give the present code, once it is another than the last."""
        while (code := code_at(self._secret)) == self._used:
            time.sleep(0.1)
        self._used = code
        return code


def shell(server: Server, directory: Path) -> Recorder:
    """Open a shell whose ``ssh`` knows where the server is."""
    config = directory / "ssh_config"
    config.write_text(CONFIG.format(host=HOST, known_hosts=directory / "known_hosts"))
    ssh = directory / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(SSH.format(ssh=shutil.which("ssh"), config=config, port=server.port))
    ssh.chmod(0o700)
    path = f"{ssh.parent}:{os.environ['PATH']}"
    env = clean_env(directory, TERM="xterm-256color", PS1="$ ") | {"PATH": path}
    return Recorder(["sh", "-i"], env, directory)


def connect(terminal: Recorder, user: str = "") -> None:
    """Type the command."""
    terminal.wait_quiet()
    terminal.type(f"ssh -p {PORT} {user}{HOST}", "\r")


def register(terminal: Recorder) -> Phone:
    """Trust the host key, create an account, and keep its recovery codes."""
    connect(terminal)
    terminal.see("(yes/no", READ)
    terminal.type("yes", "\r")
    terminal.see("Forgot password", READ)
    terminal.key("f2")
    terminal.see("Repeat password")
    terminal.fill("Ada", "Lovelace", "ada", "ada@example.org", OLD_PASSWORD, OLD_PASSWORD)
    terminal.see("Set up your authenticator", 2 * READ)
    phone = Phone(secret_in(scan(terminal)))
    terminal.type(phone.code())
    keep_codes(terminal)
    terminal.see("Signed in as", READ)
    return phone


def keep_codes(terminal: Recorder) -> None:
    """Look at the recovery codes, and show that they were kept."""
    terminal.see("Your recovery codes", 2 * READ)
    codes = dict(RECOVERY_CODE.findall(terminal.text))
    terminal.key("f6")
    terminal.see(ASKED)
    (asked,) = ASKED.findall(terminal.text)
    terminal.send(codes[asked])
    time.sleep(LOOK)
    terminal.key("enter")


def look_around(terminal: Recorder) -> None:
    """Look at the colours, and into a room."""
    for _ in range(3):
        terminal.key("ctrl+t")
        time.sleep(READ)
    terminal.key("f5")
    terminal.see("Sessions", READ)
    terminal.key("escape")
    terminal.see("Signed in as")


def sign_in_again(terminal: Recorder, phone: Phone) -> None:
    """Sign out and in, with the next code, and leave."""
    terminal.click("Sign out")
    terminal.see("signed out")
    terminal.type(OLD_PASSWORD, "\t")
    terminal.type(phone.code(), "\r")
    terminal.see("Signed in as", READ)
    terminal.key("ctrl+q")
    terminal.see("Goodbye Ada", READ)


def reset(terminal: Recorder, outbox: Path, phone: Phone) -> None:
    """Forget the password, and set another with the code from the mail."""
    connect(terminal)
    terminal.see("Forgot password")
    terminal.key("f3")
    terminal.see("User name or email")
    terminal.key("enter")
    terminal.see("Reset code", READ)
    terminal.send(mailed_code(outbox))
    terminal.key("tab")
    terminal.fill(phone.code(), NEW_PASSWORD, NEW_PASSWORD)
    terminal.see("Password changed", READ)
    terminal.key("ctrl+q")
    terminal.wait_gone("Password changed")


def speak_plainly(terminal: Recorder, phone: Phone) -> None:
    """See a little of the mode without screens."""
    connect(terminal, "plain@")
    terminal.see("Your choice: ", READ)
    terminal.type("s", "\r")
    for label, answer in (("email: ", "ada"), ("Password: ", NEW_PASSWORD), ("Code: ", phone.code())):
        terminal.see(re.compile(f"{label} *\\s*$"), 0)
        terminal.type(answer, "\r")
    terminal.see("Welcome, Ada", READ)
    terminal.type("l", "\r")
    terminal.see("Goodbye Ada", READ)


def mailed_code(outbox: Path) -> str:
    """Read the mail, as the owner of the address does."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for path in outbox.glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            text = message.get_body(("plain",))
            if text is not None and (found := MAILED_CODE.search(text.get_content())):
                return found[0]
        time.sleep(0.05)
    raise TimeoutError("No mail with a code came.")


def main(file: Path) -> None:
    """Record the journey."""
    with (
        tempfile.TemporaryDirectory() as name,
        Server(Path(name)) as server,
        shell(server, server.directory) as terminal,
    ):
        phone = register(terminal)
        look_around(terminal)
        sign_in_again(terminal, phone)
        reset(terminal, server.directory / "data" / "outbox", phone)
        speak_plainly(terminal, phone)
        file.write_text(terminal.cast(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CAST)
