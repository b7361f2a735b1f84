"""Sessions: rows that begin with a sign-in, and end once."""

import uuid
from datetime import timedelta

import pytest

from sshauth.accounts.errors import GoneAway
from sshauth.accounts.peer import Peer
from sshauth.accounts.session_ends import FAREWELLS, IN_WORDS, EndReason, farewell
from sshauth.accounts.sessions import MOST_SHOWN
from sshauth.db.tables import SessionRow
from tests.accounts.people import ELSEWHERE, HERE, World

SIGNED_OUT = ["You were signed out from another session of yours."]


async def test_a_sign_in_is_a_row(world: World) -> None:
    """Where from, with what, on which node, when."""
    ada = await world.register()
    await ada.sign_in(peer=Peer("2001:db8::1", client="SSH-2.0-" + "x" * 300))
    row = next(row for row in await world.live() if row.id != ada.identity.session_id)
    assert (row.address, row.client, row.node) == ("2001:db8::1", ("SSH-2.0-" + "x" * 300)[:255], "node/1")
    assert row.started_at == row.last_input_at == row.seen_at == world.now
    assert (row.confirmed_at, row.end_reason) == (None, None)


async def test_live_ones_come_first(world: World) -> None:
    """Then those that ended; each the newest first, with why in words."""
    ada = await world.register()
    ended = [await ada.sign_in_elsewhere() for _ in range(2)]
    live = await ada.sign_in_elsewhere()
    for other in ended:
        await world.accounts.sessions.end(ada.identity, other.identity.session_id, HERE)
    shown = await world.accounts.sessions.all(ada.identity)
    expected = [live.identity, ada.identity, ended[1].identity, ended[0].identity]
    assert [each.id for each in shown] == [identity.session_id for identity in expected]
    assert [each.is_this for each in shown] == [False, True, False, False]
    assert [each.end_reason for each in shown] == [None, None] + 2 * ["ended from another session"]
    assert [each.ended_at for each in shown] == [None, None, world.now, world.now]
    assert shown[0].address == ELSEWHERE.address


async def test_no_more_are_shown_than_people_read(world: World) -> None:
    """The newest hundred, live ones first."""
    ada = await world.register()
    async with world.database.transaction() as session:
        for number in range(MOST_SHOWN + 20):
            at = world.now + timedelta(minutes=number)
            session.add(
                SessionRow(
                    id=uuid.uuid4(), user_id=ada.identity.user_id, address=f"{number}", client="", node="",
                    started_at=at, last_input_at=at, seen_at=at, ended_at=at, end_reason="left",
                )
            )  # fmt: skip
    shown = await world.accounts.sessions.all(ada.identity)
    assert len(shown) == MOST_SHOWN
    assert shown[0].is_this
    assert shown[1].address == str(MOST_SHOWN + 19)


async def test_ending_one_tells_its_person_within_a_beat(world: World) -> None:
    """On another node; the others go on; it is written down."""
    ada = await world.register()
    one, other = await ada.sign_in_elsewhere("node/2"), await ada.sign_in_elsewhere("node/3")
    await world.accounts.sessions.end(ada.identity, one.identity.session_id, HERE)
    assert (await one.told(), await other.told()) == (SIGNED_OUT, [])
    assert (await world.audited())[-1] == "sessions-ended"
    with pytest.raises(GoneAway):
        await world.accounts.sessions.end(ada.identity, one.identity.session_id, HERE)


async def test_ending_all_others_leaves_this_one(world: World) -> None:
    """It says how many there were; where there are none, nothing is written down."""
    ada = await world.register()
    others = [await ada.sign_in_elsewhere(node) for node in ("node/2", "node/3")]
    assert await world.accounts.sessions.end_others(ada.identity, HERE) == 2
    for other in others:
        assert await other.told() == SIGNED_OUT
    assert [row.id for row in await world.live()] == [ada.identity.session_id]
    assert await world.accounts.sessions.end_others(ada.identity, HERE) == 0
    assert (await world.audited()).count("sessions-ended") == 1


async def test_nobody_ends_the_session_of_somebody_else(world: World) -> None:
    """By no id, and not by ending all others."""
    ada = await world.register()
    babbage = await world.register(user_name="babbage", email="babbage@example.org")
    with pytest.raises(GoneAway):
        await world.accounts.sessions.end(babbage.identity, ada.identity.session_id, HERE)
    assert await world.accounts.sessions.end_others(babbage.identity, HERE) == 0
    assert len(await world.live()) == 2


@pytest.mark.parametrize("reason", EndReason)
def test_every_end_has_words(reason: EndReason) -> None:
    """For the list, and for the person in it."""
    assert IN_WORDS[reason]
    assert farewell(reason).startswith("You were signed out")


def test_a_row_that_is_gone_went_with_its_account() -> None:
    """Nothing else takes rows of live sessions away."""
    assert farewell(None) == FAREWELLS[EndReason.DELETED]
