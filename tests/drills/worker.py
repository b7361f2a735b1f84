"""A process that uses accounts as a node does. Lines of JSON on its standard input tell it what to do.

Each line names a job and what it takes; each is answered by a line of JSON. Jobs that must begin at the same
moment in several processes get ready, say so, and wait for the line "go".
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from argon2.profiles import CHEAPEST

from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import AccountError, TooManyTries
from sshauth.accounts.lookup import find_account, use_step
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.recovery import burn_code
from sshauth.accounts.reset import NewPassword
from sshauth.accounts.strength import Strength
from sshauth.accounts.vault import Vault
from sshauth.db.engine import Database, open_database
from sshauth.keys import KeyFile
from tests.accounts.people import World
from tests.support.codes import code_at

JOB_MAY_TAKE = 120.0
Job = Mapping[str, Any]
Answer = Mapping[str, Any]


class Ear:
    """A listener that knows when it was told that the session is over, by the clock that processes share."""

    def __init__(self) -> None:
        self.told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def session_ended(self, words: str) -> None:
        self.told.set_result({"words": words, "at": time.monotonic()})

    def announced(self, words: str) -> None:
        pass

    def database_lost(self) -> None:
        self.told.set_result({"words": "database lost", "at": time.monotonic()})

    def database_back(self) -> None:
        pass


class Node:
    """One database, and the use cases on it at whatever moment a try is made."""

    def __init__(self, database: Database, give_keys: Callable[[], Sequence[str]], name: str) -> None:
        self.database = database
        self.give_keys = give_keys
        self.name = name
        self.passwords = Passwords(parameters=CHEAPEST)
        self.strength = Strength("sshauth")
        self.watching: asyncio.Task[None] | None = None
        self.ear: Ear | None = None

    def world(self, at: str) -> World:
        """Give the use cases at a moment."""
        world = World(
            self.database, datetime.fromisoformat(at), self.passwords, self.strength, node=self.name
        )
        world.vault = Vault(self.give_keys)
        world.accounts = world.another_node(self.name)
        return world

    async def make(self, job: Job) -> list[Answer]:
        """Make all tries at once, each at a moment of its own."""
        ready = [_TRIES[each["kind"]](self.world(each["at"]), each) for each in job["tries"]]
        await _barrier()
        return await asyncio.gather(*map(_outcome, ready))

    async def watch(self, job: Job) -> Answer:
        """Sign in by the real clock, and watch the session."""
        world = self.world(utc_now().isoformat())
        world.clock = utc_now  # type: ignore[method-assign]  # the watch beats by the real clock
        world.accounts = world.another_node(self.name)
        identity = await _sign_in(world, job)
        self.ear = Ear()
        world.accounts.watch.join(identity, Peer(job["address"]), self.ear)
        self.watching = asyncio.create_task(world.accounts.watch.run())
        return {"session": str(identity.session_id)}

    async def told(self, _job: Job) -> Answer:
        """Wait until the watched session is over."""
        assert self.ear is not None
        return await self.ear.told

    async def change_password(self, job: Job) -> Answer:
        """Sign in, confirm with a second code, and change the password."""
        world = self.world(job["at"])
        identity, peer = await _sign_in(world, job), Peer(job["address"])
        world.wait(30)
        await world.accounts.confirmation(identity, job["password"], job["next_code"], peer)
        await world.accounts.security.change_password(identity, job["new"], job["new"], peer)
        return {"at": time.monotonic()}

    async def sign_in_steadily(self, job: Job) -> Answer:
        """Sign people in, so many a second; each has a clock of their own, a step ahead each time."""
        world, failures, signed_in = self.world(job["at"]), list[str](), 0
        began = time.monotonic()
        while (number := signed_in + len(failures)) < job["a_second"] * job["seconds"]:
            await asyncio.sleep(began + number / job["a_second"] - time.monotonic())
            rounds, who = divmod(number, len(job["people"]))
            person = job["people"][who]
            world.now = datetime.fromisoformat(job["at"])
            world.wait(30 * rounds)
            code = code_at(person["secret"], world.now.timestamp())
            try:
                await world.accounts.sign_in(person["login"], job["password"], code, Peer(person["address"]))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shall see it
                failures.append(repr(error))
            else:
                signed_in += 1
        return {"signed_in": signed_in, "failures": failures, "took": time.monotonic() - began}

    async def close(self, _job: Job) -> str:
        """Leave the database."""
        if self.watching:
            self.watching.cancel()
        self.passwords.close()
        self.strength.close()
        await self.database.close()
        return "closed"


def _sign_in(world: World, job: Job) -> Awaitable[Identity]:
    peer = Peer(job["address"])
    return world.accounts.sign_in(job["login"], job["password"], job["code"], peer)


def _reset(world: World, job: Job) -> Awaitable[None]:
    form = NewPassword(job["login"], job["reset_code"], job["code"], job["password"], job["password"])
    return world.accounts.reset.change(form, Peer(job["address"]))


async def _burn(world: World, job: Job) -> bool:
    """Use up a recovery code, with no counter in the way."""
    async with world.database.transaction() as session:
        found = await find_account(session, job["login"])
        return await burn_code(session, found.user_id, job["code"])


async def _use_step(world: World, job: Job) -> bool:
    """Use up a time step, with no counter in the way."""
    async with world.database.transaction() as session:
        found = await find_account(session, job["login"])
        use = world.accounts.sign_in.judge.codes.match(found, job["code"], world.now)
        assert use is not None
        return await use_step(session, use)


_TRIES: Mapping[str, Callable[[World, Job], Awaitable[Any]]] = {
    "sign in": _sign_in,
    "reset": _reset,
    "burn": _burn,
    "use step": _use_step,
}


async def _outcome(work: Awaitable[Any]) -> Answer:
    """Say how a try ended: the name of its error, none if it was right."""
    try:
        result = await work
    except AccountError as error:
        wait = error.wait.total_seconds() if isinstance(error, TooManyTries) else None
        return {"error": type(error).__name__, "wait": wait}
    return {"error": "no use" if result is False else None, "wait": None}


async def _barrier() -> None:
    _say("ready")
    assert await _next_line() == "go"


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def _next_line() -> Any:
    line = await asyncio.to_thread(sys.stdin.readline)
    return json.loads(line) if line else None


def _open(job: Job) -> Node:
    keys, file = (job["key"],), job["key_file"]
    give_keys = KeyFile(Path(file)) if file else lambda: keys
    return Node(open_database(job["url"]), give_keys, job["node"])


_JOBS: Mapping[str, Callable[[Node, Job], Awaitable[Any]]] = {
    "make": Node.make,
    "watch": Node.watch,
    "wait until told": Node.told,
    "change password": Node.change_password,
    "sign in steadily": Node.sign_in_steadily,
    "close": Node.close,
}


async def main() -> None:
    """Do job after job until standard input ends."""
    # Standard output is for answers.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    node: Node | None = None
    while (job := await _next_line()) is not None:
        async with asyncio.timeout(JOB_MAY_TAKE):
            if job["do"] == "open":
                node, answer = _open(job), None
            else:
                assert node is not None
                answer = await _JOBS[job["do"]](node, job)
        _say(answer)


if __name__ == "__main__":
    asyncio.run(main())
