"""What operators do to accounts by command."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from sshauth.accounts.audit import Happened
from sshauth.accounts.console import Console, Newcomer
from sshauth.accounts.errors import Disabled, GoneAway, InvalidForm, SignInRefused, Taken
from sshauth.accounts.peer import Peer
from sshauth.db.engine import open_database
from sshauth.db.tables import AuditEvent, Authenticator, AuthenticatorReset, OutgoingMail, SSHKey, User
from tests.accounts.operators import GRACE, MACHINE, agree, begin, console, make, settle
from tests.accounts.people import HERE, MAILED_CODE, World, with_key
from tests.accounts.renewing import renew


async def events(world: World, kind: str) -> list[tuple[UUID | None, str, str, dict[str, object]]]:
    """Give whose the events of a kind are, from where, and what else they say."""
    return [
        (row.user_id, row.address, row.client, row.data)
        for row in await world.rows(AuditEvent)
        if row.kind == kind
    ]


async def words_mailed(world: World) -> list[tuple[str, str]]:
    """Give to whom what is mailed."""
    return [(letter.to, " ".join(letter.content.text.split())) for letter in await world.letters() if letter]


# Making accounts


async def test_an_account_is_made_and_its_code_mailed(world: World) -> None:
    """Without a password and an authenticator; the mail says how to get on."""
    made = await make(world, is_shown=False)
    assert (made.user_name, made.email, made.code) == ("grace", "grace@example.org", "")
    assert made.expires_at == world.now + timedelta(hours=24)
    assert not made.has_password
    user = await world.user("grace")
    assert (user.password_hash, user.first_name, user.last_name) == ("", "", "")
    assert not user.is_admin
    assert await world.rows(Authenticator) == []
    assert await events(world, "account-created") == [
        (user.id, MACHINE.address, "command line", {"by_admin": True})
    ]
    ((to, words),) = await words_mailed(world)
    assert to == "grace@example.org"
    assert await world.mailed_code() in words
    assert "made the account grace for you" in words
    assert "It works once, until 2026-03-02 at 12:00 UTC" in words
    assert "leave the password empty, and type the code above in the Code field" in words
    assert MACHINE.address not in words
    assert (await settle(world, await world.mailed_code())).identity.user_name == "grace"


async def test_a_code_that_is_shown_is_not_mailed(world: World) -> None:
    """Its person hears of the account all the same; the log says that the code was shown."""
    made = await make(world)
    assert MAILED_CODE.fullmatch(made.code)
    assert made.code not in repr(made)
    ((to, words),) = await words_mailed(world)
    assert to == "grace@example.org"
    assert not MAILED_CODE.search(words)
    assert "With a code you make it yours; the administrator has it" in words
    assert "type that code in the Code field" in words
    ((_, _, _, data),) = await events(world, "account-created")
    assert data == {"by_admin": True, "shown": True}
    grace = await settle(world, made.code)
    said = [each.words for each in await world.accounts.activity.recent(grace.identity)]
    assert said == [
        "Set up the account",
        "The account was made for its person; the code was shown on the command line",
    ]


@pytest.mark.parametrize(
    ("newcomer", "field"),
    [
        (Newcomer("x", GRACE.email), "user_name"),
        (Newcomer("root", GRACE.email), "user_name"),
        (Newcomer("sshauth", GRACE.email), "user_name"),
        (Newcomer("grace", "nowhere"), "email"),
        (Newcomer("grace", GRACE.email, first_name="\x1b[2J"), "first_name"),
        (Newcomer("grace", GRACE.email, last_name="x" * 65), "last_name"),
    ],
)
async def test_what_cannot_be_a_name_or_an_address_is_refused(
    world: World, newcomer: Newcomer, field: str
) -> None:
    """By the rules for everybody."""
    with pytest.raises(InvalidForm) as refused:
        await make(world, newcomer)
    assert list(refused.value.problems) == [field]
    assert await world.rows(User) == []


async def test_what_is_taken_is_said_to_an_operator(world: World) -> None:
    """Name, name held for a registration, and address; nothing is changed."""
    await world.register()
    await world.enrol(user_name="ben", email="ben@example.org")
    taken = {
        "ADA": ("other@example.org", "That user name is taken"),
        "Ben": ("other@example.org", "That user name is taken"),
        "grace": ("ADA@example.org", "That email address has an account already"),
    }
    for name, (email, words) in taken.items():
        with pytest.raises(Taken, match=words):
            await make(world, Newcomer(name, email))
    assert await world.audited() == ["registered"]
    assert await world.mailed() == []


async def test_the_names_that_an_operator_gives_are_kept(world: World) -> None:
    """The person finds them filled in."""
    made = await make(world, Newcomer("grace", "grace@example.org", "Grace", "Hopper"))
    user = await world.user("grace")
    assert (user.first_name, user.last_name) == ("Grace", "Hopper")
    first = (await begin(world, made.code)).first_steps
    assert first is not None
    assert (first.first_name, first.last_name) == ("Grace", "Hopper")


# Authenticators


async def test_an_authenticator_is_taken_away(world: World) -> None:
    """With sessions and keys; the mailed code and the password set up a new one."""
    ada = await world.register()
    await ada.remember(with_key(HERE))
    code = await console(world).reset_authenticator("ADA", agree, is_shown=False)
    assert (code.user_name, code.code, code.has_password) == ("ada", "", True)
    assert await world.live() == []
    assert await world.rows(Authenticator) == []
    assert await world.rows(SSHKey) == []
    whom = ada.identity.user_id
    assert await events(world, "authenticator-reset") == [
        (whom, MACHINE.address, "command line", {"by_admin": True, "keys_forgotten": 1})
    ]
    await (await renew(ada, await world.mailed_code())).sign_in()
    said = [each.words for each in await world.accounts.activity.recent(ada.identity)]
    assert "An administrator reset the authenticator (an SSH key forgotten)" in said


async def test_the_code_of_a_reset_can_be_shown(world: World) -> None:
    """Then the mail has none, and says who has it."""
    ada = await world.register()
    code = await console(world).reset_authenticator("ada", agree, is_shown=True)
    _, words = (await words_mailed(world))[-1]
    assert not MAILED_CODE.search(words)
    assert "With a code you set up a new authenticator; the administrator has it" in words
    await renew(ada, code.code)


async def test_who_does_not_agree_changes_nothing(world: World) -> None:
    """Asked with the account before their eyes; nothing is held while they think."""
    await world.register()
    asked: list[str] = []

    class NoError(Exception):
        """No."""

    def disagree(user: User) -> None:
        asked.append(f"{user.user_name} {user.email}")
        raise NoError

    for act in (
        console(world).delete("ada", disagree),
        console(world).reset_authenticator("ada", disagree, is_shown=True),
    ):
        with pytest.raises(NoError):
            await act
    assert asked == ["ada ada@example.org"] * 2
    assert await world.audited() == ["registered"]
    assert len(await world.live()) == 1


async def test_only_the_account_that_was_asked_about_is_meant(world: World, url_with_tables: str) -> None:
    """While an operator thinks, its owner may delete it, and somebody else take the name."""
    await make(world)

    async def change_hands() -> None:
        database = open_database(url_with_tables)
        async with database.transaction() as session:
            for table in (AuthenticatorReset, OutgoingMail):
                await session.execute(delete(table))
            await session.execute(update(User).values(id=uuid.uuid4(), email_canonical="another"))
        await database.close()

    def think(_user: User) -> None:
        with ThreadPoolExecutor(1) as meanwhile:
            meanwhile.submit(asyncio.run, change_hands()).result()

    for act in (
        console(world).delete("grace", think),
        console(world).reset_authenticator("grace", think, is_shown=True),
    ):
        with pytest.raises(GoneAway):
            await act
    assert len(await world.rows(User)) == 1


async def test_a_new_account_gets_another_code(world: World) -> None:
    """The one before is dead; the mail is that of a new account."""
    first = await make(world)
    second = await console(world).reset_authenticator("grace", agree, is_shown=False)
    assert not second.has_password
    with pytest.raises(SignInRefused):
        await begin(world, first.code)
    assert "made the account grace for you" in (await words_mailed(world))[-1][1]
    world.wait(1)
    await settle(world, await world.mailed_code())
    assert await world.rows(AuthenticatorReset) == []


async def test_no_code_for_a_disabled_account(world: World) -> None:
    """It would not work."""
    await world.register()
    await console(world).set_disabled("ada", disabled=True)
    with pytest.raises(Disabled, match="Enable it first"):
        await console(world).reset_authenticator("ada", agree, is_shown=True)
    assert len(await world.rows(Authenticator)) == 1


# In use or not


async def test_an_account_is_disabled_and_enabled(world: World) -> None:
    """Once; sessions end, and its owner hears of it."""
    ada = await world.register()
    assert await console(world).set_disabled("ADA", disabled=True)
    assert not await console(world).set_disabled("ada", disabled=True)
    assert await world.live() == []
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    world.wait(60)
    assert await console(world).set_disabled("ada", disabled=False)
    assert not await console(world).set_disabled("ada", disabled=False)
    await ada.sign_in()
    assert await world.kinds_mailed() == ["account-disabled", "account-enabled"]
    for kind in ("account-disabled", "account-enabled"):
        assert await events(world, kind) == [
            (ada.identity.user_id, MACHINE.address, "command line", {"by_admin": True})
        ]


async def test_sessions_are_ended(world: World) -> None:
    """All of them, and only where there are some is it written down."""
    ada = await world.register()
    await ada.sign_in_elsewhere()
    assert await console(world).end_sessions("ada") == 2
    assert await console(world).end_sessions("ada") == 0
    assert await events(world, "sessions-ended") == [
        (ada.identity.user_id, MACHINE.address, "command line", {"by_admin": True, "sessions": 2})
    ]
    said = [each.words for each in await world.accounts.activity.recent(ada.identity)]
    assert said[0] == "2 sessions ended by an administrator"


async def test_an_account_is_deleted(world: World) -> None:
    """Nothing of it is left but an id; its owner hears of it by mail, and its name is free."""
    ada = await world.register()
    await ada.sign_in_elsewhere()
    await console(world).delete("ada", agree)
    assert await world.rows(User) == []
    assert await world.live() == []
    assert (await world.audited())[-1] == "account-deleted"
    ((to, words),) = await words_mailed(world)
    assert to == "ada@example.org"
    assert "Hello Ada" in words
    assert "An administrator of sshauth deleted your account ada" in words
    assert MACHINE.address not in words
    admin = await world.administrator()
    newest = (await world.accounts.administration.activity(admin))[0]
    assert (newest.user_name, newest.words) == ("deleted account", "The account was deleted")
    await world.register()


ACTS: dict[str, Callable[[Console], Awaitable[object]]] = {
    "disable": lambda it: it.set_disabled("ada@example.org", disabled=True),
    "end sessions": lambda it: it.end_sessions("ada@example.org"),
    "reset": lambda it: it.reset_authenticator("ada@example.org", agree, is_shown=True),
    "delete": lambda it: it.delete("ada@example.org", agree),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_nobody_of_that_name(world: World, act: Callable[[Console], Awaitable[object]]) -> None:
    """An email address is no user name: it must be clear whom it is about."""
    await world.register()
    with pytest.raises(GoneAway):
        await act(console(world))
    assert await world.audited() == ["registered"]


async def test_only_the_command_line_is_named_so(world: World) -> None:
    """An event of no account is the operator's only where it came from a command."""
    admin = await world.administrator()
    async with world.database.transaction() as session:
        for client in ("SSH-2.0-command line", "command line"):
            peer = Peer("192.0.2.9", client=client)
            console(world).audit.write(session, Happened.MAIL_RETRIED, peer, world.now, user_id=None, mails=2)
    seen = await world.accounts.administration.activity(admin)
    assert {(each.user_name, each.words) for each in seen} == {
        ("unknown", "2 mails were tried again"),
        ("command line", "2 mails were tried again"),
    }
