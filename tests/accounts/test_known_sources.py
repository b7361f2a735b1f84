"""From where people signed in before."""

from datetime import timedelta

import pytest

from sshauth.accounts.errors import SignInRefused
from sshauth.accounts.known_sources import KNOWN_FOR, MOST_KEPT, KnownSources
from sshauth.accounts.peer import Peer
from sshauth.db.tables import KnownSource
from tests.accounts.people import ELSEWHERE, HERE, NEW_PASSWORD, Person, World
from tests.accounts.tries import hasten, know, look_of, place


@pytest.fixture
async def ada(world: World) -> Person:
    """Give somebody who registered from one place."""
    hasten(world)
    return await world.register()


def known_sources(world: World) -> KnownSources:
    """Give what tells them."""
    return world.accounts.sign_in.judge.known_sources


async def is_known(person: Person, peer: Peer) -> bool:
    """Ask for one of somebody's."""
    async with person.world.database.transaction() as session:
        sources = known_sources(person.world)
        return bool(await sources.place_of(session, person.identity.user_id, peer, person.world.now))


async def test_registering_and_signing_in_make_a_source_known(ada: Person) -> None:
    """And nothing else does: no wrong password, no wrong code, no request for a reset."""
    assert await is_known(ada, HERE)
    await look_of(ada.sign_in(code="000000", peer=ELSEWHERE))
    await look_of(ada.sign_in(password="wrong password", peer=ELSEWHERE))
    assert not await is_known(ada, ELSEWHERE)
    await know(ada, ELSEWHERE)
    assert await is_known(ada, ELSEWHERE)


async def test_a_reset_makes_its_source_known(
    world: World, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has shown mailbox and second factor does not wait for strangers at the sign-in that follows."""
    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(0))
    await world.accounts.reset.request("ada", ELSEWHERE)
    await ada.reset(await world.mailed_code(), peer=ELSEWHERE)
    assert await is_known(ada, ELSEWHERE)
    world.wait(30)
    await ada.sign_in(password=NEW_PASSWORD, peer=ELSEWHERE)


async def test_a_source_is_known_to_one_account_alone(world: World, ada: Person) -> None:
    """An attacker's own account does not make their source known to others."""
    await world.register(user_name="eve", email="eve@example.org", peer=ELSEWHERE)
    assert not await is_known(ada, ELSEWHERE)
    with pytest.raises(SignInRefused):
        await ada.sign_in(login="eve", peer=ELSEWHERE)
    assert not await is_known(ada, ELSEWHERE)


async def test_a_source_is_known_for_ninety_days(world: World, ada: Person) -> None:
    """From the last sign-in there, not from the first."""
    assert timedelta(days=90) == KNOWN_FOR
    world.now -= timedelta(seconds=30)
    world.wait((KNOWN_FOR - timedelta(seconds=1)).total_seconds())
    assert await is_known(ada, HERE)
    world.wait(1)
    assert not await is_known(ada, HERE)
    await ada.sign_in()
    world.wait((KNOWN_FOR - timedelta(seconds=1)).total_seconds())
    assert await is_known(ada, HERE)
    assert len(await world.rows(KnownSource)) == 1


async def test_ten_sources_are_kept_and_the_oldest_goes(world: World, ada: Person) -> None:
    """The one that was not used for longest; those of others stay."""
    assert MOST_KEPT == 10
    await world.register(user_name="eve", email="eve@example.org")
    await know(ada, *map(place, range(9)), HERE)
    assert len(await world.rows(KnownSource)) == 11
    await know(ada, ELSEWHERE)
    known = [await is_known(ada, peer) for peer in (*map(place, range(9)), HERE, ELSEWHERE)]
    assert known == [False] + 10 * [True]
    assert len(await world.rows(KnownSource)) == 11


async def test_a_network_of_ipv6_is_one_source(ada: Person) -> None:
    """Whoever has another address of the same /64 is who was there before."""
    await know(ada, Peer("2001:db8::1"))
    assert await is_known(ada, Peer("2001:db8::2"))
    assert not await is_known(ada, Peer("2001:db8:0:1::1"))


async def test_the_table_tells_nobody_where_people_are(world: World, ada: Person) -> None:
    """Sources are HMACs, another for each account that has the same."""
    await world.register(user_name="eve", email="eve@example.org")
    rows = await world.rows(KnownSource)
    assert len({row.source for row in rows}) == 2
    assert not [row for row in rows if HERE.address in row.source]
    assert known_sources(world).hash_of(ada.identity.user_id, HERE) in {row.source for row in rows}
