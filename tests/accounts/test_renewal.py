"""Setting up anew after a reset: password and mailed code, then the first code (rows 5, 8 to 14 and 19)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import update

from sshauth.accounts import renewal
from sshauth.accounts.console import Newcomer
from sshauth.accounts.errors import (
    AccountError,
    ClockOff,
    CodeAlreadyUsed,
    RenewalGone,
    SignInRefused,
    TooManyTries,
    WrongCode,
)
from sshauth.accounts.peer import Peer
from sshauth.accounts.set_password import set_password
from sshauth.accounts.vault import Vault
from sshauth.db.tables import Authenticator, AuthenticatorReset, RecoveryCode, Throttle, User
from tests.accounts.operators import make
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD, Person, World
from tests.accounts.renewing import DAY, OFFICE, an_admin, begin, confirm, lose, renew, take_away
from tests.accounts.tries import Look, know, look_of, place, statements_of

REFUSED = Look("SignInRefused", "User name, password or code is wrong.")
WRONG = "0000-0000-0000-0000"
WRONG_PASSWORD = "wrong password"


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [
        (WRONG, True),
        ("abcd efgh jkmn pqrs", True),
        ("ABCDEFGHJKMNPQRS", True),
        ("oooo-iiii-llll-zzzz", True),
        ("0000-0000-0000-000U", False),
        ("0000-0000-0000-000", False),
        ("0000-0000-0000-0000-0000-0000", False),
        ("123456", False),
        ("", False),
    ],
)
def test_such_a_code_is_told_by_its_form(typed: str, is_one: bool) -> None:
    """Sixteen characters, however they are written; neither six digits nor a recovery code."""
    assert renewal.looks_like_one(typed) is is_one


async def test_the_new_authenticator_signs_in_and_nothing_of_the_old_does(world: World) -> None:
    """The whole way."""
    ada = await world.register()
    code = await lose(ada)
    renewed = await renew(ada, code)
    await renewed.sign_in()
    world.wait(30)
    await renewed.sign_in(code=renewed.recovery_codes[0])
    for old in (ada.code(), ada.recovery_codes[0]):
        with pytest.raises(SignInRefused):
            await ada.sign_in(code=old)
    assert await world.rows(AuthenticatorReset) == []


async def test_beginning_signs_nobody_in_and_keeps_nothing(world: World) -> None:
    """Row 12: nothing is an authenticator before its first code was right; the code is not used up either."""
    ada = await world.register()
    admin = await an_admin(world)
    code = await lose(ada, admin)
    before = await world.rows(AuthenticatorReset)
    first, second = await begin(ada, code), await begin(ada, code)
    assert first.secret != second.secret
    assert [row.user_id for row in await world.live()] == [admin.identity.user_id]
    assert [row.user_id for row in await world.rows(Authenticator)] == [admin.identity.user_id]
    assert [row.request_id for row in await world.rows(AuthenticatorReset)] == [before[0].request_id]
    assert first.secret not in repr(first)


async def test_the_person_is_let_in_as_after_registering(world: World) -> None:
    """Signed in, with ten codes to keep, from a place that is known from now on; and told by mail."""
    ada = await world.register()
    renewed = await renew(ada, await lose(ada), ELSEWHERE)
    identity = renewed.identity
    assert (identity.user_name, identity.recovery_codes_left) == ("ada", 10)
    assert not identity.recovery_codes_kept
    assert len(set(renewed.recovery_codes)) == 10
    assert identity.session_id in {row.id for row in await world.live()}
    assert (await world.kinds_mailed())[-1] == "authenticator-set-up"
    assert (await world.audited())[-1] == "authenticator-set-up"
    letter = (await world.letters())[-1]
    assert letter is not None
    assert ELSEWHERE.address in letter.content.text
    await renewed.sign_in(peer=ELSEWHERE)
    assert (await world.kinds_mailed())[-1] == "authenticator-set-up"


@pytest.mark.parametrize("login", ["ADA", "ada@example.org"])
async def test_name_and_code_are_taken_however_they_are_written(world: World, login: str) -> None:
    """By name or email, in any case; the code as people type it."""
    ada = await world.register()
    code = await lose(ada)
    await begin(ada, code.lower().replace("-", " ").replace("0", "o").replace("1", "l"), login=login)


async def test_the_first_code_is_used_up(world: World) -> None:
    """Row 8."""
    ada = await world.register()
    renewed = Person(world, await begin(ada, await lose(ada)))
    await confirm(world, renewed.enrolment)
    with pytest.raises(CodeAlreadyUsed):
        await renewed.sign_in()


async def test_a_wrong_first_code_changes_nothing(world: World) -> None:
    """It may be typed again."""
    ada = await world.register()
    renewed = Person(world, await begin(ada, await lose(ada)))
    with pytest.raises(WrongCode):
        await confirm(world, renewed.enrolment, renewed.wrong_code())
    with pytest.raises(ClockOff):
        await confirm(world, renewed.enrolment, renewed.code(5))
    assert len(await world.rows(AuthenticatorReset)) == 1
    await confirm(world, renewed.enrolment)


# One use


async def test_of_ten_who_set_up_at_once_one_succeeds(world: World) -> None:
    """Row 14: each from a begin of its own, and one begin twice: one authenticator, one session, one mail."""
    ada = await world.register()
    admin = await an_admin(world)
    code = await lose(ada, admin)

    async def whole_way() -> object:
        return await confirm(world, await begin(ada, code))

    begun = [await begin(ada, code) for _ in range(4)]
    results = await asyncio.gather(
        *(whole_way() for _ in range(2)),
        *(confirm(world, enrolment) for enrolment in 2 * begun),
        return_exceptions=True,
    )
    seen = Counter(type(result).__name__ for result in results)
    assert seen["Registered"] == 1
    assert set(seen) <= {"Registered", "RenewalGone", "SignInRefused"}
    user_id = ada.identity.user_id
    assert [row.user_id for row in await world.rows(Authenticator)].count(user_id) == 1
    assert [row.user_id for row in await world.rows(RecoveryCode)].count(user_id) == 10
    assert [row.user_id for row in await world.live()].count(user_id) == 1
    assert (await world.kinds_mailed()).count("authenticator-set-up") == 1


async def test_of_two_nodes_at_once_one_succeeds(world: World) -> None:
    """The database decides, not the process."""
    ada = await world.register()
    code = await lose(ada)
    nodes = [world.another_node(f"node/{number}") for number in (2, 3)]
    enrolments = [await node.renewal.begin("ada", PASSWORD, code, HERE) for node in nodes]
    results = await asyncio.gather(
        *(
            node.renewal.confirm(enrolment, Person(world, enrolment).code(), HERE)
            for node, enrolment in zip(nodes, enrolments, strict=True)
        ),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Registered", "RenewalGone"]


async def test_a_used_code_is_dead(world: World) -> None:
    """It opens nothing, and what was begun with it ends nowhere."""
    ada = await world.register()
    code = await lose(ada)
    late = await begin(ada, code)
    await renew(ada, code)
    with pytest.raises(SignInRefused):
        await begin(ada, code)
    with pytest.raises(RenewalGone):
        await confirm(world, late)


async def test_a_code_works_for_a_day(world: World) -> None:
    """Row 14: up to the last second; whoever has begun must end by then too."""
    ada = await world.register()
    code = await lose(ada)
    world.wait(DAY - 1)
    late = await begin(ada, code)
    world.wait(1)
    with pytest.raises(SignInRefused):
        await begin(ada, code)
    with pytest.raises(RenewalGone):
        await confirm(world, late)
    assert [row.user_id for row in await world.rows(Authenticator)].count(ada.identity.user_id) == 0


async def test_a_new_reset_kills_what_was_begun(world: World) -> None:
    """Whoever has the older code, or has begun with it, gets nowhere; the newer works."""
    ada = await world.register()
    admin = await an_admin(world)
    first = await lose(ada, admin)
    begun = await begin(ada, first)
    second = await lose(ada, admin)
    with pytest.raises(RenewalGone):
        await confirm(world, begun)
    with pytest.raises(SignInRefused):
        await begin(ada, first)
    await renew(ada, second)


async def test_a_reset_after_a_set_up_takes_the_new_one_away_too(world: World) -> None:
    """Whoever set it up, a thief perhaps, is out."""
    ada = await world.register()
    admin = await an_admin(world)
    thief = await renew(ada, await lose(ada, admin), ELSEWHERE)
    await take_away(admin, ada)
    with pytest.raises(SignInRefused):
        await thief.sign_in()
    assert [row.user_id for row in await world.live()] == [admin.identity.user_id]


async def test_the_code_is_bound_to_the_person_and_the_address(world: World) -> None:
    """Row 14: another's password opens nothing with it, and it dies with the address that it went to."""
    ada = await world.register()
    charles = await world.register(user_name="charles", email="charles@example.org")
    admin = await an_admin(world)
    of_ada = await lose(ada, admin)
    of_charles = await lose(charles, admin)
    for person, code in ((ada, of_charles), (charles, of_ada)):
        with pytest.raises(SignInRefused):
            await begin(person, code)
    async with world.database.transaction() as session:
        new = {"email": "ada@example.com", "email_canonical": "ada@example.com"}
        await session.execute(update(User).where(User.id == ada.identity.user_id).values(**new))
    with pytest.raises(SignInRefused):
        await begin(ada, of_ada)
    await begin(charles, of_charles)


async def test_a_new_password_leaves_the_code_and_must_be_given_with_it(world: World) -> None:
    """Without an authenticator nobody sets one; were one set, the old one would open nothing any more."""
    ada = await world.register()
    code = await lose(ada)
    new = "a passphrase set by hand"
    async with world.database.transaction() as session:
        password_hash = await world.passwords.hash(new, source="")
        await set_password(session, ada.identity.user_id, password_hash, world.now, forget_keys=True)
    with pytest.raises(SignInRefused):
        await begin(ada, code)
    await begin(ada, code, password=new)


async def test_a_code_of_another_kind_is_not_one(world: World) -> None:
    """A password reset's code comes by mail too, and looks the same."""
    ada = await world.register()
    await lose(ada)
    await world.accounts.reset.request("ada", HERE)
    with pytest.raises(SignInRefused):
        await begin(ada, await world.mailed_code())


async def test_a_disabled_account_sets_nothing_up_until_it_is_enabled(world: World) -> None:
    """Row 5: like no account. The code is not voided by it."""
    ada = await world.register()
    admin = await an_admin(world)
    code = await lose(ada, admin)
    begun = await begin(ada, code)
    await world.accounts.administration.disable(admin.identity, ada.identity.user_id, OFFICE)
    with pytest.raises(SignInRefused):
        await begin(ada, code)
    with pytest.raises(RenewalGone):
        await confirm(world, begun)
    await world.accounts.administration.enable(admin.identity, ada.identity.user_id, OFFICE)
    await confirm(world, begun)


# Nobody learns which part was wrong


async def everybody(world: World, *, known: bool) -> dict[str, Callable[[Peer], Awaitable[object]]]:
    """Give tries that are wrong in each way there is, each from where it is known or where it is not."""
    admin = await an_admin(world)
    await make(world, Newcomer("made", "made@example.org"))
    people, codes = {}, {}
    for number, name in enumerate(("password", "code", "expired", "off")):
        peer = place(number) if known else HERE
        people[name] = await world.register(user_name=name, email=f"{name}@example.org", peer=peer)
    people["both"] = await world.register(
        user_name="both", email="both@example.org", peer=place(4) if known else HERE
    )
    people["never"] = await world.register(
        user_name="never", email="never@example.org", peer=place(5) if known else HERE
    )
    await admin.confirm_it_is_me(peer=OFFICE)
    codes["expired"] = await lose(people["expired"], admin)
    world.wait(DAY)
    await admin.confirm_it_is_me(peer=OFFICE)
    for name in ("password", "code", "off", "both"):
        codes[name] = await lose(people[name], admin)
    await world.accounts.administration.disable(admin.identity, people["off"].identity.user_id, OFFICE)
    tries = {
        "password": (WRONG_PASSWORD, codes["password"]),
        "code": (PASSWORD, WRONG),
        "expired": (PASSWORD, codes["expired"]),
        "off": (PASSWORD, codes["off"]),
        "both": (WRONG_PASSWORD, WRONG),
        "never": (PASSWORD, WRONG),
        "nobody": (PASSWORD, WRONG),
        "made": (PASSWORD, WRONG),
    }
    return {name: partial(world.accounts.renewal.begin, name, *values) for name, values in tries.items()}


@pytest.mark.parametrize("known", [False, True], ids=["unknown source", "known source"])
async def test_tries_look_the_same_whatever_is_wrong(world: World, known: bool) -> None:
    """Row 9: the same words and waits, one by one; those of sign-in, and of wrong mailed codes (row 14)."""
    seen = []
    for number, attempt in enumerate((await everybody(world, known=known)).values()):
        looks: list[Look] = []
        while sum(look.kind != "TooManyTries" for look in looks) < 12:
            looks.append(await look_of(attempt(place(number if known else 100 + number))))
            world.wait((looks[-1].wait or timedelta()).total_seconds())
        seen.append(looks)
        world.wait(15 * 60)
    assert {look.words for look in seen[0] if look.kind != "TooManyTries"} == {REFUSED.words}
    assert seen[0].count(REFUSED) == 12
    # A name's waits of row 11, and after ten wrong ones what is left of the quarter of an hour.
    waits = [look.wait.total_seconds() for look in seen[0] if look.wait]
    assert waits[:7] == [1, 2, 4, 8, 16, 32, 64]
    assert waits[7] == 15 * 60 - 127
    for looks in seen[1:]:
        assert looks == seen[0]


@pytest.mark.parametrize("known", [False, True], ids=["unknown source", "known source"])
async def test_the_database_is_asked_the_same_at_every_try(world: World, known: bool) -> None:
    """Row 9: whatever is wrong, the owner mailed or not, the counter unused or used up."""
    attempts = await everybody(world, known=known)
    asked: list[list[str]] = []
    for number, attempt in enumerate(attempts.values()):
        for _ in range(6):
            with statements_of(world.database) as statements:
                look = await look_of(attempt(place(number if known else 100 + number)))
            assert look == REFUSED
            asked.append(statements)
            world.wait(100)
    assert len(asked[0]) > 10
    assert [statements for statements in asked if statements != asked[0]] == []


async def test_the_secrets_are_opened_at_every_try(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 9: two a try, real ones or dummies."""
    opened: list[UUID] = []
    opens = Vault.open

    def count(vault: Vault, owner: UUID, sealed: str) -> str:
        opened.append(owner)
        return opens(vault, owner, sealed)

    attempts = await everybody(world, known=False)
    monkeypatch.setattr(Vault, "open", count)
    for number, attempt in enumerate(attempts.values()):
        await look_of(attempt(place(100 + number)))
    assert len(opened) == 2 * len(attempts)


# Counters


async def test_wrong_codes_are_counted_by_source_and_void_nothing(world: World) -> None:
    """Row 14: ten in a quarter of an hour, with those of other mailed codes; told honestly."""
    ada = await world.register()
    code = await lose(ada)
    for _ in range(10):
        with pytest.raises(SignInRefused):
            await begin(ada, WRONG, login="whoever", peer=ELSEWHERE)
        world.wait(64)
    for _ in range(2):
        with pytest.raises(TooManyTries, match="Too many"):
            await begin(ada, code, peer=ELSEWHERE)
    await begin(ada, code)


async def test_strangers_with_the_password_do_not_keep_the_owner_out(world: World) -> None:
    """Nor those without it: the owner comes from where they are known, and from elsewhere after one delay."""
    ada = await world.register()
    await know(ada, place(1))
    code = await lose(ada)
    for number in range(40):
        for password in (PASSWORD, WRONG_PASSWORD):
            await look_of(begin(ada, WRONG, password=password, peer=place(10 + number)))
        world.wait(60)
    await begin(ada, code, peer=place(1))
    look = await look_of(begin(ada, code, peer=place(2)))
    assert look.wait is not None
    assert look.wait <= timedelta(minutes=15)
    world.wait(look.wait.total_seconds())
    await begin(ada, code, peer=place(2))


async def test_the_owner_is_warned_of_a_thief_once_a_day(world: World) -> None:
    """Row 19: right password with wrong code three times."""
    ada = await world.register()
    await lose(ada)
    for number in range(6):
        with pytest.raises(SignInRefused):
            await begin(ada, WRONG, peer=place(number))
        world.wait(64)
        assert (await world.kinds_mailed()).count("wrong-codes") == (number >= 2)
    world.wait(DAY)
    for number in range(3):
        with pytest.raises(SignInRefused):
            await begin(ada, WRONG, peer=place(number))
        world.wait(64)
    assert (await world.kinds_mailed()).count("wrong-codes") == 2


@pytest.mark.parametrize("known", [False, True], ids=["unknown source", "known source"])
async def test_a_right_try_leaves_no_count(world: World, known: bool) -> None:
    """It gives back what it reserved; from a known place, the mistypes of that place too."""
    ada = await world.register()
    code = await lose(ada)
    peer = HERE if known else ELSEWHERE
    with pytest.raises(SignInRefused):
        await begin(ada, WRONG, peer=peer)
    before = Counter(row.tries for row in await world.rows(Throttle))
    await begin(ada, code, peer=peer)
    after = Counter(row.tries for row in await world.rows(Throttle))
    assert before - after == (Counter({1: 1}) if known else Counter())


async def test_tries_are_counted_together_with_those_of_sign_in(world: World) -> None:
    """Row 11: one delay for the name, whichever way is tried."""
    ada = await world.register()
    code = await lose(ada)
    for number in range(2):
        with pytest.raises(SignInRefused):
            await ada.sign_in(code="000000", peer=place(number))
    with pytest.raises(SignInRefused):
        await begin(ada, WRONG, peer=place(2))
    with pytest.raises(TooManyTries) as refused:
        await begin(ada, code, peer=place(3))
    assert refused.value.wait == timedelta(seconds=1)
    with pytest.raises(TooManyTries):
        await ada.sign_in(peer=place(4))


async def test_a_failed_try_is_written_down_like_a_failed_sign_in(world: World) -> None:
    """Row 21: with the account it concerns, or none, and never what was typed."""
    ada = await world.register()
    await lose(ada)
    for attempt in (begin(ada, WRONG), begin(ada, WRONG, login="nobody")):
        with pytest.raises(AccountError):
            await attempt
    world.wait(60)
    await world.accounts.upkeep.once()
    assert (await world.audited())[-2:] == ["sign-in-failed", "sign-in-failed"]
