"""Who comes by a tunnel that does not tell true addresses: all are one source, with larger limits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sshauth.accounts.errors import SignInRefused, TooManyTries, TooManyUnfinished
from sshauth.accounts.judging import FAILURES_BY_SOURCE
from sshauth.accounts.peer import TUNNEL, TUNNEL_IS, Peer, ProvenKey, sources_in
from sshauth.accounts.throttle import Delay, Limit
from tests.accounts.people import HERE, World
from tests.accounts.tries import hasten, look_of

BY_TUNNEL = Peer(TUNNEL, client="SSH-2.0-test")


def test_a_tunnel_stands_for_ten_sources_and_everything_else_for_itself() -> None:
    assert [sources_in(peer.source) for peer in (BY_TUNNEL, HERE, Peer("tunnel"), Peer(""))] == [10, 1, 1, 1]


def test_limits_grow_and_delays_do_not() -> None:
    """A delay is counted for a name; nobody's name has more tries by a tunnel."""
    assert Limit("x", 3, timedelta(hours=1)).times(TUNNEL_IS).tries == 30
    delay = Delay("x", 3, timedelta(minutes=15), timedelta(days=1), "failures")
    assert delay.times(TUNNEL_IS) is delay


async def test_failures_by_a_tunnel_have_ten_times_the_room(world: World) -> None:
    hasten(world)
    ada = await world.register()
    for number in range(FAILURES_BY_SOURCE.tries * TUNNEL_IS):
        with pytest.raises(SignInRefused):
            await ada.sign_in(login=f"nobody{number}", code="000000", peer=BY_TUNNEL)
    with pytest.raises(TooManyTries, match="Too many failed sign-ins"):
        await ada.sign_in(peer=BY_TUNNEL)
    world.wait(30)
    await ada.sign_in()


async def test_registrations_by_a_tunnel_have_ten_times_the_room(world: World) -> None:
    world.use(registrations_an_hour=4, registrations_unfinished=1)
    for number in range(10):
        await world.enrol(BY_TUNNEL, user_name=f"ada{number}", email=f"ada{number}@example.org")
    with pytest.raises(TooManyUnfinished):
        await world.enrol(BY_TUNNEL, user_name="another", email="another@example.org")


async def test_a_tunnel_is_nobodys_known_source(world: World) -> None:
    """Strangers come by it, too: right tries of the owner must not clear what was counted for theirs."""
    hasten(world)
    ada = await world.register(peer=BY_TUNNEL)
    world.wait(30)
    await ada.sign_in(peer=BY_TUNNEL)
    for _ in range(3):
        await look_of(ada.sign_in(code="000000", peer=BY_TUNNEL))
    with pytest.raises(TooManyTries):
        await ada.sign_in(peer=Peer("203.0.113.77"))


async def test_a_remembered_key_is_known_by_a_tunnel_too(world: World) -> None:
    hasten(world)
    ada = await world.register(peer=BY_TUNNEL)
    key = ProvenKey("ssh-ed25519", "SHA256:" + "A" * 43)
    world.wait(30)
    await ada.remember(replace(BY_TUNNEL, key=key))
    for _ in range(5):
        await look_of(ada.sign_in(code="000000", peer=BY_TUNNEL))
    world.wait(30)
    await ada.sign_in_by_key(peer=replace(BY_TUNNEL, key=key))


async def test_a_sign_in_by_a_tunnel_is_mailed_of_the_first_time(world: World) -> None:
    """Each later one would be a mail that nobody reads."""
    hasten(world)
    ada = await world.register()
    for _ in range(2):
        world.wait(30)
        await ada.sign_in(peer=BY_TUNNEL)
    assert (await world.kinds_mailed()).count("new-source") == 1
