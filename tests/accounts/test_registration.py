"""Creating an account."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import registration
from sshauth.accounts.errors import AccountError, ClockOff, InvalidForm, RegistrationGone, WrongCode
from sshauth.db.tables import Authenticator, PendingRegistration, User
from tests.accounts.people import HERE, Person, World


async def test_the_right_code_makes_the_account_and_signs_in(world: World) -> None:
    """Confirming gives an identity, for the first time."""
    ada = await world.register()
    assert ada.identity is not None
    assert (ada.identity.user_name, ada.identity.last_sign_in) == ("ada", None)
    await ada.sign_in()


async def test_nothing_exists_for_sign_in_before_the_code(world: World) -> None:
    """Row 12: before its authenticator is confirmed nobody can sign in."""
    ada = Person(world, await world.enrol())
    with pytest.raises(AccountError):
        await ada.sign_in()
    async with world.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 0
        assert await session.scalar(select(func.count()).select_from(Authenticator)) == 0


async def test_secrets_are_not_readable_in_the_database(world: World) -> None:
    """Neither the password nor the authenticator's secret stands in any column."""
    ada = await world.register()
    async with world.database.transaction() as session:
        user = (await session.execute(select(User))).scalar_one()
        authenticator = (await session.execute(select(Authenticator))).scalar_one()
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert ada.enrolment.secret not in authenticator.secret_encrypted


async def test_the_uri_is_what_apps_read(world: World) -> None:
    """The otpauth URI names issuer, account and secret, and nothing that is a default."""
    enrolment = await world.enrol()
    assert enrolment.uri == f"otpauth://totp/sshauth:ada?secret={enrolment.secret}&issuer=sshauth"


async def test_secrets_do_not_show_in_reprs(world: World) -> None:
    """What a log or a traceback may print holds no secret."""
    enrolment = await world.enrol()
    assert enrolment.secret not in repr(enrolment)
    assert "battery" not in repr(world.registration)


async def test_a_wrong_code_can_be_tried_again(world: World) -> None:
    """The registration waits until the code is right."""
    ada = Person(world, await world.enrol())
    with pytest.raises(WrongCode):
        await world.registration.confirm(ada.enrolment, "000000", HERE)
    with pytest.raises(ClockOff, match="about 90 seconds ahead"):
        await world.registration.confirm(ada.enrolment, ada.code(3), HERE)
    await world.registration.confirm(ada.enrolment, ada.code(), HERE)


async def test_a_registration_is_confirmed_once(world: World) -> None:
    """Two confirmations at once make one account."""
    ada = Person(world, await world.enrol())
    both = await asyncio.gather(
        *(world.registration.confirm(ada.enrolment, ada.code(), HERE) for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in both) == ["Identity", "RegistrationGone"]


async def test_leaving_frees_the_names(world: World) -> None:
    """After leaving, the same name and address can be taken, and the old registration is dead."""
    left = Person(world, await world.enrol())
    await world.registration.abandon(left.enrolment)
    with pytest.raises(RegistrationGone):
        await world.registration.confirm(left.enrolment, left.code(), HERE)
    await world.register()


async def test_abandoning_a_finished_registration_is_harmless(world: World) -> None:
    """The account stays."""
    ada = await world.register()
    await world.registration.abandon(ada.enrolment)
    await ada.sign_in()


async def test_a_name_is_held_for_half_an_hour(world: World) -> None:
    """Row 27: a registration whose connection broke without a word holds its name 30 minutes at most."""
    held = Person(world, await world.enrol())
    world.wait(timedelta(minutes=29).total_seconds())
    with pytest.raises(InvalidForm):
        await world.enrol()
    world.wait(120)
    with pytest.raises(RegistrationGone):
        await world.registration.confirm(held.enrolment, held.code(), HERE)
    await world.enrol()


@pytest.mark.parametrize("finished", [True, False], ids=["account", "registration"])
@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"email": "other@example.org"}, {"user_name"}),
        ({"user_name": "other"}, {"email"}),
        ({"user_name": "ADA", "email": "ADA@EXAMPLE.ORG"}, {"user_name", "email"}),
    ],
)
async def test_taken_names_are_said_beside_their_fields(
    world: World, finished: bool, changes: dict[str, str], problems: set[str]
) -> None:
    """User name and email are unique in any case, also among registrations that are under way."""
    await (world.register() if finished else world.enrol())
    with pytest.raises(InvalidForm) as refused:
        await world.enrol(**changes)
    assert set(refused.value.problems) == problems


async def test_two_who_want_one_name_at_once(world: World) -> None:
    """Exactly one holds it."""
    forms = [world.enrol(email=f"{number}@example.org") for number in range(8)]
    results = await asyncio.gather(*forms, return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert all(isinstance(result, InvalidForm) for result in results if isinstance(result, Exception))


async def test_a_name_that_is_freed_in_the_same_moment_is_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever held it may leave between our try and our question who holds it: then we try again."""
    leaving = await world.enrol()
    refuse_taken = registration._refuse_taken

    async def leave_first(session: AsyncSession, table: type[User], wanted: PendingRegistration) -> None:
        await session.execute(delete(PendingRegistration).where(PendingRegistration.id == leaving.id))
        await refuse_taken(session, table, wanted)

    monkeypatch.setattr(registration, "_refuse_taken", leave_first)
    await world.register()


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
    assert set(refused.value.problems) == {
        "first_name",
        "last_name",
        "user_name",
        "email",
        "password",
        "repeat_password",
    }
    async with world.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(PendingRegistration)) == 0
