"""What is spoken here, and what is not."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sshauth.ssh import algorithms
from sshauth.ssh.host_keys import load_or_make
from tests.ssh.clients import connected
from tests.ssh.serving import serving

ALL = (*algorithms.KEY_EXCHANGES, *algorithms.CIPHERS, *algorithms.MACS, *algorithms.SIGNATURES)


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    async with serving(load_or_make(tmp_path)) as running:
        yield running.port


def test_nothing_old_is_listed() -> None:
    """Row 23: no SHA-1, no CBC, no short or doubtful curve for the key exchange."""
    old = re.compile(r"sha1\b|cbc|md5|arcfour|3des|ssh-rsa|ssh-dss|ecdh-sha2-nistp|group1\b|group14-sha1")
    assert [name for name in ALL if old.search(name)] == []


def test_dropbear_gets_the_key_exchange_that_it_needs() -> None:
    """It follows the server's order, and is lost with a hybrid."""
    assert algorithms.KEY_EXCHANGES[0] == "curve25519-sha256"


@pytest.mark.parametrize("exchange", algorithms.KEY_EXCHANGES)
async def test_each_key_exchange_is_spoken(port: int, exchange: str) -> None:
    """A client that knows only this one gets in."""
    async with connected(port, kex_algs=[exchange]):
        pass


@pytest.mark.parametrize("cipher", algorithms.CIPHERS)
async def test_each_cipher_is_spoken(port: int, cipher: str) -> None:
    """With each of the MACs, where the cipher needs one."""
    for mac in algorithms.MACS:
        async with connected(port, encryption_algs=[cipher], mac_algs=[mac]) as connection:
            assert connection.get_extra_info("send_cipher") == cipher


@pytest.mark.parametrize(
    "options",
    [
        {"kex_algs": ["diffie-hellman-group14-sha1"]},
        {"kex_algs": ["ecdh-sha2-nistp256"]},
        {"encryption_algs": ["aes128-cbc"]},
        {"encryption_algs": ["aes128-ctr"], "mac_algs": ["hmac-sha1"]},
        {"server_host_key_algs": ["ssh-rsa"]},
    ],
)
async def test_old_algorithms_are_refused(port: int, options: dict[str, Any]) -> None:
    """The client says what it has, and is turned away before anything is exchanged."""
    with pytest.raises(asyncssh.KeyExchangeFailed):
        async with connected(port, **options):
            pass


async def test_the_greeting_tells_no_versions(port: int) -> None:
    """Row 23: what the server is built of is nobody's business."""
    async with connected(port) as connection:
        assert connection.get_extra_info("server_version") == "SSH-2.0-sshauth"
