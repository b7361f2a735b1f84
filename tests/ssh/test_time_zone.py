"""The time zone that a client sends."""

from pathlib import Path

import pytest
from textual.app import App

from sshauth import local
from sshauth.ssh.terminal import Capability
from sshauth.times import zone_of
from tests.ssh.clients import Echo, Person, connected
from tests.ssh.serving import Running


@pytest.mark.parametrize(
    ("sent", "zone"),
    [
        ({"TZ": ":Europe/Berlin"}, "Europe/Berlin"),
        ({"TZ": "CET-1CEST"}, "UTC"),
        ({"TZ": "\x1b[2J"}, "UTC"),
        ({}, "UTC"),
    ],
)
async def test_it_comes_with_the_peer(running: Running, sent: dict[str, str], zone: str) -> None:
    """Where there is none, or nothing that we know, it is UTC."""
    async with connected(running.port) as connection:
        ada = await Person.at(connection, env=sent)
        await ada.sees("hello ada")
        app: App[str] = running.apps[-1]
        assert isinstance(app, Echo)
        assert str(zone_of(app.peer.time_zone)) == zone
        await ada.leaves()


def test_without_ssh_the_environment_or_the_machine_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link to the machine's zone bears its name."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert local._peer(Capability()).time_zone == "Asia/Tokyo"
    monkeypatch.delenv("TZ")
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    monkeypatch.setattr(local, "LOCAL_TIME", link)
    assert str(zone_of(local._peer(Capability()).time_zone)) == "Europe/Berlin"
