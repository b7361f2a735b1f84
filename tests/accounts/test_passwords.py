"""Whose password is hashed when, by how many threads, and who is told to come again."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio
from argon2 import Parameters, extract_parameters
from argon2.profiles import CHEAPEST
from hypothesis import given
from hypothesis import strategies as st

from sshauth.accounts.errors import Busy
from sshauth.accounts.fair_queue import RECENT, FairQueue
from sshauth.accounts.passwords import LONGEST_CHECKED, LONGEST_WAIT, OWASP, FairPool, Passwords

CHEAP = CHEAPEST
TIMEOUT = 20

sources = st.sampled_from("abcd")
visitors = st.tuples(sources, st.booleans())
deeds = st.lists(
    st.one_of(st.none(), st.tuples(st.just("put"), visitors), st.tuples(st.just("leave"), visitors))
)


@dataclass
class Model:
    """A queue that remembers who waits, and whom it has served while others waited."""

    queue: FairQueue[tuple[str, bool, int]] = field(default_factory=lambda: FairQueue(servers=1, usual=1.0))
    waiting: list[tuple[str, bool, int]] = field(default_factory=list)
    served_while_waiting: dict[tuple[str, bool], set[str]] = field(default_factory=dict)
    number: int = 0

    def put(self, source: str, known: bool) -> tuple[str, bool, int]:
        self.number += 1
        job = (source, known, self.number)
        self.queue.put(job, source=source, known=known)
        self.waiting.append(job)
        self.served_while_waiting.setdefault((source, known), set())
        return job

    def leave(self, source: str, known: bool) -> None:
        mine = [job for job in self.waiting if job[:2] == (source, known)]
        for job in mine[-1:]:
            self.queue.leave(job, source=source, known=known)
            self.forget(job)

    def forget(self, job: tuple[str, bool, int]) -> None:
        self.waiting.remove(job)
        if all(other[:2] != job[:2] for other in self.waiting):
            del self.served_while_waiting[job[:2]]

    def take(self) -> None:
        job = self.queue.take()
        assert (job is None) == (not self.waiting)
        if job is None:
            return
        source, known, _ = job
        assert known or not any(other[1] for other in self.waiting)
        assert job == min(other for other in self.waiting if other[:2] == (source, known))
        for (other, other_known), served in self.served_while_waiting.items():
            if other != source and other_known == known:
                assert source not in served
                served.add(source)
        self.served_while_waiting[source, known] = set()
        self.forget(job)

    def do(self, deed: tuple[str, tuple[str, bool]] | None) -> None:
        match deed:
            case ("put", (source, known)):
                self.put(source, known)
            case ("leave", (source, known)):
                self.leave(source, known)
            case _:
                self.take()


@given(deeds)
def test_nobody_starves(deeds: list[tuple[str, tuple[str, bool]] | None]) -> None:
    """Row 4: while a source waits, no other of its class is served twice; known ones first; oldest first."""
    model = Model()
    for deed in deeds:
        model.do(deed)
    while model.waiting:
        model.take()
    assert model.queue.take() is None


@given(deeds, visitors, st.lists(st.floats(0.001, 3), max_size=2 * RECENT), st.integers(1, 8))
def test_the_wait_is_told_exactly(
    deeds: list[tuple[str, tuple[str, bool]] | None],
    visitor: tuple[str, bool],
    durations: list[float],
    servers: int,
) -> None:
    """As many turns as really come before one's own, each as long as the recent ones."""
    model = Model(FairQueue(servers=servers, usual=1.0))
    for seconds in durations:
        model.queue.took(seconds)
    for deed in deeds:
        model.do(deed)
    source, known = visitor
    ahead = model.queue.ahead(source=source, known=known)
    wait = model.queue.expected_wait(source=source, known=known)
    mine = model.put(source, known)
    before = 0
    while model.queue.take() != mine:
        before += 1
    recent = [1.0, *durations][-RECENT:]
    assert before == ahead
    assert wait == pytest.approx(ahead * sum(recent) / len(recent) / servers)


def test_who_has_been_served_does_not_leave_twice() -> None:
    """A caller may be cancelled at the moment when its turn comes."""
    queue: FairQueue[str] = FairQueue(servers=1, usual=1.0)
    queue.put("one", source="a", known=False)
    queue.put("two", source="a", known=False)
    assert queue.take() == "one"
    queue.leave("one", source="a", known=False)
    queue.leave("one", source="b", known=False)
    assert queue.take() == "two"


def test_only_recent_jobs_tell_how_long_the_next_will_take() -> None:
    """A machine that was slow for a while is forgotten."""
    queue: FairQueue[str] = FairQueue(servers=1, usual=1000.0)
    queue.put("one", source="a", known=False)
    for _ in range(RECENT - 1):
        queue.took(1.0)
    assert queue.expected_wait(source="b", known=False) > 30
    queue.took(1.0)
    assert queue.expected_wait(source="b", known=False) == 1.0


class Held:
    """Work that ends when let; counts how much of it runs at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._go_on = threading.Event()
        self.done: list[str] = []
        self.running = self.most = 0

    def work(self, name: str) -> Callable[[], str]:
        def work() -> str:
            with self._lock:
                self.running += 1
                self.most = max(self.most, self.running)
            assert self._go_on.wait(TIMEOUT)
            with self._lock:
                self.running -= 1
                self.done.append(name)
            return name

        return work

    def go_on(self) -> None:
        self._go_on.set()


@pytest_asyncio.fixture
async def held() -> AsyncIterator[Held]:
    """Give held work, let go at the end whatever happens."""
    held = Held()
    yield held
    held.go_on()


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[FairPool]:
    """Give a pool of one thread in which work is thought to take a second."""
    pool = FairPool(threads=1, usual=1.0)
    yield pool
    pool.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what threads do."""
    async with asyncio.timeout(TIMEOUT):
        while not condition():
            await asyncio.sleep(0)


async def begin(
    pool: FairPool, work: Callable[[], str], source: str = "", *, known: bool = False
) -> asyncio.Task[str]:
    """Ask for work, and go on once it stands in the queue."""
    asking = asyncio.ensure_future(pool.run(work, source=source, known=known))
    await asyncio.sleep(0)
    return asking


async def occupy(pool: FairPool, held: Held) -> asyncio.Task[str]:
    """Give the only thread something to do."""
    asking = await begin(pool, held.work("first"), "somebody")
    await until(lambda: held.running == 1)
    return asking


async def test_turns_go_by_source_and_known_ones_come_first(pool: FairPool, held: Held) -> None:
    """Row 4: the flood of one source holds up only itself."""
    asking = [await occupy(pool, held)]
    asking += [await begin(pool, held.work(f"flood {number}"), "flood") for number in (1, 2)]
    asking += [await begin(pool, held.work("stranger"), "stranger")]
    asking += [await begin(pool, held.work("owner"), "owner", known=True)]
    held.go_on()
    answers = await asyncio.gather(*asking)
    assert answers == ["first", "flood 1", "flood 2", "stranger", "owner"]
    assert held.done == ["first", "owner", "flood 1", "stranger", "flood 2"]


async def test_over_two_seconds_of_queue_is_busy(pool: FairPool, held: Held) -> None:
    """Row 4: told at once, nothing done; those who wait already, and known sources, are served."""
    asking = [await occupy(pool, held)]
    asking += [await begin(pool, held.work(source), source) for source in "abc"]
    assert LONGEST_WAIT == 2.0
    with pytest.raises(Busy, match="nothing is lost"):
        await pool.run(held.work("one too many"), source="d", known=False)
    asking += [await begin(pool, held.work("owner"), "owner", known=True)]
    held.go_on()
    await asyncio.gather(*asking)
    assert held.done == ["first", "owner", "a", "b", "c"]
    assert await pool.run(held.work("again"), source="d", known=False) == "again"


async def test_a_flood_of_one_source_makes_nobody_else_busy(pool: FairPool, held: Held) -> None:
    """Its own turns come too late; those of others do not."""
    asking = [await occupy(pool, held)]
    asking += [await begin(pool, held.work("flood"), "flood") for _ in range(3)]
    with pytest.raises(Busy):
        await pool.run(held.work("flood"), source="flood", known=False)
    asking += [await begin(pool, held.work("stranger"), "stranger")]
    held.go_on()
    await asyncio.gather(*asking)
    assert held.done == ["first", "flood", "stranger", "flood", "flood"]


async def test_who_leaves_while_waiting_leaves_the_queue(pool: FairPool, held: Held) -> None:
    """Their work is never begun, and lengthens nobody's wait."""
    first = await occupy(pool, held)
    leaving = [await begin(pool, held.work("left"), "a") for _ in range(3)]
    for one in leaving:
        one.cancel()
    await asyncio.wait(leaving)
    staying = [await begin(pool, held.work("stayed"), "a") for _ in range(3)]
    held.go_on()
    await asyncio.gather(first, *staying)
    assert held.done == ["first", "stayed", "stayed", "stayed"]
    assert all(one.cancelled() for one in leaving)
    pool._serve_one()  # a thread that came free for them has nothing to do


async def test_work_that_has_begun_keeps_its_thread(pool: FairPool, held: Held) -> None:
    """A caller who leaves does not make room for a second thread."""
    first = await occupy(pool, held)
    first.cancel()
    await asyncio.wait([first])
    second = await begin(pool, held.work("second"))
    held.go_on()
    assert await second == "second"
    assert held.done == ["first", "second"]
    assert held.most == 1


async def test_work_whose_caller_left_at_its_turn_is_not_begun(pool: FairPool, held: Held) -> None:
    """A thread may take it before its caller could take it out of the queue."""
    left: Future[str] = Future()
    left.cancel()
    pool._queue.put((left, held.work("left"), 0.0), source="a", known=False)
    pool._threads.submit(pool._serve_one)
    held.go_on()
    assert await pool.run(held.work("stayed"), source="a", known=False) == "stayed"
    assert held.done == ["stayed"]


async def test_there_are_as_many_threads_as_are_allowed(held: Held) -> None:
    """Row 4: however many ask."""
    pool = FairPool(threads=2, usual=0.001)
    asking = [await begin(pool, held.work("work"), str(number)) for number in range(20)]
    await until(lambda: held.running == 2)
    held.go_on()
    await asyncio.gather(*asking)
    assert held.most == 2
    pool.close()


async def test_who_watches_is_told_how_many_wait_and_for_how_long(held: Held) -> None:
    """Those whose turn has come wait no longer; each is told once."""
    waits: list[float] = []
    passwords = Passwords(parameters=CHEAP, threads=1, waited=waits.append)
    busy = await occupy(passwords._pool, held)
    asking = [asyncio.ensure_future(passwords.hash("a long password", source=each)) for each in "aab"]
    await asyncio.sleep(0)
    assert (passwords.waiting, len(waits)) == (3, 1)
    held.go_on()
    await asyncio.gather(busy, *asking)
    assert (passwords.waiting, len(waits)) == (0, 4)
    assert min(waits) >= 0
    passwords.close()


async def test_the_wait_learns_from_what_work_takes(pool: FairPool, held: Held) -> None:
    """A second was thought; it takes far less."""
    held.go_on()
    for _ in range(RECENT):
        await pool.run(held.work("quick"), source="", known=False)
    pool._queue.put((Future(), str, 0.0), source="", known=False)
    assert 0 < pool._queue.expected_wait(source="", known=False) < 1


async def test_what_goes_wrong_reaches_who_waits(pool: FairPool, held: Held) -> None:
    """And only them: the next is served."""

    def broken() -> str:
        raise MemoryError

    held.go_on()
    with pytest.raises(MemoryError):
        await pool.run(broken, source="", known=False)
    assert await pool.run(held.work("next"), source="", known=False) == "next"


async def test_closing_lets_those_who_wait_go(pool: FairPool, held: Held) -> None:
    """Nobody hangs while the server stops."""
    first = await occupy(pool, held)
    waiting = await begin(pool, held.work("waiting"))
    pool.close()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    held.go_on()
    assert await first == "first"
    assert held.done == ["first"]


@pytest_asyncio.fixture
async def passwords() -> AsyncIterator[Passwords]:
    """Give passwords hashed as cheaply as can be."""
    passwords = Passwords(parameters=CHEAP, threads=1)
    yield passwords
    passwords.close()


def test_new_hashes_are_argon2id_as_owasp_asks() -> None:
    """Row 3: at least 19 MiB, 2 passes, 1 lane."""
    passwords = Passwords()
    hashed = asyncio.run(passwords.hash("a long password"))
    passwords.close()
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert extract_parameters(hashed) == OWASP


async def test_right_and_wrong_passwords(passwords: Passwords) -> None:
    """In any Unicode form; damaged hashes, nobody's and endless passwords are wrong."""
    hashed = await passwords.hash("caf\u00e9 au lait, please", source="here", known=True)
    assert await passwords.verify(hashed, "cafe\u0301 au lait, please", source="here", known=True)
    assert not await passwords.verify(hashed, "cafe au lait, please")
    assert not await passwords.verify("$argon2id$damaged", "any password")
    assert not await passwords.verify(None, "any password")
    assert not await passwords.verify(hashed, "x" * 10_000_000)


async def test_passwords_are_checked_up_to_a_length(passwords: Passwords) -> None:
    """The longest that is checked is right, one more character is wrong."""
    longest = await passwords.hash("x" * LONGEST_CHECKED)
    too_long = await passwords.hash("x" * (LONGEST_CHECKED + 1))
    assert await passwords.verify(longest, "x" * LONGEST_CHECKED)
    assert not await passwords.verify(too_long, "x" * (LONGEST_CHECKED + 1))


async def test_any_characters_can_be_a_password(passwords: Passwords) -> None:
    """Half a surrogate pair too, in which no terminal should send anything."""
    hashed = await passwords.hash("half \ud83d of something")
    assert await passwords.verify(hashed, "half \ud83d of something")


@pytest.mark.parametrize(
    "older",
    [
        replace(OWASP, memory_cost=OWASP.memory_cost // 2),
        replace(OWASP, time_cost=1),
        replace(OWASP, salt_len=8),
        CHEAP,
    ],
)
async def test_hashes_of_older_parameters_need_a_rehash(older: Parameters) -> None:
    """Row 3; they are still checked meanwhile. The check looks at all parameters."""
    then, now = Passwords(parameters=older), Passwords()
    hashed = await then.hash("a long password")
    assert now.needs_rehash(hashed)
    assert not then.needs_rehash(hashed)
    assert await now.verify(hashed, "a long password")
    assert not now.needs_rehash(await now.hash("a long password"))
    then.close()
    now.close()


def test_a_damaged_hash_needs_no_rehash(passwords: Passwords) -> None:
    """It cannot be right, so nobody's password is there to hash."""
    assert not passwords.needs_rehash("$argon2id$damaged")


async def test_nobody_costs_the_same_work_as_somebody(passwords: Passwords) -> None:
    """ASVS 6.3.8: the hash that unknown users are checked against has today's parameters."""
    assert extract_parameters(passwords._dummy_hash) == extract_parameters(await passwords.hash("a password"))
    assert passwords._dummy_hash != Passwords(parameters=CHEAP)._dummy_hash


async def test_busy_reaches_who_asks(passwords: Passwords) -> None:
    """From hashing and from checking, for this source."""
    queue = passwords._pool._queue
    queue.took(10_000.0)
    queue.put((Future(), str, 0.0), source="flood", known=False)
    with pytest.raises(Busy):
        await passwords.hash("a long password", source="stranger")
    with pytest.raises(Busy):
        await passwords.verify(None, "a long password", source="stranger")
    assert await passwords.hash("a long password", source="owner", known=True)
    assert not await passwords.verify(None, "a long password", source="owner", known=True)


async def test_hashing_leaves_the_event_loop_free() -> None:
    """While hashes are made, others get their turn between them."""
    passwords = Passwords()
    turns = 0
    hashing = asyncio.gather(*(passwords.hash("a long password") for _ in range(6)))
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100
    passwords.close()
