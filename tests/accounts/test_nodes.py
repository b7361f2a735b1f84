"""Nodes: who is there, who is lost, and whose host key is another."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from sshauth.accounts import nodes
from sshauth.accounts.nodes import About, Nodes, host_keys_differ, seen_lately
from sshauth.db.tables import Node
from tests.accounts.people import World

ABOUT = About("one/1", "one", "1.0", "SHA256:a", ("SHA256:a",), ("s1",), ("t1", "t2"))
TWO = replace(ABOUT, name="two/1", machine="two")


def node_of(world: World, about: About = ABOUT) -> Nodes:
    return Nodes(world.database, world.clock, lambda: about)


async def pass_time(world: World, seconds: float, *there: Nodes) -> list[Any]:
    """Let time pass with some at work; give what they log."""
    with capture_logs() as logs:
        for _ in range(round(seconds / 15)):
            world.wait(15)
            for each in there:
                await each.once()
    return logs


async def names(world: World) -> list[str]:
    return sorted(row.name for row in await world.rows(Node))


async def test_a_node_says_that_it_is_there_and_goes_in_order(world: World) -> None:
    """With its version and its keys' names; nothing of it stays."""
    node = node_of(world)
    began = world.now
    await pass_time(world, 45, node)
    (row,) = await world.rows(Node)
    assert (row.name, row.machine, row.version) == ("one/1", "one", "1.0")
    assert (row.host_key, row.host_keys) == ("SHA256:a", "SHA256:a")
    assert (row.secret_keys, row.totp_keys) == ("s1", "t1 t2")
    assert (row.started_at, row.seen_at) == (began, world.now)
    assert [each.name for each in await seen_lately(world.database, world.now)] == ["one/1"]
    world.wait(120)
    assert await seen_lately(world.database, world.now) == []
    await node.close()
    assert await names(world) == []


async def test_a_node_that_dies_is_noticed_once_within_two_minutes(world: World) -> None:
    """By whoever looks first."""
    one, two, three = node_of(world), node_of(world, TWO), node_of(world, replace(TWO, machine="three"))
    await pass_time(world, 150, one, two, three)
    assert await pass_time(world, 60, one, three) == []
    assert len(await names(world)) == 3
    (logged,) = await pass_time(world, 60, one, three)
    assert (logged["event"], logged["log_level"], logged["lost"]) == ("node.lost", "error", "two/1")
    assert await pass_time(world, 300, one, three) == []


async def test_one_that_was_only_slow_is_back_by_itself(world: World) -> None:
    """It was frozen for a while."""
    one, two = node_of(world), node_of(world, TWO)
    await pass_time(world, 15, one, two)
    await pass_time(world, 150, one)
    assert await names(world) == ["one/1"]
    await pass_time(world, 15, one, two)
    assert await names(world) == ["one/1", "two/1"]


async def test_a_process_of_a_machine_that_is_there_is_a_smaller_loss(world: World) -> None:
    """Its supervisor has told of it, and started another."""
    one, worker = node_of(world), node_of(world, replace(ABOUT, name="one/2"))
    await pass_time(world, 15, one, worker)
    (logged,) = await pass_time(world, 150, one)
    assert (logged["event"], logged["log_level"]) == ("node.lost", "warning")


@pytest.mark.parametrize("off", [timedelta(hours=1), -timedelta(hours=1)])
async def test_a_clock_that_is_an_hour_off_loses_nobody(world: World, off: timedelta) -> None:
    """Neither the node with that clock, nor the others in its eyes."""
    one = node_of(world)
    two = Nodes(world.database, lambda: world.now + off, lambda: TWO)
    assert await pass_time(world, 600, one, two) == []
    assert await names(world) == ["one/1", "two/1"]


async def test_different_host_keys_are_told_of_once_by_both(world: World) -> None:
    """As long as they differ; and again when they do again."""
    two_about = replace(TWO, host_key="SHA256:b", host_keys=("SHA256:b",))
    one, two = node_of(world), Nodes(world.database, world.clock, lambda: two_about)
    logs = await pass_time(world, 300, one, two)
    told = [(each["event"], each["ours"], each["theirs"], each["there"]) for each in logs]
    event = "nodes.host_keys_differ"
    assert told == [
        (event, "SHA256:b", "SHA256:a", "one"),
        (event, "SHA256:a", "SHA256:b", "two"),
    ]
    two_about = TWO
    assert await pass_time(world, 30, one, two) == []
    two_about = replace(TWO, host_key="SHA256:c", host_keys=("SHA256:c",))
    assert len(await pass_time(world, 30, one, two)) == 2


def keys(in_use: str, *announced: str) -> About:
    return replace(ABOUT, host_key=in_use, host_keys=(in_use, *announced))


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (keys("a"), keys("a"), False),
        (keys("a"), keys("b"), True),
        (keys("a", "b"), keys("b", "a"), False),
        (keys("a", "b"), keys("b"), True),
        (keys("a"), keys("a", "b"), False),
    ],
    ids=["same", "other", "one has rotated", "one knows nothing of it", "one has made the next"],
)
def test_while_a_host_key_is_changed_they_do_not_differ(one: About, other: About, differ: bool) -> None:
    """Whoever knows one key has learnt the other."""
    assert host_keys_differ(one, other) is differ
    assert host_keys_differ(other, Node(**one.columns)) is differ


async def rename_nodes(world: World, old: str, new: str) -> None:
    async with world.database.transaction() as session:
        await session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def test_a_database_that_fails_ends_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is logged, and the node is there when it is back; stopping without one is no failure."""
    monkeypatch.setattr(nodes, "EVERY_SECONDS", 0.02)
    node = node_of(world)
    await rename_nodes(world, "nodes", "away")

    async def until(condition: Any) -> None:
        async with asyncio.timeout(20):
            while not await condition():
                await asyncio.sleep(0.01)

    with capture_logs() as logs:
        running = asyncio.create_task(node.run())

        async def failed() -> Sequence[object]:
            return logs

        await until(failed)
        await node.close()
        await rename_nodes(world, "away", "nodes")
        await until(lambda: names(world))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert {each["event"] for each in logs} == {"nodes.failed"}
