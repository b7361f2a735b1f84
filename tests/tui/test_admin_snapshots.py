"""Pictures of the rooms of administrators."""

import os
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from sshauth.accounts.entrance import Entrance
from sshauth.accounts.peer import Peer
from sshauth.db.tables import OutgoingMail
from tests.accounts.inviting import use_entrance
from tests.accounts.people import HERE, World
from tests.tui.admins import (
    ADMIN,
    ANNOUNCE,
    BENS,
    ENABLE,
    END_ALL,
    END_ONE,
    EVERYONE,
    INVITE,
    LIVE,
    MAIL,
    PEOPLE,
    PERSON,
    QUESTIONS,
    SESSIONS_OF,
    at_admin,
    disable,
    give_up_mails,
    go_to,
    go_to_person,
    register_admin,
    register_ben,
)
from tests.tui.pictures import looks
from tests.tui.rooms import choose, confirm, rests
from tests.tui.visitor import Visitor

PUTTY = Peer("2001:db8:1234:5678:9abc:def0:1234:5678", client="SSH-2.0-PuTTY_Release_0.78")


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


async def test_lists(world: World, snapshot: SnapshotAssertion) -> None:
    """Admin, and each list behind it; a session that may be ended."""
    ada = await register_admin(world)
    await register_ben(world, BENS, PUTTY)
    cleo = await world.register(user_name="cleo", email="cleo@example.org", first_name="Cleo")
    await world.accounts.sessions.end(cleo.identity, cleo.identity.session_id, HERE)
    await disable(world, "cleo")
    await give_up_mails(world)
    async with world.database.transaction() as session:
        due_at = world.now + timedelta(minutes=40)
        session.add(OutgoingMail(kind="reset-code", data={}, created_at=world.now, due_at=due_at, tries=3))
    async with at_admin(world, ada) as visitor:
        await looks(visitor, snapshot, ADMIN)
        for room in (PEOPLE, EVERYONE, MAIL, LIVE):
            await go_to(visitor, room)
            visitor.press("down")
            await looks(visitor, snapshot, room)
            if room != LIVE:
                await back(visitor, ADMIN)
        visitor.press("f1")
        await visitor.comes_to(f"Help: {LIVE}")
        await looks(visitor, snapshot, "help")
        await back(visitor, LIVE)
        visitor.press("f5")
        await confirm(visitor, world, ada)
        await visitor.comes_to(END_ONE)
        await looks(visitor, snapshot, END_ONE)


async def test_inviting(world: World, snapshot: SnapshotAssertion) -> None:
    """Admin offers it where it takes an invitation; an address that has an account already."""
    ada = await register_admin(world)
    use_entrance(world, Entrance.INVITE)
    async with at_admin(world, ada) as visitor:
        await looks(visitor, snapshot, ADMIN)
        visitor.press("f7")
        await confirm(visitor, world, ada)
        await visitor.comes_to(INVITE)
        await looks(visitor, snapshot, INVITE)
        visitor.fill("ada@example.org")
        await visitor.sees("has an account already")
        await looks(visitor, snapshot, "has an account")


async def test_a_person(world: World, snapshot: SnapshotAssertion) -> None:
    """Their account, their sessions, and what is asked before anything is done."""
    ada = await register_admin(world)
    await register_ben(world, BENS, PUTTY)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await looks(visitor, snapshot, PERSON)
        await choose(visitor, "Sessions")
        await visitor.comes_to(SESSIONS_OF)
        await looks(visitor, snapshot, "sessions")
        await back(visitor, PERSON)
        for label, heading in QUESTIONS.items():
            await choose(visitor, label)
            if heading == END_ALL:  # the first one
                await confirm(visitor, world, ada)
            await visitor.comes_to(heading)
            await looks(visitor, snapshot, heading)
            await back(visitor, PERSON)
        visitor.press("up")
        await choose(visitor, "Disable account")
        await choose(visitor, "Disable ben")
        await visitor.comes_to(PERSON)
        await visitor.sees("ben is disabled.")
        await looks(visitor, snapshot, "disabled")
        await choose(visitor, "Enable account")
        await visitor.comes_to(ENABLE)
        await looks(visitor, snapshot, ENABLE)


async def test_oneself_and_announcing(world: World, snapshot: SnapshotAssertion) -> None:
    """Nothing can be done to oneself; what is announced is read by all."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ada")
        await looks(visitor, snapshot, PERSON)
        await back(visitor, PEOPLE)
        visitor.press("escape")
        await back(visitor, ADMIN)
        visitor.press("f6")
        await confirm(visitor, world, ada)
        await visitor.comes_to(ANNOUNCE)
        visitor.type("The server stops at 18:00. It is back at 19:00.")
        await looks(visitor, snapshot, ANNOUNCE)
