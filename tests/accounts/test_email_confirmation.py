"""Confirming the address of a new account by a mailed code, where mail goes out."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.errors import ConfirmationCodeWrong, InvalidForm, RegistrationGone, TooManyTries
from sshauth.accounts.peer import Peer
from sshauth.db.tables import PendingRegistration, User
from tests.accounts.people import ELSEWHERE, HERE, Person, World

OTHERS = "babbage@example.org"


@pytest.fixture
def mailing(world: World) -> World:
    """Give the world with a mail server."""
    world.use(mail_goes_out=True)
    return world


@contextmanager
def statements(world: World) -> Iterator[Counter[str]]:
    """Count the kinds of SQL statements that are run meanwhile."""
    kinds: Counter[str] = Counter()

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        kinds[statement.partition(" ")[0]] += 1

    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield kinds
    finally:
        event.remove(engine, "before_cursor_execute", count)


async def confirm_address(world: World, enrolment: Enrolment, code: str, peer: Peer = HERE) -> None:
    await world.accounts.registration.confirm_address(enrolment, code, peer)


async def test_the_mailed_code_comes_before_the_authenticator(mailing: World) -> None:
    """Without it the authenticator's code makes no account; with it it does."""
    ada = Person(mailing, await mailing.enrol())
    assert (ada.enrolment.email, ada.enrolment.address_confirmed) == ("ada@example.org", False)
    with pytest.raises(RegistrationGone):
        await mailing.accounts.registration.confirm(ada.enrolment, ada.code(), HERE)
    await confirm_address(mailing, ada.enrolment, await mailing.mailed_code())
    await mailing.accounts.registration.confirm(ada.enrolment, ada.code(), HERE)
    assert len(await mailing.rows(User)) == 1


async def test_the_mail_goes_to_the_address_typed_and_wakes_its_sender(mailing: World) -> None:
    """One mail, to nobody else."""
    await mailing.enrol()
    assert mailing.mail_waiting.is_set()
    assert [letter.to for letter in await mailing.letters() if letter] == ["ada@example.org"]


async def test_a_code_is_accepted_as_people_type_it(mailing: World) -> None:
    """Row 14: case, spaces and dashes do not matter; O is 0, I and L are 1."""
    enrolment = await mailing.enrol()
    code = (await mailing.mailed_code()).replace("0", "o").replace("1", "l").replace("-", " ").lower()
    await confirm_address(mailing, enrolment, f" {code}\n")


async def test_a_code_is_of_one_registration(mailing: World) -> None:
    """The code of another registration with the same address is none."""
    first = await mailing.enrol()
    code = await mailing.mailed_code()
    second = await mailing.enrol(user_name="other")
    with pytest.raises(ConfirmationCodeWrong) as refused:
        await confirm_address(mailing, second, code)
    assert (refused.value.message, refused.value.field) == ("That code is wrong or has expired.", "mail_code")
    await confirm_address(mailing, first, code)


async def test_wrong_codes_are_counted_by_source_and_void_nothing(mailing: World) -> None:
    """Row 14: ten wrong ones in 15 minutes; then that source waits, and the code still works elsewhere."""
    enrolment, code = await mailing.enrol(), await mailing.mailed_code()
    for _ in range(10):
        with pytest.raises(ConfirmationCodeWrong):
            await confirm_address(mailing, enrolment, "0000-0000-0000-0000")
    with pytest.raises(TooManyTries, match="Too many wrong codes"):
        await confirm_address(mailing, enrolment, code)
    await confirm_address(mailing, enrolment, code, ELSEWHERE)


async def test_right_codes_are_not_counted(mailing: World) -> None:
    """A source from which many register is not held up by their right codes."""
    for number in range(12):
        await mailing.register(user_name=f"ada{number}", email=f"ada{number}@example.org")


async def test_a_code_works_for_ten_minutes_and_another_is_sent_again(mailing: World) -> None:
    """Row 14: then it is wrong, until the person asks for the mail again."""
    ada = Person(mailing, await mailing.enrol())
    code = await mailing.mailed_code()
    mailing.wait(601)
    with pytest.raises(ConfirmationCodeWrong):
        await confirm_address(mailing, ada.enrolment, code)
    assert await mailing.letters() == [None]
    await mailing.accounts.registration.send_again(ada.enrolment, HERE)
    await confirm_address(mailing, ada.enrolment, await mailing.mailed_code())
    await mailing.accounts.registration.confirm(ada.enrolment, ada.code(), HERE)


async def test_no_code_outlives_the_hold(mailing: World) -> None:
    """Row 27: after half an hour the registration is gone, whatever was sent again meanwhile."""
    enrolment, code = await mailing.enrol(), await mailing.mailed_code()
    mailing.wait(29 * 60)
    await mailing.accounts.registration.send_again(enrolment, HERE)
    mailing.wait(61)
    with pytest.raises(RegistrationGone):
        await confirm_address(mailing, enrolment, code)
    await mailing.accounts.registration.send_again(enrolment, HERE)
    assert await mailing.letters() == [None, None]


async def test_a_registration_that_was_left_takes_no_code(mailing: World) -> None:
    """It says so, and sends nothing more."""
    enrolment, code = await mailing.enrol(), await mailing.mailed_code()
    await mailing.accounts.registration.abandon(enrolment)
    with pytest.raises(RegistrationGone):
        await confirm_address(mailing, enrolment, code)
    await mailing.accounts.registration.send_again(enrolment, HERE)
    assert await mailing.letters() == [None]


async def test_the_owner_of_a_known_address_is_told_and_no_code_exists(mailing: World) -> None:
    """Row 5: the screen is the same; the mail says that there is an account, and holds no code."""
    await mailing.register()
    before = len(await mailing.letters())
    enrolment = await mailing.enrol(ELSEWHERE, user_name="thief", email="ADA@example.org")
    assert not enrolment.address_confirmed
    told = (await mailing.letters())[before]
    assert told is not None
    assert told.to == "ada@example.org"
    assert "ada" in told.content.text
    assert enrolment.secret not in told.content.text
    with pytest.raises(AssertionError, match="no code"):
        await mailing.mailed_code()
    with pytest.raises(ConfirmationCodeWrong):
        await confirm_address(mailing, enrolment, "0000-0000-0000-0000")


async def test_known_and_unknown_addresses_get_the_same_answer_by_the_same_work(mailing: World) -> None:
    """Row 5: neither words nor the number and kinds of statements tell which has an account."""
    await mailing.register()
    mailing.wait(3601)
    answers, work = [], []
    for name, email in (("known", "ada@example.org"), ("unknown", OTHERS)):
        with statements(mailing) as kinds:
            enrolment = await mailing.enrol(user_name=name, email=email)
            await mailing.accounts.registration.send_again(enrolment, HERE)
            with pytest.raises(ConfirmationCodeWrong) as refused:
                await confirm_address(mailing, enrolment, "0000-0000-0000-0000")
        answers.append((enrolment.address_confirmed, refused.value.message))
        work.append(kinds)
    assert answers[0] == answers[1]
    assert work[0] == work[1]
    assert work[0]["INSERT"] > 3


async def test_a_taken_name_is_said_whatever_the_address(mailing: World) -> None:
    """User names are public; that its address is known too is not said beside it."""
    await mailing.register()
    with pytest.raises(InvalidForm) as refused:
        await mailing.enrol()
    assert set(refused.value.problems) == {"user_name"}


async def test_an_address_gets_two_such_mails_an_hour_and_four_a_day(mailing: World) -> None:
    """Row 27: however many registrations and sources ask; the rest is for resets."""
    peers = [HERE, ELSEWHERE, Peer("203.0.113.9")]
    for number, peer in enumerate(peers * 2):
        enrolment = await mailing.enrol(peer, user_name=f"ada{number}")
        await mailing.accounts.registration.send_again(enrolment, peer)
    assert len(await mailing.mailed()) == 2
    mailing.wait(3601)
    for number in range(4):
        await mailing.enrol(user_name=f"later{number}")
    assert len(await mailing.mailed()) == 4
    mailing.wait(3601)
    await mailing.enrol(user_name="latest")
    assert len(await mailing.mailed()) == 4
    mailing.wait(86401)
    await mailing.enrol(user_name="tomorrow")
    assert len(await mailing.mailed()) == 5


async def test_reset_mail_and_confirmation_mail_share_one_count(mailing: World) -> None:
    """Row 27: three an hour from strangers, of which registrations leave one for a reset."""
    await mailing.register()
    for number in range(3):
        await mailing.enrol(user_name=f"ada{number}")
    assert await mailing.kinds_mailed() == 2 * ["confirm-address"]
    for _ in range(2):
        await mailing.accounts.reset.request("ada", ELSEWHERE)
    assert (await mailing.kinds_mailed())[2:] == ["reset-code"]
    await mailing.accounts.reset.request("ada", HERE)
    assert (await mailing.kinds_mailed())[3:] == ["reset-code"]


async def test_the_whole_site_sends_so_much_mail_an_hour(mailing: World) -> None:
    """Row 27: the ceiling is a setting; what is above it is not sent, and nobody is told."""
    mailing.use(mails_an_hour=2)
    for number in range(4):
        enrolment = await mailing.enrol(user_name=f"ada{number}", email=f"ada{number}@example.org")
        assert not enrolment.address_confirmed
    assert len(await mailing.mailed()) == 2
    mailing.wait(3601)
    await mailing.enrol(user_name="later", email=OTHERS)
    assert len(await mailing.mailed()) == 3


async def test_two_confirmed_registrations_of_one_address_make_one_account(mailing: World) -> None:
    """Who comes second has shown that the address is theirs, and hears what it has."""
    people = []
    for name in ("first", "second"):
        person = Person(mailing, await mailing.enrol(user_name=name))
        await confirm_address(mailing, person.enrolment, await mailing.mailed_code())
        people.append(person)
    results = await asyncio.gather(
        *(mailing.accounts.registration.confirm(each.enrolment, each.code(), HERE) for each in people),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Registered", "RegistrationGone"]
    assert len(await mailing.rows(User)) == 1


async def test_a_claim_of_the_screen_confirms_nothing(mailing: World) -> None:
    """The row decides: an enrolment that says its address is confirmed changes nothing."""
    ada = Person(mailing, await mailing.enrol())
    claimed = replace(ada.enrolment, address_confirmed=True)
    with pytest.raises(RegistrationGone):
        await mailing.accounts.registration.confirm(claimed, ada.code(), HERE)
    (pending,) = await mailing.rows(PendingRegistration)
    assert not pending.email_confirmed


async def test_sending_again_does_not_stretch_a_code_that_was_not_mailed_again(mailing: World) -> None:
    """Row 14: ten minutes from the last mail; where the limit keeps the mail back, the code ages on."""
    enrolment, code = await mailing.enrol(), await mailing.mailed_code()
    for _ in range(3):
        await mailing.accounts.registration.send_again(enrolment, HERE)
    mailing.wait(590)
    await mailing.accounts.registration.send_again(enrolment, HERE)
    mailing.wait(20)
    with pytest.raises(ConfirmationCodeWrong):
        await confirm_address(mailing, enrolment, code)
