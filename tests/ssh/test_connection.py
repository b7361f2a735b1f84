"""Which key a client proves, and that no key opens or tells anything by itself."""

import asyncio
import subprocess
import time
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.channel import SSHClientChannel
from asyncssh.packet import String

from sshauth.accounts.peer import ProvenKey
from sshauth.ssh.connection import MOST_REFUSALS, MOST_SESSIONS, NO_CERTIFICATES, WEAK_KEY
from sshauth.ssh.limits import Visit
from tests.ssh.clients import Echo, Person, connected, person, terminal_options
from tests.ssh.key_pairs import SoftSecurityKey, SomebodysKey
from tests.ssh.serving import Logged, Running
from tests.ssh.waiting import LONG_ENOUGH, eventually
from tests.support.server import clean_env
from tests.support.visitor import Visitor


async def key_seen(running: Running, **options: Any) -> ProvenKey | None:
    """Connect and tell which key the app hears of."""
    async with connected(running.port, **options) as connection:
        ada = await Person.at(connection)
        await ada.sees("hello")
        return app_of(running).peer.key


def app_of(running: Running) -> Echo:
    """Give the app that was made last."""
    app = running.apps[-1]
    assert isinstance(app, Echo)
    return app


async def test_who_has_no_key_gets_in_without_one(running: Running) -> None:
    """Strangers must be able to register."""
    assert await key_seen(running) is None


@pytest.mark.parametrize(
    ("algorithm", "kind", "options"),
    [
        ("ssh-ed25519", "ssh-ed25519", {}),
        ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", {}),
        ("ssh-rsa", "ssh-rsa 2048", {"key_size": 2048}),
    ],
)
async def test_a_key_that_signed_is_known(
    running: Running, algorithm: str, kind: str, options: dict[str, Any]
) -> None:
    """By kind and fingerprint, as ssh-keygen shows it."""
    key = asyncssh.generate_private_key(algorithm, **options)
    assert await key_seen(running, client_keys=[key]) == ProvenKey(kind, key.get_fingerprint("sha256"))


async def test_the_first_of_several_keys_is_the_one(running: Running) -> None:
    """An agent offers its keys in order."""
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(3)]
    seen = await key_seen(running, client_keys=keys)
    assert seen == ProvenKey("ssh-ed25519", keys[0].get_fingerprint("sha256"))


@pytest.mark.parametrize("signs", [False, True], ids=["without a signature", "with a wrong one"])
async def test_somebody_elses_key_proves_nothing(running: Running, signs: bool) -> None:
    """The server would take any key, known or not; without the right signature nothing comes of it."""
    keys = [SomebodysKey(asyncssh.generate_private_key("ssh-ed25519"), signs=signs) for _ in range(2)]
    assert [await key_seen(running, client_keys=[key]) for key in keys] == [None, None]
    assert [key.asked_to_sign for key in keys] == [1, 1]


async def test_weak_keys_are_not_recognised_and_told_so(running: Running, tmp_path: Path) -> None:
    """RSA under 2048 bits is refused; its owner gets in all the same, as a stranger."""
    key = asyncssh.generate_private_key("ssh-rsa", key_size=1024)
    key.write_private_key(tmp_path / "id")
    assert WEAK_KEY in await openssh_words(running, tmp_path)
    peer = app_of(running).peer
    assert (peer.key, peer.remark) == (None, WEAK_KEY)


class Listener(Visitor):
    """A client that keeps what the server says before the session."""

    said = ""

    def auth_banner_received(self, msg: str, lang: str) -> None:  # noqa: ARG002 - asyncssh's signature
        """Keep it."""
        Listener.said += msg


async def test_certificates_are_refused_with_a_word(running: Running) -> None:
    """The key inside is recognised when it comes without its certificate."""
    authority, key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    certificate = authority.generate_user_certificate(key, "ada", principals=["ada"])
    seen = await key_seen(running, client_keys=[(key, certificate)], client_factory=Listener)
    assert Listener.said == f"{NO_CERTIFICATES}\r\n"
    assert seen == ProvenKey("ssh-ed25519", key.get_fingerprint("sha256"))


async def openssh_words(running: Running, directory: Path) -> str:
    """Connect with the key file ``id`` of a directory, leave at once, and give what ssh said."""
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes")
    client = await asyncio.create_subprocess_exec(
        *("ssh", "-F", "none", "-tt", "-i", str(directory / "id"), "-p", str(running.port)),
        *(part for option in options for part in ("-o", option)),
        "ada@127.0.0.1",
        env=clean_env(directory, TERM="xterm-256color"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert client.stdin
    await eventually(lambda: running.apps, "an app")
    client.stdin.write(b"\x11")
    _, said = await asyncio.wait_for(client.communicate(), LONG_ENOUGH)
    return said.decode()


async def test_user_presence_is_required_of_security_keys(running: Running) -> None:
    """A signature of a security key made without a touch is refused, and one with a touch is not.

    The key is made in software: what the server sees of it is the same.
    """
    for touched in (False, True):
        key = SoftSecurityKey(touched=touched)
        expected = ProvenKey("sk-ssh-ed25519@openssh.com", key.fingerprint) if touched else None
        assert await key_seen(running, client_keys=[key]) == expected


async def test_who_keeps_asking_for_what_is_refused_is_sent_away(running: Running, logged: Logged) -> None:
    """A hundred channels on one connection cost a sentence."""
    async with connected(running.port) as connection:
        with pytest.raises((asyncssh.Error, OSError)):
            await ask_again_and_again(connection)
        await asyncio.wait_for(connection.wait_closed(), LONG_ENOUGH)
    await eventually(lambda: not running.server.doors.connections, "the end of the connection")
    assert running.server.refusals.counts["too many requests"] == 1
    assert logged


async def ask_again_and_again(connection: asyncssh.SSHClientConnection) -> None:
    for _ in range(MOST_REFUSALS + 5):
        process = await connection.create_process(**terminal_options(), command="x")
        await asyncio.wait_for(process.wait(), LONG_ENOUGH)


async def test_signing_in_is_counted(running: Running) -> None:
    """Who has signed in is no stranger any more, until they sign out."""
    async with person(running.port) as ada:
        (connection,) = running.server.doors.connections
        visit = connection.visitor.place
        assert isinstance(visit, Visit)
        for words, is_signed_in in (("sign in", True), ("sign out", False)):
            await ada.says(words)
            assert visit.is_signed_in is is_signed_in


async def test_an_environment_without_end_is_not_kept(running: Running) -> None:
    """A client may send as many variables as it likes; few are looked at."""
    async with connected(running.port) as connection:
        ada = await Person.at(connection, env={f"LC_{number}": "x" * 100 for number in range(1000)})
        await ada.sees("hello")
        (session,) = running.server.doors.hall.sessions
        assert len(session._chan.get_environment()) <= 32


IGNORE = 2
MSG_REQUEST_SUCCESS, MSG_REQUEST_FAILURE = 81, 82


@pytest.mark.parametrize("kind", [IGNORE, 192], ids=["ignored", "unknown"])
async def test_a_flood_of_small_packets_costs_the_others_little(running: Running, kind: int) -> None:
    """Megabytes of them, from somebody who has signed in nowhere, are handled a little at a time."""
    async with person(running.port, "grace") as grace, connected(running.port) as flood:
        (ours,) = (each for each in running.server.doors.connections if not each._channels)
        longest = 0.0
        handed: list[float] = []
        take = ours._influx._take

        def timed(data: bytes) -> None:
            began = time.thread_time()
            take(data)
            handed.append(time.thread_time() - began)

        ours._influx._take = timed
        for _ in range(40):
            for _ in range(500):
                flood.send_packet(kind, b"") if kind != IGNORE else flood.send_packet(IGNORE, bytes(4))
            await grace.says(f"hello {len(handed)}")
            longest = max(longest, max(handed, default=0.0))
        assert longest < 0.1
        assert handed


async def test_channels_without_a_session_are_not_kept(running: Running) -> None:
    """Who opens one after the other, and asks for nothing there, is sent away."""
    async with connected(running.port) as connection:
        with pytest.raises((asyncssh.Error, OSError)):
            await open_again_and_again(connection)
        await asyncio.wait_for(connection.wait_closed(), LONG_ENOUGH)
    assert running.server.refusals.counts["too many channels"] == 1


async def open_again_and_again(connection: asyncssh.SSHClientConnection) -> None:
    for _ in range(MOST_SESSIONS + 5):
        async with asyncio.timeout(LONG_ENOUGH):
            await open_channel(connection)


async def open_channel(connection: asyncssh.SSHClientConnection) -> None:
    """Open a channel for a session, and ask for none."""
    loop = asyncio.get_running_loop()
    channel = SSHClientChannel[bytes](connection, loop, "strict", None, "strict", 65536, 32768)
    await channel._open(b"session")


async def test_a_channel_alone_is_no_session(running: Running) -> None:
    """Without a shell nobody stays for longer than without a channel (row 18)."""
    running.server.doors.session_seconds = 0.3
    async with connected(running.port) as connection:
        await open_channel(connection)
        await asyncio.wait_for(connection.wait_closed(), LONG_ENOUGH)
    assert running.server.refusals.counts["no session"] == 1


async def test_after_its_session_a_connection_is_closed(running: Running) -> None:
    """Nobody keeps a place for nothing."""
    running.server.doors.session_seconds = 0.3
    async with connected(running.port) as connection:
        ada = await Person.at(connection)
        await ada.sees("hello")
        await ada.leaves()
        await asyncio.wait_for(connection.wait_closed(), LONG_ENOUGH)
    assert running.server.refusals.counts["session over"] == 1


async def test_few_keys_are_proven_at_once(running: Running) -> None:
    """A request for the same key a thousand times is refused, and one as OpenSSH sends it is answered."""
    key = running.host_key.public_keys[0]
    async with connected(running.port) as connection:
        for count, answer in ((1, MSG_REQUEST_SUCCESS), (1000, MSG_REQUEST_FAILURE)):
            asked = b"".join(String(key.public_data) for _ in range(count))
            said, _ = await connection._make_global_request(b"hostkeys-prove-00@openssh.com", asked)
            assert said == answer
