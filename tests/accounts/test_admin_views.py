"""What administrators see: people, sessions, processes, what happened, the mail queue."""

import uuid
from dataclasses import fields, replace
from datetime import timedelta
from typing import cast

import pytest

from sshauth.accounts.admin_views import MOST_SHOWN
from sshauth.accounts.administration import (
    LiveInfo,
    NodeLoad,
    Person,
    PersonHappening,
    QueuedMail,
    Standing,
)
from sshauth.accounts.errors import AccountError, GoneAway
from sshauth.accounts.mail_words import ABOUT
from sshauth.accounts.outbox import MailKind, queue_mail
from sshauth.accounts.peer import Identity, Peer
from sshauth.db.tables import AuditEvent, AuthenticatorReset, OutgoingMail, SessionRow, User
from tests.accounts.people import ELSEWHERE, HERE, OFFICE, World

LONG_AGO = timedelta(days=3)


@pytest.fixture
async def admin(world: World) -> Identity:
    """Give an administrator, who is older than everybody else."""
    world.now -= LONG_AGO
    admin = await world.administrator()
    world.now += LONG_AGO
    return admin


def row_of(number: int, world: World, **changes: object) -> User:
    """Make a row of an account, the higher the number the newer."""
    values = {
        "id": uuid.uuid4(),
        "user_name": f"user{number}",
        "user_name_canonical": f"user{number}",
        "email": f"user{number}@example.org",
        "email_canonical": f"user{number}@example.org",
        "first_name": "Ada",
        "last_name": "King",
        "password_hash": "",
        "created_at": world.now + timedelta(seconds=number),
    }
    return User(**(values | changes))


async def add(world: World, *rows: object) -> None:
    async with world.database.transaction() as session:
        session.add_all(rows)


async def test_how_things_stand_is_counted(world: World, admin: Identity) -> None:
    """However many there are, and in each process."""
    ada = await world.register()
    await ada.sign_in()
    now = world.now
    mails = [OutgoingMail(kind="reset-code", data={}, created_at=now, due_at=now) for _ in range(3)]
    dead = OutgoingMail(kind="own-data", data={}, created_at=now, due_at=now, dead_at=now)
    await add(world, *(row_of(number, world) for number in range(MOST_SHOWN)), *mails, dead)
    waiting = sum(mail.dead_at is None for mail in await world.rows(OutgoingMail))
    assert await world.accounts.administration.standing(admin) == Standing(
        people=MOST_SHOWN + 2, live_sessions=3, processes=2, mails_waiting=waiting, mails_given_up=1
    )


# People


async def test_people_are_shown_with_all_that_matters(world: World, admin: Identity) -> None:
    """The newest first; and nothing of password, code or secret."""
    ada = await world.register()
    await ada.sign_in_elsewhere()
    newest, oldest = await world.accounts.administration.people(admin)
    assert newest == Person(
        id=ada.identity.user_id,
        user_name="ada",
        first_name="Ada",
        last_name="Lovelace",
        email="ada@example.org",
        is_admin=False,
        disabled_at=None,
        created_at=world.now - timedelta(seconds=60),
        last_sign_in_at=world.now - timedelta(seconds=30),
        live_sessions=2,
        authenticators=1,
        reset_waits=False,
        is_set_up=True,
    )
    assert (oldest.user_name, oldest.is_admin, oldest.authenticators) == ("chief", True, 0)
    for shown in (Person, LiveInfo, NodeLoad, PersonHappening, QueuedMail):
        names = " ".join(field.name for field in fields(shown))
        assert not [word for word in ("password", "secret", "hash", "code", "data") if word in names]


async def test_one_person_is_shown_as_they_are_now(world: World, admin: Identity) -> None:
    """Disabled, signed out, waiting for a new authenticator."""
    ada = await world.register()
    whom = ada.identity.user_id
    await world.disable("ada")
    until = world.now + timedelta(hours=24)
    await add(
        world,
        AuthenticatorReset(user_id=whom, request_id=uuid.uuid4(), requested_at=world.now, expires_at=until),
    )
    person = await world.accounts.administration.person(admin, whom)
    assert (person.disabled_at, person.live_sessions, person.reset_waits) == (world.now, 0, True)
    world.now = until
    assert not (await world.accounts.administration.person(admin, whom)).reset_waits
    with pytest.raises(GoneAway):
        await world.accounts.administration.person(admin, uuid.uuid4())


async def test_who_never_signed_in_lately_has_no_time_of_it(world: World, admin: Identity) -> None:
    """Sessions are kept for 90 days."""
    await add(world, row_of(1, world))
    (newest, _) = await world.accounts.administration.people(admin)
    assert (newest.last_sign_in_at, newest.live_sessions) == (None, 0)


SEARCHES = {
    "": ["user9", "user8", "user7", "chief"],
    "  ": ["user9", "user8", "user7", "chief"],
    "USER": ["user9", "user8", "user7"],
    "ser8": ["user8"],
    "grace": ["chief"],
    "Grace Hop": ["chief"],
    "ärn": ["user7"],
    "ÄRNE": ["user7"],
    "ærø": ["user8"],
    "%": ["user9"],
    "100%_": ["user9"],
    "_": ["user9"],
    "\\": [],
    "user7@EXAMPLE": ["user7"],
    "nobody\0": [],
    "x" * 1000: [],
}


async def test_people_are_found_by_any_part_of_what_is_shown(world: World, admin: Identity) -> None:
    """User name, first and last name, email; in any case, and every sign means itself."""
    await add(
        world,
        row_of(7, world, first_name="Ärne", last_name="Ödman"),
        row_of(8, world, last_name="ÆRØ"),
        row_of(9, world, last_name="100%_"),
    )
    found = {search: await world.accounts.administration.people(admin, search) for search in SEARCHES}
    assert {search: [each.user_name for each in people] for search, people in found.items()} == SEARCHES


async def test_no_more_people_are_shown_than_a_list_holds(world: World, admin: Identity) -> None:
    """The newest 500; a search finds the others."""
    await add(world, *(row_of(number, world) for number in range(MOST_SHOWN + 3)))
    people = await world.accounts.administration.people(admin)
    assert [people[0].user_name, people[-1].user_name] == [f"user{MOST_SHOWN + 2}", "user3"]
    assert len(people) == MOST_SHOWN
    assert [each.user_name for each in await world.accounts.administration.people(admin, "hopper")] == [
        "chief"
    ]


# Sessions


async def test_the_sessions_of_somebody_are_shown_as_they_see_them(world: World, admin: Identity) -> None:
    """Live ones first; of their own, an administrator is told which is this one."""
    ada = await world.register()
    await ada.sign_in_elsewhere()
    theirs = await world.accounts.administration.sessions_of(admin, ada.identity.user_id)
    seen = await world.accounts.sessions.all(ada.identity)
    assert theirs == tuple(replace(each, is_this=False) for each in seen)
    assert [
        each.is_this for each in await world.accounts.administration.sessions_of(admin, admin.user_id)
    ] == [True]
    assert await world.accounts.administration.sessions_of(admin, uuid.uuid4()) == ()


async def test_live_sessions_are_everybodys(world: World, admin: Identity) -> None:
    """The newest first, with whose they are and in which process; not those that are over."""
    ada = await world.register()
    elsewhere = await ada.sign_in_elsewhere("node/2")
    over = await ada.sign_in()
    await world.accounts.sessions.end(ada.identity, over.session_id, HERE)
    live = await world.accounts.administration.live(admin)
    assert live[0] == LiveInfo(
        id=elsewhere.identity.session_id,
        user_id=ada.identity.user_id,
        user_name="ada",
        address=ELSEWHERE.address,
        client="",
        node="node/2",
        started_at=world.now - timedelta(seconds=30),
        last_input_at=world.now - timedelta(seconds=30),
        is_this=False,
    )
    assert [(each.user_name, each.is_this) for each in live[1:]] == [("ada", False), ("chief", True)]


async def test_the_load_is_counted_by_process(world: World, admin: Identity) -> None:
    """With when each was last heard of."""
    ada = await world.register()
    began = world.now
    for _ in range(2):
        await ada.sign_in_elsewhere("node/2")
    load = await world.accounts.administration.load(admin)
    assert load == (
        NodeLoad("node/0", 1, began - timedelta(seconds=30) - LONG_AGO),
        NodeLoad("node/1", 1, began - timedelta(seconds=30)),
        NodeLoad("node/2", 2, began + timedelta(seconds=30)),
    )


async def test_no_more_live_sessions_are_shown_than_a_list_holds(world: World, admin: Identity) -> None:
    """The newest 500; the load counts them all."""
    at = world.now
    await add(
        world,
        *(
            SessionRow(
                id=uuid.uuid4(), user_id=admin.user_id, address="", client="", node="node/9",
                started_at=at, last_input_at=at, seen_at=at,
            )
            for _ in range(MOST_SHOWN + 10)
        ),
    )  # fmt: skip
    assert len(await world.accounts.administration.live(admin)) == MOST_SHOWN
    assert [each.sessions for each in await world.accounts.administration.load(admin)] == [1, MOST_SHOWN + 10]


# Activity


async def test_what_happened_to_everybody_is_shown(world: World, admin: Identity) -> None:
    """The newest first: names that nobody has are unknown, and accounts that are gone have none."""
    ada = await world.register()
    with pytest.raises(AccountError):
        await ada.sign_in(login="my password by mistake", peer=ELSEWHERE)
    world.wait(60)
    await world.accounts.upkeep.once()
    eve = await world.register(user_name="eve", email="eve@example.org")
    await eve.confirm_it_is_me()
    await world.accounts.security.delete_account(eve.identity, "eve", HERE)
    world.wait(1)
    await world.accounts.administration.announce(await world.administrator("root1"), "Hello.", OFFICE)
    world.wait(1)
    with pytest.raises(AccountError):
        await ada.sign_in(code=ada.wrong_code(), peer=ELSEWHERE)
    shown = await world.accounts.administration.activity(admin)
    assert [(each.user_name, each.words) for each in shown] == [
        ("ada", "Failed sign-in"),
        ("root1", "Announced something to everybody"),
        ("deleted account", "Deleted the account"),
        ("deleted account", "Confirmed with password and code"),
        ("deleted account", "Created the account"),
        ("unknown", "Failed sign-in"),
        ("ada", "Created the account"),
    ]
    assert (shown[0].at, shown[0].address, shown[0].client) == (world.now, ELSEWHERE.address, "")
    assert (shown[-1].address, shown[-1].client) == (HERE.address, HERE.client)
    assert await world.accounts.administration.activity(admin, 2) == shown[:2]


async def test_it_says_to_whom_an_administrator_did_something(world: World, admin: Identity) -> None:
    """By the name of now; beside it stands what the person reads."""
    await world.register()
    admin = await world.administrator("root1")
    user = await world.user()
    await world.accounts.administration.end_sessions_of(admin, user.id, OFFICE)
    world.wait(1)
    await world.accounts.administration.disable(admin, user.id, OFFICE)
    shown = await world.accounts.administration.activity(admin)
    assert {(each.user_name, each.words) for each in shown[:2]} == {
        ("root1", "Disabled an account: ada"),
        ("ada", "The account was disabled"),
    }
    assert {(each.user_name, each.words) for each in shown[2:4]} == {
        ("root1", "Ended a session: ada"),
        ("ada", "An administrator ended a session"),
    }


async def test_no_more_activity_is_shown_than_a_list_holds(world: World, admin: Identity) -> None:
    """The newest 500, written down or still counted."""
    await add(
        world,
        *(
            AuditEvent(
                at=world.now - timedelta(seconds=number), kind="signed-in", address=f"{number}", client="",
                data={},
            )
            for number in range(MOST_SHOWN + 10)
        ),
    )  # fmt: skip
    shown = await world.accounts.administration.activity(admin)
    assert len(shown) == MOST_SHOWN
    assert (shown[0].address, shown[-1].address) == ("0", f"{MOST_SHOWN - 1}")


# Mail


async def test_the_mail_queue_shows_what_waits_and_then_what_was_given_up(
    world: World, admin: Identity
) -> None:
    """What each is about, for whom, when it is tried next; never what it says."""
    ada = await world.register()
    await world.accounts.reset.request("ada", HERE)
    now = world.now
    await add(
        world,
        OutgoingMail(
            kind="confirm-address", data={"registration_id": "x"}, created_at=now, due_at=now - LONG_AGO
        ),
        OutgoingMail(kind="new-source", data={}, created_at=now, due_at=now, tries=9, dead_at=now - LONG_AGO),
        OutgoingMail(
            user_id=ada.identity.user_id, kind="own-data", data={}, created_at=now, due_at=now, tries=8,
            dead_at=now,
        ),
    )  # fmt: skip
    shown = await world.accounts.administration.mail_queue(admin)
    assert [(each.about, each.user_name, each.tries, each.dead_at) for each in shown] == [
        ("Registration code", "", 0, None),
        ("Password reset", "ada", 0, None),
        ("Their data", "ada", 8, now),
        ("Sign-in elsewhere", "", 9, now - LONG_AGO),
    ]
    assert (shown[0].due_at, shown[1].created_at) == (now - LONG_AGO, (await world.mailed())[0].created_at)
    assert len({each.id for each in shown}) == 4


async def test_every_kind_of_mail_has_a_name(world: World, admin: Identity) -> None:
    """Of words, as people write them, each its own; one of a newer version is shown as it is."""
    async with world.database.transaction() as session:
        for kind in MailKind:
            queue_mail(session, kind, Peer(""), world.now, user_id=None)
        queue_mail(session, cast("MailKind", "from-the-future"), Peer(""), world.now, user_id=None)
    about = {mail.about for mail in await world.accounts.administration.mail_queue(admin)}
    assert about == {*ABOUT.values(), "from-the-future"}
    assert len(ABOUT) == len(set(ABOUT.values())) == len(MailKind)
    for words in ABOUT.values():
        assert words[0].isupper()
        assert words.replace(" ", "").replace("-", "").isalpha()


async def test_no_more_mails_are_shown_than_a_list_holds(world: World, admin: Identity) -> None:
    """Those that wait before those given up."""
    now = world.now
    dead = OutgoingMail(kind="new-source", data={}, created_at=now, due_at=now - LONG_AGO, dead_at=now)
    waiting = [
        OutgoingMail(kind="reset-code", data={}, created_at=now, due_at=now) for _ in range(MOST_SHOWN)
    ]
    await add(world, dead, *waiting)
    shown = await world.accounts.administration.mail_queue(admin)
    assert [each.about for each in shown] == MOST_SHOWN * ["Password reset"]
