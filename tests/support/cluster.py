"""Several nodes on one Postgres, people who are signed in there, and the use cases beside them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncssh
from argon2.profiles import CHEAPEST

from sshauth.accounts.clock import utc_now
from sshauth.accounts.passwords import Passwords
from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from tests.accounts.people import PASSWORD, SECRET_KEY, Person, World
from tests.ssh.clients import Person as Visitor
from tests.ssh.clients import connected
from tests.support.balancer import ADDRESS, kill_node
from tests.support.codes import code_at
from tests.support.server import Server

FORGOT, HOME, SESSIONS = "Forgot password", "Signed in as", "this one"
"""What the screens show that stands in the database; Sign in needs none."""
GO_TO_SESSIONS = ANOTHER_USER_NAME = "\x1b[15~"
"""F5, at Home and at Sign in."""
PATIENT = 60.0
"""Seconds that a client waits for an answer, where the database is away for a while."""


@asynccontextmanager
async def world_at(url: str) -> AsyncIterator[World]:
    """Give the use cases beside the nodes. Whoever registers does it two minutes ago."""
    database = open_database(url)
    await upgrade(database)
    world = World(database, passwords=Passwords(parameters=CHEAPEST))
    try:
        yield world
    finally:
        world.passwords.close()
        world.strength.close()
        await database.close()


@contextmanager
def running_nodes(world: World, url: str, directory: Path, count: int, **env: str) -> Iterator[list[Server]]:
    """Run nodes with the same secrets and host keys; at the end they are killed if they still run."""
    shared = {
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET_KEY,
        "TOTP_KEYS": world.key,
        "HOST_KEYS_DIR": str(directory / "host_keys"),
        "PROXY_FROM": ADDRESS,
        **env,
    }
    with ExitStack() as stack:
        nodes = []
        for number in range(count):
            own = directory / f"node{number}"
            own.mkdir()
            nodes.append(Server(own, shared))
            stack.callback(kill_node, nodes[-1])
        for node in nodes:
            node.wait_listening()
        yield nodes


async def register(world: World, name: str) -> Person:
    """Create an account, whose first code is two minutes old."""
    world.now = utc_now() - timedelta(minutes=2)
    person = await world.register(user_name=name, email=f"{name}@example.org")
    await world.accounts.security.recovery_codes_were_kept(person.identity)
    return person


@dataclass
class Guest:
    """Somebody who is signed in, from an address of their own."""

    person: Person
    address: str
    visitor: Visitor

    async def sees(self, words: str) -> None:
        """Read until some words have come, however long the database is away."""
        await self.sees_one(words)

    async def sees_one(self, *answers: str) -> str:
        """Read until one of some answers has come, and give it."""
        try:
            async with asyncio.timeout(PATIENT):
                while not (found := [each for each in answers if each.encode() in self.visitor.seen]):
                    data = await self.visitor.process.stdout.read(65536)
                    assert data, f"the session from {self.address} ended before {answers} came"
                    self.visitor.seen += data
        except TimeoutError:
            raise AssertionError(f"no {answers} at {self.address}, but {self.visitor.seen!r}") from None
        return found[0]

    async def asks(self, keys: str, words: str) -> float:
        """Press keys, and read until the answer has come; give the seconds that it took."""
        began = time.monotonic()
        self.visitor.seen = b""
        self.visitor.type(keys)
        await self.sees(words)
        return time.monotonic() - began

    async def is_cut_off(self) -> bool:
        """Tell whether the connection has ended without anybody's doing."""
        try:
            async with asyncio.timeout(PATIENT):
                while await self.visitor.process.stdout.read(65536):
                    pass
        except (asyncssh.Error, OSError):
            return True
        return self.visitor.process.exit_status is None


async def come_to_sign_in(stack: AsyncExitStack, port: int, name: str, address: str) -> Visitor:
    """Connect somebody from an address of this machine, who stays."""
    connection = await stack.enter_async_context(connected(port, name, local_addr=(address, 0)))
    visitor = await Visitor.at(connection)
    await visitor.sees(FORGOT)
    return visitor


async def come_home(stack: AsyncExitStack, port: int, person: Person, address: str) -> Guest:
    """Sign somebody in, who stays."""
    visitor = await come_to_sign_in(stack, port, person.user_name, address)
    visitor.type(f"{PASSWORD}\t{code_at(person.enrolment.secret)}\r")
    await visitor.sees(HOME)
    return Guest(person, address, visitor)


async def nodes_of(world: World, addresses: set[str]) -> dict[str, str]:
    """Tell on which process the live session from each address is."""
    return {row.address: row.node for row in await world.live() if row.address in addresses}
