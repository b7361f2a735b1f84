"""What is measured in a round, on both servers alternately: whatever else the machine does hits both."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from statistics import median

from tests.bench.client import session
from tests.bench.results import CPU, ECHO, MEMORY, PAINT
from tests.bench.servers import Server

WARM_UP = 5
SETTLE_SECONDS = 0.5
PAUSE_SECONDS = 0.04
LOOK_SECONDS = 0.15
"""Between first picture and leaving: what is painted again after it counts, as it does with people."""
KEYS = b"abcdefgijk"

Found = dict[str, float]
"""Numbers by a figure's name."""


async def measure(servers: Sequence[Server], count: int) -> list[Found]:
    """Measure everything once, with so many sessions and keys; give what was found for each server.

    Memory comes first, in servers that are new: later, sessions would live in what others left free.
    """
    found: list[Found] = [{} for _ in servers]
    for server, numbers in zip(servers, found, strict=True):
        numbers[MEMORY.name] = await _memory(server, count)
    await _visits(servers, found, count)
    await _echoes(servers, found, count)
    return found


async def _memory(server: Server, count: int) -> float:
    for _ in range(WARM_UP):
        async with session(server.port):
            pass
    await asyncio.sleep(SETTLE_SECONDS)
    before = server.memory()
    async with AsyncExitStack() as stack:
        for _ in range(count):
            await stack.enter_async_context(session(server.port))
        await asyncio.sleep(SETTLE_SECONDS)
        after = server.memory()
    return (after - before) / count


async def _visits(servers: Sequence[Server], found: Sequence[Found], count: int) -> None:
    """Open and close sessions, one after the other."""
    paints: list[list[float]] = [[] for _ in servers]
    await asyncio.sleep(SETTLE_SECONDS)
    before = [server.cpu() for server in servers]
    for _ in range(count):
        for server, seconds in zip(servers, paints, strict=True):
            async with session(server.port) as (_, painted_after):
                seconds.append(painted_after)
                await asyncio.sleep(LOOK_SECONDS)
            await asyncio.sleep(PAUSE_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)
    for index, server in enumerate(servers):
        found[index][PAINT.name] = 1000 * median(paints[index])
        found[index][CPU.name] = 1000 * (server.cpu() - before[index]) / count


async def _echoes(servers: Sequence[Server], found: Sequence[Found], count: int) -> None:
    """Type, one key at a time, the pauses spread so that no clock of the server's falls in step with them."""
    echoes: list[list[float]] = [[] for _ in servers]
    async with AsyncExitStack() as stack:
        opened = [(await stack.enter_async_context(session(server.port)))[0] for server in servers]
        for terminal in opened:
            terminal.type_where_it_is_seen()
        for number in range(count):
            for terminal, seconds in zip(opened, echoes, strict=True):
                await asyncio.sleep(PAUSE_SECONDS * (1 + number * 0.618 % 1))
                key = KEYS[number % len(KEYS)]
                seconds.append(await terminal.echo(bytes([key])))
    for index, seconds in enumerate(echoes):
        found[index][ECHO.name] = 1000 * median(seconds)
