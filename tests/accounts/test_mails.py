"""Writing the mails of the outbox: codes are derived, and what nobody can use any more is not written."""

import json
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from sshauth.accounts.mailed_codes import MailedCodes, Subject, for_new_email, for_registration, for_reset
from sshauth.accounts.mails import Letter, Mails
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Peer
from sshauth.db.engine import Database, open_database
from sshauth.db.tables import EmailChangeRequest, OutgoingMail, PendingRegistration, ResetRequest, Table, User
from sshauth.mail.layout import Place

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=10)
ADA, BOB, REQUEST = (uuid.UUID(int=number) for number in (1, 2, 3))
PEER = Peer("203.0.113.7", client="SSH-2.0-PuTTY_Release_0.78")
PLACE = Place("sshauth", "ssh -p 2222 localhost", "SHA256:test")


@dataclass
class Desk:
    """Where mails are written, on a database of its own."""

    database: Database
    codes: MailedCodes
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.mails = Mails(self.database, self.codes, PLACE, lambda: self.now)

    async def add(self, *rows: Table) -> None:
        """Put rows into the database."""
        async with self.database.transaction() as session:
            session.add_all(rows)

    async def change(self, table: type[Table], **values: Any) -> None:
        """Change all rows of a table."""
        async with self.database.transaction() as session:
            await session.execute(update(table).values(**values))

    async def write(
        self, kind: MailKind, *, user_id: UUID | None = ADA, peer: Peer = PEER, **data: Any
    ) -> Letter | None:
        """Ask for a mail as use cases do, and write it."""
        async with self.database.transaction() as session:
            queue_mail(session, kind, peer, NOW, user_id=user_id, **data)
        async with self.database.transaction() as session:
            newest = select(OutgoingMail).order_by(OutgoingMail.id.desc()).limit(1)
            mail = (await session.execute(newest)).scalar_one()
        return await self.mails.write(mail)


def account(user_id: UUID, name: str) -> User:
    """Make a row of an account."""
    return User(
        id=user_id,
        user_name=name.lower(),
        user_name_canonical=name.lower(),
        email=f"{name}@example.org",
        email_canonical=f"{name.lower()}@example.org",
        first_name=name,
        last_name="Lovelace",
        password_hash="a hash",
        password_generation=7,
        created_at=NOW,
    )


def reset_of_ada() -> ResetRequest:
    """Make a row of a reset that is under way."""
    return ResetRequest(user_id=ADA, request_id=REQUEST, source="", requested_at=NOW, expires_at=SOON)


def change_of_ada(email: str) -> EmailChangeRequest:
    """Make a row of a change of address that is under way."""
    return EmailChangeRequest(
        user_id=ADA,
        request_id=REQUEST,
        email=email,
        email_canonical=email.lower(),
        requested_at=NOW,
        expires_at=SOON,
    )


def registration(email: str) -> PendingRegistration:
    """Make a row of a registration that waits for its mailed code."""
    return PendingRegistration(
        id=REQUEST,
        user_name="eve",
        user_name_canonical="eve",
        email=email,
        email_canonical=email.lower(),
        first_name="Eve",
        last_name="Adams",
        password_hash="",
        secret_encrypted="",
        source="",
        code_expires_at=SOON,
        expires_at=NOW + timedelta(minutes=30),
    )


def code_in(letter: Letter) -> str | None:
    """Give the code that a letter carries."""
    found = re.search(r"^(\w{4}-){3}\w{4}$", letter.content.text, re.MULTILINE)
    return found and found[0]


def words_of(letter: Letter) -> str:
    """Give the text of a letter without its line breaks."""
    return " ".join(letter.content.text.split())


@pytest.fixture
async def desk(url_with_tables: str) -> AsyncIterator[Desk]:
    """Give a desk on a fresh database of each kind, where Ada and Bob have accounts."""
    database = open_database(url_with_tables)
    desk = Desk(database, MailedCodes.under("a secret key of the tests, of no use elsewhere"))
    await desk.add(account(ADA, "Ada"), account(BOB, "Bob"))
    yield desk
    await database.close()


def right(desk: Desk, letter: Letter | None, subject: Subject) -> bool:
    """Tell whether a letter carries the code of a subject."""
    return letter is not None and desk.codes.matches(code_in(letter) or "", subject)


async def test_a_reset_code_goes_to_the_stored_address(desk: Desk) -> None:
    """Derived when it is written, with what the person needs to judge it (row 16)."""
    await desk.add(reset_of_ada())
    letter = await desk.write(MailKind.RESET_CODE, request_id=str(REQUEST))
    assert letter is not None
    assert letter.to == "Ada@example.org"
    assert right(desk, letter, for_reset(REQUEST, ADA, "ada@example.org", 7))
    assert "Hello Ada," in words_of(letter)
    assert "your account ada on sshauth" in words_of(letter)
    assert "until 12:10 UTC (10 minutes after the request)" in words_of(letter)
    assert "from 203.0.113.7 on 2026-03-01 at 12:00 UTC" in words_of(letter)


async def test_a_reset_code_that_is_dead_is_not_mailed(desk: Desk) -> None:
    """Used, replaced or expired while the mail waited, or the account disabled."""
    assert await desk.write(MailKind.RESET_CODE, request_id=str(REQUEST)) is None
    await desk.add(reset_of_ada())
    assert await desk.write(MailKind.RESET_CODE, request_id=str(uuid.uuid4())) is None
    assert await desk.write(MailKind.RESET_CODE, user_id=BOB, request_id=str(REQUEST)) is None
    desk.now = SOON
    assert await desk.write(MailKind.RESET_CODE, request_id=str(REQUEST)) is None
    desk.now = NOW
    await desk.change(User, disabled_at=NOW)
    assert await desk.write(MailKind.RESET_CODE, request_id=str(REQUEST)) is None


async def test_a_registration_gets_the_code_of_its_address(desk: Desk) -> None:
    """It goes to the address as it was typed, and holds no name that a stranger typed."""
    await desk.add(registration("New@example.org"))
    letter = await desk.write(MailKind.CONFIRM_ADDRESS, user_id=None, registration_id=str(REQUEST))
    assert letter is not None
    assert letter.to == "New@example.org"
    assert right(desk, letter, for_registration(REQUEST, "new@example.org"))
    assert "Eve" not in words_of(letter)
    assert "creating the account eve on sshauth" in words_of(letter)


async def test_a_registration_with_a_known_address_tells_its_owner(desk: Desk) -> None:
    """To the address as the account has it; the screen is the same, the mail says sign in."""
    await desk.add(registration("BOB@EXAMPLE.ORG"))
    letter = await desk.write(MailKind.CONFIRM_ADDRESS, user_id=None, registration_id=str(REQUEST))
    assert letter is not None
    assert letter.to == "Bob@example.org"
    assert code_in(letter) is None
    assert "Hello Bob," in words_of(letter)
    assert "with the user name bob" in words_of(letter)


@pytest.mark.parametrize(
    ("change", "later"),
    [
        ({"email_confirmed": True}, timedelta()),
        ({"code_expires_at": NOW}, timedelta()),
        ({"expires_at": NOW}, timedelta()),
        ({}, timedelta(minutes=10)),
    ],
)
async def test_a_registration_that_needs_no_code_any_more_gets_no_mail(
    desk: Desk, change: dict[str, Any], later: timedelta
) -> None:
    """Confirmed or expired while the mail waited."""
    await desk.add(registration("new@example.org"))
    if change:
        await desk.change(PendingRegistration, **change)
    desk.now += later
    assert await desk.write(MailKind.CONFIRM_ADDRESS, user_id=None, registration_id=str(REQUEST)) is None


async def test_a_registration_that_was_left_gets_no_mail(desk: Desk) -> None:
    """Its row is gone."""
    assert await desk.write(MailKind.CONFIRM_ADDRESS, user_id=None, registration_id=str(REQUEST)) is None


@pytest.mark.parametrize("email", ["New@example.org", "ADA@example.org"])
async def test_a_new_address_gets_the_code_that_confirms_it(desk: Desk, email: str) -> None:
    """Also one that differs from the account's own in case alone."""
    await desk.add(change_of_ada(email))
    letter = await desk.write(MailKind.CONFIRM_NEW_ADDRESS, request_id=str(REQUEST))
    assert letter is not None
    assert letter.to == email
    assert right(desk, letter, for_new_email(REQUEST, ADA, email.lower()))
    assert "The account ada on sshauth" in words_of(letter)


async def test_a_new_address_of_somebody_else_tells_its_owner(desk: Desk) -> None:
    """No code, and nothing of who wanted it."""
    await desk.add(change_of_ada("BOB@example.org"))
    letter = await desk.write(MailKind.CONFIRM_NEW_ADDRESS, request_id=str(REQUEST))
    assert letter is not None
    assert letter.to == "Bob@example.org"
    assert code_in(letter) is None
    assert "your account bob, so nothing was changed" in words_of(letter)
    assert "ada" not in words_of(letter).lower()


async def test_a_change_of_address_that_is_over_gets_no_mail(desk: Desk) -> None:
    """Done, replaced or expired while the mail waited."""
    assert await desk.write(MailKind.CONFIRM_NEW_ADDRESS, request_id=str(REQUEST)) is None
    await desk.add(change_of_ada("new@example.org"))
    assert await desk.write(MailKind.CONFIRM_NEW_ADDRESS, request_id=str(uuid.uuid4())) is None
    desk.now = SOON
    assert await desk.write(MailKind.CONFIRM_NEW_ADDRESS, request_id=str(REQUEST)) is None


async def test_own_data_is_collected_when_the_mail_is_written(desk: Desk) -> None:
    """It goes to the stored address, as a file."""
    letter = await desk.write(MailKind.OWN_DATA)
    assert letter is not None
    assert letter.to == "Ada@example.org"
    assert letter.content.attachment is not None
    assert letter.content.attachment.name == "sshauth-ada.json"
    assert json.loads(letter.content.attachment.text)["account"]["email"] == "Ada@example.org"


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (MailKind.NEW_SOURCE, {}, "signed in to your account ada on sshauth from a place"),
        (
            MailKind.WRONG_CODES,
            {},
            "the right password of your account ada on sshauth with a wrong code three",
        ),
        (MailKind.CODES_USED_UP, {}, "that password is now refused even with a right code"),
        (MailKind.PASSWORD_CHANGED, {}, "The password of your account ada on sshauth was changed"),
        (MailKind.PASSWORD_RESET, {}, "The password of your account ada on sshauth was reset"),
        (MailKind.RECOVERY_CODE_USED, {"left": 3}, "3 are left. Make new ones under Security."),
        (MailKind.RECOVERY_CODES_REMADE, {}, "The old ones no longer work."),
        (MailKind.AUTHENTICATOR_ADDED, {"name": "Phone"}, 'A second authenticator, "Phone", was added'),
        (MailKind.AUTHENTICATOR_REPLACED, {"name": "Phone"}, 'replaced by a new one, "Phone".'),
        (MailKind.AUTHENTICATOR_REMOVED, {"name": "Phone"}, 'The authenticator "Phone" was removed'),
        (MailKind.AUTHENTICATOR_SET_UP, {}, "A new authenticator was set up for your account ada on sshauth"),
        (
            MailKind.WRONG_CODES_WITH_KEY,
            {"fingerprint": "SHA256:x"},
            "an SSH key of your account ada on sshauth, SHA256:x, and typed a wrong code three times.",
        ),
        (
            MailKind.CODES_WITH_KEY_USED_UP,
            {"fingerprint": "SHA256:x"},
            "Your SSH keys are now refused even with a right code",
        ),
        (
            MailKind.KEY_ADDED,
            {"name": "Laptop", "fingerprint": "SHA256:x"},
            'The SSH key "Laptop", SHA256:x, was added to your account ada on sshauth.',
        ),
        (MailKind.PASSWORD_CHANGED, {"keys_forgotten": 1}, "1 SSH key was forgotten: none stands"),
        (MailKind.PASSWORD_CHANGED, {"keys_kept": 1}, "1 SSH key was kept: it stands"),
        (MailKind.PASSWORD_CHANGED, {"keys_kept": 2}, "2 SSH keys were kept: each stands"),
        (MailKind.PASSWORD_RESET, {"keys_forgotten": 2}, "2 SSH keys were forgotten: none stands"),
        (MailKind.NAMES_CHANGED, {}, "The first or last name of your account ada on sshauth was changed"),
    ],
)
async def test_a_notice_says_what_happened(
    desk: Desk, kind: MailKind, data: dict[str, Any], expected: str
) -> None:
    """To the stored address, with when, from where and the client's name."""
    letter = await desk.write(kind, **data)
    assert letter is not None
    assert letter.to == "Ada@example.org"
    assert expected in words_of(letter)
    assert "Hello Ada," in words_of(letter)
    assert (
        'It came from 203.0.113.7 on 2026-03-01 at 12:00 UTC, with a client that calls itself "PuTTY".'
        in words_of(letter)
    )
    assert code_in(letter) is None


async def test_a_client_that_tells_no_name_is_left_out(desk: Desk) -> None:
    """The sentence ends with the time."""
    letter = await desk.write(MailKind.NEW_SOURCE, peer=Peer("203.0.113.7"))
    assert letter is not None
    assert "from 203.0.113.7 on 2026-03-01 at 12:00 UTC. If" in words_of(letter)


@pytest.mark.parametrize(("to", "is_old"), [("old@example.org", True), ("Ada@example.org", False)])
async def test_a_change_of_address_is_told_to_both(desk: Desk, to: str, *, is_old: bool) -> None:
    """Each row says which address it is for; the old one hears that mail stops."""
    letter = await desk.write(MailKind.EMAIL_CHANGED, to=to, old="old@example.org", new="Ada@example.org")
    assert letter is not None
    assert letter.to == to
    assert "was changed from old@example.org to Ada@example.org." in words_of(letter)
    assert ("no longer comes to this address" in words_of(letter)) == is_old


async def test_a_deleted_account_gets_a_goodbye(desk: Desk) -> None:
    """The row holds all that it needs, since the account is gone."""
    letter = await desk.write(
        MailKind.ACCOUNT_DELETED, user_id=None, to="eve@example.org", first_name="Eve", user_name="eve"
    )
    assert letter is not None
    assert letter.to == "eve@example.org"
    assert "Hello Eve, Your account eve on sshauth was deleted" in words_of(letter)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (MailKind.PROMOTED, "Your account ada was made an administrator of sshauth"),
        (MailKind.DEMOTED, "Your account ada is no administrator of sshauth any more"),
        (MailKind.ACCOUNT_DISABLED, "disabled your account ada on 2026-03-01 at 12:00 UTC."),
        (MailKind.ACCOUNT_ENABLED, "enabled your account ada again on 2026-03-01 at 12:00 UTC."),
    ],
)
async def test_what_administrators_do_names_no_address_of_theirs(
    desk: Desk, kind: MailKind, expected: str
) -> None:
    """To whom it concerns; it says whom to ask."""
    letter = await desk.write(kind)
    assert letter is not None
    assert letter.to == "Ada@example.org"
    assert expected in words_of(letter)
    assert "ask the people who run sshauth" in words_of(letter)
    assert PEER.address not in words_of(letter)


@pytest.mark.parametrize("kind", [MailKind.ADMIN_MADE, MailKind.ADMIN_UNMADE])
async def test_those_who_run_the_place_hear_who_is_an_administrator(desk: Desk, kind: MailKind) -> None:
    """At an address of ADMINS, which may have no account."""
    letter = await desk.write(kind, user_id=None, to="ops@example.org", first_name="", user_name="ada")
    assert letter is not None
    assert letter.to == "ops@example.org"
    assert "Hello, The account ada" in words_of(letter)
    assert f"It came from {PEER.address} on 2026-03-01 at 12:00 UTC" in words_of(letter)


@pytest.mark.parametrize("kind", [MailKind.OWN_DATA, MailKind.NEW_SOURCE])
async def test_nothing_is_told_of_an_account_that_is_gone(desk: Desk, kind: MailKind) -> None:
    """Deleted between the claim of the mail and its writing."""
    assert await desk.write(kind, user_id=None) is None


async def test_every_kind_of_mail_is_known(desk: Desk) -> None:
    """With an account and the facts it tells, each is written or, where its request is gone, dropped."""
    facts: dict[str, Any] = {
        "request_id": str(REQUEST),
        "registration_id": str(REQUEST),
        "left": 5,
        "name": "Phone",
        "fingerprint": "SHA256:x",
        "old": "old@example.org",
        "new": "new@example.org",
        "to": "new@example.org",
        "event": "x.failed",
        "error": "Error",
        "places": ["x.py:1"],
        "facts": {"incident": "1"},
        "before": 0,
    }
    for kind in MailKind:
        await desk.write(kind, **facts)


async def test_an_unknown_kind_of_mail_is_an_error(desk: Desk) -> None:
    """A fault of ours is not swallowed."""
    mail = OutgoingMail(kind="poetry", data={}, created_at=NOW, due_at=NOW)
    with pytest.raises(ValueError, match="no such kind of mail: poetry"):
        await desk.mails.write(mail)
