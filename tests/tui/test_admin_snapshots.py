"""Pictures of the rooms of administrators, at three sizes."""

import os
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from sshauth.accounts.peer import Peer
from sshauth.db.tables import OutgoingMail
from tests.accounts.people import World
from tests.tui.admins import (
    ANNOUNCE,
    BENS,
    DISABLE,
    END_ALL,
    EVERYONE,
    LIVE,
    MAIL,
    PEOPLE,
    PERSON,
    RESET,
    SESSIONS_OF,
    at_admin,
    disable,
    give_up_mails,
    go_to,
    go_to_person,
    register_admin,
    register_ben,
)
from tests.tui.rooms import choose, confirm, rests
from tests.tui.test_rooms_snapshots import picture_of
from tests.tui.visitor import Visitor

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)], ids=["120x40", "80x24", "60x20"])
PUTTY = Peer("2001:db8:1234:5678:9abc:def0:1234:5678", client="SSH-2.0-PuTTY_Release_0.78")

# The first one asks for password and code.
QUESTIONS = {END_ALL: END_ALL, "Disable account": DISABLE, "Reset authenticator": RESET}


@pytest.fixture(autouse=True)
def _same_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine be as busy in each run."""
    monkeypatch.setattr(os, "getloadavg", lambda: (0.42, 0.31, 0.2))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


async def back(visitor: Visitor, heading: str) -> None:
    """Go back to a room."""
    visitor.press("escape")
    await visitor.comes_to(heading)
    await rests(visitor)


@SIZES
async def test_lists(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """Admin, and each list behind it."""
    ada = await register_admin(world)
    await register_ben(world, BENS, PUTTY)
    await world.register(user_name="cleo", email="cleo@example.org", first_name="Cleo")
    await disable(world, "cleo")
    await give_up_mails(world)
    async with world.database.transaction() as session:
        due_at = world.now + timedelta(minutes=40)
        session.add(OutgoingMail(kind="reset-code", data={}, created_at=world.now, due_at=due_at, tries=3))
    async with at_admin(world, ada, size=size) as visitor:
        assert await picture_of(visitor) == snapshot(name="admin")
        for room in (PEOPLE, LIVE, EVERYONE, MAIL):
            await go_to(visitor, room)
            visitor.press("down")
            assert await picture_of(visitor) == snapshot(name=room)
            await back(visitor, "Admin")


@SIZES
async def test_a_person(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """Their account, their sessions, and what is asked before anything is done."""
    ada = await register_admin(world)
    await register_ben(world, BENS, PUTTY)
    async with at_admin(world, ada, size=size) as visitor:
        await go_to_person(visitor, "ben")
        assert await picture_of(visitor) == snapshot(name=PERSON)
        await choose(visitor, "Sessions")
        await visitor.comes_to(SESSIONS_OF)
        await rests(visitor)
        assert await picture_of(visitor) == snapshot(name="sessions")
        await back(visitor, PERSON)
        for label, heading in QUESTIONS.items():
            await choose(visitor, label)
            if heading == END_ALL:
                await confirm(visitor, world, ada)
            await visitor.comes_to(heading)
            await rests(visitor)
            assert await picture_of(visitor) == snapshot(name=heading)
            await back(visitor, PERSON)


@SIZES
async def test_oneself_and_announcing(
    world: World, snapshot: SnapshotAssertion, size: tuple[int, int]
) -> None:
    """Nothing can be done to oneself; what is announced is read by all."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada, size=size) as visitor:
        await go_to_person(visitor, "ada")
        assert await picture_of(visitor) == snapshot(name=PERSON)
        visitor.press("escape")
        await visitor.comes_to(PEOPLE)
        visitor.press("escape")
        await back(visitor, "Admin")
        visitor.press("f6")
        await confirm(visitor, world, ada)
        await visitor.comes_to(ANNOUNCE)
        visitor.type("The server stops at 18:00. It is back at 19:00.")
        assert await picture_of(visitor) == snapshot(name=ANNOUNCE)
