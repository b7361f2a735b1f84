"""The audit log: what is written, and what never is. Who may read or purge it is shown elsewhere."""

import uuid
from datetime import UTC, datetime

import pytest

from sshauth.accounts.audit import Happened
from sshauth.accounts.peer import Peer
from sshauth.db.tables import AuditEvent, FailureTally
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD, Person, World
from tests.accounts.tries import hasten, look_of, place


@pytest.fixture
async def ada(world: World) -> Person:
    """Give somebody with an account."""
    hasten(world)
    return await world.register()


async def tallied(world: World) -> list[tuple[str, uuid.UUID | None, str, int]]:
    """Give the failures that are counted: kind, whose, from where, how many."""
    tallies = sorted(await world.rows(FailureTally), key=lambda tally: (tally.minute_ends_at, tally.address))
    return [(tally.kind, tally.user_id, tally.address, tally.count) for tally in tallies]


async def test_an_event_says_who_what_when_and_from_where(world: World, ada: Person) -> None:
    """Row 21: who by the account's id alone."""
    began = world.now
    await ada.sign_in(peer=Peer("198.51.100.7", user_name="whoever", client="SSH-2.0-PuTTY"))
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.user_id, event.at) == ("signed-in", ada.identity.user_id, began)
    assert (event.address, event.client, event.count, event.data) == ("198.51.100.7", "SSH-2.0-PuTTY", 1, {})


async def test_what_a_client_claims_is_cut_to_what_a_row_holds(world: World, ada: Person) -> None:
    """A long version or address breaks nothing, in events, failures, sessions and mails."""
    peer = Peer("a" * 200, client="SSH-2.0-" + "x" * 1000 + "\0")
    await look_of(ada.sign_in(code="000000", peer=peer))
    await ada.sign_in(peer=peer)
    event, (tally,) = (await world.rows(AuditEvent))[-1], await world.rows(FailureTally)
    for row in (event, tally):
        assert (row.address, row.client) == ("a" * 64, peer.client[:255])
    (mail,) = await world.mailed()
    assert (mail.data["address"], mail.data["client"]) == ("a" * 64, peer.client[:255])


async def test_failures_of_a_source_in_a_minute_are_one_row_with_a_count(world: World, ada: Person) -> None:
    """ASVS 16: a flood of tries is no flood of rows. Another source, account or minute has its own."""
    world.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    eve = await world.register(user_name="eve", email="eve@example.org")
    world.now = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
    for peer in (ELSEWHERE, ELSEWHERE, place(1)):
        await look_of(ada.sign_in(password="wrong password", peer=peer))
    await look_of(eve.sign_in(password="wrong password", peer=ELSEWHERE))
    world.now = datetime(2026, 3, 1, 12, 5, 59, 999999, tzinfo=UTC)
    await look_of(ada.sign_in(code="000000", peer=ELSEWHERE))
    world.now = datetime(2026, 3, 1, 12, 6, tzinfo=UTC)
    await look_of(eve.sign_in(password="wrong password", peer=ELSEWHERE))
    mine, hers = ada.identity.user_id, eve.identity.user_id
    kind = Happened.SIGN_IN_FAILED
    assert sorted(await tallied(world), key=str) == sorted(
        [
            (kind, mine, ELSEWHERE.address, 3),
            (kind, mine, place(1).address, 1),
            (kind, hers, ELSEWHERE.address, 1),
            (kind, hers, ELSEWHERE.address, 1),
        ],
        key=str,
    )
    ends = {tally.minute_ends_at for tally in await world.rows(FailureTally)}
    assert ends == {datetime(2026, 3, 1, 12, 6, tzinfo=UTC), datetime(2026, 3, 1, 12, 7, tzinfo=UTC)}


async def test_kinds_of_failures_are_counted_apart(world: World, ada: Person) -> None:
    """Signing in, confirming, resetting."""
    await look_of(ada.sign_in(code="000000"))
    await look_of(world.accounts.confirmation(ada.identity, PASSWORD, "000000", HERE))
    await look_of(ada.reset("0000-0000-0000-0000"))
    kinds = sorted(kind for kind, *_ in await tallied(world))
    assert kinds == ["confirm-failed", "reset-failed", "sign-in-failed"]


async def test_a_name_that_nobody_has_is_unknown(world: World) -> None:
    """Row 21: people type passwords there, so what was typed stands nowhere; all such names are one row."""
    for login in ("correct horse battery", "nobody", "nobody@example.org"):
        await look_of(world.accounts.sign_in(login, PASSWORD, "000000", ELSEWHERE))
        await look_of(world.accounts.sign_in(login, PASSWORD, "000000", HERE))
    assert await tallied(world) == [
        (Happened.SIGN_IN_FAILED, None, HERE.address, 3),
        (Happened.SIGN_IN_FAILED, None, ELSEWHERE.address, 3),
    ]
    for row in await world.rows(FailureTally):
        assert not [value for value in vars(row).values() if "horse" in str(value) or "nobody" in str(value)]


async def test_tries_inside_a_wait_are_written_nowhere(world: World, ada: Person) -> None:
    """They were not judged, and a flood of them costs no rows."""
    for _ in range(20):
        await look_of(ada.sign_in(password="wrong password", peer=ELSEWHERE))
    assert await tallied(world) == [(Happened.SIGN_IN_FAILED, ada.identity.user_id, ELSEWHERE.address, 3)]


async def test_what_happens_is_written_with_it_or_not_at_all(world: World, ada: Person) -> None:
    """In the same transaction: a confirmation of a session that has ended leaves no trace of success."""
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    before = await world.audited()
    await look_of(world.accounts.confirmation(ada.identity, PASSWORD, ada.code(), HERE))
    assert await world.audited() == before


def test_every_kind_fits_its_column() -> None:
    """32 characters."""
    assert max(len(kind) for kind in Happened) <= 32
