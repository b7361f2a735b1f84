"""Setting up an account that an operator made: the code alone, then names, a password, the authenticator."""

import asyncio

import pytest

from sshauth.accounts.errors import InvalidForm, RenewalGone, SignInRefused
from sshauth.accounts.first_steps import Chosen
from sshauth.db.tables import Authenticator, AuthenticatorReset, User
from tests.accounts.operators import agree, begin, choose, console, make, settle
from tests.accounts.people import ELSEWHERE, HERE, MAILED_CODE, PASSWORD, Person, World
from tests.accounts.renewing import DAY

WRONG = "0000-0000-0000-0000"


async def test_the_whole_way(world: World) -> None:
    """Signed in as after registering; then name, password and code sign in, from a place that is known."""
    grace = await settle(world, (await make(world)).code)
    assert (grace.identity.first_name, grace.identity.recovery_codes_left) == ("Grace", 10)
    user = await world.user("grace")
    assert (user.first_name, user.last_name, user.password_generation) == ("Grace", "Hopper", 1)
    assert not user.recovery_codes_kept
    await grace.sign_in()
    assert await world.audited() == ["account-created", "registered", "signed-in"]
    assert await world.kinds_mailed() == ["account-created"]
    assert await world.rows(AuthenticatorReset) == []


@pytest.mark.parametrize("password", ["", "new", PASSWORD, "x" * 1000])
async def test_whatever_is_typed_for_the_password_will_do(world: World, password: str) -> None:
    """There is none yet; the code of 80 bits stands alone, as at a registration."""
    made = await make(world)
    enrolment = await begin(world, made.code, password)
    assert enrolment.first_steps is not None
    assert enrolment.address_confirmed


async def test_nobody_signs_in_before_it_is_set_up(world: World) -> None:
    """Neither with a password of theirs nor with none; a reset of the password does not help."""
    await make(world)
    for password in ("", PASSWORD):
        with pytest.raises(SignInRefused):
            await world.accounts.sign_in("grace", password, "123456", HERE)
    assert await world.rows(Authenticator) == []


async def test_who_forgot_a_password_that_was_never_chosen_hears_how_to_get_on(world: World) -> None:
    """No code: without an authenticator it would be of no use."""
    await make(world)
    await world.accounts.reset.request("grace", HERE)
    letter = (await world.letters())[-1]
    assert letter is not None
    assert letter.to == "grace@example.org"
    assert "It has none yet" in " ".join(letter.content.text.split())
    assert not MAILED_CODE.search(letter.content.text)


async def test_strangers_who_guess_codes_warn_nobody(world: World) -> None:
    """There is no password that they could have."""
    await make(world)
    for _ in range(4):
        with pytest.raises(SignInRefused):
            await begin(world, WRONG, peer=ELSEWHERE)
        world.wait(60)
    assert await world.kinds_mailed() == ["account-created"]


async def test_nothing_is_kept_before_the_first_code(world: World) -> None:
    """Row 12: neither names nor password; the code works again."""
    made = await make(world)
    await choose(world, await begin(world, made.code))
    user = await world.user("grace")
    assert (user.password_hash, user.first_name) == ("", "")
    await settle(world, made.code)


CHOICES = {
    "no name": ({"first_name": " "}, ["first_name"]),
    "a name that turns text": ({"last_name": "\u202eada"}, ["last_name"]),
    "too short": ({"password": "short", "repeat_password": "short"}, ["password"]),
    "two passwords": ({"repeat_password": "something else"}, ["repeat_password"]),
    "made of the name": ({"password": "gracegracegrace", "repeat_password": "gracegracegrace"}, ["password"]),
    "all of it": (
        {"first_name": "", "last_name": "", "password": "a", "repeat_password": "b"},
        ["first_name", "last_name", "password", "repeat_password"],
    ),
}


@pytest.mark.parametrize(("changes", "fields"), CHOICES.values(), ids=CHOICES)
async def test_names_and_password_keep_the_rules(
    world: World, changes: dict[str, str], fields: list[str]
) -> None:
    """Those of registering."""
    enrolment = await begin(world, (await make(world)).code)
    with pytest.raises(InvalidForm) as refused:
        await choose(world, enrolment, **changes)
    assert sorted(refused.value.problems) == fields


async def test_what_was_chosen_shows_no_password(world: World) -> None:
    """Nor its hash."""
    chosen = await choose(world, await begin(world, (await make(world)).code))
    assert chosen.password_hash not in repr(chosen)


async def test_nobody_comes_in_without_a_password_of_their_own(world: World) -> None:
    """Nor does a chosen one take the place of another's."""
    grace = Person(world, await begin(world, (await make(world)).code))
    with pytest.raises(RenewalGone):
        await world.accounts.renewal.confirm(grace.enrolment, grace.code(), HERE)
    assert await world.live() == []
    ada = await world.register()
    code = (await console(world).reset_authenticator(ada.user_name, agree, is_shown=True)).code
    anew = Person(world, await world.accounts.renewal.begin("ada", PASSWORD, code, HERE))
    with pytest.raises(RenewalGone):
        await world.accounts.renewal.confirm(anew.enrolment, anew.code(), HERE, Chosen("A", "B", "hash"))
    assert (await world.user("ada")).password_hash not in {"", "hash"}


async def test_of_two_who_finish_at_once_one_does(world: World) -> None:
    """The code works once: who is second has come too late, and changes nothing."""
    made = await make(world)
    people = [Person(world, await begin(world, made.code)) for _ in range(2)]
    chosen = [
        await choose(world, each.enrolment, first_name=name) for each, name in zip(people, "XY", strict=True)
    ]
    done = await asyncio.gather(
        *(
            world.accounts.renewal.confirm(each.enrolment, each.code(), HERE, choice)
            for each, choice in zip(people, chosen, strict=True)
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == ["Registered", "RenewalGone"]
    assert len(await world.rows(Authenticator)) == 1
    assert len(await world.live()) == 1


async def test_a_code_lives_for_a_day(world: World) -> None:
    """Row 14; upkeep takes the request away, and the account stays for another code."""
    made = await make(world)
    world.wait(DAY)
    with pytest.raises(SignInRefused):
        await begin(world, made.code)
    await world.accounts.upkeep.once()
    assert [user.user_name for user in await world.rows(User)] == ["grace"]
    again = await console(world).reset_authenticator("grace", agree, is_shown=True)
    world.wait(1)
    await settle(world, again.code)


async def test_a_disabled_account_is_not_set_up(world: World) -> None:
    """Until it is enabled."""
    made = await make(world)
    await console(world).set_disabled("grace", disabled=True)
    with pytest.raises(SignInRefused):
        await begin(world, made.code)
    await console(world).set_disabled("grace", disabled=False)
    await settle(world, made.code)


async def test_who_has_no_names_yet_is_called_by_the_user_name(world: World) -> None:
    """In mails."""
    await make(world)
    await console(world).set_disabled("grace", disabled=True)
    letter = (await world.letters())[-1]
    assert letter is not None
    assert letter.content.text.startswith("Hello grace,")
