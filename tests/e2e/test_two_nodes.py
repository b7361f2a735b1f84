"""Two nodes on one Postgres behind HAProxy, and one of them dies: the short form of a drill."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sshauth.db.tables import AuditEvent, Node
from tests.support.balancer import Balancer, kill_node
from tests.support.cluster import (
    GO_TO_SESSIONS,
    SESSIONS,
    come_home,
    come_to_sign_in,
    nodes_of,
    register,
    running_nodes,
    world_at,
)

pytestmark = pytest.mark.interop

HERE, THERE = "127.0.0.21", "127.0.0.22"


async def test_a_node_dies_and_the_other_goes_on(postgres_url: str, tmp_path: Path) -> None:
    """The audit log has true addresses; who was on the dead one comes in again, and the others go on."""
    async with world_at(postgres_url) as world, AsyncExitStack() as stack:
        ada, grace = await register(world, "ada"), await register(world, "grace")
        nodes = stack.enter_context(running_nodes(world, postgres_url, tmp_path, 2))
        balancer = stack.enter_context(Balancer(tmp_path, nodes))
        one = await come_home(stack, balancer.port, ada, HERE)
        two = await come_home(stack, balancer.port, grace, THERE)
        at = await nodes_of(world, {HERE, THERE})
        assert sorted(row.name for row in await world.rows(Node)) == sorted(at.values())
        signed_in = [row for row in await world.rows(AuditEvent) if row.kind == "signed-in"]
        assert {row.address for row in signed_in} == {HERE, THERE}
        (lost,) = [node for node in nodes if at[THERE].endswith(f"/{node._process.pid}")]
        (left,) = [node for node in nodes if node is not lost]
        kill_node(lost)
        assert await two.is_cut_off()
        await one.asks(GO_TO_SESSIONS, SESSIONS)
        balancer.wait_until_up(1)
        again = await come_to_sign_in(stack, balancer.port, "grace", THERE)
        assert await again.leaves() == 0
        assert await one.visitor.leaves() == 0
        assert await asyncio.to_thread(left.stop) == 0
        assert [row.name for row in await world.rows(Node)] == [at[THERE]]
