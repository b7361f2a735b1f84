"""Two nodes of two workers on one Postgres behind HAProxy, fifty people, and a node that loses its power."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sshauth.accounts.judging import FAILURES_BY_SOURCE
from sshauth.db.tables import AuditEvent, SessionRow
from tests.accounts.people import PASSWORD, Person, World
from tests.e2e.processes import events_of, workers_of
from tests.support.balancer import Balancer, kill_node
from tests.support.cluster import (
    GO_TO_SESSIONS,
    SESSIONS,
    Guest,
    come_home,
    come_to_sign_in,
    nodes_of,
    register,
    running_nodes,
    world_at,
)

pytestmark = pytest.mark.drill

PEOPLE, AT_ONCE = 50, 5
STRANGER = "127.0.9.9"
TOO_MANY, WRONG = "Too many failed sign-ins", "is wrong"


async def test_a_node_is_killed_under_fifty_people(postgres_url: str, tmp_path: Path) -> None:
    """The rest is unhurt, limits hold over both, and the list of sessions is true within two minutes."""
    async with world_at(postgres_url) as world, AsyncExitStack() as stack:
        people = [await register(world, f"user{number}") for number in range(PEOPLE)]
        nodes = stack.enter_context(running_nodes(world, postgres_url, tmp_path, 2, WORKERS="2"))
        lost, left = nodes
        balancer = stack.enter_context(Balancer(tmp_path, nodes))
        guests = await all_come_home(stack, balancer.port, people)
        dead = {f"/{pid}" for pid in workers_of(lost).values()}
        at = await nodes_of(world, {guest.address for guest in guests})
        unhurt = [guest for guest in guests if f"/{at[guest.address].rpartition('/')[2]}" not in dead]
        assert await addresses_in(world) == {guest.address for guest in guests}
        assert len(unhurt) == PEOPLE // 2
        assert len(set(at.values())) == 4
        judged = await judged_of(balancer.port, people[0], [f"nobody{number}" for number in range(8)])
        killed_at = time.monotonic()
        kill_node(lost)
        took = await asyncio.gather(*(guest.asks(GO_TO_SESSIONS, SESSIONS) for guest in unhurt))
        balancer.wait_until_up(1)
        judged += await judged_of(balancer.port, people[0], [f"somebody{number}" for number in range(4)])
        assert judged == FAILURES_BY_SOURCE.tries
        for guest in (each for each in guests if each not in unhurt):
            assert await guest.is_cut_off()
            again = await come_to_sign_in(stack, balancer.port, guest.person.user_name, guest.address)
            assert await again.leaves() == 0
        true_after = await until_live(world, {guest.address for guest in unhurt}, killed_at)
        assert true_after < 120
        ends = Counter(row.end_reason for row in await world.rows(SessionRow) if row.address in at)
        assert ends == {None: len(unhurt), "lost": PEOPLE - len(unhurt)}
        await asyncio.gather(*(guest.asks("x", "Filter: x") for guest in unhurt))
        lost_ones = {line["lost"].rpartition("/")[2] for line in events_of(left, "node.lost")}
        assert lost_ones == {pid.strip("/") for pid in dead}
    print(  # noqa: T201 - what a drill is for
        f"\nA node was killed under {PEOPLE} people. The {len(unhurt)} on the other asked right then: the "
        f"last was answered after {1000 * max(took):.0f} ms; the list of sessions was true after "
        f"{true_after:.0f} s. Of 12 wrong passwords from one address, before and after, {judged} were judged."
    )


async def all_come_home(stack: AsyncExitStack, port: int, people: Sequence[Person]) -> list[Guest]:
    """Sign everybody in, some at a time, each from an address of their own."""
    door = asyncio.Semaphore(AT_ONCE)

    async def come(number: int, person: Person) -> Guest:
        async with door:
            return await come_home(stack, port, person, f"127.0.5.{number + 1}")

    return list(await asyncio.gather(*(come(number, person) for number, person in enumerate(people))))


async def addresses_in(world: World) -> set[str]:
    """Give from where people signed in, as the audit log has it."""
    return {row.address for row in await world.rows(AuditEvent) if row.kind == "signed-in"}


async def judged_of(port: int, somebody: Person, names: Sequence[str]) -> int:
    """Give wrong passwords from one address, on whatever node; tell how many are judged."""
    judged = 0
    for name in names:
        async with AsyncExitStack() as stack:
            visitor = await come_to_sign_in(stack, port, name, STRANGER)
            visitor.type(f"not {PASSWORD}\t123456\r")
            guest = Guest(somebody, STRANGER, visitor)
            judged += await guest.sees_one(WRONG, TOO_MANY) == WRONG
    return judged


async def until_live(world: World, addresses: set[str], began: float) -> float:
    """Wait until the live sessions are those from some addresses; give the seconds since then."""
    async with asyncio.timeout(180):
        while {row.address for row in await world.live() if row.address.startswith("127.")} != addresses:
            await asyncio.sleep(0.5)
    return time.monotonic() - began
