"""The gate of app starts."""

import asyncio

from sshauth.ssh.gate import Gate
from tests.ssh.waiting import LONG_ENOUGH


async def test_who_finds_it_open_hears_nothing_of_waiting() -> None:
    """As many go through at once as are allowed."""
    gate, waited = Gate(at_once=2), list[str]()
    for name in ("ada", "grace"):
        await gate.enter(lambda name=name: waited.append(name))  # type: ignore[misc]  # a default binds it
    assert waited == []


async def test_who_must_wait_is_told_so_and_goes_when_another_is_done() -> None:
    """Nobody is turned away."""
    gate, waited = Gate(at_once=1), list[str]()
    leave = await gate.enter(lambda: waited.append("ada"))
    grace = asyncio.create_task(gate.enter(lambda: waited.append("grace")))
    await asyncio.sleep(0)
    assert waited == ["grace"]
    assert not grace.done()
    leave()
    leave()  # done twice is done once
    leave_grace = await asyncio.wait_for(grace, LONG_ENOUGH)
    third = asyncio.create_task(gate.enter(lambda: waited.append("third")))
    await asyncio.sleep(0)
    assert not third.done()
    leave_grace()
    await asyncio.wait_for(third, LONG_ENOUGH)


async def test_who_never_is_done_keeps_nobody_waiting_for_long() -> None:
    """An app that does not show itself does not close the gate."""
    gate = Gate(at_once=1, longest_seconds=0.01)
    await gate.enter(lambda: None)
    await asyncio.wait_for(gate.enter(lambda: None), LONG_ENOUGH)


async def test_who_gives_up_waiting_takes_nobodys_turn() -> None:
    """A client that is gone is no longer waited for."""
    gate = Gate(at_once=1)
    leave = await gate.enter(lambda: None)
    gone = asyncio.create_task(gate.enter(lambda: None))
    await asyncio.sleep(0)
    gone.cancel()
    leave()
    await asyncio.wait_for(gate.enter(lambda: None), LONG_ENOUGH)
