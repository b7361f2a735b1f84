"""What it costs the server that two hundred people look at a screen and do nothing."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST

from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.accounts.vault import Vault
from sshauth.db.engine import open_database
from sshauth.keys import KeyFile
from tests.accounts.people import PASSWORD, Person, World
from tests.ssh import clients
from tests.support.codes import code_at
from tests.support.server import Server

pytestmark = pytest.mark.drill

PEOPLE = 100
SECONDS = 60
AT_ONCE = 4
SIGN_IN, HOME = "Forgot password", "Welcome, Ada"
ALLOWED = 0.01
"""Of one core, for all of them together, over what the server does with nobody here."""
REST_SECONDS = 2
"""Until what is done behind those who have just come is over: their last pictures, and apps made ahead."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run a server as it comes: on SQLite, with no mail server."""
    with Server(tmp_path) as server:
        yield server


async def test_two_hundred_people_who_do_nothing_cost_next_to_nothing(server: Server) -> None:
    """A hundred at Home and a hundred at Sign in: less than a hundredth of a core, all together."""
    people = await move_in(server)
    empty = await share_of_a_core(server)
    async with AsyncExitStack() as stack:
        await all_of_them(partial(go_home, stack, server, person) for person in people)
        at_home = await share_of_a_core(server)
        await all_of_them(partial(go_to_sign_in, stack, server) for _ in people)
        everybody = await share_of_a_core(server)
    print(  # noqa: T201 - what a drill is for
        f"Of a core, over {SECONDS} s: {empty:.2%} with nobody here, {at_home:.2%} with {PEOPLE} at Home, "
        f"{everybody:.2%} with {PEOPLE} more at Sign in."
    )
    assert everybody - empty < ALLOWED


async def move_in(server: Server) -> list[Person]:
    """Create accounts beside the server, as it would: their first codes are a minute old."""
    database = open_database(server.database_url)
    world = World(database, passwords=Passwords(parameters=CHEAPEST))
    world.vault = Vault(KeyFile(server.directory / "data/totp.key"))
    world.accounts = world.another_node(world.node)
    people = []
    try:
        for number in range(PEOPLE):
            world.now = datetime.now(UTC) - timedelta(minutes=1)
            name = f"user{number}"
            person = await world.register(Peer("127.0.0.1"), user_name=name, email=f"{name}@example.org")
            await world.accounts.security.recovery_codes_were_kept(person.identity)
            people.append(person)
    finally:
        world.passwords.close()
        world.strength.close()
        await database.close()
    return people


async def go_home(stack: AsyncExitStack, server: Server, person: Person) -> None:
    """Sign somebody in, who stays."""
    visitor = await go_to_sign_in(stack, server, person.user_name)
    code = code_at(person.enrolment.secret)
    visitor.type(f"{PASSWORD}\t{code}\r")
    await visitor.sees(HOME)


async def go_to_sign_in(stack: AsyncExitStack, server: Server, user_name: str = "") -> clients.Person:
    """Connect somebody, who stays."""
    connection = await stack.enter_async_context(clients.connected(server.port, user_name or "new"))
    visitor = await clients.Person.at(connection)
    await visitor.sees(SIGN_IN)
    return visitor


async def all_of_them(comings: Iterable[Callable[[], Awaitable[object]]]) -> None:
    """Have everybody come, some at a time."""
    door = asyncio.Semaphore(AT_ONCE)

    async def come(coming: Callable[[], Awaitable[object]]) -> None:
        async with door:
            await coming()

    async with asyncio.TaskGroup() as group:
        for coming in comings:
            group.create_task(come(coming))


async def share_of_a_core(server: Server) -> float:
    """Watch the one process of a server for a while, once it has come to rest."""
    await asyncio.sleep(REST_SECONDS)
    before, began = cpu(server), time.monotonic()
    await asyncio.sleep(SECONDS)
    return (cpu(server) - before) / (time.monotonic() - began)


def cpu(server: Server) -> float:
    """Give the seconds of CPU, user and system, that the process has used so far."""
    stat = Path(f"/proc/{server._process.pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
