"""Signing in: password and code, judged together."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from sshauth.accounts import lookup
from sshauth.accounts.errors import AccountError, Busy, ClockOff, CodeAlreadyUsed, SignInRefused
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.passwords import OWASP, Passwords
from sshauth.accounts.peer import LastSignIn
from sshauth.accounts.recovery import count_codes
from sshauth.accounts.set_password import set_password
from sshauth.accounts.throttle import NOT_BLOCKED
from sshauth.db.tables import Authenticator, RecoveryCode, SessionRow, Throttle
from tests.accounts.operators import make
from tests.accounts.people import ELSEWHERE, HERE, NEW_PASSWORD, PASSWORD, SECRET_KEY, Person, World
from tests.accounts.tries import Look, know, look_of, place, statements_of


async def test_password_and_code_sign_in(world: World) -> None:
    """Say who it is, and when and from where they signed in the time before."""
    ada = await world.register()
    before = world.now
    first = await ada.sign_in(peer=ELSEWHERE)
    world.wait(30)
    second = await ada.sign_in()
    assert (first.user_name, first.first_name) == ("ada", "Ada")
    assert first.last_sign_in is not None
    assert first.last_sign_in.address == HERE.address
    assert second.last_sign_in == LastSignIn(before, ELSEWHERE.address)
    assert first.session_id != second.session_id


@pytest.mark.parametrize("login", ["ADA", " ada ", "ada@example.org", "Ada@Example.ORG", "ａｄａ"])
async def test_any_writing_of_name_or_email_signs_in(world: World, login: str) -> None:
    """Case, spaces around and full-width letters do not matter, and the email works too."""
    ada = await world.register()
    assert (await ada.sign_in(login=login)).user_name == "ada"


async def test_a_code_is_accepted_as_apps_show_it(world: World) -> None:
    """Spaces, line ends and full-width digits do not matter."""
    ada = await world.register()
    code = ada.code()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    await ada.sign_in(code=f"{wide[:3]} {wide[3:]}\n")


WRONG = (
    ("nobody", PASSWORD, "right"),
    (" ", PASSWORD, "right"),
    ("a\0da", PASSWORD, "right"),
    ("\ud800", PASSWORD, "right"),
    ("x" * 5000, PASSWORD, "right"),
    ("ada", "wrong password", "right"),
    ("ada", "x" * 5000, "right"),
    ("ada", "", "right"),
    ("ada", "\ud800", "right"),
    ("ada", PASSWORD, "000000"),
    ("ada", PASSWORD, ""),
    ("ada", PASSWORD, "\ud800"),
    ("ada", PASSWORD, "\ufdfa" * 5000),
    ("ada", PASSWORD, "0000-0000-0000-0000-0000-0000"),
    ("ada", "wrong password", "used"),
    ("nobody", PASSWORD, "used"),
    ("ada", "wrong password", "distant"),
    ("nobody", PASSWORD, "distant"),
)
"""User name, password and code, at least one of them wrong: strange texts, and codes that would tell."""


async def test_every_wrong_part_gets_the_same_words(world: World) -> None:
    """Unknown name, wrong password, wrong code, an old code with a wrong password: nobody learns which."""
    ada = await world.register()
    for login, password, code in WRONG:
        codes = {"right": ada.code(), "used": ada.code(), "distant": ada.code(5)}
        if code == "used":
            await ada.sign_in()
        look = await look_of(world.accounts.sign_in(login, password, codes.get(code, code), ELSEWHERE))
        assert look == Look("SignInRefused", "User name, password or code is wrong.")
        world.wait(900)


async def test_a_wrong_password_does_not_use_the_code_up(world: World) -> None:
    """Somebody who mistypes the password can use the same code again."""
    ada = await world.register()
    code = ada.code()
    with pytest.raises(SignInRefused):
        await ada.sign_in(password="mistyped password", code=code)
    await ada.sign_in(code=code)


@pytest.mark.parametrize("steps", [1, 0, -1, -7])
async def test_a_code_signs_in_once(world: World, steps: int) -> None:
    """A used code, and every one before it, is refused; with the right password it is said why."""
    ada = await world.register()
    await ada.sign_in(code=ada.code(1))
    with pytest.raises(CodeAlreadyUsed) as refused:
        await ada.sign_in(code=ada.code(steps))
    assert refused.value.message == "That code was already used. Wait for the next one."
    assert refused.value.field == "code"


async def test_the_enrolment_code_counts_as_used(world: World) -> None:
    """The code that confirmed the authenticator does not sign in."""
    ada = await world.register()
    with pytest.raises(CodeAlreadyUsed):
        await ada.sign_in(code=ada.code(-1))


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_one_step_either_side_is_accepted(world: World, steps: int) -> None:
    """Row 7: the window is one step each side."""
    ada = await world.register()
    world.wait(300)
    await ada.sign_in(code=ada.code(steps))


@pytest.mark.parametrize(
    ("steps", "words"),
    [(-2, "about 60 seconds behind"), (2, "about 60 seconds ahead"), (10, "about 5 minutes ahead")],
)
async def test_a_wrong_clock_is_told_and_still_refused(world: World, steps: int, words: str) -> None:
    """Row 7: with the right password a code up to ten steps away tells how far the clock is off."""
    ada = await world.register()
    world.wait(3600)
    with pytest.raises(ClockOff, match=words) as refused:
        await ada.sign_in(code=ada.code(steps))
    assert refused.value.field == "code"
    with pytest.raises(ClockOff):
        await ada.sign_in(code=ada.code(steps))


@pytest.mark.parametrize("steps", [-11, 11])
async def test_codes_further_away_are_just_wrong(world: World, steps: int) -> None:
    """Row 7: over ten steps away nothing is told."""
    ada = await world.register()
    world.wait(3600)
    with pytest.raises(SignInRefused):
        await ada.sign_in(code=ada.code(steps))


async def test_twenty_at_once_with_one_code_give_one_success(world: World) -> None:
    """Row 8: one conditional UPDATE decides. From ten known places, where no wait interferes."""
    ada = await world.register()
    places = [place(number) for number in range(10)]
    await know(ada, *places)
    code = ada.code()
    outcomes = await asyncio.gather(*(look_of(ada.sign_in(code=code, peer=peer)) for peer in 2 * places))
    assert Counter(look.kind for look in outcomes) == {"good": 1, "CodeAlreadyUsed": 5, "SignInRefused": 14}


# A second authenticator.


async def second_authenticator(ada: Person) -> Person:
    """Add an authenticator, and give somebody who has only that one in their hands."""
    world = ada.world
    await ada.confirm_it_is_me()
    enrolment = await world.accounts.authenticators.begin(ada.identity)
    tablet = Person(world, enrolment)
    await world.accounts.authenticators.add(ada.identity, enrolment, "Tablet", tablet.code(), HERE)
    world.wait(30)
    return tablet


async def test_either_of_two_authenticators_signs_in(world: World) -> None:
    """In the same time step too: each has its own used steps."""
    ada = await world.register()
    tablet = await second_authenticator(ada)
    await ada.sign_in()
    await tablet.sign_in()
    for one in (ada, tablet):
        with pytest.raises(CodeAlreadyUsed):
            await one.sign_in()


@pytest.mark.parametrize("steps", [-2, 4])
async def test_the_clock_of_a_second_authenticator_is_told(world: World, steps: int) -> None:
    """Row 7 holds for each of them."""
    ada = await world.register()
    tablet = await second_authenticator(ada)
    world.wait(3600)
    for one in (ada, tablet):
        with pytest.raises(ClockOff):
            await one.sign_in(code=one.code(steps))


# Recovery codes.


@pytest.mark.parametrize("write", [str, str.lower, lambda code: f" {code.replace('-', ' ')}\n"])
async def test_a_recovery_code_signs_in_without_a_phone(world: World, write: Callable[[str], str]) -> None:
    """However it is written; it is burnt, written down, and mailed with how many are left."""
    ada = await world.register()
    identity = await ada.sign_in(code=write(ada.recovery_codes[3]))
    assert identity.recovery_codes_left == 9
    (mail,) = await world.mailed()
    assert (mail.kind, mail.data["left"]) == (MailKind.RECOVERY_CODE_USED, 9)
    assert "recovery-code-used" in await world.audited()
    with pytest.raises(SignInRefused):
        await ada.sign_in(code=ada.recovery_codes[3])


async def test_a_recovery_code_in_twenty_parallel_tries_signs_in_once(world: World) -> None:
    """Row 13: burnt by one statement; one code, one mail. From ten known places, where nobody waits."""
    ada = await world.register()
    places = [place(number) for number in range(10)]
    await know(ada, *places)
    before = len(await world.mailed())
    code = ada.recovery_codes[0]
    looks = await asyncio.gather(*(look_of(ada.sign_in(code=code, peer=peer)) for peer in 2 * places))
    assert Counter(look.kind for look in looks) == {"good": 1, "SignInRefused": 19}
    async with world.database.transaction() as session:
        assert await count_codes(session, ada.identity.user_id) == 9
    assert (await world.kinds_mailed())[before:].count(MailKind.RECOVERY_CODE_USED) == 1


async def test_a_recovery_code_with_a_wrong_password_is_not_burnt(world: World) -> None:
    """Nor is it said that it was right."""
    ada = await world.register()
    with pytest.raises(SignInRefused):
        await ada.sign_in(password="wrong password", code=ada.recovery_codes[0])
    assert len(await world.rows(RecoveryCode)) == 10
    assert await world.mailed() == []


async def test_a_recovery_code_is_for_one_account(world: World) -> None:
    """Somebody else's does not help."""
    ada = await world.register()
    eve = await world.register(user_name="eve", email="eve@example.org")
    with pytest.raises(SignInRefused):
        await ada.sign_in(code=eve.recovery_codes[0])
    assert len(await world.rows(RecoveryCode)) == 20


# What signing in leaves behind.


async def test_signing_in_writes_a_session_and_an_event(world: World) -> None:
    """With where from, with what and when; a failed try writes neither."""
    ada = await world.register()
    await look_of(ada.sign_in(code="000000"))
    identity = await ada.sign_in()
    (row,) = [row for row in await world.rows(SessionRow) if row.id == identity.session_id]
    assert (row.address, row.client, row.node) == (HERE.address, HERE.client, "node/1")
    assert (row.started_at, row.last_input_at, row.ended_at) == (world.now, world.now, None)
    assert await world.audited() == ["registered", "signed-in"]
    assert identity.recovery_codes_left == 10
    assert not identity.recovery_codes_kept


async def test_a_source_never_seen_is_mailed_once(world: World) -> None:
    """Row 19: the owner hears of a sign-in from elsewhere, and of none from where they were before."""
    ada = await world.register()
    world.mail_waiting.clear()
    await ada.sign_in()
    assert await world.kinds_mailed() == []
    world.wait(30)
    await ada.sign_in(peer=ELSEWHERE)
    world.wait(30)
    await ada.sign_in(peer=ELSEWHERE)
    assert await world.kinds_mailed() == [MailKind.NEW_SOURCE]
    assert world.mail_waiting.is_set()


async def test_a_sign_in_gives_all_that_it_counted_back(world: World) -> None:
    """However often somebody signs in, nothing is counted against them."""
    ada = await world.register()
    registering = await world.rows(Throttle)
    for _ in range(12):
        await ada.sign_in(peer=ELSEWHERE)
        world.wait(30)
    throttles = world.accounts.sign_in.judge.throttles
    failures = [throttles.hashed("failures by source", peer.source) for peer in (HERE, ELSEWHERE)]
    rows = await world.rows(Throttle)
    assert {row.key: row.tries for row in rows if row.key in failures} == {failures[1]: 0}
    assert sum(row.tries for row in rows) == sum(row.tries for row in registering)
    assert {row.blocked_until for row in rows} == {NOT_BLOCKED}


# Accounts that are not in use, and things that change while a try is judged.


async def test_a_disabled_account_refuses_like_an_unknown_one(world: World) -> None:
    """Right password, right code, used code, recovery code: the same words, and nothing is used up."""
    ada = await world.register()
    await world.disable("ada")
    (before,) = await world.rows(Authenticator)
    for code in (ada.code(), ada.code(-1), ada.code(5), ada.recovery_codes[0]):
        look = await look_of(ada.sign_in(code=code, peer=ELSEWHERE))
        assert (look.kind, look.words) == ("SignInRefused", "User name, password or code is wrong.")
        world.wait(900)
    (after,) = await world.rows(Authenticator)
    assert after.last_step == before.last_step
    assert len(await world.rows(RecoveryCode)) == 10
    await world.enable("ada")
    await ada.sign_in()


async def test_a_registration_that_is_not_finished_cannot_sign_in(world: World) -> None:
    """Row 12: there is nothing to sign in to before the first code."""
    ada = Person(world, await world.enrol())
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    assert await world.live() == []


class Interrupted(Passwords):
    """Lets something else happen between the check of a password and what follows."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Coroutine[Any, Any, None]] = []

    async def verify(
        self, hashed: str | None, password: str, *, source: str = "", known: bool = False
    ) -> bool:
        right = await super().verify(hashed, password, source=source, known=known)
        while self.meanwhile:
            await self.meanwhile.pop()
        return right


@pytest.fixture
def interrupted(world: World) -> Interrupted:
    """Give a world whose password checks can be interrupted."""
    world.passwords.close()
    world.passwords = passwords = Interrupted()
    world.use()
    return passwords


async def test_a_password_changed_during_the_check_does_not_sign_in(
    world: World, interrupted: Interrupted
) -> None:
    """A try that was judged by the old password comes before the change or not at all."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    change = world.accounts.security.change_password(ada.identity, NEW_PASSWORD, NEW_PASSWORD, HERE)
    interrupted.meanwhile.append(change)
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    await ada.sign_in(password=NEW_PASSWORD)


async def test_an_account_disabled_during_the_check_does_not_sign_in(
    world: World, interrupted: Interrupted
) -> None:
    """The account's row is asked again, and held, before a code is used up."""
    ada = await world.register()
    interrupted.meanwhile.append(world.disable("ada"))
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    assert await world.live() == []


async def test_an_authenticator_replaced_during_the_check_does_not_sign_in(
    world: World, interrupted: Interrupted
) -> None:
    """Its code was right when the try began, and is worth nothing any more."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    (old,) = await world.accounts.authenticators.all(ada.identity)
    enrolment = await world.accounts.authenticators.begin(ada.identity)
    new = Person(world, enrolment)
    interrupted.meanwhile.append(
        world.accounts.authenticators.replace(ada.identity, enrolment, old.id, "New", new.code(), HERE)
    )
    with pytest.raises(CodeAlreadyUsed):
        await ada.sign_in()
    world.wait(30)
    await new.sign_in()


# The same work for everybody.


@pytest.mark.parametrize("code", ["000000", "0000-0000-0000-0000-0000-0000"], ids=["digits", "recovery"])
async def test_the_database_is_asked_the_same_for_known_and_unknown(world: World, code: str) -> None:
    """Row 5: the same statements in the same order, whatever was wrong and however many authenticators."""
    ada = await world.register()
    bob = await world.register(user_name="bob", email="bob@example.org")
    await second_authenticator(bob)
    await world.register(user_name="off", email="off@example.org")
    await world.disable("off")
    await world.enrol(user_name="pending", email="pending@example.org")
    await make(world)
    tries = [
        ("nobody", PASSWORD),
        ("pending", PASSWORD),
        ("off", PASSWORD),
        ("grace", PASSWORD),
        ("ada", "wrong password"),
        ("ada", PASSWORD),
        ("bob", PASSWORD),
        ("bob@example.org", "wrong password"),
    ]
    asked = []
    for number, (login, password) in enumerate(tries):
        with statements_of(world.database) as statements:
            await look_of(ada.sign_in(login=login, password=password, code=code, peer=place(number)))
        asked.append(statements)
    assert len(asked[0]) > 5
    for statements in asked[1:]:
        assert statements == asked[0]


@pytest.mark.parametrize("authenticators", [0, 1, 2])
async def test_as_many_secrets_are_opened_for_nobody_as_for_two_authenticators(
    world: World, authenticators: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time does not tell how many authenticators an account has, nor whether there is one."""
    ada = await world.register()
    if authenticators == 2:
        await second_authenticator(ada)
    owners = []
    open_secret = world.vault.open

    def open_and_count(owner: UUID, sealed: str) -> str:
        owners.append(owner)
        return open_secret(owner, sealed)

    monkeypatch.setattr(world.vault, "open", open_and_count)
    await look_of(ada.sign_in(login="ada" if authenticators else "nobody", code="000000"))
    assert len(owners) == lookup.MOST_AUTHENTICATORS == 2
    assert len(owners) - owners.count(lookup.NOBODY) == authenticators


async def test_unknown_names_are_still_refused_after_the_keys_were_changed(world: World) -> None:
    """The dummy secret was sealed under a key that is gone; whoever asks sees nothing of that."""
    ada = await world.register()
    world.key = Fernet.generate_key().decode()
    for _ in range(2):
        with pytest.raises(SignInRefused):
            await ada.sign_in(login="nobody")


async def test_a_password_that_waits_too_long_is_neither_judged_nor_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 4: "busy, try again", and nothing is lost."""
    ada = await world.register()
    code = ada.code()
    monkeypatch.setattr("sshauth.accounts.passwords.LONGEST_WAIT", -1.0)
    for _ in range(12):
        with pytest.raises(Busy):
            await ada.sign_in(code=code)
    monkeypatch.undo()
    await ada.sign_in(code=code)


# Hashes made with other parameters.


STRONGER = replace(OWASP, memory_cost=20 * 1024)


class Raised(Passwords):
    """Has parameters that have risen, and lets something happen before it hashes anew."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(parameters=STRONGER)
        self.meanwhile = meanwhile

    async def hash(self, password: str, *, source: str = "", known: bool = False) -> str:
        await self.meanwhile()
        return await super().hash(password, source=source, known=known)


def raise_parameters(world: World, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """Start anew with parameters under which the hashes that are there are too weak."""
    world.passwords.close()
    world.passwords = Raised(meanwhile)
    world.use()


async def nothing() -> None:
    """Do nothing."""


async def test_an_old_hash_is_made_anew_at_sign_in(world: World) -> None:
    """Row 3: with today's parameters, once, and without a new generation of the password."""
    ada = await world.register()
    raise_parameters(world, nothing)
    await ada.sign_in(peer=ELSEWHERE)
    rehashed = await world.user()
    assert rehashed.password_hash.startswith("$argon2id$v=19$m=20480,")
    assert rehashed.password_generation == 1
    world.wait(30)
    await ada.sign_in()
    assert (await world.user()).password_hash == rehashed.password_hash


async def test_a_refused_sign_in_hashes_nothing_anew(world: World) -> None:
    """Only who is in has shown the password."""
    ada = await world.register()
    raise_parameters(world, nothing)
    await look_of(ada.sign_in(code="000000"))
    assert "m=8," in (await world.user()).password_hash


async def test_a_sign_in_that_finds_no_time_to_hash_anew_succeeds(world: World) -> None:
    """The next one will do it."""
    ada = await world.register()

    async def be_busy() -> None:
        raise Busy

    raise_parameters(world, be_busy)
    await ada.sign_in()
    assert "m=8," in (await world.user()).password_hash


async def test_hashing_anew_does_not_undo_a_change_of_the_password(world: World) -> None:
    """Where it changed meanwhile, the new one stays."""
    ada = await world.register()
    await ada.confirm_it_is_me()
    new_hash = await world.passwords.hash(NEW_PASSWORD)

    async def change() -> None:
        async with world.database.transaction() as session:
            await set_password(session, ada.identity.user_id, new_hash, world.now, forget_keys=True)

    raise_parameters(world, change)
    await ada.sign_in()
    assert (await world.user()).password_hash == new_hash


async def test_nothing_that_a_try_makes_shows_its_secrets(world: World) -> None:
    """Neither the errors nor the use cases, should a log or a traceback ever print them."""
    ada = await world.register()
    used = ada.code(-1)
    secrets = {PASSWORD, used, ada.enrolment.secret, *ada.recovery_codes, SECRET_KEY, world.key}
    shown = [repr(world.accounts), repr(ada.identity)]
    for code in (used, ada.recovery_codes[0][:-1] + "*", ada.code(5)):
        with pytest.raises(AccountError) as refused:
            await ada.sign_in(code=code)
        shown += [repr(refused.value), str(refused.value), repr(vars(refused.value))]
        world.wait(5)
    attempt = await world.accounts.sign_in.judge.admit(
        partial(lookup.find_account, login="ada"), "ada", ELSEWHERE, world.now
    )
    shown.append(repr(attempt))
    assert [secret for text in shown for secret in secrets if secret in text] == []
