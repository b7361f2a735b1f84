"""An administrator in their rooms, and people to look after."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import update

from sshauth.accounts.peer import Identity, Peer
from sshauth.db.tables import OutgoingMail, User
from tests.accounts.people import HERE, Person, World
from tests.tui.rooms import at_home, register_who_kept_codes, rests
from tests.tui.visitor import Visitor

ADMIN = "Admin"
PEOPLE = "People"
PERSON = "Person"
LIVE = "Live sessions"
EVERYONE = "Activity of everyone"
MAIL = "Mail queue"
ANNOUNCE = "Announce"
INVITE = "Invite somebody"
SESSIONS_OF = "Sessions of ben"
DISABLE, ENABLE = "Disable an account", "Enable an account"
END_ALL, END_ONE = "End all sessions", "End a session"
RESET = "Reset an authenticator"

# What can be done to a person who is in one session or more, and the heading of the question.
QUESTIONS = {END_ALL: END_ALL, "Disable account": DISABLE, "Reset authenticator": RESET}

# The rooms behind Admin, and the keys that lead there.
WAYS = {PEOPLE: "f2", LIVE: "f3", EVERYONE: "f4", MAIL: "f5"}

BENS = Peer("198.51.100.7", client="SSH-2.0-OpenSSH_9.2p1 Debian-2")


async def make_admin(world: World, person: Person, *, is_admin: bool = True) -> None:
    """Make somebody an administrator, or take that away, as the command does at the next sign-in."""
    async with world.database.transaction() as session:
        await session.execute(
            update(User).where(User.id == person.identity.user_id).values(is_admin=is_admin)
        )


async def register_admin(world: World) -> Person:
    """Create the account of an administrator; the session of the registration is over."""
    ada = await register_who_kept_codes(world)
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    await make_admin(world, ada)
    return ada


async def register_ben(world: World, *peers: Peer) -> list[Identity]:
    """Create the account of somebody else, who then signs in from some places."""
    ben = await world.register(first_name="Ben", last_name="Nevis", user_name="ben", email="ben@example.org")
    sessions = []
    for peer in peers:
        sessions.append(await ben.sign_in(peer=peer))
        world.wait(5 * 60)
    return sessions


async def disable(world: World, user_name: str) -> None:
    """Let nobody sign in to an account any more."""
    async with world.database.transaction() as session:
        await session.execute(update(User).where(User.user_name == user_name).values(disabled_at=world.now))


async def give_up_mails(world: World) -> None:
    """Let all mails that wait be given up."""
    async with world.database.transaction() as session:
        await session.execute(update(OutgoingMail).values(dead_at=world.now, tries=9))


async def add_people(world: World, count: int) -> None:
    """Create many accounts at once, the first the oldest, all older than today."""
    async with world.database.transaction() as session:
        session.add_all(
            User(
                id=uuid.uuid4(),
                user_name=f"person{number}",
                user_name_canonical=f"person{number}",
                email=f"person{number}@example.org",
                email_canonical=f"person{number}@example.org",
                first_name="Person",
                last_name=f"Number {number}",
                password_hash="none that opens",
                created_at=world.now - timedelta(days=1000 - number),
            )
            for number in range(count)
        )


@asynccontextmanager
async def at_admin(world: World, ada: Person, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Visitor]:
    """Sign an administrator in, and go to Admin."""
    async with at_home(world, ada, size=size) as visitor:
        visitor.press("f8")
        await visitor.comes_to(ADMIN)
        await rests(visitor)
        yield visitor


async def go_to(visitor: Visitor, room: str) -> None:
    """Go from Admin to a room."""
    visitor.press(WAYS[room])
    await visitor.comes_to(room)
    await rests(visitor)


async def go_to_person(visitor: Visitor, user_name: str) -> None:
    """Go from Admin to a person, by their user name."""
    await go_to(visitor, PEOPLE)
    visitor.type(user_name)
    visitor.press("enter")
    await visitor.comes_to(PERSON)
    await rests(visitor)
