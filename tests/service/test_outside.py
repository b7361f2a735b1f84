"""The way in from outside: what is asked of a relay, and what the operator is told."""

import asyncio
from pathlib import Path

import asyncssh
import pytest

from sshauth.config import Settings
from sshauth.config_tunnel import relay_of
from sshauth.ground import StartError
from sshauth.service.outside import Outside, plan_of, tunnel_key_file, way_from_outside
from sshauth.ssh.tunnel_relay import Plan


def settings(tmp_path: Path, **more: object) -> Settings:
    """Give settings with a tunnel."""
    values: dict[str, object] = {"tunnel": "ssh://ada@127.0.0.1:1", "data_dir": tmp_path / "data", **more}
    return Settings(**values)  # type: ignore[arg-type]


def planned(tmp_path: Path, url: str, **more: object) -> Plan:
    """Plan for a relay."""
    ours = settings(tmp_path, tunnel=url, **more)
    return plan_of(ours, relay_of(url), tunnel_key_file(ours))


@pytest.mark.parametrize(
    ("host", "command"),
    [
        ("connect.ngrok-agent.com", "tcp"),
        ("connect.eu.ngrok-agent.com", "tcp"),
        ("tunnel.us.ngrok.com", "tcp"),
        ("ngrok-agent.com.example", None),
        ("serveo.net", None),
    ],
)
def test_ngrok_is_given_tcp_and_others_nothing(tmp_path: Path, host: str, command: str | None) -> None:
    assert planned(tmp_path, f"ssh://v2@{host}").command == command
    assert planned(tmp_path, f"ssh://v2@{host}", tunnel_command="tcp --x").command == "tcp --x"


def test_where_a_relay_is_to_listen(tmp_path: Path) -> None:
    """Public relays know what ssh asks; one's own sshd listens everywhere only where that is asked."""
    url = "ssh://relay.example"
    assert planned(tmp_path, url).host == "localhost"
    assert planned(tmp_path, url, tunnel_trust_origin=True).host == ""
    assert planned(tmp_path, url, tunnel_host="*").host == ""
    assert planned(tmp_path, url, tunnel_host="1.tcp.example", tunnel_port=20012).host == "1.tcp.example"


def test_files_are_in_data_dir_unless_named(tmp_path: Path) -> None:
    plan = planned(tmp_path, "ssh://relay.example")
    assert (plan.key, plan.known_hosts) == (tmp_path / "data/tunnel.key", tmp_path / "data/known_hosts")
    assert planned(tmp_path, "ssh://relay.example", tunnel_known_hosts=tmp_path / "x").known_hosts.name == "x"


async def test_what_has_been_said_is_not_said_again(tmp_path: Path) -> None:
    said: list[str] = []
    outside = Outside(settings(tmp_path), said.append)
    for _ in range(3):
        outside.closed("relay.example cannot be reached: no route.", 1.0)
    outside.opened("relay.example", 22)
    outside.opened("relay.example", 22)
    outside.closed("relay.example cannot be reached: no route.", 1.0)
    assert said == [
        "The tunnel is not open; it is tried again. relay.example cannot be reached: no route.",
        "The tunnel is open. From anywhere:  ssh relay.example",
        "The tunnel is not open; it is tried again. relay.example cannot be reached: no route.",
    ]


@pytest.mark.parametrize("public", [None, "accounts.example:2022"])
async def test_mails_follow_the_tunnel_unless_the_operator_names_an_address(
    tmp_path: Path, public: str | None
) -> None:
    followed: list[str] = []
    async with way_from_outside(settings(tmp_path, public_address=public), lambda _words: None) as outside:
        task = asyncio.create_task(outside.run(followed.append))
        await asyncio.sleep(0)
        outside.opened("relay.example", 2022)
        outside.rest()
        task.cancel()
        await asyncio.wait([task])
    assert followed == ([] if public else ["ssh -p 2022 relay.example"])


async def test_without_a_tunnel_nothing_is_there(tmp_path: Path) -> None:
    async with way_from_outside(Settings(data_dir=tmp_path / "data"), lambda _words: None) as outside:
        await outside.run(lambda _command: None)
        outside.rest()
        assert outside.taking is None
    assert not (tmp_path / "data").exists()


async def test_our_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    for _ in range(2):
        async with way_from_outside(settings(tmp_path), lambda _words: None):
            pass
    key = tunnel_key_file(settings(tmp_path))
    assert key.stat().st_mode & 0o777 == 0o600
    assert asyncssh.read_private_key(key).get_algorithm() == "ssh-ed25519"


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (None, 0, r"Cannot use TUNNEL_KEY \(.*id\): No such file or directory\."),
        ("x", 0o644, "can be read by others than its owner"),
        ("x", 0o600, "holds no private key"),
    ],
)
async def test_a_key_that_cannot_be_used_stops_the_start(
    tmp_path: Path, content: str | None, mode: int, words: str
) -> None:
    key = tmp_path / "id"
    if content is not None:
        key.write_text(content)
        key.chmod(mode)
    with pytest.raises(StartError, match=words):
        async with way_from_outside(settings(tmp_path, tunnel_key=key), lambda _words: None):
            pass
