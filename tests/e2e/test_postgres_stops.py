"""Postgres stops and starts while people type and ask: the short form of a drill."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.accounts.people import PASSWORD
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

HERE, ONE_MOMENT = "127.0.0.1", "One moment"


async def test_postgres_restarts_under_people(tmp_path: Path) -> None:
    """Who types goes on, who asks is answered when it is back, and nobody is disconnected."""
    async with AsyncExitStack() as stack:
        server = Postgres()
        stack.callback(server.stop)
        url = server.create_database()
        world = await stack.enter_async_context(world_at(url))
        people = [await register(world, name) for name in ("ada", "grace", "alan")]
        (node,) = stack.enter_context(running_nodes(world, url, tmp_path, 1, PROXY_FROM=""))
        asks = await come_home(stack, node.port, people[0], HERE)
        types, comes = [
            Guest(person, HERE, await come_to_sign_in(stack, node.port, person.user_name, HERE))
            for person in people[1:]
        ]
        await types.asks(ANOTHER_USER_NAME, "User name")
        await world.database.close()
        await asyncio.to_thread(server.shut_down)
        answers: list[asyncio.Task[Any]] = [asyncio.create_task(asks.asks(GO_TO_SESSIONS, SESSIONS))]
        keys = f"{PASSWORD}\t{code_at(comes.person.enrolment.secret)}\r"
        await comes.asks(keys, ONE_MOMENT)
        answers.append(asyncio.create_task(comes.sees(HOME)))
        for number in range(1, 6):
            await types.asks("typed"[number - 1], "typed"[:number])
        assert not any(answer.done() for answer in answers)
        await asyncio.to_thread(server.start)
        await asyncio.gather(*answers)
        await types.asks("!", "typed!")
        for guest in (asks, types, comes):
            assert await guest.visitor.leaves() == 0
        assert await asyncio.to_thread(node.stop) == 0
