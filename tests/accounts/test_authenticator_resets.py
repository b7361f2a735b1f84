"""Administrators reset the authenticator of somebody who has lost it (rows 14, 17 and 19)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from sshauth.accounts.errors import (
    AccountError,
    ConfirmationNeeded,
    Disabled,
    GoneAway,
    InvalidForm,
    NotAdministrator,
    NotYourself,
    SignInRefused,
    TooManyTries,
    WrongCode,
)
from sshauth.db.tables import (
    AuditEvent,
    Authenticator,
    AuthenticatorReset,
    EmailChangeRequest,
    RecoveryCode,
    ResetRequest,
    SSHKey,
    User,
)
from tests.accounts.people import ELSEWHERE, HERE, Person, World, with_key
from tests.accounts.renewing import DAY, OFFICE, an_admin, begin, lose, renew, take_away


async def test_every_session_of_the_person_ends_at_once(world: World) -> None:
    """Row 17: none is spared, each is told within one beat, wherever it runs; the administrator's stays."""
    ada = await world.register()
    others = [await ada.sign_in_elsewhere(node) for node in ("node/2", "node/3")]
    admin = await an_admin(world)
    await take_away(admin, ada)
    for other in others:
        assert await other.told() == ["You were signed out: an administrator reset the authenticator."]
    assert [row.id for row in await world.live()] == [admin.identity.session_id]


async def test_all_that_stands_for_the_second_factor_is_gone(world: World) -> None:
    """And the keys, and what a thief may have begun; what belongs to others stays."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    await ada.remember(with_key())
    await world.accounts.reset.request("ada", HERE)
    await ada.confirm_it_is_me()
    await world.accounts.email_change.request(ada.identity, "ada@example.com", HERE)
    admin = await an_admin(world)
    await admin.remember(with_key(OFFICE, 2))
    await take_away(admin, ada)
    mine = admin.identity.user_id
    assert [row.user_id for row in await world.rows(Authenticator)] == [mine]
    assert [row.user_id for row in await world.rows(RecoveryCode)] == 10 * [mine]
    assert [row.user_id for row in await world.rows(SSHKey)] == [mine]
    assert await world.rows(ResetRequest) == []
    assert await world.rows(EmailChangeRequest) == []


WAYS_IN: dict[str, Callable[[Person], Awaitable[object]]] = {
    "password and code": lambda ada: ada.sign_in(),
    "password and recovery code": lambda ada: ada.sign_in(code=ada.recovery_codes[0]),
    "key and code": lambda ada: ada.sign_in_by_key(peer=with_key()),
    "key and recovery code": lambda ada: ada.sign_in_by_key(code=ada.recovery_codes[0], peer=with_key()),
}


@pytest.mark.parametrize("way", WAYS_IN)
async def test_the_old_ways_in_are_closed(world: World, way: str) -> None:
    """Nobody signs in before the new authenticator is confirmed (row 12)."""
    ada = await world.register()
    await ada.remember(with_key())
    await lose(ada)
    with pytest.raises(SignInRefused):
        await WAYS_IN[way](ada)
    assert [row.user_id for row in await world.live()] != [ada.identity.user_id]


async def test_the_mailed_code_itself_signs_in_nowhere(world: World) -> None:
    """Not in place of the authenticator's code, beside password or key, nor in a confirmation."""
    ada = await world.register()
    await ada.remember(with_key())
    admin = await an_admin(world)
    code = await lose(ada, admin)
    for attempt in (
        ada.sign_in(code=code),
        ada.sign_in_by_key(code=code, peer=with_key()),
        world.accounts.confirmation(ada.identity, "wrong password", code, HERE),
    ):
        with pytest.raises(SignInRefused):
            await attempt
    assert [row.user_id for row in await world.live()] == [admin.identity.user_id]


@pytest.mark.parametrize("second", ["old code", "recovery code", "enrolment code"])
async def test_a_password_is_reset_by_none_of_the_old_codes(world: World, second: str) -> None:
    """Row 15: a reset needs the second factor; the mailbox alone opens nothing."""
    ada = await world.register()
    enrolment_code = await lose(ada)
    await world.accounts.reset.request("ada", HERE)
    reset_code = await world.mailed_code()
    assert reset_code != enrolment_code
    codes = {
        "old code": ada.code(), "recovery code": ada.recovery_codes[0], "enrolment code": enrolment_code
    }  # fmt: skip
    with pytest.raises(WrongCode):
        await ada.reset(reset_code, code=codes[second])
    assert (await world.user()).password_generation == 1


async def test_a_reset_of_the_password_that_was_under_way_cannot_be_finished(world: World) -> None:
    """Whoever held code and authenticator a moment before holds nothing now."""
    ada = await world.register()
    await world.accounts.reset.request("ada", HERE)
    reset_code = await world.mailed_code()
    await lose(ada)
    with pytest.raises(AccountError):
        await ada.reset(reset_code)
    assert (await world.user()).password_generation == 1


async def test_a_password_reset_works_again_with_the_new_authenticator(world: World) -> None:
    """Row 15 stands as it was."""
    ada = await world.register()
    ada = await renew(ada, await lose(ada))
    await world.accounts.reset.request("ada", HERE)
    await ada.reset(await world.mailed_code())
    assert (await world.user()).password_generation == 2


# What it asks of the administrator


@pytest.mark.parametrize("typed", ["", "grace", "ada lovelace", "ada@example.org", "a" * 100])
async def test_the_name_must_be_typed(world: World, typed: str) -> None:
    """Nothing happens by a slip of the hand."""
    ada = await world.register()
    admin = await an_admin(world)
    with pytest.raises(InvalidForm) as refused:
        await take_away(admin, ada, typed)
    assert refused.value.problems == {"name": "Type the user name of this account, to show that you mean it."}
    await ada.sign_in()


async def test_the_name_may_be_typed_in_any_case(world: World) -> None:
    """As everywhere."""
    ada = await world.register()
    await take_away(await an_admin(world), ada, " ADA ")
    assert len(await world.rows(AuthenticatorReset)) == 1


async def test_it_needs_a_recent_confirmation(world: World) -> None:
    """Row 19."""
    ada = await world.register()
    admin = await an_admin(world)
    world.wait(300)
    with pytest.raises(ConfirmationNeeded):
        await take_away(admin, ada)
    await ada.sign_in()


async def test_only_administrators_do_it(world: World) -> None:
    """Whoever is one no more is refused at once; their session is not asked."""
    ada = await world.register()
    admin = await an_admin(world)
    async with world.database.transaction() as session:
        await session.execute(update(User).values(is_admin=False))
    with pytest.raises(NotAdministrator):
        await take_away(admin, ada)


async def test_not_to_oneself(world: World) -> None:
    """Under Security there is a way that loses nothing."""
    admin = await an_admin(world)
    with pytest.raises(NotYourself):
        await take_away(admin, admin)


async def test_an_account_that_is_gone_is_said(world: World) -> None:
    """It was deleted while the administrator looked at it."""
    ada = await world.register()
    admin = await an_admin(world)
    await ada.confirm_it_is_me()
    await world.accounts.security.delete_account(ada.identity, "ada", HERE)
    with pytest.raises(GoneAway):
        await take_away(admin, ada)


async def test_a_disabled_account_is_to_be_enabled_first(world: World) -> None:
    """A code that does not work is not mailed."""
    ada = await world.register()
    admin = await an_admin(world)
    await world.accounts.administration.disable(admin.identity, ada.identity.user_id, OFFICE)
    with pytest.raises(Disabled):
        await take_away(admin, ada)
    assert await world.rows(AuthenticatorReset) == []
    assert len(await world.rows(Authenticator)) == 2


# What it leaves


async def test_the_code_is_mailed_to_the_person(world: World) -> None:
    """Row 19: what to do, until when, how to know the server; not from where the administrator came."""
    ada = await world.register()
    await ada.remember(with_key())
    world.mail_waiting.clear()
    code = await lose(ada)
    assert world.mail_waiting.is_set()
    letter = (await world.letters())[-1]
    assert letter is not None
    assert letter.to == "ada@example.org"
    until = world.now + timedelta(seconds=DAY)
    for words in (
        code,
        "Hello Ada,",
        "your account ada",
        "and your SSH keys",
        "24 hours",
        f"until {until:%Y-%m-%d at %H:%M} UTC",
        "user name, your password, and the code above in the Code",
        "ssh -p 2222 localhost",
        "SHA256:test",
    ):
        assert words in " ".join(letter.content.text.split())
    assert OFFICE.address not in letter.content.text


async def test_the_mail_counts_forgotten_keys_only_where_there_were_any(world: World) -> None:
    """The words are exact."""
    await lose(await world.register())
    letter = (await world.letters())[-1]
    assert letter is not None
    assert "SSH keys" not in letter.content.text


async def test_nothing_that_opens_is_stored(world: World) -> None:
    """Row 14: the code is derived; the row says for whom and until when."""
    ada = await world.register()
    await lose(ada)
    (waiting,) = await world.rows(AuthenticatorReset)
    assert waiting.user_id == ada.identity.user_id
    assert waiting.expires_at - waiting.requested_at == timedelta(hours=24)


async def test_it_is_written_down_for_both(world: World) -> None:
    """Row 21: who did it to whom; the person reads that it was an administrator, and not from where."""
    ada = await world.register()
    await ada.remember(with_key())
    admin = await an_admin(world)
    await take_away(admin, ada)
    events = [event for event in await world.rows(AuditEvent) if event.kind == "authenticator-reset"]
    theirs = {event.user_id: event for event in events}
    assert set(theirs) == {admin.identity.user_id, ada.identity.user_id}
    assert theirs[admin.identity.user_id].data["user"] == str(ada.identity.user_id)
    assert theirs[ada.identity.user_id].address != OFFICE.address
    words = "An administrator reset the authenticator (an SSH key forgotten)"
    assert (await world.accounts.activity.recent(ada.identity))[0].words == words
    words = "Reset somebody's authenticator (an SSH key forgotten): ada"
    assert (await world.accounts.activity.recent(admin.identity))[0].words == words


async def test_doing_it_again_kills_the_code_before(world: World) -> None:
    """Also once the first has expired, and there is nothing left to take away."""
    ada = await world.register()
    admin = await an_admin(world)
    first = await lose(ada, admin)
    second = await lose(ada, admin)
    assert first != second
    with pytest.raises(SignInRefused):
        await begin(ada, first)
    world.wait(DAY)
    await world.accounts.upkeep.once()
    assert await world.rows(AuthenticatorReset) == []
    with pytest.raises(SignInRefused):
        await begin(ada, second)
    await admin.confirm_it_is_me(peer=OFFICE)
    await renew(ada, await lose(ada, admin))


async def test_at_once_it_is_done_as_often_and_one_code_works(world: World) -> None:
    """Two windows of an administrator, or two of them: the database has one row."""
    ada = await world.register()
    admins = [await an_admin(world), await an_admin(world, "alan")]
    await asyncio.gather(*(take_away(admin, ada) for admin in 3 * admins))
    assert len(await world.rows(AuthenticatorReset)) == 1
    letters = [letter for letter in await world.letters() if letter]
    assert sum("new authenticator for" in letter.content.subject for letter in letters) == 1
    await renew(ada, await world.mailed_code())


@pytest.mark.parametrize("what", ["used", "replaced", "expired", "disabled"])
async def test_a_mail_that_waited_too_long_says_nothing(world: World, what: str) -> None:
    """Its code would not work."""
    ada = await world.register()
    admin = await an_admin(world)
    code = await lose(ada, admin)
    place = len(await world.mailed()) - 1
    if what == "used":
        await renew(ada, code)
    elif what == "replaced":
        await take_away(admin, ada)
    elif what == "expired":
        world.wait(DAY)
    else:
        await world.accounts.administration.disable(admin.identity, ada.identity.user_id, OFFICE)
    assert (await world.letters())[place] is None


async def test_strangers_at_the_door_of_the_administrator_change_nothing(world: World) -> None:
    """The notice is nobody's request: mail to the address may be used up, and the code goes out."""
    ada = await world.register()
    for _ in range(6):
        await world.accounts.reset.request("ada", ELSEWHERE)
    with pytest.raises((SignInRefused, TooManyTries)):
        await ada.sign_in(code="000000", peer=ELSEWHERE)
    await renew(ada, await lose(ada))
