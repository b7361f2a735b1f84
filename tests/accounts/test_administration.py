"""What administrators do, to whom, and who is let."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, update

from sshauth.accounts.administration import Administration
from sshauth.accounts.errors import (
    AccountError,
    ConfirmationNeeded,
    GoneAway,
    InvalidForm,
    NotAdministrator,
    NotYourself,
    SignInRefused,
    TooManyTries,
)
from sshauth.accounts.peer import Identity
from sshauth.db.tables import Announcement, AuditEvent, SessionRow, User
from tests.accounts.people import HERE, OFFICE, SessionElsewhere, World

Act = Callable[[Administration, Identity, UUID], Awaitable[object]]

LOOKING: dict[str, Act] = {
    "people": lambda it, admin, _: it.people(admin),
    "person": lambda it, admin, whom: it.person(admin, whom),
    "sessions of": lambda it, admin, whom: it.sessions_of(admin, whom),
    "live": lambda it, admin, _: it.live(admin),
    "load": lambda it, admin, _: it.load(admin),
    "activity": lambda it, admin, _: it.activity(admin),
    "mail queue": lambda it, admin, _: it.mail_queue(admin),
}
TO_SOMEBODY: dict[str, Act] = {
    "end sessions": lambda it, admin, whom: it.end_sessions_of(admin, whom, OFFICE),
    "disable": lambda it, admin, whom: it.disable(admin, whom, OFFICE),
    "enable": lambda it, admin, whom: it.enable(admin, whom, OFFICE),
    "reset authenticator": lambda it, admin, whom: it.reset_authenticator(admin, whom, "ada", OFFICE),
}
CHANGING: dict[str, Act] = {
    **TO_SOMEBODY,
    "end a session": lambda it, admin, _: it.end_session(admin, uuid4(), OFFICE),
    "announce": lambda it, admin, _: it.announce(admin, "Hello.", OFFICE),
}


async def change_user(world: World, user_id: UUID, **values: Any) -> None:
    async with world.database.transaction() as session:
        await session.execute(update(User).where(User.id == user_id).values(**values))


async def events(world: World, kind: str) -> list[tuple[UUID | None, str, dict[str, Any]]]:
    """Give whose the events of a kind are, from where, and their data."""
    return [(row.user_id, row.address, row.data) for row in await world.rows(AuditEvent) if row.kind == kind]


# Who is let


async def test_nobody_but_administrators_is_let(world: World) -> None:
    """Whatever their session believes: the row decides, at the moment of the act."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    claims = replace(ada.identity, is_admin=True)
    before = await world.audited()
    for act in (LOOKING | CHANGING).values():
        with pytest.raises(NotAdministrator, match="You are no administrator any more"):
            await act(world.accounts.administration, claims, ada.identity.user_id)
    assert await world.audited() == before


@pytest.mark.parametrize("lost", ["right", "account in use", "session", "session row", "account"])
async def test_who_has_lost_what_it_takes_is_not_let(world: World, lost: str) -> None:
    """Within the same session: demoted, disabled, deleted, or signed out from elsewhere."""
    ada = await world.register()
    admin = await world.administrator()
    if lost == "right":
        await change_user(world, admin.user_id, is_admin=False)
    elif lost == "account in use":
        await change_user(world, admin.user_id, disabled_at=world.now)
    async with world.database.transaction() as session:
        is_it = SessionRow.id == admin.session_id
        if lost == "session":
            await session.execute(update(SessionRow).where(is_it).values(ended_at=world.now))
        elif lost == "session row":
            await session.execute(delete(SessionRow).where(is_it))
        elif lost == "account":
            await session.execute(delete(User).where(User.id == admin.user_id))
    expected = GoneAway if "session" in lost else NotAdministrator
    for act in (LOOKING | CHANGING).values():
        with pytest.raises(expected):
            await act(world.accounts.administration, admin, ada.identity.user_id)
    assert await world.audited() == ["registered"]


async def test_the_session_of_somebody_else_is_not_enough(world: World) -> None:
    """An id that an administrator's account does not have opens nothing."""
    ada = await world.register()
    admin = replace(await world.administrator(), session_id=ada.identity.session_id)
    with pytest.raises(GoneAway):
        await world.accounts.administration.people(admin)


async def test_every_change_needs_a_recent_confirmation(world: World) -> None:
    """Row 19: within five minutes, in this session. Looking needs none."""
    ada = await world.register()
    admin = await world.administrator()
    world.wait(300)
    for change in CHANGING.values():
        with pytest.raises(ConfirmationNeeded):
            await change(world.accounts.administration, admin, ada.identity.user_id)
    assert await world.audited() == ["registered"]
    for look in LOOKING.values():
        await look(world.accounts.administration, admin, ada.identity.user_id)


async def test_an_account_that_is_gone_is_said(world: World) -> None:
    """Deleted while the administrator looked at it; nothing is written down."""
    admin = await world.administrator()
    for act in TO_SOMEBODY.values():
        with pytest.raises(GoneAway):
            await act(world.accounts.administration, admin, uuid4())
    assert await world.audited() == []


async def test_two_administrators_who_disable_each_other_do_not_block(world: World) -> None:
    """The database has no deadlock to undo, and exactly one of them is left."""
    one, other = await world.administrator("one"), await world.administrator("other")
    disable = world.accounts.administration.disable
    outcomes = await asyncio.gather(
        disable(one, other.user_id, OFFICE), disable(other, one.user_id, OFFICE), return_exceptions=True
    )
    assert sorted(map(type, outcomes), key=str) == sorted([type(None), NotAdministrator], key=str)
    assert len([user for user in await world.rows(User) if user.disabled_at is None]) == 1


# Sessions


async def test_a_session_is_ended_and_its_person_told(world: World) -> None:
    """Row 17: within a beat, wherever it runs; the others go on."""
    ada = await world.register()
    one, other = [await ada.sign_in_elsewhere(node) for node in ("node/2", "node/3")]
    admin = await world.administrator()
    await world.accounts.administration.end_session(admin, one.identity.session_id, OFFICE)
    assert await one.told() == ["You were signed out by an administrator."]
    assert await other.told() == []
    assert await events(world, "sessions-ended") == [
        (admin.user_id, OFFICE.address, {"user": str(ada.identity.user_id), "sessions": 1}),
        (ada.identity.user_id, "", {"by_admin": True, "sessions": 1}),
    ]
    with pytest.raises(GoneAway):
        await world.accounts.administration.end_session(admin, one.identity.session_id, OFFICE)
    with pytest.raises(GoneAway):
        await world.accounts.administration.end_session(admin, uuid4(), OFFICE)


async def test_all_sessions_of_somebody_are_ended(world: World) -> None:
    """It says how many there were; where there are none, nothing is written down."""
    ada = await world.register()
    elsewhere = await ada.sign_in_elsewhere()
    admin = await world.administrator()
    administration = world.accounts.administration
    assert await administration.end_sessions_of(admin, ada.identity.user_id, OFFICE) == 2
    assert await elsewhere.told() == ["You were signed out by an administrator."]
    assert await administration.end_sessions_of(admin, ada.identity.user_id, OFFICE) == 0
    assert [row.id for row in await world.live()] == [admin.session_id]
    assert [data["sessions"] for _, _, data in await events(world, "sessions-ended")] == [2, 2]
    ended = await administration.sessions_of(admin, ada.identity.user_id)
    assert [each.end_reason for each in ended] == 2 * ["ended by an administrator"]


async def test_of_their_own_sessions_this_one_stays(world: World) -> None:
    """And one event says it: there is nobody else to tell."""
    admin = await world.administrator()
    async with world.database.transaction() as session:
        other = {"id": uuid4(), "user_id": admin.user_id, "address": "", "client": "", "node": "node/1"}
        at = {"started_at": world.now, "last_input_at": world.now, "seen_at": world.now}
        session.add(SessionRow(**other, **at))
    assert await world.accounts.administration.end_sessions_of(admin, admin.user_id, OFFICE) == 1
    assert [row.id for row in await world.live()] == [admin.session_id]
    assert len(await events(world, "sessions-ended")) == 1


# Disabling


async def test_disabling_ends_every_session_at_once(world: World) -> None:
    """Row 17: none is spared; each is told within one beat, wherever it runs."""
    ada = await world.register()
    others = [await ada.sign_in_elsewhere(node) for node in ("node/2", "node/3")]
    await world.disable("ada")
    for other in others:
        assert await other.told() == ["You were signed out: this account was disabled."]
    assert await world.live() == []


async def test_it_is_written_down_and_mailed(world: World) -> None:
    """Row 21: who did it, and to whom by id; row 19: the owner hears of it, and not from which address."""
    ada = await world.register()
    admin = await world.administrator()
    whom = ada.identity.user_id
    await world.accounts.administration.disable(admin, whom, OFFICE)
    await world.accounts.administration.enable(admin, whom, OFFICE)
    for kind in ("account-disabled", "account-enabled"):
        assert await events(world, kind) == [
            (admin.user_id, OFFICE.address, {"user": str(whom)}),
            (whom, "", {"by_admin": True}),
        ]
    mails = await world.mailed()
    assert [(mail.kind, mail.user_id) for mail in mails] == [
        ("account-disabled", whom),
        ("account-enabled", whom),
    ]
    assert world.mail_waiting.is_set()
    assert not [mail for mail in mails if OFFICE.address in str(mail.data)]
    words = [" ".join(letter.content.text.split()) for letter in await world.letters() if letter]
    assert "disabled your account ada on 2026-03-01 at 12:00 UTC" in words[0]
    assert "enabled your account ada again on" in words[1]
    said = [each.words for each in await world.accounts.activity.recent(ada.identity)]
    assert said == ["The account was enabled", "The account was disabled", "Created the account"]
    said = [each.words for each in await world.accounts.activity.recent(admin)]
    assert said == ["Enabled an account: ada", "Disabled an account: ada"]


async def test_a_disabled_account_is_like_none(world: World) -> None:
    """Row 5: the same words, no reset, and none of its sessions confirms anything."""
    ada = await world.register()
    await world.disable("ada")
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    with pytest.raises(SignInRefused):
        await ada.sign_in(code=ada.recovery_codes[0])
    await world.accounts.reset.request("ada", HERE)
    assert "reset-code" not in await world.kinds_mailed()
    with pytest.raises(AccountError):
        await ada.confirm_it_is_me()
    with pytest.raises(GoneAway):
        await world.accounts.own_data.text(ada.identity, HERE)


async def test_a_code_that_was_mailed_before_does_not_reset(world: World) -> None:
    """Disabling in the middle of a reset stops it."""
    ada = await world.register()
    await world.accounts.reset.request("ada", HERE)
    code = await world.mailed_code()
    await world.disable("ada")
    with pytest.raises(AccountError):
        await ada.reset(code)
    assert (await world.letters())[0] is None


async def test_enabling_lets_it_be_used_again(world: World) -> None:
    """With the same password and authenticator; sessions that ended stay ended."""
    ada = await world.register()
    await world.disable("ada")
    await world.enable("ada")
    assert await world.live() == []
    await ada.sign_in()
    assert (await world.audited())[-2:] == ["account-enabled", "signed-in"]


async def test_what_is_so_already_changes_nothing(world: World) -> None:
    """No second event, no second mail, and the time of the first stays."""
    ada = await world.register()
    admin = await world.administrator()
    administration, whom = world.accounts.administration, ada.identity.user_id
    await administration.enable(admin, whom, OFFICE)
    assert (await world.audited(), await world.mailed()) == (["registered"], [])
    await administration.disable(admin, whom, OFFICE)
    since = world.now
    world.wait(60)
    await administration.disable(admin, whom, OFFICE)
    assert (await world.user()).disabled_at == since
    assert await world.kinds_mailed() == ["account-disabled"]


@pytest.mark.parametrize("what", ["disable", "enable"])
async def test_nobody_does_it_to_themselves(world: World, what: str) -> None:
    """Or the last administrator could lock everybody out."""
    admin = await world.administrator()
    with pytest.raises(NotYourself, match="your own account"):
        await TO_SOMEBODY[what](world.accounts.administration, admin, admin.user_id)
    assert await world.audited() == []


# Announcing


async def test_an_announcement_reaches_everybody_who_is_signed_in(world: World) -> None:
    """Within a beat, wherever they are, once; and is written down without its words."""
    ada = await world.register()
    admin = await world.administrator()
    sessions = [await ada.sign_in_elsewhere(node) for node in ("node/2", "node/3")]
    sessions.append(SessionElsewhere(world.accounts, admin, OFFICE))
    for session in sessions:
        await session.told()
    await world.accounts.administration.announce(admin, "  Upgrade at noon: [b]save[/b] your work.  ", OFFICE)
    for session in sessions:
        assert await session.told() == ["announced: Upgrade at noon: [b]save[/b] your work."]
        assert len(await session.told()) == 1
    assert await events(world, "announced") == [(admin.user_id, OFFICE.address, {})]
    (row,) = await world.rows(Announcement)
    assert row.at == world.now


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "This cannot be empty."),
        (" \n", "This cannot be empty."),
        ("x" * 201, "Use at most 200 characters."),
        ("hush\x1b[2J", "This holds a character that cannot be shown."),
        ("two\nlines", "This holds a character that cannot be shown."),
        ("\u202egnol", "This holds a character that cannot be shown."),
    ],
)
async def test_an_announcement_is_words_that_can_be_shown(world: World, words: str, problem: str) -> None:
    """Row 26: like a name, 1 to 200 characters."""
    admin = await world.administrator()
    with pytest.raises(InvalidForm) as refused:
        await world.accounts.administration.announce(admin, words, OFFICE)
    assert refused.value.problems == {"words": problem}
    assert await world.rows(Announcement) == []


async def test_an_announcement_may_have_two_hundred_characters(world: World) -> None:
    """Of any writing."""
    admin = await world.administrator()
    await world.accounts.administration.announce(admin, "語" * 200, OFFICE)
    assert [row.words for row in await world.rows(Announcement)] == ["語" * 200]


async def test_an_administrator_announces_ten_times_an_hour(world: World) -> None:
    """Each lies over everybody's screen. What is refused is not written down."""
    administration = world.accounts.administration
    admin, other = await world.administrator(), await world.administrator("other")
    for number in range(10):
        await administration.announce(admin, f"Number {number}.", OFFICE)
    world.wait(60)
    with pytest.raises(TooManyTries, match=r"^Too many announcements\. Try again in 59 minutes\.$"):
        await administration.announce(admin, "One more.", OFFICE)
    await administration.announce(other, "Hello.", OFFICE)
    assert len(await world.rows(Announcement)) == len(await events(world, "announced")) == 11
    world.wait(59 * 60)
    async with world.database.transaction() as session:
        await session.execute(update(SessionRow).values(confirmed_at=world.now))
    await administration.announce(admin, "One more.", OFFICE)
