"""Creating an account."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from sshauth.accounts import registration
from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.errors import (
    AccountError,
    ClockOff,
    InvalidForm,
    RegistrationGone,
    TooManyTries,
    TooManyUnfinished,
    WrongCode,
)
from sshauth.accounts.peer import Peer
from sshauth.db.tables import AuditEvent, Authenticator, PendingRegistration, RecoveryCode, SessionRow, User
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD, Person, World, form

TAKEN = "That user name is taken. Choose another."


@pytest.fixture
def limited(world: World) -> World:
    """Give the world with the limits that an operator gets who sets nothing."""
    world.use(registrations_an_hour=5, registrations_unfinished=3)
    return world


async def test_the_right_code_makes_the_account_and_signs_in(world: World) -> None:
    """Confirming gives an identity, for the first time, and ten recovery codes."""
    ada = await world.register()
    assert (ada.identity.user_name, ada.identity.last_sign_in) == ("ada", None)
    assert (ada.identity.recovery_codes_left, ada.identity.recovery_codes_kept) == (10, False)
    assert len(await world.rows(RecoveryCode)) == len(ada.recovery_codes) == 10
    assert [row.id for row in await world.live()] == [ada.identity.session_id]
    assert await world.audited() == ["registered"]
    await ada.sign_in()


async def test_nothing_exists_for_sign_in_before_the_code(world: World) -> None:
    """Row 12: before its authenticator is confirmed there is no account, no session, no way to reset."""
    ada = Person(world, await world.enrol())
    with pytest.raises(AccountError):
        await ada.sign_in()
    await world.accounts.reset.request("ada", HERE)
    assert await world.kinds_mailed() == []
    for table in (User, Authenticator, SessionRow, RecoveryCode, AuditEvent):
        assert await world.rows(table) == []


async def test_secrets_are_not_readable_in_the_database(world: World) -> None:
    """Neither the password nor the authenticator's secret stands in any column."""
    ada = await world.register()
    user, (authenticator,) = await world.user(), await world.rows(Authenticator)
    assert user.password_hash.startswith("$argon2id$v=19$")
    assert PASSWORD not in user.password_hash
    assert ada.enrolment.secret not in authenticator.secret_encrypted
    assert world.vault.open(user.id, authenticator.secret_encrypted) == ada.enrolment.secret


async def test_the_uri_is_what_apps_read(world: World) -> None:
    """The otpauth URI names issuer, account and secret, and nothing that is a default."""
    enrolment = await world.enrol()
    assert enrolment.uri == f"otpauth://totp/sshauth:ada?secret={enrolment.secret}&issuer=sshauth"


async def test_secrets_do_not_show_in_reprs(world: World) -> None:
    """What a log or a traceback may print holds no secret."""
    ada = Person(world, await world.enrol())
    registered = await world.accounts.registration.confirm(ada.enrolment, ada.code(), HERE)
    assert ada.enrolment.secret not in repr(ada.enrolment)
    assert registered.recovery_codes[0] not in repr(registered)
    assert "a secret key" not in repr(world.accounts)


async def test_a_wrong_code_can_be_tried_again(world: World) -> None:
    """The registration waits until the code is right."""
    ada = Person(world, await world.enrol())
    with pytest.raises(WrongCode):
        await world.accounts.registration.confirm(ada.enrolment, ada.wrong_code(), HERE)
    with pytest.raises(ClockOff, match="about 90 seconds ahead"):
        await world.accounts.registration.confirm(ada.enrolment, ada.code(3), HERE)
    await world.accounts.registration.confirm(ada.enrolment, ada.code(), HERE)


async def test_a_registration_is_confirmed_once(world: World) -> None:
    """Of eight confirmations at once one makes the account."""
    ada = Person(world, await world.enrol())
    all_at_once = await asyncio.gather(
        *(world.accounts.registration.confirm(ada.enrolment, ada.code(), HERE) for _ in range(8)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in all_at_once) == ["Registered"] + 7 * [
        "RegistrationGone"
    ]
    assert len(await world.rows(User)) == len(await world.rows(SessionRow)) == 1


async def test_leaving_frees_the_name(world: World) -> None:
    """After leaving, the same name and address can be taken, and the old registration is dead."""
    left = Person(world, await world.enrol())
    await world.accounts.registration.abandon(left.enrolment)
    with pytest.raises(RegistrationGone):
        await world.accounts.registration.confirm(left.enrolment, left.code(), HERE)
    await world.register()


async def test_leaving_does_not_wait_for_a_database_that_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is free when its time is up, as after a connection that broke without a word."""
    monkeypatch.setattr(registration, "ABANDON_MAY_TAKE", 0.05)
    left = Person(world, await world.enrol())
    async with world.database.transaction() as session:
        await session.execute(select(PendingRegistration).with_for_update())
        await world.accounts.registration.abandon(left.enrolment)
    assert len(await world.rows(PendingRegistration)) == 1


async def test_abandoning_a_finished_registration_is_harmless(world: World) -> None:
    """The account stays."""
    ada = await world.register()
    await world.accounts.registration.abandon(ada.enrolment)
    await ada.sign_in()


async def test_a_name_is_held_for_half_an_hour(world: World) -> None:
    """Row 27: a registration whose connection broke without a word holds its name 30 minutes at most."""
    held = Person(world, await world.enrol())
    world.wait(timedelta(minutes=29).total_seconds())
    with pytest.raises(InvalidForm) as refused:
        await world.enrol()
    assert refused.value.problems == {"user_name": TAKEN}
    assert await world.accounts.registration.user_name_problem("ada", HERE) == TAKEN
    world.wait(120)
    assert await world.accounts.registration.user_name_problem("ada", HERE) is None
    with pytest.raises(RegistrationGone):
        await world.accounts.registration.confirm(held.enrolment, held.code(), HERE)
    await world.enrol()


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"email": "other@example.org"}, {"user_name"}),
        ({"user_name": "other"}, {"email"}),
        ({"user_name": "ADA", "email": "ADA@EXAMPLE.ORG"}, {"user_name", "email"}),
    ],
)
async def test_what_has_an_account_is_said_beside_its_field(
    world: World, changes: dict[str, str], problems: set[str]
) -> None:
    """Row 22: user name and email are unique in any case. Of the email it is said where no mail goes out."""
    await world.register()
    with pytest.raises(InvalidForm) as refused:
        await world.enrol(HERE, **changes)
    assert set(refused.value.problems) == problems


async def test_a_refused_form_holds_nothing(world: World) -> None:
    """Whoever is refused leaves no trace that holds a name."""
    await world.register()
    with pytest.raises(InvalidForm):
        await world.enrol(user_name="other")
    assert await world.rows(PendingRegistration) == []


async def test_two_who_want_one_name_at_once(world: World) -> None:
    """Exactly one holds it."""
    forms = [world.enrol(email=f"{number}@example.org") for number in range(8)]
    results = await asyncio.gather(*forms, return_exceptions=True)
    assert sum(isinstance(result, Enrolment) for result in results) == 1
    assert sum(isinstance(result, InvalidForm) for result in results) == 7


async def test_two_with_one_address_both_begin_and_one_finishes(world: World) -> None:
    """That somebody else is registering with an address is told to nobody; its first finisher has it."""
    first = Person(world, await world.enrol())
    second = Person(world, await world.enrol(user_name="babbage"))
    both = await asyncio.gather(
        *(world.accounts.registration.confirm(each.enrolment, each.code(), HERE) for each in (first, second)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in both) == ["Registered", "RegistrationGone"]
    gone = next(result for result in both if isinstance(result, RegistrationGone))
    assert gone.message == "That email address has an account already."
    assert len(await world.rows(User)) == 1


async def test_every_wrong_field_is_said_at_once(world: World) -> None:
    """A form full of mistakes gets words for each."""
    with pytest.raises(InvalidForm) as refused:
        await world.enrol(
            first_name="",
            last_name="\u202e",
            user_name="root",
            email="nowhere",
            password="short",
            repeat_password="shorter",
        )
    fields = {"first_name", "last_name", "user_name", "email", "password", "repeat_password"}
    assert set(refused.value.problems) == fields
    assert await world.rows(PendingRegistration) == []


async def test_names_that_look_like_markup_are_kept_as_they_are(world: World) -> None:
    """Row 26: markup is text; screens show it literally."""
    await world.register(first_name="[@click=app.quit]x[/]", last_name="[/]")
    user = await world.user()
    assert (user.first_name, user.last_name) == ("[@click=app.quit]x[/]", "[/]")


async def test_a_source_begins_five_registrations_an_hour(limited: World) -> None:
    """Row 27: the sixth waits, finished ones count too; other sources are free."""
    for number in range(5):
        await limited.register(user_name=f"ada{number}", email=f"ada{number}@example.org")
    with pytest.raises(TooManyTries, match=r"Too many registrations\. Try again in 5. minutes") as refused:
        await limited.enrol()
    await limited.enrol(ELSEWHERE)
    limited.wait(refused.value.wait.total_seconds())
    await limited.enrol(user_name="later")


async def test_a_whole_64_is_one_source(limited: World) -> None:
    """Who holds an IPv6 /64 is one person."""
    for number in range(3):
        await limited.enrol(Peer(f"2001:db8::{number}"), user_name=f"ada{number}")
    with pytest.raises(TooManyUnfinished):
        await limited.enrol(Peer("2001:db8::ffff:1"))
    await limited.enrol(Peer("2001:db8:0:1::1"))


async def test_of_ten_registrations_at_once_three_are_held(limited: World) -> None:
    """Row 27: three unfinished ones a source, however many begin in one moment."""
    forms = [limited.enrol(user_name=f"ada{number}", email=f"{number}@example.org") for number in range(10)]
    results = await asyncio.gather(*forms, return_exceptions=True)
    assert sum(isinstance(result, Enrolment) for result in results) == 3
    assert sum(isinstance(result, TooManyUnfinished | TooManyTries) for result in results) == 7
    assert len(await limited.rows(PendingRegistration)) == 3


async def test_a_finished_or_left_registration_makes_room(limited: World) -> None:
    """Three unfinished ones at a time, not in all."""
    held = [await limited.enrol(user_name=f"ada{number}") for number in range(3)]
    with pytest.raises(TooManyUnfinished):
        await limited.enrol()
    await limited.accounts.registration.abandon(held[0])
    await limited.enrol()


async def test_a_name_is_looked_up_while_it_is_typed(world: World) -> None:
    """Words for what cannot be, None for what can, and for nothing typed yet."""
    await world.register()
    problem = world.accounts.registration.user_name_problem
    assert [await problem(text, HERE) for text in ("", "  ", "x", "root", "Ada", "babbage")] == [
        None,
        None,
        "Use 2 to 32 characters.",
        "That name is reserved. Choose another.",
        TAKEN,
        None,
    ]


async def test_names_are_looked_up_thirty_times_a_minute(world: World) -> None:
    """Row 27: after that nothing is told, taken or not; what needs no look-up is told still."""
    await world.register()
    problem = world.accounts.registration.user_name_problem
    assert [await problem("ada", HERE) for _ in range(30)] == 30 * [TAKEN]
    for name in ("ada", "babbage"):
        with pytest.raises(TooManyTries):
            await problem(name, HERE)
    assert await problem("x", HERE) == "Use 2 to 32 characters."
    assert await problem("ada", ELSEWHERE) == TAKEN
    world.wait(61)
    assert await problem("ada", HERE) == TAKEN


async def test_the_form_does_not_tell_for_long_which_addresses_have_accounts(limited: World) -> None:
    """Row 27: refused forms hold nothing and count all the same, and cost no hashing any more."""
    await limited.register(ELSEWHERE)
    for _ in range(30):
        with pytest.raises(InvalidForm):
            await limited.enrol()
    with pytest.raises(TooManyTries, match="Too many registrations"):
        await limited.enrol()
    await limited.enrol(ELSEWHERE, user_name="babbage", email="babbage@example.org")


async def test_who_went_back_gets_the_same_secret(world: World) -> None:
    """For the same name; an app would keep that of another name beside it."""
    shown = await world.enrol()
    await world.accounts.registration.abandon(shown)
    again = await world.accounts.registration.begin(form(), HERE, shown_before=shown)
    assert (again.secret, again.uri) == (shown.secret, shown.uri)
    assert again.id != shown.id
    await world.accounts.registration.abandon(again)
    other = await world.accounts.registration.begin(form(user_name="countess"), HERE, shown_before=again)
    assert other.secret != shown.secret
