"""What a restored backup does not bring back."""

import uuid

import pytest

from sshauth.accounts.activity import in_words
from sshauth.accounts.after_restore import Voided, void_what_is_over
from sshauth.accounts.audit import Audit
from sshauth.accounts.errors import CodeAlreadyUsed
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import Peer
from sshauth.db.tables import (
    Announcement,
    AuditEvent,
    AuthenticatorReset,
    EmailChangeRequest,
    Node,
    OutgoingMail,
    PendingRegistration,
    ResetRequest,
    SessionRow,
)
from tests.accounts.people import OFFICE, World, form

WHEN = "2026-03-01 12:00 UTC"


async def void(world: World) -> Voided:
    """Do what a restore does, at the world's time."""
    async with world.database.transaction() as session:
        return await void_what_is_over(
            session, Audit(KeyedHash("", "failures")), Peer("host"), world.now, backup_of=WHEN
        )


async def test_time_steps_until_now_are_dead(world: World) -> None:
    """Also that of the next step, which could be used already; the one after it is good, once."""
    ada = await world.register()
    await void(world)
    for steps in (0, 1):
        with pytest.raises(CodeAlreadyUsed):
            await ada.sign_in(code=ada.code(steps))
    world.wait(60)
    assert (await ada.sign_in()).user_name == "ada"
    with pytest.raises(CodeAlreadyUsed):
        await ada.sign_in()


async def test_a_later_step_stays_dead(world: World) -> None:
    """A clock that was set back since does not give a step back."""
    ada = await world.register()
    await ada.sign_in(code=ada.code(1))
    world.wait(-600)
    await void(world)
    world.wait(600)
    with pytest.raises(CodeAlreadyUsed):
        await ada.sign_in(code=ada.code(1))


async def test_sessions_requests_and_waiting_mails_end(world: World) -> None:
    """All are counted; sessions say why they are over; mails that were given up stay; the log knows of it."""
    ada, ben = await world.register(), await world.register(user_name="ben", email="ben@example.org")
    await world.accounts.reset.request("ada", OFFICE)
    await world.accounts.registration.begin(form(user_name="eve", email="eve@example.org"), OFFICE)
    admin = await world.administrator()
    await world.accounts.administration.reset_authenticator(admin, ben.identity.user_id, "ben", OFFICE)
    await world.accounts.administration.announce(admin, "Tea!", OFFICE)
    async with world.database.transaction() as session:
        session.add(
            EmailChangeRequest(
                user_id=ada.identity.user_id, request_id=uuid.uuid4(), email="x@example.org",
                email_canonical="x@example.org", requested_at=world.now, expires_at=world.now,
            )
        )  # fmt: skip
        session.add(
            Node(
                id=uuid.uuid4(), name="node/1", machine="node", version="1", host_key="", host_keys="",
                secret_keys="", totp_keys="", started_at=world.now, seen_at=world.now,
            )
        )  # fmt: skip
        session.add(
            OutgoingMail(
                user_id=None, kind="x", data={}, created_at=world.now, due_at=world.now, dead_at=world.now
            )
        )
    mails, live = len(await world.mailed()), len(await world.live())
    voided = await void(world)
    assert voided == Voided(
        people=3, sessions=live, requests=4, mails=mails - 1, without_authenticator=("ben", "chief")
    )
    assert await world.live() == []
    assert [mail.kind for mail in await world.mailed()] == ["x"]
    for table in (
        ResetRequest,
        EmailChangeRequest,
        AuthenticatorReset,
        PendingRegistration,
        Announcement,
        Node,
    ):
        assert await world.rows(table) == [], table
    ends = {(row.end_reason, row.ended_at) for row in await world.rows(SessionRow)}
    assert ("restored", world.now) in ends
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.user_id, event.address) == ("restored", None, "host")
    assert in_words(event.kind, event.count, event.data) == f"Restored the backup of {WHEN}"
