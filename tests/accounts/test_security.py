"""What people do to their own account: each asks for a confirmation, is written down, and is mailed."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import delete

from sshauth.accounts.errors import ConfirmationNeeded, GoneAway, InvalidForm, SignInRefused
from sshauth.db.tables import (
    AuditEvent,
    Authenticator,
    EmailChangeRequest,
    KnownSource,
    OutgoingMail,
    RecoveryCode,
    ResetRequest,
    SessionRow,
    SSHKey,
    Table,
    User,
)
from tests.accounts.people import HERE, NEW_PASSWORD, PASSWORD, Person, World, with_key
from tests.support.secrets import note

OF_A_USER: tuple[type[Table], ...] = (
    Authenticator, EmailChangeRequest, KnownSource, RecoveryCode, ResetRequest, SessionRow, SSHKey, User,
)  # fmt: skip
Change = Callable[[Person], Awaitable[object]]


async def change_password(ada: Person, password: str = NEW_PASSWORD, repeat: str = NEW_PASSWORD) -> None:
    note(NEW_PASSWORD)
    await ada.world.accounts.security.change_password(ada.identity, password, repeat, HERE)


async def change_names(ada: Person, first: str = "Augusta", last: str = "King") -> None:
    await ada.world.accounts.security.change_names(ada.identity, first, last, HERE)


async def remake_codes(ada: Person) -> tuple[str, ...]:
    codes = await ada.world.accounts.security.remake_recovery_codes(ada.identity, HERE)
    note(*codes)
    return codes


async def delete_account(ada: Person, typed: str = "ada") -> None:
    await ada.world.accounts.security.delete_account(ada.identity, typed, HERE)


CHANGES = [
    pytest.param(change_password, "password-changed", id="password"),
    pytest.param(change_names, "names-changed", id="names"),
    pytest.param(remake_codes, "recovery-codes-remade", id="recovery codes"),
    pytest.param(delete_account, "account-deleted", id="delete"),
]


@pytest.mark.parametrize(("change", "kind"), CHANGES)
async def test_each_change_needs_a_confirmation_and_mails(world: World, change: Change, kind: str) -> None:
    """Row 19: within five minutes of a confirmation in this session; written down and mailed."""
    ada = await world.register()
    with pytest.raises(ConfirmationNeeded):
        await change(ada)
    await ada.confirm_it_is_me()
    world.wait(270)
    with pytest.raises(ConfirmationNeeded):
        await change(ada)
    assert await world.kinds_mailed() == []
    await ada.confirm_it_is_me()
    world.mail_waiting.clear()
    await change(ada)
    assert await world.kinds_mailed() == [kind]
    assert (await world.audited())[-1] == kind
    assert world.mail_waiting.is_set()
    (letter,) = await world.letters()
    assert letter is not None
    assert letter.to == "ada@example.org"
    assert "SHA256:test" in letter.content.text


@pytest.mark.parametrize(("change", "kind"), CHANGES)
async def test_no_change_from_a_session_that_has_ended(world: World, change: Change, kind: str) -> None:
    """Who was signed out cannot change anything, however lately they confirmed."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    other = await ada.sign_in_elsewhere()
    await other.accounts.sessions.end(other.identity, ada.identity.session_id, HERE)
    with pytest.raises(GoneAway):
        await change(ada)
    assert kind not in await world.audited()
    assert len(await world.rows(User)) == 1


@pytest.mark.parametrize(("change", "kind"), CHANGES)
async def test_a_confirmation_is_of_one_session(world: World, change: Change, kind: str) -> None:
    """A thief in another session of the account gains nothing by it."""
    ada = await world.register()
    other = await ada.sign_in_elsewhere()
    await ada.confirm_it_is_me()
    ada.identity = other.identity
    with pytest.raises(ConfirmationNeeded):
        await change(ada)
    assert kind not in await world.audited()


async def test_the_profile_is_what_is_kept(world: World) -> None:
    """Names, address, times, and how many recovery codes are left."""
    ada = await world.register()
    profile = await world.accounts.security.profile(ada.identity)
    assert (profile.user_name, profile.first_name, profile.last_name) == ("ada", "Ada", "Lovelace")
    assert (profile.email, profile.password_changed_at) == ("ada@example.org", None)
    assert (profile.recovery_codes_left, profile.recovery_codes_kept) == (10, False)
    await ada.confirm_it_is_me()
    await change_password(ada)
    assert (await world.accounts.security.profile(ada.identity)).password_changed_at == world.now


async def test_there_is_no_profile_of_a_deleted_account(world: World) -> None:
    """It is not there any more."""
    ada = await world.register()
    async with world.database.transaction() as session:
        await session.execute(delete(User))
    with pytest.raises(GoneAway):
        await world.accounts.security.profile(ada.identity)


async def test_a_new_password_takes_the_place_of_the_old(world: World) -> None:
    """The old one signs nobody in any more."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    await change_password(ada)
    with pytest.raises(SignInRefused):
        await ada.sign_in(password=PASSWORD)
    await ada.sign_in(password=NEW_PASSWORD)


async def test_a_new_password_ends_every_other_session_and_not_this_one(world: World) -> None:
    """Row 17: also on another node, where the person is told within one beat."""
    ada = await world.register()
    other = await ada.sign_in_elsewhere()
    await ada.confirm_it_is_me()
    await change_password(ada)
    assert await other.told() == ["You were signed out: the password was changed in another session."]
    assert [row.id for row in await world.live()] == [ada.identity.session_id]
    assert await world.accounts.confirmation.is_recent(ada.identity)


async def test_a_new_password_kills_a_reset_under_way(world: World) -> None:
    """What was asked for under the old password is void."""
    ada = await world.register()
    await world.accounts.reset.request("ada", HERE)
    assert len(await world.rows(ResetRequest)) == 1
    await ada.confirm_it_is_me()
    await change_password(ada)
    assert await world.rows(ResetRequest) == []


@pytest.mark.parametrize(
    ("password", "repeat", "fields"),
    [
        ("short", "short", {"password"}),
        (NEW_PASSWORD, "something else", {"repeat_password"}),
        ("lovelace lovelace", "lovelace lovelace", {"password"}),
        ("ada@example.org", "ada@example.org", {"password"}),
    ],
)
async def test_a_password_that_cannot_be_accepted_is_said(
    world: World, password: str, repeat: str, fields: set[str]
) -> None:
    """Rows 1 and 2: the user's own words are weak; nothing changes."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    with pytest.raises(InvalidForm) as refused:
        await change_password(ada, password, repeat)
    assert set(refused.value.problems) == fields
    await ada.sign_in()


async def test_the_present_password_is_no_new_one(world: World) -> None:
    """It is said beside the field; nothing changes, and nobody is mailed."""
    ada = await world.register()
    other = await ada.sign_in_elsewhere()
    await ada.confirm_it_is_me()
    for repeat, words in (
        (NEW_PASSWORD, {"repeat_password": "The passwords differ."}),
        (PASSWORD, {"password": "That is your password already."}),
    ):
        with pytest.raises(InvalidForm) as refused:
            await change_password(ada, PASSWORD, repeat)
        assert refused.value.problems == words
    assert (await world.accounts.security.profile(ada.identity)).password_changed_at is None
    assert await other.told() == []
    assert "password-changed" not in await world.kinds_mailed()
    await change_password(ada)
    with pytest.raises(InvalidForm):
        await change_password(ada)


async def test_only_who_has_confirmed_learns_which_password_is_the_present_one(world: World) -> None:
    """It would be a way to guess it."""
    ada = await world.register()
    with pytest.raises(ConfirmationNeeded):
        await change_password(ada, PASSWORD, PASSWORD)


async def test_names_are_changed(world: World) -> None:
    """And other sessions go on."""
    ada = await world.register()
    other = await ada.sign_in_elsewhere()
    await ada.confirm_it_is_me()
    await change_names(ada)
    user = await world.user()
    assert (user.first_name, user.last_name) == ("Augusta", "King")
    assert await other.told() == []


async def test_names_that_hide_text_are_refused(world: World) -> None:
    """Row 26, for each of the two."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    with pytest.raises(InvalidForm) as refused:
        await change_names(ada, "Ada\u202e", "Love\u200blace")
    assert set(refused.value.problems) == {"first_name", "last_name"}
    assert (await world.user()).first_name == "Ada"


async def test_new_recovery_codes_kill_the_old_ones(world: World) -> None:
    """Row 13: ten again, stored as hashes; the person has to show anew that they are kept."""
    ada = await world.register()
    await world.accounts.security.recovery_codes_were_kept(ada.identity)
    assert (await world.user()).recovery_codes_kept
    await ada.confirm_it_is_me()
    codes = await remake_codes(ada)
    assert len(codes) == len(await world.rows(RecoveryCode)) == 10
    assert not (await world.user()).recovery_codes_kept
    with pytest.raises(SignInRefused):
        await ada.sign_in(code=ada.recovery_codes[0])
    assert (await ada.sign_in(code=codes[0])).recovery_codes_left == 9


async def test_deleting_takes_the_name_typed_in_any_case(world: World) -> None:
    """Another name deletes nothing."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    for typed in ("", "adam", "ada@example.org", "x" * 100_000):
        with pytest.raises(InvalidForm) as refused:
            await delete_account(ada, typed)
        assert set(refused.value.problems) == {"user_name"}
    await delete_account(ada, " ADA ")
    assert await world.rows(User) == []


async def test_deleting_leaves_no_row_but_the_audit_log_and_one_mail(world: World) -> None:
    """Every session hears of it; the audit log keeps an id that means nothing (row 21); the name is free."""
    ada = await world.register()
    other = await ada.sign_in_elsewhere()
    await world.accounts.reset.request("ada", HERE)
    await ada.confirm_it_is_me()
    world.use(mail_goes_out=True)
    await world.accounts.email_change.request(ada.identity, "new@example.org", HERE)
    await world.accounts.ssh_keys.add(ada.identity, with_key())
    await delete_account(ada)
    for table in OF_A_USER:
        assert await world.rows(table) == [], table
    assert await world.kinds_mailed() == ["account-deleted"]
    assert await other.told() == ["You were signed out: this account was deleted."]
    world.use(mail_goes_out=False)
    again = await world.register()
    assert again.identity.user_id != ada.identity.user_id
    old = [row for row in await world.rows(AuditEvent) if row.user_id == ada.identity.user_id]
    assert old[-1].kind == "account-deleted"


async def test_a_sign_in_while_the_account_is_deleted_leaves_nothing_live(world: World) -> None:
    """Before or after, never between: of both at once no session outlives the account."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    await asyncio.gather(delete_account(ada), ada.sign_in(), return_exceptions=True)
    assert await world.rows(SessionRow) == []
    assert await world.rows(User) == []


async def test_a_password_change_and_sign_ins_with_the_old_one_at_once(world: World) -> None:
    """Row 17: whoever came in by the old password before the change is out after it."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    tries = [ada.sign_in(code=code) for code in (ada.code(), *ada.recovery_codes[:2])]
    await asyncio.gather(*tries, change_password(ada), return_exceptions=True)
    assert [row.id for row in await world.live()] == [ada.identity.session_id]


async def test_no_mail_of_a_change_holds_a_secret(world: World) -> None:
    """Notices say that it happened, from where, and what to do if it was somebody else."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    await change_password(ada)
    codes = await remake_codes(ada)
    for mail, letter in zip(await world.rows(OutgoingMail), await world.letters(), strict=True):
        assert letter is not None
        for secret in (NEW_PASSWORD, PASSWORD, *codes, ada.enrolment.secret):
            assert secret not in letter.content.text + letter.content.html + str(mail.data)
