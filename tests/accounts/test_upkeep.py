"""Upkeep: what is over goes, in batches, and the sessions of processes that died are ended."""

import ast
import asyncio
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

import sshauth
from sshauth.accounts import upkeep
from sshauth.accounts.bundle import Accounts
from sshauth.accounts.errors import AccountError
from sshauth.accounts.upkeep import BATCH
from sshauth.db.tables import (
    Announcement,
    AuditEvent,
    EmailChangeRequest,
    FailureTally,
    KnownSource,
    OutgoingMail,
    PendingRegistration,
    ResetRequest,
    SessionRow,
    Table,
    Throttle,
    User,
)
from tests.accounts.people import ELSEWHERE, HERE, SessionElsewhere, World

PACKAGE = Path(sshauth.__file__).parent
MANY = 2 * BATCH + 50
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
Make = Callable[[uuid.UUID, datetime, int], Table]


def pending(_user: uuid.UUID, at: datetime, number: int) -> Table:
    """Make a registration that is held until a moment."""
    return PendingRegistration(
        id=uuid.uuid4(), user_name=f"u{number}", user_name_canonical=f"u{number}", email="a@b.org",
        email_canonical="a@b.org", email_confirmed=False, first_name="A", last_name="B", password_hash="",
        secret_encrypted="", source="", code_expires_at=at, expires_at=at,
    )  # fmt: skip


def throttle(_user: uuid.UUID, at: datetime, number: int) -> Table:
    """Make a counter whose window ends at a moment."""
    return Throttle(key=f"{number}", tries=1, window_ends_at=at, blocked_until=at)


def known(user: uuid.UUID, at: datetime, number: int) -> Table:
    """Make a source that was used last at a moment."""
    return KnownSource(user_id=user, source=f"{number}", last_sign_in_at=at)


def ended(user: uuid.UUID, at: datetime, _number: int) -> Table:
    """Make a session that ended at a moment."""
    return SessionRow(
        id=uuid.uuid4(), user_id=user, address="", client="", node="", started_at=at, last_input_at=at,
        seen_at=at, ended_at=at, end_reason="left",
    )  # fmt: skip


def dead_mail(_user: uuid.UUID, at: datetime, _number: int) -> Table:
    """Make a mail that was given up at a moment."""
    return OutgoingMail(kind="x", data={}, created_at=at, due_at=at, tries=9, dead_at=at)


def announcement(_user: uuid.UUID, at: datetime, _number: int) -> Table:
    """Make an announcement of a moment."""
    return Announcement(words="x", at=at)


def event(_user: uuid.UUID, at: datetime, number: int) -> Table:
    """Make an audit event of a moment."""
    return AuditEvent(
        at=at, kind="signed-in", user_id=None, address=f"{number}", client="c", count=1, data={}
    )


async def add(world: World, rows: Sequence[Table]) -> None:
    async with world.database.transaction() as session:
        session.add_all(rows)


@pytest.mark.parametrize(
    ("table", "make", "kept_for"),
    [
        pytest.param(PendingRegistration, pending, timedelta(0), id="registrations"),
        pytest.param(Throttle, throttle, timedelta(0), id="counters"),
        pytest.param(KnownSource, known, 90 * DAY, id="known sources"),
        pytest.param(SessionRow, ended, 90 * DAY, id="sessions"),
        pytest.param(OutgoingMail, dead_mail, 30 * DAY, id="dead mail"),
        pytest.param(Announcement, announcement, DAY, id="announcements"),
        pytest.param(AuditEvent, event, 400 * DAY, id="audit events"),
    ],
)
async def test_more_than_a_batch_of_what_is_over_goes_and_the_rest_stays(
    world: World, table: type[Table], make: Make, kept_for: timedelta
) -> None:
    """To the second; what is of tomorrow stays."""
    ada = await world.register()
    world.now += 500 * DAY
    before = len(await world.rows(table))
    over, fresh = world.now - kept_for, world.now - kept_for + SECOND
    old = [make(ada.identity.user_id, over, number) for number in range(MANY)]
    new = [make(ada.identity.user_id, fresh, MANY + number) for number in range(3)]
    await add(world, [*old, *new])
    assert len(await world.rows(table)) == before + MANY + 3
    await world.accounts.upkeep.once()
    left = await world.rows(table)
    assert len([row for row in left if isinstance(row, SessionRow) and row.ended_at is None]) in {0, 1}
    fresh_left = [row for row in left if fresh in vars(row).values()]
    assert len(fresh_left) == 3
    assert all(over not in vars(row).values() for row in left)


async def test_requests_go_when_they_are_over(world: World) -> None:
    """Resets and changes of address, after ten minutes."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    await ada.confirm_it_is_me()
    await world.accounts.reset.request("ada", HERE)
    await world.accounts.email_change.request(ada.identity, "new@example.org", HERE)
    world.wait(599)
    await world.accounts.upkeep.once()
    assert (len(await world.rows(ResetRequest)), len(await world.rows(EmailChangeRequest))) == (1, 1)
    world.wait(1)
    await world.accounts.upkeep.once()
    assert (await world.rows(ResetRequest), await world.rows(EmailChangeRequest)) == ([], [])
    assert len(await world.rows(User)) == 1


async def test_a_counter_that_blocks_stays(world: World) -> None:
    """Upkeep lets nobody try again early."""
    later = world.now + timedelta(hours=1)
    await add(world, [Throttle(key="k", tries=9, window_ends_at=world.now, blocked_until=later)])
    await world.accounts.upkeep.once()
    assert len(await world.rows(Throttle)) == 1


async def test_a_person_who_waits_out_their_counters_leaves_none(world: World) -> None:
    """A day after the last failure nothing is kept of it but the audit log."""
    ada = await world.register()
    with pytest.raises(AccountError):
        await ada.sign_in(code=ada.wrong_code())
    world.now += DAY + SECOND
    await world.accounts.upkeep.once()
    assert await world.rows(Throttle) == []
    assert await world.audited() == ["registered", "sign-in-failed"]


async def test_addresses_go_from_the_audit_log_before_the_events(world: World) -> None:
    """Row 21: after 90 days where from and with what; the events stay, more than a batch of them."""
    over, fresh = world.now - 90 * DAY, world.now - 90 * DAY + SECOND
    await add(world, [event(uuid.UUID(int=1), over, number) for number in range(MANY)])
    await add(world, [event(uuid.UUID(int=1), fresh, 7)])
    await world.accounts.upkeep.once()
    rows = await world.rows(AuditEvent)
    assert len(rows) == MANY + 1
    assert [(row.address, row.client) for row in rows if row.address or row.client] == [("7", "c")]


async def test_retention_is_a_setting(world: World) -> None:
    """Row 21: of events, of sessions, of addresses."""
    retention = upkeep.Retention(audit=3 * DAY, sessions=2 * DAY, addresses=DAY)
    world.use(retention=retention)
    ada = await world.register()
    made = [event, ended]
    await add(world, [make(ada.identity.user_id, world.now - n * DAY, n) for make in made for n in (1, 2, 3)])
    await world.accounts.upkeep.once()
    days = [(world.now - row.at).days for row in await world.rows(AuditEvent) if row.kind == "signed-in"]
    assert days == [1, 2]
    assert all(row.address == "" for row in await world.rows(AuditEvent) if row.kind == "signed-in")
    over = [row.ended_at for row in await world.rows(SessionRow) if row.ended_at]
    assert over == [world.now - DAY]


async def test_failures_of_a_minute_and_source_become_one_event(world: World) -> None:
    """Row 21: with a count, when the minute is over; not before, and once, on however many nodes."""
    ada = await world.register()
    world.now = world.now.replace(second=1)
    for peer in (HERE, HERE, ELSEWHERE):
        with pytest.raises(AccountError):
            await ada.sign_in(code=ada.wrong_code(), peer=peer)
        world.wait(2)
    with pytest.raises(AccountError):
        await ada.sign_in(login="nobody", peer=ELSEWHERE)
    await world.accounts.upkeep.once()
    assert await world.audited() == ["registered"]
    world.wait(60)
    other = world.another_node("node/2")
    await asyncio.gather(world.accounts.upkeep.once(), other.upkeep.once())
    events = [row for row in await world.rows(AuditEvent) if row.kind == "sign-in-failed"]
    found = {(row.address, row.user_id): row.count for row in events}
    user = ada.identity.user_id
    assert found == {(HERE.address, user): 2, (ELSEWHERE.address, user): 1, (ELSEWHERE.address, None): 1}
    assert len(events) == 3
    assert await world.rows(FailureTally) == []


async def test_more_failures_than_a_batch_are_all_written(world: World) -> None:
    """An attack from hundreds of networks in one minute."""
    values = {
        "kind": "sign-in-failed",
        "user_id": None,
        "client": "",
        "minute_ends_at": world.now,
        "last_at": world.now,
        "count": 2,
    }
    await add(world, [FailureTally(key=f"{n}", address=f"{n}", **values) for n in range(MANY)])
    await world.accounts.upkeep.once()
    assert sum(row.count for row in await world.rows(AuditEvent)) == 2 * MANY
    assert await world.rows(FailureTally) == []


async def pass_time(world: World, seconds: float, *nodes: Accounts) -> None:
    """Let time pass, with some nodes at work."""
    for _ in range(round(seconds / 15)):
        world.wait(15)
        for node in nodes:
            await node.watch.beat()
            await node.upkeep.once()


async def test_the_sessions_of_a_killed_process_are_ended_within_two_minutes(world: World) -> None:
    """Row 18: by another node, as lost, at the time its process was last heard of; the others live on."""
    ada = await world.register()
    here = SessionElsewhere(world.accounts, ada.identity, HERE)
    await pass_time(world, 150, world.accounts)
    killed = await ada.sign_in_elsewhere()
    await killed.told()
    last_heard = world.now
    await pass_time(world, 60, world.accounts)
    assert len(await world.live()) == 2
    await pass_time(world, 60, world.accounts)
    assert [row.id for row in await world.live()] == [ada.identity.session_id]
    row = next(row for row in await world.rows(SessionRow) if row.id == killed.identity.session_id)
    assert row.end_reason == "lost"
    assert row.ended_at is not None
    assert row.ended_at <= last_heard
    assert here.heard == []


async def test_also_by_the_same_server_started_again_at_once(world: World) -> None:
    """Where there is one process only, it has not been blind: it was not there."""
    ada = await world.register()
    await ada.sign_in()
    world.wait(2)
    again = world.another_node("node/1 again")
    await again.watch.beat()
    await pass_time(world, 105, again)
    assert await world.live() == []


async def test_a_process_that_was_only_slow_hears_that_its_session_is_over(world: World) -> None:
    """The row decides, also when its process comes back."""
    ada = await world.register()
    slow = await ada.sign_in_elsewhere()
    await pass_time(world, 150, world.accounts)
    assert await slow.told() == ["You were signed out."]


@pytest.mark.parametrize("seconds", [30, 55, 59, 75, 600])
async def test_nobody_is_ended_by_who_was_blind(world: World, seconds: float) -> None:
    """After the database was away for all, whoever comes back first ends nobody's sessions, nor its own."""
    ada = await world.register()
    here = SessionElsewhere(world.accounts, ada.identity, HERE)
    there = await ada.sign_in_elsewhere()
    await pass_time(world, 135, world.accounts, there.accounts)
    world.wait(15)  # since they last said that they are there
    world.wait(seconds)
    await world.accounts.upkeep.once()
    assert len(await world.live()) == 2
    await world.accounts.watch.beat()
    await world.accounts.upkeep.once()
    world.wait(16)  # the other takes as long as a beat may
    await world.accounts.watch.beat()
    await world.accounts.upkeep.once()
    await there.told()
    await pass_time(world, 150, world.accounts, there.accounts)
    assert len(await world.live()) == 2
    assert here.heard == there.heard == []


@pytest.mark.no_cover  # 120 times the same lines, which other tests reach
async def test_nobody_at_work_is_ended(world: World) -> None:
    """Not in a quarter of an hour, which is sixty beats."""
    ada = await world.register()
    SessionElsewhere(world.accounts, ada.identity, HERE)
    there = await ada.sign_in_elsewhere()
    await pass_time(world, 900, world.accounts, there.accounts)
    assert len(await world.live()) == 2


async def test_a_database_that_fails_does_not_end_the_upkeep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged, and done when the database is back."""
    monkeypatch.setattr(upkeep, "EVERY_SECONDS", 0.02)
    await add(world, [throttle(uuid.UUID(int=1), world.now, 1)])
    async with world.database.transaction() as session:
        await session.execute(text("ALTER TABLE sessions RENAME TO away"))
    with capture_logs() as logs:
        task = asyncio.create_task(world.accounts.upkeep.run())
        async with asyncio.timeout(20):
            while not logs:
                await asyncio.sleep(0.01)
            async with world.database.transaction() as session:
                await session.execute(text("ALTER TABLE away RENAME TO sessions"))
            while await world.rows(Throttle):
                await asyncio.sleep(0.01)
        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert {line["event"] for line in logs} == {"upkeep.failed"}


async def test_two_nodes_may_look_after_the_tables_at_once(world: World) -> None:
    """Neither waits for the other for long, and all is gone."""
    nodes = [world.another_node(f"node/{number}") for number in range(2)]
    await add(world, [throttle(uuid.UUID(int=1), world.now, number) for number in range(MANY)])
    await asyncio.gather(*(node.upkeep.once() for node in nodes))
    await nodes[0].upkeep.once()
    assert await world.rows(Throttle) == []


CHANGERS = {"update", "delete", "upsert", "text"}


def changes_of(tree: ast.AST, table: str) -> list[int]:
    """Give the lines on which a module changes rows of a table by a statement of its own."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) in CHANGERS
        for part in ast.walk(node)
        if (isinstance(part, ast.Name) and part.id == table)
        or (isinstance(part, ast.Constant) and "audit_events" in str(part.value))
    ]


def test_only_upkeep_changes_or_deletes_audit_events() -> None:
    """Row 21: the log is append-only. Who names the table at all writes no statement of change with it."""
    named, changed = set(), set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if "AuditEvent" in names:
            named.add(path.stem)
        if changes_of(tree, "AuditEvent"):
            changed.add(path.stem)
    assert named == {"activity", "audit", "inside", "overview", "own_data", "upkeep"}
    assert changed == {"upkeep"}


def test_that_test_would_see_one() -> None:
    """The test above is not blind."""
    for statement in ("update(AuditEvent)", "sa.delete(AuditEvent.x)", "text('DELETE FROM audit_events')"):
        assert changes_of(ast.parse(statement), "AuditEvent"), statement
    assert not changes_of(ast.parse("select(AuditEvent)"), "AuditEvent")


async def test_no_audit_event_holds_a_name_or_an_address_of_mail(world: World) -> None:
    """Row 21: nor what was typed where a name belongs; and what it means goes with the account."""
    ada = await world.register()
    with pytest.raises(AccountError):
        await ada.sign_in(login="my password by mistake")
    await ada.confirm_it_is_me()
    await world.accounts.security.change_names(ada.identity, "Augusta", "King", HERE)
    await world.accounts.email_change.request(ada.identity, "new@example.org", HERE)
    enrolment = await world.accounts.authenticators.begin(ada.identity)
    ada.enrolment = enrolment
    await world.accounts.authenticators.add(ada.identity, enrolment, "Tablet", ada.code(), HERE)
    await world.accounts.security.delete_account(ada.identity, "ada", HERE)
    world.wait(60)
    await world.accounts.upkeep.once()
    for row in await world.rows(AuditEvent):
        kept = f"{row.kind} {row.client} {row.address} {row.data}".lower()
        for word in ("ada", "lovelace", "augusta", "king", "example.org", "mistake", "tablet"):
            assert word not in kept, row.kind
