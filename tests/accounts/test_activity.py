"""What happened to one's account, in words."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from sshauth.accounts.activity import MOST_SHOWN, in_words
from sshauth.accounts.audit import Happened
from sshauth.accounts.errors import AccountError
from sshauth.accounts.peer import Peer
from sshauth.accounts.session_ends import EndReason
from sshauth.db.tables import AuditEvent, FailureTally, User
from tests.accounts.people import ELSEWHERE, HERE, OFFICE, Person, World


async def words(ada: Person) -> list[str]:
    return [each.words for each in await ada.world.accounts.activity.recent(ada.identity)]


@pytest.mark.parametrize("kind", Happened)
def test_there_are_words_for_all_that_can_happen(kind: Happened) -> None:
    """In the past tense, with a count where there is one, and no name of ours."""
    data = {
        "left": 2,
        "sessions": 3,
        "mails": 3,
        "reason": EndReason.IDLE,
        "backup_of": "2026-03-01 12:00 UTC",
    }
    said = in_words(kind, 3, data)
    assert said[0].isupper() or said[0] == "3"
    assert "_" not in said
    assert "{" not in said


@pytest.mark.parametrize("reason", EndReason)
def test_there_are_words_for_every_end(reason: EndReason) -> None:
    """A row that was written with any reason can be read."""
    assert in_words("session-ended", 1, {"reason": reason}).startswith("Session over: ")


@pytest.mark.parametrize(
    ("kind", "count", "data", "said"),
    [
        ("sign-in-failed", 1, {}, "Failed sign-in"),
        ("sign-in-failed", 3, {}, "3 failed sign-ins"),
        ("confirm-failed", 2, {}, "2 failed confirmations"),
        ("reset-failed", 1, {}, "Failed reset"),
        ("sessions-ended", 1, {"sessions": 1}, "Ended a session"),
        ("sessions-ended", 1, {"sessions": 4}, "4 sessions ended"),
        ("sessions-ended", 1, {"by_admin": True, "sessions": 1}, "An administrator ended a session"),
        ("sessions-ended", 1, {"by_admin": True, "sessions": 2}, "2 sessions ended by an administrator"),
        ("sessions-ended", 1, {"user": "x", "sessions": 2}, "2 sessions ended"),
        ("account-disabled", 1, {}, "The account was disabled"),
        ("account-disabled", 1, {"user": "x"}, "Disabled an account"),
        ("account-enabled", 1, {"by_admin": True}, "The account was enabled"),
        ("account-enabled", 1, {"user": "x"}, "Enabled an account"),
        ("signed-in", 1, {"by": "key"}, "Signed in by SSH key"),
        ("password-changed", 1, {}, "Changed the password"),
        ("password-changed", 1, {"keys_forgotten": 0}, "Changed the password"),
        ("password-changed", 1, {"keys_forgotten": 1}, "Changed the password (an SSH key forgotten)"),
        ("password-reset", 1, {"keys_forgotten": 3}, "Reset the password (3 SSH keys forgotten)"),
        ("recovery-code-used", 1, {"left": 9}, "Used a recovery code (9 left)"),
    ],
)
def test_numbers_are_said(kind: str, count: int, data: dict[str, Any], said: str) -> None:
    """One is said without a number."""
    assert in_words(kind, count, data) == said


async def test_the_newest_comes_first_with_where_from(world: World) -> None:
    """Address and client stand beside the words."""
    ada = await world.register()
    await ada.sign_in(peer=ELSEWHERE)
    newest, oldest = await world.accounts.activity.recent(ada.identity)
    assert (newest.words, newest.address, newest.client) == ("Signed in", ELSEWHERE.address, "")
    assert (oldest.words, oldest.at) == ("Created the account", world.now - timedelta(seconds=30))
    assert oldest.client == HERE.client


async def test_failures_of_the_present_minute_are_there_and_counted(world: World) -> None:
    """Row 21: one line a minute and source; before and after upkeep wrote it down."""
    ada = await world.register()
    world.now = world.now.replace(second=0)
    for seconds in (1, 20, 30):
        world.wait(seconds)
        with pytest.raises(AccountError):
            await ada.sign_in(code=ada.wrong_code(), peer=ELSEWHERE)
    assert await words(ada) == ["3 failed sign-ins", "Created the account"]
    world.wait(60)
    await world.accounts.upkeep.once()
    assert await world.rows(FailureTally) == []
    assert await words(ada) == ["3 failed sign-ins", "Created the account"]


async def test_nobody_sees_what_happened_to_others(world: World) -> None:
    """Nor what strangers tried with names that nobody has."""
    ada = await world.register()
    with pytest.raises(AccountError):
        await ada.sign_in(login="nobody")
    babbage = await world.register(user_name="babbage", email="babbage@example.org")
    assert await words(babbage) == ["Created the account"]
    assert await words(ada) == ["Created the account"]


async def test_administrators_are_told_to_whom_they_did_something(world: World) -> None:
    """By the name of now, unless it was to themselves."""
    ada, admin = await world.register(), await world.administrator()
    await world.accounts.administration.disable(admin, ada.identity.user_id, OFFICE)
    world.wait(1)
    await world.accounts.administration.end_session(admin, admin.session_id, OFFICE)
    for name in ("ada", "deleted account"):
        said = [each.words for each in await world.accounts.activity.recent(admin)]
        assert said == ["Ended a session", f"Disabled an account: {name}"]
        async with world.database.transaction() as session:
            await session.execute(delete(User).where(User.user_name == "ada"))


async def test_no_more_are_shown_than_people_read(world: World) -> None:
    """The newest 200, also when an attacker comes from hundreds of networks in one minute."""
    ada = await world.register()
    async with world.database.transaction() as session:
        for number in range(MOST_SHOWN + 50):
            at = world.now + timedelta(seconds=number)
            session.add(
                AuditEvent(
                    at=at, kind="signed-in", user_id=ada.identity.user_id, address=f"{number}", client="",
                    count=1, data={},
                )
            )  # fmt: skip
    shown = await world.accounts.activity.recent(ada.identity)
    assert len(shown) == MOST_SHOWN
    assert shown[0].address == str(MOST_SHOWN + 49)
    async with world.database.transaction() as session:
        audit = world.accounts.sign_in.judge.audit
        for number in range(MOST_SHOWN + 10):
            peer = Peer(f"10.0.{number}.1")
            await audit.count_failure(
                session, Happened.SIGN_IN_FAILED, peer, world.now, user_id=ada.identity.user_id
            )
    assert len(await world.accounts.activity.recent(ada.identity)) == MOST_SHOWN
