"""One process counts for all workers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sshauth.ssh import admission
from sshauth.ssh.admission import GONE, OwnAdmission, Place, SharedAdmission, Uncounted, serve_admission
from sshauth.ssh.limits import ConnectionLimits, Counts, Refusal
from tests.ssh.waiting import eventually

HERE = "192.0.2.1"


class Supervisor:
    """Counts for workers of this test."""

    def __init__(self, **limits: int) -> None:
        self.counts = Counts(ConnectionLimits(**limits))

    @asynccontextmanager
    async def worker(self, name: str) -> AsyncIterator[SharedAdmission]:
        ours, theirs = socket.socketpair()
        serving = asyncio.create_task(serve_admission(self.counts, ours, name))
        worker = SharedAdmission(theirs)
        yield worker
        await worker.close()
        await serving


async def placed(asked: SharedAdmission | OwnAdmission, source: str = HERE) -> Place:
    place = await asked.admit(source)
    assert not isinstance(place, Refusal), place
    return place


async def ask_and_give_up(asked: SharedAdmission) -> None:
    asking = asyncio.create_task(asked.admit(HERE))
    while not asked._waiting:
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()


async def test_own_counts_give_and_refuse_places() -> None:
    own = OwnAdmission(Counts(ConnectionLimits(strangers_per_source=1)))
    place = await placed(own)
    assert isinstance(await own.admit(HERE), Refusal)
    place.signed_in(True)
    other = await placed(own)
    other.leave()
    other.leave()
    await placed(own)


async def test_own_counts_have_the_ordinary_limits() -> None:
    own = OwnAdmission()
    for _ in range(10):
        await placed(own)
    assert isinstance(await own.admit(HERE), Refusal)


async def test_workers_share_one_count() -> None:
    supervisor = Supervisor(strangers_per_source=2)
    async with supervisor.worker("one") as one, supervisor.worker("two") as two:
        first = await placed(one)
        await placed(two)
        refusal = await one.admit(HERE)
        assert isinstance(refusal, Refusal)
        assert refusal.words.startswith("Too many connections from your address: 2 are open")
        assert refusal.reason == "strangers of the source"
        first.signed_in(True)
        await placed(one)
        first.signed_in(False)
        first.leave()
        first.leave()
        first.signed_in(True)
        assert isinstance(await one.admit(HERE), Refusal)
        await placed(two, "192.0.2.2")
        assert supervisor.counts.strangers == 3


async def test_a_hundred_who_ask_at_once_get_the_places_that_there_are() -> None:
    supervisor = Supervisor(strangers_per_source=10)
    async with supervisor.worker("one") as one, supervisor.worker("two") as two:
        answers = await asyncio.gather(*((one, two)[number % 2].admit(HERE) for number in range(100)))
        assert sum(not isinstance(answer, Refusal) for answer in answers) == 10


async def test_the_places_of_a_worker_that_dies_are_free_again() -> None:
    supervisor = Supervisor(strangers_per_source=2)
    async with supervisor.worker("one") as one:
        async with supervisor.worker("two") as two:
            place = await placed(two)
            await placed(two)
            assert isinstance(await one.admit(HERE), Refusal)
        place.signed_in(True)
        place.leave()
        await placed(one)
        assert supervisor.counts.strangers == 1


async def test_a_place_that_nobody_waits_for_any_more_is_given_back() -> None:
    supervisor = Supervisor()
    async with supervisor.worker("one") as one:
        await ask_and_give_up(one)
        await placed(one)
        assert supervisor.counts.strangers == 1
        assert not one._waiting


async def test_a_question_that_was_refused_after_all_is_given_back_without_harm() -> None:
    supervisor = Supervisor(strangers_per_source=1)
    async with supervisor.worker("one") as one:
        place = await placed(one)
        await ask_and_give_up(one)
        place.leave()
        await placed(one)


async def test_without_a_supervisor_everybody_reads_so() -> None:
    ours, theirs = socket.socketpair()
    asked = SharedAdmission(theirs)
    waiting = [asyncio.create_task(asked.admit(HERE)) for _ in range(2)]
    until_gone = asyncio.create_task(asked.until_gone())
    await eventually(lambda: len(asked._waiting) == 2, "both have asked")
    assert not until_gone.done()
    ours.close()
    assert await asyncio.gather(*waiting) == [GONE, GONE]
    await until_gone
    assert await asked.admit(HERE) == GONE
    assert GONE.words == "The server is restarting. Please try again in a moment."
    await asked.close()


async def test_a_supervisor_that_does_not_answer_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "ANSWER_SECONDS", 0.01)
    ours, theirs = socket.socketpair()
    with ours:
        asked = SharedAdmission(theirs)
        assert await asked.admit(HERE) == GONE
        ours.settimeout(5)
        assert ours.recv(1000) == b'["enter", 0, "192.0.2.1"]\n["leave", 0]\n'
        await asked.close()


async def test_one_who_was_never_asked_is_closed_too() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        await SharedAdmission(theirs).close()
        assert ours.recv(1) == b""


async def test_a_dead_worker_leaves_no_task_and_no_descriptor() -> None:
    counts = Counts(ConnectionLimits())
    ours, theirs = socket.socketpair()
    theirs.send(b'["enter", 0, "192.0.2.1"]\n["enter", 1, "192.0.2.1"]\n')
    serving = asyncio.create_task(serve_admission(counts, ours, "dead"))
    await eventually(lambda: counts.strangers == 2, "both are counted")
    # The answers lie unread: the connection is reset.
    theirs.close()
    await serving
    assert counts.strangers == 0
    await eventually(lambda: ours.fileno() == -1, "the socket is closed")


def test_who_is_not_counted_is_known_to_be_here() -> None:
    others: set[Uncounted] = set()
    place = Uncounted(others)
    place.signed_in(True)
    assert others == {place}
    place.leave()
    place.leave()
    assert not others
    Uncounted().leave()
