"""The processes that serve: each says that it is there, and notices others that are silent or differ."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.clock import Clock
from sshauth.accounts.stillness import LOST_AFTER, Stillness
from sshauth.db.engine import Database
from sshauth.db.tables import Node
from sshauth.db.upsert import upsert

EVERY_SECONDS = 15.0
SEEN_LATELY = timedelta(minutes=2)
"""Who looks for the first time goes by the times that others wrote, as far as clocks agree."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class About:
    """What a process tells about itself. Keys are told by their ids."""

    name: str
    machine: str
    version: str
    host_key: str
    host_keys: tuple[str, ...]
    secret_keys: tuple[str, ...]
    totp_keys: tuple[str, ...]

    @property
    def columns(self) -> dict[str, str]:
        """It, as a row has it."""
        return {
            "name": self.name,
            "machine": self.machine,
            "version": self.version,
            "host_key": self.host_key,
            "host_keys": " ".join(self.host_keys),
            "secret_keys": " ".join(self.secret_keys),
            "totp_keys": " ".join(self.totp_keys),
        }


def host_keys_differ(one: About | Node, other: About | Node) -> bool:
    """Tell whether who knows one of two is warned by the other.

    Not while a key is changed: then each announces what the other uses.
    """
    return one.host_key not in _host_keys(other) or other.host_key not in _host_keys(one)


def _host_keys(node: About | Node) -> Sequence[str]:
    return node.host_keys.split() if isinstance(node, Node) else node.host_keys


async def seen_lately(database: Database, now: datetime) -> list[Node]:
    """Give the processes that were there a moment ago."""
    async with database.transaction() as session:
        rows = await session.scalars(
            select(Node).where(Node.seen_at > now - SEEN_LATELY).order_by(Node.machine, Node.name)
        )
        return list(rows)


class Nodes:
    """Keeps the row of this process, and watches those of the others."""

    def __init__(self, database: Database, clock: Clock, about: Callable[[], About]) -> None:
        """Take the parts; nothing is written yet."""
        self._database = database
        self._clock = clock
        self._about = about
        self._id = uuid.uuid4()
        self._started_at = clock()
        self._stillness = Stillness[tuple[UUID, datetime]](LOST_AFTER)
        self._told_of: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Be there until cancelled. A database that cannot be reached does not end it."""
        while True:
            try:
                await self.once()
            except Exception:
                log.exception("nodes.failed")
            await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> None:
        """Say that this process is there, and look at the others."""
        about = self._about()
        async with self._database.transaction() as session:
            now = self._clock()  # only now: it may have waited for the database
            await self._say_seen(session, about, now)
            others = list(await session.scalars(select(Node).where(Node.id != self._id)))
            still = self._stillness.look(now, {(node.id, node.seen_at) for node in others})
            lost = [node for node in others if (node.id, node.seen_at) in still]
            first = [node for node in lost if await _remove(session, node)]
        there = [node for node in others if node not in lost]
        for node in first:
            _tell_of_lost(node, about, there)
        self._tell_of_host_keys(about, there)

    async def close(self) -> None:
        """Take the row away: this process stops in order. Without a database, others do it later."""
        with suppress(Exception):
            async with asyncio.timeout(5), self._database.transaction() as session:
                await session.execute(delete(Node).where(Node.id == self._id))

    async def _say_seen(self, session: AsyncSession, about: About, now: datetime) -> None:
        columns = {**about.columns, "seen_at": now}
        await upsert(
            session,
            Node,
            values={"id": self._id, "started_at": self._started_at, **columns},
            on=["id"],
            update=columns,
            returning=(Node.id,),
        )

    def _tell_of_host_keys(self, about: About, others: Sequence[Node]) -> None:
        """Log once of each machine whose host key is another, as long as it is."""
        differing = {(node.machine, node.host_key): node for node in others if host_keys_differ(about, node)}
        for which in sorted(differing.keys() - self._told_of):
            machine, host_key = which
            log.error("nodes.host_keys_differ", ours=about.host_key, theirs=host_key, there=machine)
        self._told_of = set(differing)


async def _remove(session: AsyncSession, node: Node) -> bool:
    """Take the row of a silent process away; of those who notice, one is the first."""
    removed = await session.execute(
        delete(Node).where(Node.id == node.id, Node.seen_at == node.seen_at).returning(Node.id)
    )
    return removed.one_or_none() is not None


def _tell_of_lost(node: Node, about: About, there: Sequence[Node]) -> None:
    # A worker that died is told of by its supervisor already.
    is_machine_there = node.machine in {about.machine, *(other.machine for other in there)}
    tell = log.warning if is_machine_there else log.error
    tell("node.lost", lost=node.name, machine=node.machine, last_seen=node.seen_at.isoformat())
