"""A person's own data."""

import json
from datetime import timedelta
from typing import Any

import pytest

from sshauth.accounts.errors import ConfirmationNeeded, GoneAway
from sshauth.accounts.own_data import PIECE
from sshauth.accounts.peer import Peer
from sshauth.db.tables import AuditEvent, User
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD, Person, World, with_key


async def data_of(ada: Person) -> dict[str, Any]:
    """Confirm, and take the data."""
    await ada.confirm_it_is_me()
    text = await ada.world.accounts.own_data.text(ada.identity, HERE)
    data: dict[str, Any] = json.loads(text)
    return data


async def test_it_is_all_that_is_kept(world: World) -> None:
    """Account, authenticators, keys, recovery codes left, sessions, activity: in JSON, times in UTC."""
    ada = await world.register()
    other = await ada.sign_in_elsewhere()
    await world.accounts.sessions.end(ada.identity, other.identity.session_id, HERE)
    await ada.confirm_it_is_me()
    await world.accounts.ssh_keys.add(ada.identity, with_key())
    data = await data_of(ada)
    assert data["account"] == {
        "user_name": "ada",
        "email": "ada@example.org",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "created_at": "2026-03-01T12:00:15+00:00",
        "password_changed_at": None,
    }
    assert [each["name"] for each in data["authenticators"]] == ["First authenticator"]
    assert data["ssh_keys"] == [
        {
            "name": "ed25519 key by test",
            "kind": "ssh-ed25519",
            "fingerprint": f"SHA256:{1:043}",
            "added_at": "2026-03-01T12:01:45+00:00",
            "last_used_at": None,
        }
    ]
    assert data["recovery_codes_left"] == 10
    assert [(each["address"], each["end_reason"]) for each in data["sessions"]] == [
        (HERE.address, None),
        (ELSEWHERE.address, "ended"),
    ]
    assert [each["what"] for each in data["activity"]] == [
        "Created the account",
        "Signed in",
        "Ended a session",
        "Confirmed with password and code",
        "Added an SSH key",
        "Confirmed with password and code",
        "Saw all data of the account",
    ]


async def test_years_of_activity_are_all_there(world: World) -> None:
    """In order, with what was counted; more than is read at a time."""
    ada = await world.register()
    many = 2 * PIECE + 7
    async with world.database.transaction() as session:
        session.add_all(
            AuditEvent(
                at=world.now + timedelta(seconds=number), kind="sign-in-failed",
                user_id=ada.identity.user_id, address="", client="", count=number + 2, data={},
            )
            for number in range(many)
        )  # fmt: skip
    world.wait(many)
    what = [each["what"] for each in (await data_of(ada))["activity"]]
    assert what[1:-2] == [f"{number + 2} failed sign-ins" for number in range(many)]


async def test_it_is_of_nobody_else(world: World) -> None:
    """Another person's rows do not stand in it."""
    await world.register(Peer("203.0.113.77"), user_name="babbage", email="babbage@example.org")
    ada = await world.register()
    text = json.dumps(await data_of(ada))
    assert "babbage" not in text
    assert "203.0.113.77" not in text


async def test_it_opens_nothing(world: World) -> None:
    """No hash, no secret, sealed or not, no code."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    text = await world.accounts.own_data.text(ada.identity, HERE)
    user = await world.user()
    for secret in (PASSWORD, user.password_hash, "argon2", ada.enrolment.secret, *ada.recovery_codes):
        assert secret not in text


async def test_names_of_any_writing_stand_as_they_are_written(world: World) -> None:
    """And what could steer a terminal does not reach it."""
    ada = await world.register(Peer("192.0.2.1", client="SSH-2.0-\x1b[2J\x9b31mx\u202e\x00"), first_name="李")
    await ada.confirm_it_is_me()
    text = await world.accounts.own_data.text(ada.identity, HERE)
    assert "李" in text
    assert "SSH-2.0-[2J31mx" in text
    assert text.isprintable() or set(filter(lambda sign: not sign.isprintable(), text)) == {"\n"}


async def test_it_needs_a_confirmation_and_is_written_down(world: World) -> None:
    """Row 19: both ways."""
    ada = await world.register()
    take = (world.accounts.own_data.text, world.accounts.own_data.mail)
    for each in take:
        with pytest.raises(ConfirmationNeeded):
            await each(ada.identity, HERE)
    await ada.confirm_it_is_me()
    for each in take:
        await each(ada.identity, HERE)
    assert (await world.audited()).count("data-taken") == 2
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, HERE)
    for each in take:
        with pytest.raises(GoneAway):
            await each(ada.identity, HERE)


async def test_the_mail_goes_to_the_account_and_is_written_when_it_is_sent(world: World) -> None:
    """The outbox holds none of it."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    await world.accounts.own_data.mail(ada.identity, HERE)
    (mail,) = await world.mailed()
    assert "Lovelace" not in str(mail.data)
    assert world.mail_waiting.is_set()
    (letter,) = await world.letters()
    assert letter is not None
    assert letter.to == "ada@example.org"
    assert letter.content.attachment is not None
    assert json.loads(letter.content.attachment.text)["account"]["last_name"] == "Lovelace"


async def test_what_an_administrator_did_is_in_it(world: World) -> None:
    """Whatever happened to the account."""
    ada = await world.register()
    await world.disable("ada")
    await world.enable("ada")
    ada.identity = await ada.sign_in()
    world.wait(30)
    what = [each["what"] for each in (await data_of(ada))["activity"]]
    assert what[1:3] == ["The account was disabled", "The account was enabled"]
    assert len(await world.rows(User)) == 1
