"""Postgres is stopped for twenty seconds and started again, while thirty people type and thirty ask."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.accounts.people import PASSWORD, Person
from tests.e2e.processes import log_of
from tests.support.cluster import (
    ANOTHER_USER_NAME,
    GO_TO_SESSIONS,
    HOME,
    SESSIONS,
    Guest,
    come_home,
    come_to_sign_in,
    register,
    running_nodes,
    world_at,
)
from tests.support.codes import code_at
from tests.support.postgres import Postgres
from tests.support.server import Server

pytestmark = pytest.mark.drill

STOPPED_FOR = 20.0
TYPE, ASK = 15, 15
"""So many type at Sign in, and so many in a list; so many ask from Home, and so many sign in."""
AT_THE_MOMENT = 6
"""Who sign in right when Postgres stops."""
HELP, ESCAPE = "\x1bOP", "\x1b"
FILTER = "Filter: "
LOST_AT_THE_LAST = "lost at the last moment"
BETWEEN_LETTERS, SOON = 0.5, 3.0
LETTERS = "typed while nobody could be asked about it"


@dataclass
class Figures:
    """What the drill has to tell."""

    echoes: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    told_to_look: int = 0


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """Run a server of one's own, to stop."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
async def figures() -> AsyncIterator[Figures]:
    """Collect them, and print them at the end."""
    figures = Figures()
    yield figures
    median = 1000 * statistics.median(figures.echoes or [0])
    slowest, last = 1000 * max(figures.echoes, default=0), max(figures.answers, default=0)
    print(  # noqa: T201 - what a drill is for
        f"\nPostgres was away for {STOPPED_FOR:.0f} s. {len(figures.echoes)} letters were typed; half "
        f"showed within {median:.0f} ms, the slowest after {slowest:.0f} ms. {len(figures.answers)} people "
        f"asked for something: all were answered, the last {last:.1f} s after it was back; "
        f"{figures.told_to_look} were told to look whether it was done."
    )


async def test_nobody_is_disconnected_nothing_typed_is_lost_and_all_that_is_asked_is_answered(
    own_postgres: Postgres, tmp_path: Path, figures: Figures
) -> None:
    """At two workers: in forms and lists, as strangers and signed in, and in the moment of the stop."""
    url = own_postgres.create_database()
    async with world_at(url) as world, AsyncExitStack() as stack:
        people = [
            await register(world, f"user{number}") for number in range(2 * (TYPE + ASK) + AT_THE_MOMENT)
        ]
        (node,) = stack.enter_context(running_nodes(world, url, tmp_path, 1, WORKERS="2", PROXY_FROM=""))
        writers = [await at_sign_in(stack, node, person) for person in people[:TYPE]]
        listers = [await at_home(stack, node, person) for person in people[TYPE : 2 * TYPE]]
        askers = [await at_home(stack, node, person) for person in people[2 * TYPE : 2 * TYPE + ASK]]
        comers = [await at_sign_in(stack, node, person) for person in people[2 * TYPE + ASK :]]
        await asyncio.gather(*(guest.asks(ANOTHER_USER_NAME, "User name") for guest in writers))
        await asyncio.gather(*(guest.asks(GO_TO_SESSIONS, SESSIONS) for guest in listers))
        await world.database.close()
        typing = [asyncio.create_task(type_on(guest, "", figures)) for guest in writers]
        typing += [asyncio.create_task(type_on(guest, FILTER, figures)) for guest in listers]
        moment = [asyncio.create_task(signs_in(guest)) for guest in comers[ASK:]]
        await asyncio.to_thread(own_postgres.shut_down)
        began = time.monotonic()
        asking: list[asyncio.Task[Any]] = []
        asking += [asyncio.create_task(guest.asks(GO_TO_SESSIONS, SESSIONS)) for guest in askers]
        asking += [asyncio.create_task(signs_in(guest)) for guest in comers[:ASK]]
        await asyncio.wait(asking, timeout=STOPPED_FOR - (time.monotonic() - began))
        assert not any(each.done() for each in asking)
        await asyncio.to_thread(own_postgres.start)
        back = time.monotonic()
        for task in asyncio.as_completed(asking):
            await task
            figures.answers.append(time.monotonic() - back)
        figures.told_to_look = sum(await asyncio.gather(*moment))
        await asyncio.gather(*typing)
        await all_are_there(writers, listers, askers, comers)
        assert await asyncio.to_thread(node.stop, 60) == 0
        faults = {line["event"] for line in log_of(node) if line["level"] == "error"}
        assert faults <= {"sessions.watch_failed"}
    # Far from what it would be if anybody had waited for Postgres; other work on the machine is not measured.
    assert max(figures.echoes) < SOON
    assert max(figures.answers) < STOPPED_FOR
    assert figures.told_to_look < AT_THE_MOMENT


async def at_sign_in(stack: AsyncExitStack, node: Server, person: Person) -> Guest:
    """Connect somebody who looks at Sign in, from an address of their own: each has limits."""
    address = address_of(person)
    visitor = await come_to_sign_in(stack, node.port, person.user_name, address)
    return Guest(person, address, visitor)


async def at_home(stack: AsyncExitStack, node: Server, person: Person) -> Guest:
    """Connect somebody who signs in."""
    return await come_home(stack, node.port, person, address_of(person))


def address_of(person: Person) -> str:
    return f"127.0.6.{int(person.user_name.removeprefix('user')) + 1}"


async def type_on(guest: Guest, before: str, figures: Figures) -> None:
    """Type letter by letter until after the database is back; each must show at once."""
    for number, letter in enumerate(LETTERS, 1):
        figures.echoes.append(await guest.asks(letter, before + LETTERS[:number]))
        await asyncio.sleep(BETWEEN_LETTERS)


async def signs_in(guest: Guest) -> bool:
    """Sign in, and wait for the answer; True if it is that nobody knows."""
    guest.visitor.seen = b""
    guest.visitor.type(f"{PASSWORD}\t{code_at(guest.person.enrolment.secret)}\r")
    answer = await guest.sees_one(HOME, LOST_AT_THE_LAST)
    return answer == LOST_AT_THE_LAST


async def all_are_there(*groups: Sequence[Guest]) -> None:
    """See that everybody is still connected, and has what they typed; then have them leave."""
    writers, listers, *_ = groups
    for guest in (*writers, *listers):
        await guest.asks(HELP, "Help: ")
        await guest.asks(ESCAPE, LETTERS)
    for guest in (each for group in groups for each in group):
        guest.visitor.type("\x11")
        assert await guest.visitor.ends() == 0
