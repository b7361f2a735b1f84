"""What tries look like from outside, and what they cost the database."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from argon2.profiles import CHEAPEST
from sqlalchemy import event

from sshauth.accounts.errors import AccountError, TooManyTries
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.db.engine import Database
from tests.accounts.people import Person, World


@dataclass(frozen=True)
class Look:
    """What a person sees of a try."""

    kind: str
    words: str = ""
    field: str | None = None
    wait: timedelta | None = None


GOOD = Look("good")


async def look_of(attempt: Awaitable[object]) -> Look:
    """Make a try, and say how it looks."""
    try:
        await attempt
    except TooManyTries as error:
        return Look("TooManyTries", error.message, error.field, error.wait)
    except AccountError as error:
        return Look(type(error).__name__, error.message, error.field)
    return GOOD


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """Collect the texts of all statements that reach a database; values are not part of them."""
    statements: list[str] = []

    def collect(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", collect)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", collect)


def hasten(world: World) -> None:
    """Let passwords be hashed cheaply where nothing is measured. To be called before anybody registers."""
    world.passwords.close()
    world.passwords = Passwords(parameters=replace(CHEAPEST, version=19))
    world.use()


def place(number: int) -> Peer:
    """Give one of many places on the net."""
    return Peer(f"203.0.{number // 250}.{number % 250}")


async def know(person: Person, *peers: Peer) -> None:
    """Have somebody sign in from some places, so that these are known; a code each."""
    for peer in peers:
        await person.sign_in(peer=peer)
        person.world.wait(30)
