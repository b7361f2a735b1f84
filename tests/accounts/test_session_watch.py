"""The watch over the live sessions of a process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from sshauth.accounts import session_watch
from sshauth.accounts.session_ends import EndReason
from sshauth.accounts.session_watch import SessionWatch
from sshauth.db.engine import open_database
from sshauth.db.tables import Announcement, AuditEvent, SessionRow
from tests.accounts.people import HERE, Listening, Person, SessionElsewhere, World
from tests.support.line import Line
from tests.support.postgres import Postgres


async def watched(world: World) -> tuple[Person, SessionElsewhere]:
    """Give somebody whose session is watched in this process."""
    ada = await world.register()
    return ada, SessionElsewhere(world.accounts, ada.identity, HERE)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(watch: SessionWatch) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(watch.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def rename_sessions(world: World, old: str, new: str) -> None:
    """Take a table out of sight, or put it back: no query about sessions works meanwhile."""
    async with world.database.transaction() as session:
        await session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@pytest.mark.parametrize("reason", [EndReason.LEFT, EndReason.SIGNED_OUT, EndReason.CLOSED, EndReason.IDLE])
async def test_leaving_is_written_with_its_reason(world: World, reason: EndReason) -> None:
    """Row 18: with the time, and an event; who left is told nothing."""
    _, session = await watched(world)
    session.live.leave(reason)
    assert await session.told() == []
    (row,) = await world.rows(SessionRow)
    assert (row.ended_at, row.end_reason) == (world.now, reason)
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.data) == ("session-ended", {"reason": reason})


async def test_the_live_sessions_of_a_process_are_counted(world: World) -> None:
    """Until they are over and that is written."""
    _, session = await watched(world)
    assert world.accounts.watch.count == 1
    session.live.leave(EndReason.LEFT)
    await session.told()
    assert world.accounts.watch.count == 0
    await session.told()
    assert (await world.audited()).count("session-ended") == 1


async def test_the_first_reason_counts(world: World) -> None:
    """A connection that closes after signing out was signed out."""
    _, session = await watched(world)
    session.live.leave(EndReason.SIGNED_OUT)
    session.live.leave(EndReason.CLOSED)
    await session.told()
    assert [row.end_reason for row in await world.rows(SessionRow)] == ["signed-out"]


async def test_a_session_that_was_ended_elsewhere_first_stays_so(world: World) -> None:
    """The row decides: leaving afterwards writes no other reason and no second event."""
    ada, session = await watched(world)
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    session.live.leave(EndReason.CLOSED)
    assert await session.told() == []
    assert [row.end_reason for row in await world.rows(SessionRow)] == ["ended"]
    assert "session-ended" not in await world.audited()


async def test_the_last_input_is_written_every_twenty_seconds(world: World) -> None:
    """Row 18's bookkeeping: when somebody last typed, and that their process is there."""
    _, session = await watched(world)
    await session.told()
    said = world.now
    world.wait(5)
    session.live.touch()
    typed = world.now
    world.wait(14)
    await session.told()
    (row,) = await world.rows(SessionRow)
    assert row.last_input_at <= row.seen_at == said
    world.wait(1)
    await session.told()
    (row,) = await world.rows(SessionRow)
    assert (row.last_input_at, row.seen_at) == (typed, world.now)


async def test_the_last_input_is_written_with_the_end(world: World) -> None:
    """A short session has one too."""
    _, session = await watched(world)
    world.wait(3)
    session.live.touch()
    world.wait(2)
    session.live.leave(EndReason.LEFT)
    await session.told()
    (row,) = await world.rows(SessionRow)
    assert (row.last_input_at, row.ended_at) == (world.now - timedelta(seconds=2), world.now)


async def test_what_is_over_is_not_written_to_any_more(world: World) -> None:
    """Nobody was seen after the end."""
    ada, session = await watched(world)
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    world.wait(60)
    session.live.touch()
    await session.told()
    (row,) = await world.rows(SessionRow)
    assert row.ended_at is not None
    assert row.last_input_at < row.ended_at
    assert row.seen_at < row.ended_at


async def test_each_person_is_told_once(world: World) -> None:
    """However often it beats."""
    ada, session = await watched(world)
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    await session.told()
    assert len(await session.told()) == 1


async def test_the_watch_writes_an_end_at_once(world: World) -> None:
    """Leaving wakes it; nobody waits for the second to pass."""
    _, session = await watched(world)
    async with running(world.accounts.watch):
        session.live.leave(EndReason.LEFT)
        async with asyncio.timeout(10):
            while await world.live():
                await asyncio.sleep(0.01)


async def test_stopping_closes_what_is_still_open(world: World) -> None:
    """A server that stops in order leaves no live session."""
    ada, left = await watched(world)
    other = SessionElsewhere(world.accounts, await ada.sign_in(), HERE)
    left.live.leave(EndReason.LEFT)
    await world.accounts.watch.close()
    assert sorted(str(row.end_reason) for row in await world.rows(SessionRow)) == ["closed", "left"]
    assert (left.heard, other.heard) == ([], [])


async def test_stopping_without_a_database_is_no_failure(world: World) -> None:
    """Another node's upkeep ends the sessions later."""
    await watched(world)
    await rename_sessions(world, "sessions", "away")
    await world.accounts.watch.close()
    await rename_sessions(world, "away", "sessions")
    assert len(await world.live()) == 1


async def test_people_are_held_after_a_minute_without_a_database(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 17: not before; and let go on when it is back. One line in the log for each time."""
    monkeypatch.setattr(session_watch, "BEAT_SECONDS", 0.02)
    ada, session = await watched(world)
    watch = world.accounts.watch
    await watch.beat()
    with capture_logs() as logs:
        async with running(watch) as task:
            for _ in range(2):
                await rename_sessions(world, "sessions", "away")
                await until(lambda: watch._failing)
                world.wait(59)
                await asyncio.sleep(0.1)
                assert session.heard == []
                world.wait(2)
                await until(lambda: session.heard == ["lost"])
                await asyncio.sleep(0.1)
                assert session.heard == ["lost"]
                await rename_sessions(world, "away", "sessions")
                await until(lambda: session.heard == ["lost", "back"])
                session.heard.clear()
            await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
            await until(lambda: len(session.heard) == 1)
            assert not task.done()
    assert [line["event"] for line in logs] == 2 * ["sessions.watch_failed"]


async def test_people_hear_in_order_that_the_database_is_lost_and_back(world: World) -> None:
    """One after the other, so that nobody's keys wait for all screens; and nobody stays held."""
    ada = await world.register()
    sessions = [SessionElsewhere(world.accounts, await ada.sign_in(code=ada.code(n)), HERE) for n in (0, 1)]
    gone = SessionElsewhere(world.accounts, ada.identity, HERE)
    watch = world.accounts.watch
    await watch.beat()
    world.wait(61)
    watch._failed(ConnectionError())
    gone.live.leave(EndReason.LEFT)
    assert [session.heard for session in sessions] == [[], []]
    await watch.beat()
    for session in sessions:
        assert await session.told() == ["lost", "back"]
    assert gone.heard == []


async def test_at_the_end_nobody_is_told_any_more(world: World) -> None:
    """Whoever was not yet is told that the server stops."""
    ada, session = await watched(world)
    also = SessionElsewhere(world.accounts, await ada.sign_in(), HERE)
    watch = world.accounts.watch
    world.wait(61)
    watch._failed(ConnectionError())
    await until(lambda: session.heard == ["lost"])
    await watch.close()
    await until(lambda: not watch._telling)
    assert also.heard == []


async def announce(world: World, words: str, *, number: int | None = None, ago: float = 0) -> None:
    """Write an announcement, as administrators do."""
    at = world.now - timedelta(seconds=ago)
    async with world.database.transaction() as session:
        session.add(Announcement(id=number, words=words, at=at))


async def test_what_is_announced_is_passed_on_once_to_everybody(world: World) -> None:
    """In the order in which it was said."""
    ada, here = await watched(world)
    also = SessionElsewhere(world.accounts, await ada.sign_in(), HERE)
    await here.told()
    await announce(world, "one", ago=1)
    await announce(world, "two")
    for _ in range(3):
        await here.told()
    assert here.heard == also.heard == ["announced: one", "announced: two"]


async def test_who_comes_later_does_not_hear_what_was_said_before(world: World) -> None:
    """Neither in a process that was empty until then, nor in one where others heard it."""
    await announce(world, "before anybody was here")
    ada, here = await watched(world)
    assert await here.told() == []
    await announce(world, "now")
    assert await here.told() == ["announced: now"]
    later = SessionElsewhere(world.accounts, await ada.sign_in(), HERE)
    assert await later.told() == []
    for session in (here, later):
        session.live.leave(EndReason.LEFT)
    await world.accounts.watch.beat()
    await announce(world, "to nobody")
    await world.accounts.watch.beat()
    world.wait(30)
    last = SessionElsewhere(world.accounts, await ada.sign_in(), HERE)
    assert await last.told() == []
    await announce(world, "again")
    assert await last.told() == ["announced: again"]


async def test_numbers_that_come_again_or_late_are_new_all_the_same(world: World) -> None:
    """SQLite gives a number anew once upkeep took its row; on Postgres a lower one may be there later."""
    _, session = await watched(world)
    await announce(world, "seven", number=7)
    await session.told()
    await announce(world, "six", number=6)
    assert await session.told() == ["announced: six"]
    world.now += timedelta(days=1, seconds=1)
    await session.told()
    await world.accounts.upkeep.once()
    assert await world.rows(Announcement) == []
    await announce(world, "seven again", number=7)
    assert (await session.told())[-1] == "announced: seven again"


async def test_what_was_said_while_the_database_was_away_is_passed_on_if_it_is_new(world: World) -> None:
    """What is ten minutes old helps nobody."""
    _, session = await watched(world)
    await session.told()
    world.wait(900)
    await announce(world, "old", ago=600)
    await announce(world, "new", ago=599)
    assert await session.told() == ["announced: new"]


async def test_a_dead_line_to_the_database_holds_people_too(
    postgres: Postgres, postgres_with_tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not even say no: the watch does not wait for it for ever."""
    monkeypatch.setattr(session_watch, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(session_watch, "BEAT_MAY_TAKE", 0.3)
    url = postgres.create_database(like=postgres_with_tables)
    async with Line.to(url) as line:
        database = open_database(line.url)
        world = World(database)
        _, session = await watched(world)
        async with running(world.accounts.watch):
            line.die()
            world.wait(61)
            await until(lambda: session.heard == ["lost"])
            line.revive()
            await until(lambda: session.heard == ["lost", "back"])
        world.passwords.close()
        world.strength.close()
        await database.close()
    postgres.drop_database(url)


async def test_a_listener_that_breaks_ends_nothing(world: World) -> None:
    """It is logged, and the others hear all the same."""

    class Broken(Listening):
        def session_ended(self, words: str) -> None:
            raise ZeroDivisionError(words)

    ada = await world.register()
    second = await ada.sign_in()
    broken, whole = Broken(), Listening()
    watch = world.accounts.watch
    watch.join(ada.identity, HERE, broken)
    watch.join(second, HERE, whole)
    await world.disable("ada")
    with capture_logs() as logs:
        await watch.beat()
    assert len(whole.heard) == 1
    assert [line["event"] for line in logs] == ["sessions.listener_failed"]
