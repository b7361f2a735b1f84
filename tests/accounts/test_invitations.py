"""Inviting people, and creating an account by invitation (row 14)."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from sshauth.accounts.after_restore import void_what_is_over
from sshauth.accounts.audit import Happened
from sshauth.accounts.entrance import Entrance
from sshauth.accounts.errors import (
    ConfirmationNeeded,
    GoneAway,
    InvalidForm,
    InvitationWrong,
    NoInvitations,
    NotAdministrator,
    RegistrationGone,
    Taken,
    TooManyTries,
)
from sshauth.accounts.inviting import Standing
from sshauth.accounts.mailed_codes import MailedCodes, for_invitation
from sshauth.db.tables import AuditEvent, FailureTally, Invitation, PendingRegistration, User
from tests.accounts.inviting import (
    DAY,
    GRACE,
    MACHINE,
    by_command,
    mail_invitation,
    show_invitation,
    use_entrance,
)
from tests.accounts.people import ELSEWHERE, HERE, OFFICE, Person, World, form
from tests.accounts.tries import place, statements_of

WRONG = "ABCD-EFGH-JKMN-PQRS"
GONE = "Your invitation was used or withdrawn meanwhile. Ask for another."


@pytest.fixture(autouse=True)
def invite_only(world: World) -> None:
    """Take an invitation from everybody, and send mail."""
    world.use(mail_goes_out=True)
    use_entrance(world, Entrance.INVITE)


async def refuses(world: World, code: str) -> None:
    """Tell of a code only that it is of no use."""
    with pytest.raises(
        InvitationWrong, match=r"^That invitation is wrong, was used, or has expired\.$"
    ) as no:
        await world.enrol(ELSEWHERE, user_name="eve", email="eve@example.org", invitation=code)
    assert no.value.field == "invitation"


# Using one


async def test_who_is_invited_by_mail_creates_an_account_with_that_address_at_once(world: World) -> None:
    """The code from the mail shows that the address is theirs: no other is mailed."""
    enrolment = await world.enrol(email=GRACE, invitation=await mail_invitation(world))
    assert enrolment.address_confirmed
    grace = Person(world, enrolment)
    await world.accounts.registration.confirm(enrolment, grace.code(), HERE)
    assert await world.kinds_mailed() == ["invitation"]
    assert await world.rows(Invitation) == []
    assert [event.kind for event in await world.rows(AuditEvent)] == ["invited", "registered"]


@pytest.mark.parametrize("email", ["GRACE@example.org", "Grace@EXAMPLE.org"])
async def test_the_invited_address_is_the_same_in_any_case(world: World, email: str) -> None:
    """As everywhere (row 22)."""
    assert (await world.enrol(email=email, invitation=await mail_invitation(world))).address_confirmed


async def test_another_address_is_confirmed_as_everybodys_is(world: World) -> None:
    """Who is invited may prefer another; that it is theirs, only a mail to it shows."""
    code = await mail_invitation(world)
    enrolment = await world.enrol(email="hopper@example.net", invitation=code)
    assert not enrolment.address_confirmed
    person = Person(world, enrolment)
    with pytest.raises(RegistrationGone):
        await world.accounts.registration.confirm(enrolment, person.code(), HERE)
    await world.accounts.registration.confirm_address(enrolment, await world.mailed_code(), HERE)
    await world.accounts.registration.confirm(enrolment, person.code(), HERE)
    assert (await world.user()).email == "hopper@example.net"
    await refuses(world, code)


async def test_an_address_that_only_looks_alike_is_another(world: World) -> None:
    """They are one in the list of accounts, and have different owners: only a mail shows whose it is."""
    code = await mail_invitation(world, "grace@strasse.example")
    assert not (await world.enrol(email="grace@straße.example", invitation=code)).address_confirmed
    assert await world.kinds_mailed() == ["invitation", "confirm-address"]


async def test_a_code_that_was_shown_confirms_no_address(world: World) -> None:
    """Whoever read it on the command line could have passed it on: a mail to the address must follow."""
    code = await show_invitation(world)
    assert await world.kinds_mailed() == []
    assert not (await world.enrol(email=GRACE, invitation=code)).address_confirmed
    assert await world.kinds_mailed() == ["confirm-address"]


async def test_what_was_written_to_a_file_confirms_no_address_later(world: World) -> None:
    """Without a mail server nobody's address is confirmed; one that is set later does not change the past."""
    world.use(mail_goes_out=False)
    code = await mail_invitation(world)
    assert (await world.enrol(email=GRACE, invitation=code, user_name="first")).address_confirmed
    world.use(mail_goes_out=True)
    assert not (await world.enrol(email=GRACE, invitation=code)).address_confirmed


async def test_a_code_is_taken_in_any_writing(world: World) -> None:
    """Row 14: case, spaces and dashes ignored, letters that look like digits forgiven."""
    code = await show_invitation(world)
    written = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    await world.enrol(invitation=f" {written} ")


async def test_it_is_good_for_one_account(world: World) -> None:
    """Beginning does not use it up, so that who mistyped something may begin anew; finishing does."""
    code = await show_invitation(world)
    left = await world.enrol(invitation=code)
    await world.accounts.registration.abandon(left)
    enrolment = await world.enrol(invitation=code)
    await world.accounts.registration.confirm_address(enrolment, await world.mailed_code(), HERE)
    await world.accounts.registration.confirm(enrolment, Person(world, enrolment).code(), HERE)
    await refuses(world, code)


async def test_of_many_who_finish_with_one_invitation_at_once_one_has_an_account(world: World) -> None:
    """Across connections and processes."""
    world.use(mail_goes_out=False)
    code = await show_invitation(world)
    people = [
        Person(world, await world.enrol(user_name=f"ada{n}", email=f"ada{n}@example.org", invitation=code))
        for n in range(4)
    ]
    results = await asyncio.gather(
        *(world.accounts.registration.confirm(each.enrolment, each.code(), HERE) for each in people),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == ["Registered"] + 3 * ["RegistrationGone"]
    assert {each.message for each in results if isinstance(each, RegistrationGone)} == {GONE}
    assert len(await world.rows(User)) == 1


async def test_it_works_for_seven_days(world: World) -> None:
    """And what was begun in time may be finished in time."""
    world.use(mail_goes_out=False)
    code = await show_invitation(world)
    world.wait(7 * DAY - 1)
    enrolment = await world.enrol(invitation=code)
    world.wait(60)
    await refuses(world, code)
    await world.accounts.upkeep.once()
    await world.accounts.registration.confirm(enrolment, Person(world, enrolment).code(), HERE)
    await refuses(world, code)


async def test_upkeep_takes_away_what_nobody_can_use(world: World) -> None:
    """Half an hour after it expired: no registration that was begun with it lives longer."""
    await show_invitation(world)
    world.wait(7 * DAY + 29 * 60)
    await world.accounts.upkeep.once()
    assert len(await world.rows(Invitation)) == 1
    world.wait(2 * 60)
    await world.accounts.upkeep.once()
    assert await world.rows(Invitation) == []


async def test_a_restored_backup_brings_no_invitation_back(world: World) -> None:
    """It may have been used since the backup was made."""
    code = await show_invitation(world)
    audit = world.accounts.invitations.inviting.audit
    async with world.database.transaction() as session:
        voided = await void_what_is_over(session, audit, MACHINE, world.now, "yesterday")
    assert voided.requests == 1
    await refuses(world, code)


async def test_how_long_it_works_is_a_setting(world: World) -> None:
    """As INVITATION_DAYS says when it is made."""
    world.use(invitation_lifetime=timedelta(days=1))
    code = await show_invitation(world)
    world.wait(DAY)
    await refuses(world, code)


async def test_the_code_is_stored_nowhere(world: World) -> None:
    """Row 14: it is derived; the row holds a few bits of a keyed hash, which tell nothing of it."""
    code = await show_invitation(world)
    (row,) = await world.rows(Invitation)
    assert len(row.shelf) == 4
    bare = code.replace("-", "")
    assert all(row.shelf != bare[start : start + 4] for start in range(13))
    assert code not in repr(await by_command(world).standing(10))


async def test_invitations_on_one_shelf_are_told_apart(world: World) -> None:
    """The shelf only says where to look."""
    first, second = [await show_invitation(world, f"{name}@example.org") for name in ("grace", "ada")]
    async with world.database.transaction() as session:
        shelf = world.accounts.mailed_codes.shelf_of(second)
        await session.execute(update(Invitation).values(shelf=shelf))
    await world.enrol(invitation=second)
    (pending,) = await world.rows(PendingRegistration)
    assert {row.email: row.request_id for row in await world.rows(Invitation)}["ada@example.org"] == (
        pending.invitation_id
    )
    await refuses(world, first)


async def test_a_code_is_judged_whole(world: World) -> None:
    """One that would lie where an invitation lies is not that of the invitation."""
    await show_invitation(world)
    async with world.database.transaction() as session:
        await session.execute(update(Invitation).values(shelf=world.accounts.mailed_codes.shelf_of(WRONG)))
    await refuses(world, WRONG)


async def test_an_address_that_got_an_account_is_told_so_to_who_owns_it(world: World) -> None:
    """The code from the mail shows whose it is; to others the answer is as for any address."""
    mailed = await mail_invitation(world)
    shown = await show_invitation(world, "hopper@example.net")
    use_entrance(world, Entrance.OPEN)
    await world.register(email=GRACE)
    use_entrance(world, Entrance.INVITE)
    with pytest.raises(InvalidForm) as refused:
        await world.enrol(user_name="grace", email=GRACE, invitation=mailed)
    assert refused.value.problems == {"email": "That email address has an account already."}
    assert not (await world.enrol(user_name="grace", email=GRACE, invitation=shown)).address_confirmed


def test_the_code_on_a_shelf_stays_the_same_while_the_secret_key_changes() -> None:
    """A mail that is sent, or sent again, after a rotation has the code that is looked for there."""
    old, new = "an old secret key", "a new secret key"
    subject = for_invitation(uuid.UUID(int=1), GRACE)
    before, after = MailedCodes.under(old), MailedCodes.under(new)
    meanwhile = MailedCodes.under(lambda: [new, old])
    code = before.code_for(subject)
    shelf = before.shelf_of(code)
    assert meanwhile.code_on(shelf, subject) == code
    assert shelf in meanwhile.shelves_of(code)
    assert meanwhile.matches(code, subject)
    assert after.code_on(shelf, subject) == after.code_for(subject) != code


# Guessing one


@pytest.mark.parametrize("code", ["", "x", "123456", WRONG, "\ud800" * 16, "0" * 24, "É" * 16])
async def test_what_is_no_invitation_is_refused_in_one_way(world: World, code: str) -> None:
    """Whatever it is."""
    await mail_invitation(world)
    await refuses(world, code)
    assert await world.rows(PendingRegistration) == []


async def test_a_stranger_learns_of_no_address_whether_it_was_invited(world: World) -> None:
    """Row 14: words, counters and what is written down are the same for both, and nothing is mailed."""
    code = await show_invitation(world)
    for email in (GRACE, "nobody@example.org"):
        with pytest.raises(InvitationWrong):
            await world.enrol(ELSEWHERE, email=email, invitation=WRONG)
    assert await world.kinds_mailed() == []
    (tally,) = await world.rows(FailureTally)
    assert (tally.kind, tally.count, tally.user_id) == (Happened.INVITATION_FAILED, 2, None)
    for email in (GRACE, "nobody@example.org"):
        await world.enrol(user_name=email.split("@")[0], email=email, invitation=code)
    assert await world.kinds_mailed() == ["confirm-address", "confirm-address"]


async def test_the_database_is_asked_the_same_for_every_wrong_one(world: World) -> None:
    """Row 14: never made, replaced, withdrawn or expired; with an invited address and with others."""
    replaced, _ = await show_invitation(world), await show_invitation(world)
    withdrawn = await show_invitation(world, "ben@example.org")
    await by_command(world).withdraw("ben@example.org")
    expired = await show_invitation(world, "cleo@example.org")
    world.wait(7 * DAY)
    await show_invitation(world, "dora@example.org")
    asked = []
    for number, code in enumerate((WRONG, replaced, withdrawn, expired)):
        for email in (GRACE, "dora@example.org", "nobody@example.org"):
            with statements_of(world.database) as statements, pytest.raises(InvitationWrong):
                await world.enrol(place(number), email=email, invitation=code)
            asked.append(statements)
            world.wait(60)
    assert len(asked[0]) > 3
    assert [statements for statements in asked if statements != asked[0]] == []


async def test_ten_wrong_ones_in_a_quarter_of_an_hour_and_no_more(world: World) -> None:
    """Counted by source with all other mailed codes; a right one costs nothing; others are not held up."""
    code = await show_invitation(world)
    for _ in range(9):
        await world.accounts.registration.abandon(await world.enrol(ELSEWHERE, invitation=code))
        await refuses(world, WRONG)
    await refuses(world, WRONG)
    for tried in (WRONG, code):
        with pytest.raises(TooManyTries, match=r"Too many wrong codes\. Try again in 15 minutes\.") as waits:
            await world.enrol(ELSEWHERE, invitation=tried)
        assert waits.value.field == "invitation"
    await world.enrol(HERE, invitation=code)
    world.wait(15 * 60)
    await world.enrol(ELSEWHERE, user_name="later", invitation=code)


async def test_all_else_in_the_form_is_judged_after_it(world: World) -> None:
    """Who has none learns nothing of names; who has one finds it as good as before the slip."""
    code = await show_invitation(world)
    with pytest.raises(InvitationWrong):
        await world.enrol(password="short", invitation=WRONG)
    with pytest.raises(InvalidForm) as refused:
        await world.enrol(password="short", invitation=code)
    assert set(refused.value.problems) == {"password"}
    await world.enrol(invitation=code)


# Inviting


async def test_the_mail_says_what_to_do_and_names_nobody(world: World) -> None:
    """Neither who invites nor from where."""
    await by_command(world).invite("Grace@Example.ORG", is_shown=False)
    (letter,) = await world.letters()
    assert letter is not None
    assert letter.to == "Grace@example.org"
    assert "until 2026-03-08 at 12:00 UTC" in letter.content.text
    assert MACHINE.address not in letter.content.text


async def test_another_invitation_replaces_the_one_before(world: World) -> None:
    """One an address; the mail of the old one is not sent any more."""
    first, second = await mail_invitation(world), await mail_invitation(world, GRACE.upper())
    assert [letter is None for letter in await world.letters()] == [True, False]
    await refuses(world, first)
    await world.enrol(invitation=second)


async def test_one_that_is_withdrawn_is_of_no_use(world: World) -> None:
    """Not even to who has begun with it; its mail is not sent any more."""
    code = await mail_invitation(world)
    enrolment = await world.enrol(email=GRACE, invitation=code)
    await by_command(world).withdraw(GRACE.title())
    await refuses(world, code)
    assert await world.letters() == [None]
    with pytest.raises(RegistrationGone, match=GONE):
        await world.accounts.registration.confirm(enrolment, Person(world, enrolment).code(), HERE)
    assert await world.rows(User) == []
    for nobody in (GRACE, "\0"):
        with pytest.raises(GoneAway):
            await by_command(world).withdraw(nobody)
    assert await world.audited() == ["invited", "invitation-withdrawn"]


async def test_what_stands_is_listed(world: World) -> None:
    """The newest first, with who invited; what has expired is not."""
    await mail_invitation(world, "old@example.org")
    world.wait(6 * DAY)
    admin = await world.administrator()
    await world.accounts.invitations.invite(admin, GRACE, OFFICE)
    world.wait(60)
    await show_invitation(world, "new@example.org")
    expires_at = world.now + timedelta(days=7)
    invited = [
        Standing("new@example.org", "", world.now, expires_at),
        Standing(GRACE, "chief", world.now - timedelta(minutes=1), expires_at - timedelta(minutes=1)),
    ]
    before = world.now - timedelta(days=6, minutes=1)
    old = Standing("old@example.org", "", before, before + timedelta(days=7))
    assert await by_command(world).standing(10) == (*invited, old)
    assert await by_command(world).standing(1) == (invited[0],)
    world.wait(DAY)
    assert await by_command(world).standing(10) == tuple(invited)


async def test_an_account_that_invited_somebody_can_be_deleted(world: World) -> None:
    """The invitation stands, and nobody is named any more."""
    admin = await world.administrator()
    await world.accounts.invitations.invite(admin, GRACE, OFFICE)
    code = await world.mailed_code()
    async with world.database.transaction() as session:
        await session.delete(await session.get_one(User, admin.user_id))
    assert [each.invited_by for each in await by_command(world).standing(10)] == [""]
    await world.enrol(invitation=code)


async def test_an_administrator_invites_by_mail_alone(world: World) -> None:
    """What is written down names them, and no address (row 21); the code is not shown to them."""
    admin = await world.administrator()
    invited = await world.accounts.invitations.invite(admin, GRACE, OFFICE)
    assert (invited.email, invited.is_mailed, invited.code) == (GRACE, True, "")
    assert world.mail_waiting.is_set()
    (event,) = await world.rows(AuditEvent)
    (row,) = await world.rows(Invitation)
    assert (event.kind, event.user_id, event.address) == ("invited", admin.user_id, OFFICE.address)
    assert event.data == {"invitation": str(row.request_id)}
    assert row.invited_by == admin.user_id
    assert [each.words for each in await world.accounts.activity.recent(admin)] == ["Invited somebody"]


async def test_only_administrators_who_have_confirmed_lately_invite(world: World) -> None:
    """As for all that they change."""
    admin = await world.administrator()
    world.wait(5 * 60 + 1)
    with pytest.raises(ConfirmationNeeded):
        await world.accounts.invitations.invite(admin, GRACE, OFFICE)
    use_entrance(world, Entrance.OPEN)
    ada = await world.register()
    await ada.confirm_it_is_me()
    use_entrance(world, Entrance.INVITE)
    with pytest.raises(NotAdministrator):
        await world.accounts.invitations.invite(ada.identity, GRACE, HERE)
    assert await world.rows(Invitation) == []


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("nowhere", "Mail cannot reach that address."),
        ("grace@elsewhere.example", "Use an address at example.org."),
    ],
)
async def test_where_nobody_can_be_invited(world: World, email: str, words: str) -> None:
    """What is no address, and one that no account may have."""
    use_entrance(world, Entrance.INVITE, "example.org")
    with pytest.raises(InvalidForm) as refused:
        await by_command(world).invite(email, is_shown=True)
    assert refused.value.problems == {"email": words}
    assert await world.rows(Invitation) == []


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@example.org"])
async def test_who_has_an_account_is_not_invited(world: World, email: str) -> None:
    """Whoever invites is told whose it is."""
    use_entrance(world, Entrance.OPEN)
    await world.register()
    use_entrance(world, Entrance.INVITE)
    with pytest.raises(Taken, match=r"^That address has an account already: ada\.$") as taken:
        await by_command(world).invite(email, is_shown=True)
    assert taken.value.field == "email"
    assert await world.rows(Invitation) == []


@pytest.mark.parametrize(
    ("entrance", "words"),
    [
        (Entrance.OPEN, "Nobody needs an invitation while REGISTRATION is open"),
        (Entrance.CLOSED, "Nobody can use an invitation while REGISTRATION is closed"),
    ],
)
async def test_where_invitations_are_of_no_use_none_are_made(
    world: World, entrance: Entrance, words: str
) -> None:
    """That is said, with what to do."""
    before = world.accounts.invitations
    use_entrance(world, entrance)
    assert (before.are_of_use, world.accounts.invitations.are_of_use) == (True, False)
    with pytest.raises(NoInvitations, match=words):
        await by_command(world).invite(GRACE, is_shown=True)


async def test_an_address_is_mailed_three_invitations_an_hour(world: World) -> None:
    """What is shown is not counted; strangers use up none of them, and they use up nobody's reset."""
    for _ in range(3):
        await mail_invitation(world)
    with pytest.raises(TooManyTries, match="Too many invitations to that address"):
        await mail_invitation(world)
    await show_invitation(world)
    await mail_invitation(world, "other@example.org")
    world.wait(3600)
    await mail_invitation(world)


async def test_an_administrator_invites_a_hundred_an_hour(world: World) -> None:
    """A thief with their session and authenticator mails no more of the world."""
    admin = await world.administrator()
    invite = world.accounts.invitations.invite
    for number in range(100):
        await invite(admin, f"somebody{number}@example.org", OFFICE)
    with pytest.raises(TooManyTries, match="Too many invitations"):
        await invite(admin, GRACE, OFFICE)
    assert len(await world.rows(Invitation)) == 100


async def test_secrets_do_not_show_in_reprs(world: World) -> None:
    """What a log may print holds no code."""
    invited = await by_command(world).invite(GRACE, is_shown=True)
    assert invited.code
    assert invited.code not in repr(invited)
    assert invited.code not in repr(form(invitation=invited.code))
