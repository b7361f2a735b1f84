"""The queue: mail leaves the outbox off everybody's path, at least once and almost never twice."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select, text, update
from structlog.testing import capture_logs

from sshauth.db.engine import Database, open_database
from sshauth.db.tables import OutgoingMail, User
from sshauth.mail.queue import CLAIMED_FOR, GIVE_UP_AFTER, MailQueue
from sshauth.mail.transport import MailError
from tests.support.postgres import Postgres

SOMEBODY = uuid.UUID(int=1)


class Post:
    """A way out for mail that fails as often as told."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.failures: list[Exception] = []
        self.hold: asyncio.Event | None = None

    async def send(self, message: EmailMessage) -> None:
        if self.hold is not None:
            await self.hold.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)


class Office:
    """A database with an outbox, a post, and a clock that tests move."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
        self.post = Post()
        self.waiting = asyncio.Event()
        self.dead: set[str] = set()
        self.queue = self.another_queue()

    def another_queue(self) -> MailQueue:
        """Make one more sender, as another process would be."""
        return MailQueue(self.database, self.post, self.render, lambda: self.now, self.waiting)

    async def render(self, mail: OutgoingMail) -> EmailMessage | None:
        if mail.kind in self.dead:
            return None
        message = EmailMessage()
        message["Subject"] = mail.kind
        return message

    async def put(self, kind: str) -> None:
        """Leave a mail in the outbox."""
        async with self.database.transaction() as session:
            session.add(
                OutgoingMail(
                    user_id=SOMEBODY, kind=kind, data={}, created_at=self.now, due_at=self.now, tries=0
                )
            )

    async def left(self) -> list[OutgoingMail]:
        """Give what is still in the outbox, oldest first."""
        async with self.database.transaction() as session:
            return list((await session.execute(select(OutgoingMail).order_by(OutgoingMail.id))).scalars())

    async def claimed(self, times: int = 1) -> None:
        """Wait until the oldest mail was claimed so often."""
        async with asyncio.timeout(10):
            while (await self.left())[0].tries < times:
                await asyncio.sleep(0)

    @property
    def subjects(self) -> list[str]:
        """Give what was sent."""
        return [str(message["Subject"]) for message in self.post.sent]


@pytest.fixture
async def office(url_with_tables: str) -> AsyncIterator[Office]:
    """Give an office on a fresh database of each kind."""
    async with opened(url_with_tables) as office:
        yield office


@pytest.fixture
async def postgres_office(postgres: Postgres, postgres_with_tables: str) -> AsyncIterator[Office]:
    """Give an office on Postgres, for what SQLite cannot do."""
    url = postgres.create_database(like=postgres_with_tables)
    async with opened(url) as office:
        yield office
    postgres.drop_database(url)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Office]:
    """Open an office in which one person has an account."""
    database = open_database(url)
    office = Office(database)
    async with database.transaction() as session:
        session.add(
            User(
                id=SOMEBODY,
                user_name="ada",
                user_name_canonical="ada",
                email="ada@example.org",
                email_canonical="ada@example.org",
                first_name="Ada",
                last_name="Lovelace",
                password_hash="a hash",
                password_generation=1,
                created_at=office.now,
            )
        )
    yield office
    await database.close()


async def test_mails_are_sent_in_order_and_forgotten(office: Office) -> None:
    """The oldest first; afterwards the outbox is empty."""
    for kind in ("first", "second"):
        await office.put(kind)
        office.now += timedelta(seconds=1)
    assert [await office.queue.send_next() for _ in range(3)] == [True, True, False]
    assert office.subjects == ["first", "second"]
    assert await office.left() == []


async def test_a_failed_mail_is_tried_again_later_and_later(office: Office) -> None:
    """The waits grow, and another mail is not held up."""
    office.post.failures = [MailError("busy"), MailError("busy")]
    await office.put("stubborn")
    waits = []
    for _ in range(2):
        assert await office.queue.send_next()
        (mail,) = await office.left()
        waits.append(mail.due_at - office.now)
        assert not await office.queue.send_next()
        office.now = mail.due_at
    assert waits == [timedelta(seconds=10), timedelta(seconds=20)]
    await office.put("other")
    while await office.queue.send_next():
        pass
    assert sorted(office.subjects) == ["other", "stubborn"]


async def test_a_refused_mail_is_given_up(office: Office) -> None:
    """A server that says no for good is not asked again; the log says how many mails died so far."""
    office.post.failures = [MailError("550 no such user", permanent=True) for _ in range(2)]
    await office.put("refused")
    await office.put("refused too")
    with capture_logs() as logs:
        while await office.queue.send_next():
            pass
    assert [(line["event"], line["reason"], line["dead_mails"]) for line in logs] == [
        ("mail.given_up", "550 no such user", 1),
        ("mail.given_up", "550 no such user", 2),
    ]


async def test_dead_mails_stay_and_are_never_sent(office: Office) -> None:
    """The operator can see what people did not get; no sender takes them, and others pass them."""
    office.post.failures = [MailError("550 no such user", permanent=True)]
    await office.put("refused")
    assert await office.queue.send_next()
    died_at = office.now
    office.now += timedelta(days=30)
    assert not await office.queue.send_next()
    await office.put("good")
    assert await office.queue.send_next()
    assert office.subjects == ["good"]
    (dead,) = await office.left()
    assert (dead.kind, dead.dead_at) == ("refused", died_at)


async def test_after_a_day_a_mail_is_given_up(office: Office) -> None:
    """Nobody waits for a mail of yesterday; until then the waits between tries grow to an hour."""
    await office.put("old")
    office.post.failures = [MailError("busy") for _ in range(100)]
    began, longest = office.now, timedelta()
    while (mail := (await office.left())[0]).dead_at is None:
        longest = max(longest, mail.due_at - office.now)
        office.now = mail.due_at
        assert await office.queue.send_next()
    assert longest == timedelta(hours=1)
    assert GIVE_UP_AFTER <= office.now - began < GIVE_UP_AFTER + longest
    assert 24 < mail.tries < 40


async def test_a_mail_with_nothing_to_say_is_dropped(office: Office) -> None:
    """A code that died while its mail waited is not sent."""
    office.dead = {"expired"}
    await office.put("expired")
    assert await office.queue.send_next()
    assert (office.subjects, await office.left()) == ([], [])


async def test_a_fault_in_one_mail_does_not_stop_the_others(office: Office) -> None:
    """It is logged, and tried again like any other failure."""
    office.post.failures = [RuntimeError("a fault of ours")]
    await office.put("faulty")
    office.now += timedelta(seconds=1)
    await office.put("good")
    with capture_logs() as logs:
        while await office.queue.send_next():
            pass
    assert office.subjects == ["good"]
    assert "mail.failed" in [line["event"] for line in logs]


async def test_many_senders_send_each_mail_once(office: Office) -> None:
    """One UPDATE decides who has it, also between processes."""
    for number in range(10):
        await office.put(f"mail {number}")
    queues = [office.another_queue() for _ in range(4)]
    for _ in range(20):
        await asyncio.gather(*(queue.send_next() for queue in queues))
        if not await office.left():
            break
    assert sorted(office.subjects) == sorted(f"mail {number}" for number in range(10))


async def test_a_mail_whose_sender_died_is_taken_over(office: Office) -> None:
    """After its claim has run out another sender sends it."""
    await office.put("orphan")
    office.post.hold = asyncio.Event()
    sending = asyncio.create_task(office.queue.send_next())
    await office.claimed()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    office.post.hold = None
    other = office.another_queue()
    assert not await other.send_next()
    office.now += CLAIMED_FOR
    assert await other.send_next()
    assert office.subjects == ["orphan"]


@pytest.mark.parametrize("permanent", [False, True])
async def test_a_sender_that_comes_back_late_changes_nothing(office: Office, *, permanent: bool) -> None:
    """Its claim has run out and another has the mail: its failure says nothing about that one's try."""
    await office.put("shared")
    held = office.post.hold = asyncio.Event()
    late = asyncio.create_task(office.queue.send_next())
    await office.claimed()
    office.now += CLAIMED_FOR
    office.post.hold = asyncio.Event()
    other = asyncio.create_task(office.another_queue().send_next())
    await office.claimed(times=2)
    office.post.failures = [MailError("no", permanent=permanent)]
    held.set()
    with capture_logs() as logs:
        assert await late
    (mail,) = await office.left()
    assert (mail.due_at, mail.dead_at, logs) == (office.now + CLAIMED_FOR, None, [])
    office.post.hold.set()
    assert await other
    assert (office.subjects, await office.left()) == (["shared"], [])


async def test_a_slow_send_does_not_hold_up_another_sender(office: Office) -> None:
    """While the mail server takes its time with one mail, the next goes out elsewhere."""
    await office.put("slow")
    office.now += timedelta(seconds=1)
    await office.put("quick")
    office.post.hold = asyncio.Event()
    sending = asyncio.create_task(office.queue.send_next())
    await office.claimed()
    hold, office.post.hold = office.post.hold, None
    assert await office.another_queue().send_next()
    assert office.subjects == ["quick"]
    hold.set()
    assert await sending
    assert office.subjects == ["quick", "slow"]


async def test_on_postgres_a_row_that_is_being_claimed_is_passed_over(postgres_office: Office) -> None:
    """SKIP LOCKED: a sender held up in the middle of its claim does not queue the others behind it."""
    office = postgres_office
    await office.put("held")
    office.now += timedelta(seconds=1)
    await office.put("free")
    async with office.database.transaction() as claiming, asyncio.timeout(10):
        await claiming.execute(
            update(OutgoingMail).where(OutgoingMail.kind == "held").values(tries=OutgoingMail.tries + 1)
        )
        assert await office.queue.send_next()
        assert not await office.queue.send_next()
    assert office.subjects == ["free"]


async def test_the_queue_runs_until_it_is_cancelled(office: Office) -> None:
    """Woken, it sends at once; a broken database is logged and does not end it."""
    running = asyncio.create_task(office.queue.run())
    await office.put("woken")
    office.waiting.set()
    async with asyncio.timeout(10):
        while not office.subjects:
            await asyncio.sleep(0.01)
    async with office.database.transaction() as session:
        await session.execute(text("ALTER TABLE outbox RENAME TO lost"))
    with capture_logs() as logs:
        office.waiting.set()
        async with asyncio.timeout(10):
            while not logs:
                await asyncio.sleep(0.01)
    assert logs[0]["event"] == "mail.queue_failed"
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
