"""Signing in by a remembered SSH key: it stands for the password, never for the code."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from sshauth.accounts.errors import ClockOff, CodeAlreadyUsed, SignInRefused, TooManyTries
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.peer import Peer
from sshauth.accounts.signin import REFUSED_BY_KEY
from sshauth.db.tables import AuditEvent, Authenticator, KnownSource, RecoveryCode, SSHKey, Throttle
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD, Person, World, with_key
from tests.accounts.tries import GOOD, Look, look_of, place, statements_of

LAPTOP = with_key()
ABROAD = with_key(ELSEWHERE)
REFUSED = Look("SignInRefused", REFUSED_BY_KEY)
QUARTER = 15 * 60
BAD_RECOVERY_CODE = "0000-0000-0000-0000-0000-0000"


@pytest.fixture
async def ada(world: World) -> Person:
    """Give somebody whose laptop's key is remembered."""
    person = await world.register()
    await person.remember(LAPTOP)
    return person


async def use_up_codes(person: Person, times: int = 5, code: str = "") -> None:
    """Give wrong codes with the key, each after its wait."""
    for _ in range(times):
        while (look := await look_of(_wrong(person, code))).wait:
            person.world.wait(look.wait.total_seconds())


async def _wrong(person: Person, code: str) -> None:
    await person.sign_in_by_key(code=code or person.wrong_code(), peer=ABROAD)


async def forget(person: Person) -> None:
    """Remove the one key."""
    keys = person.world.accounts.ssh_keys
    (key,) = await keys.all(person.identity, HERE)
    await keys.remove(person.identity, key.id, HERE)


# What it gives.


async def test_key_and_code_sign_in(world: World, ada: Person) -> None:
    """From anywhere; no password is checked, however busy it is; the key is marked as used."""
    world.passwords.close()
    identity = await ada.sign_in_by_key(peer=ABROAD)
    assert (identity.user_name, identity.recovery_codes_left) == ("ada", 10)
    assert identity.last_sign_in is not None
    (key,) = await world.accounts.ssh_keys.all(identity, ABROAD)
    assert (key.last_used_at, key.is_this) == (world.now, True)
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.user_id, event.data) == ("signed-in", identity.user_id, {"by": "key"})
    assert identity.session_id in {row.id for row in await world.live()}


async def test_a_recovery_code_does_for_the_code(world: World, ada: Person) -> None:
    """It is burnt and mailed, as with the password."""
    identity = await ada.sign_in_by_key(code=ada.recovery_codes[0], peer=ABROAD)
    assert identity.recovery_codes_left == 9
    assert (await world.kinds_mailed())[-1] == MailKind.RECOVERY_CODE_USED
    assert await look_of(ada.sign_in_by_key(code=ada.recovery_codes[0], peer=ABROAD)) == REFUSED


async def test_a_place_where_the_key_signed_in_is_known_without_it(world: World, ada: Person) -> None:
    """The sign-in was complete; of a known key's place nobody is mailed."""
    await ada.sign_in_by_key(peer=ABROAD)
    assert len(await world.rows(KnownSource)) == 2
    world.wait(30)
    await ada.sign_in(peer=ELSEWHERE)
    assert MailKind.NEW_SOURCE not in await world.kinds_mailed()


async def test_a_password_with_a_remembered_key_is_no_new_place(world: World, ada: Person) -> None:
    """Row 19: who shows the key was seen before."""
    await ada.sign_in(peer=ABROAD)
    world.wait(30)
    await ada.sign_in(peer=with_key(place(1), number=2))
    assert (await world.kinds_mailed()).count(MailKind.NEW_SOURCE) == 1


async def test_right_sign_ins_count_nothing(world: World, ada: Person) -> None:
    """However often: all that was counted is given back."""
    for _ in range(12):
        await ada.sign_in_by_key(peer=ABROAD)
        world.wait(30)
    throttles = world.accounts.sign_in.judge.throttles
    by_source = throttles.hashed("failures by source", ABROAD.source)
    assert {row.key: row.tries for row in await world.rows(Throttle)}[by_source] == 0


# Who is refused.


async def test_every_refusal_has_the_same_words(world: World, ada: Person) -> None:
    """A wrong code, no code, a key that nobody remembers, no key at all, a disabled account."""
    for code in (ada.wrong_code(), "", "\ud800", BAD_RECOVERY_CODE):
        assert await look_of(ada.sign_in_by_key(code=code, peer=ABROAD)) == REFUSED
        world.wait(60)
    for peer in (with_key(ELSEWHERE, number=2), ELSEWHERE):
        assert await look_of(ada.sign_in_by_key(peer=peer)) == REFUSED
    await world.disable("ada")
    for code in (ada.code(), ada.code(-1), ada.recovery_codes[0]):
        assert await look_of(ada.sign_in_by_key(code=code, peer=ABROAD)) == REFUSED
        world.wait(60)
    assert len(await world.rows(RecoveryCode)) == 10


async def test_a_key_without_a_code_opens_nothing(world: World, ada: Person) -> None:
    """A used code and a wrong clock are told, as to who has the password; nobody is in."""
    with pytest.raises(CodeAlreadyUsed):
        await ada.sign_in_by_key(code=ada.code(-1), peer=ABROAD)
    world.wait(3600)
    with pytest.raises(ClockOff):
        await ada.sign_in_by_key(code=ada.code(5), peer=ABROAD)
    assert [row.last_used_at for row in await world.rows(SSHKey)] == [None]


async def test_failures_by_key_are_written_down(world: World, ada: Person) -> None:
    """As failed sign-ins of the account, which its owner sees."""
    await look_of(ada.sign_in_by_key(code="000000", peer=ABROAD))
    newest = (await world.accounts.activity.recent(ada.identity))[0]
    assert (newest.words, newest.address) == ("Failed sign-in", ELSEWHERE.address)


async def test_a_forgotten_key_signs_nobody_in(ada: Person) -> None:
    """And the password is asked for again (issue 5)."""
    await forget(ada)
    code = ada.code()
    assert await look_of(ada.sign_in_by_key(code=code, peer=LAPTOP)) == REFUSED
    await ada.sign_in(code=code, peer=LAPTOP)


async def test_a_key_that_is_removed_during_the_try_does_not_sign_in(
    world: World, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's row is held, and the key asked for again, before a code is used up."""
    judge = type(world.accounts.sign_in.judge)
    admit = judge.admit

    async def admit_and_forget(*args: object, **named: object) -> object:
        attempt = await admit(*args, **named)  # type: ignore[arg-type]  # what it takes
        await forget(ada)
        return attempt

    monkeypatch.setattr(judge, "admit", admit_and_forget)
    (before,) = await world.rows(Authenticator)
    assert await look_of(ada.sign_in_by_key(peer=ABROAD)) == REFUSED
    (after,) = await world.rows(Authenticator)
    assert before.last_step == after.last_step


@pytest.mark.parametrize("change", ["removed", "disabled"])
async def test_a_sign_in_comes_before_the_change_or_not_at_all(
    world: World, ada: Person, change: str
) -> None:
    """At once: whoever is in used the key while it was remembered, and the account in use."""
    changing = forget(ada) if change == "removed" else world.disable("ada")
    by_key, _ = await asyncio.gather(look_of(ada.sign_in_by_key(peer=ABROAD)), changing)
    assert by_key in {GOOD, REFUSED}
    if change == "disabled":
        assert await world.live() == []


async def test_twenty_at_once_with_one_code_give_one_success(world: World) -> None:
    """Row 8: with ten keys of one account, where no wait interferes."""
    ada = await world.register()
    peers = [with_key(place(number), number=number) for number in range(10)]
    for peer in peers:
        await ada.remember(peer)
    code = ada.code()
    looks = await asyncio.gather(*(look_of(ada.sign_in_by_key(code=code, peer=peer)) for peer in 2 * peers))
    assert Counter(look.kind for look in looks) == {"good": 1, "CodeAlreadyUsed": 5, "SignInRefused": 14}


async def test_twenty_at_once_with_one_key_and_code_give_one_success(ada: Person) -> None:
    """The key's own counter lets three be judged."""
    code = ada.code()
    looks = await asyncio.gather(*(look_of(ada.sign_in_by_key(code=code, peer=ABROAD)) for _ in range(20)))
    assert Counter(look.kind for look in looks)["good"] == 1


async def test_the_key_of_one_account_says_nothing_of_another(world: World, ada: Person) -> None:
    """A stranger's own key, remembered by their own account, opens and holds up nobody else's."""
    eve = await world.register(user_name="eve", email="eve@example.org", peer=ELSEWHERE)
    mine = with_key(ELSEWHERE, number=2)
    await eve.remember(mine)
    assert (await eve.sign_in_by_key(peer=mine)).user_name == "eve"
    assert await look_of(eve.sign_in_by_key(code=ada.code(), peer=mine)) == REFUSED
    sources = world.accounts.sign_in.judge.known_sources
    async with world.database.transaction() as session:
        assert await sources.place_of(session, ada.identity.user_id, mine, world.now) is None


async def test_the_database_is_asked_the_same_whatever_stands_in_the_way(world: World, ada: Person) -> None:
    """With a key that nobody remembers as with one of an account, no sign-in by password tells more."""
    asked = []
    for number, login in enumerate(["ada", "nobody"]):
        with statements_of(world.database) as statements:
            peer = with_key(place(number), number=2)
            await look_of(ada.sign_in(login=login, password="wrong password", code="000000", peer=peer))
        asked.append(statements)
    assert asked[0] == asked[1]


# Counters: a key is a known source (row 11), and has a counter of its own.


async def test_strangers_do_not_hold_a_key_up(world: World, ada: Person) -> None:
    """Wherever it comes from, even from a place where nobody was: by key and by password."""
    for number in range(8):
        await look_of(ada.sign_in(password="wrong password", peer=place(number)))
    assert (await look_of(ada.sign_in(peer=place(99)))).wait
    await ada.sign_in_by_key(peer=with_key(place(99)))
    world.wait(30)
    await ada.sign_in(peer=with_key(place(98)))


async def test_a_key_has_a_delay_of_its_own(world: World, ada: Person) -> None:
    """From the third failure on, wherever it comes from; nobody else waits for that."""
    for number in range(3):
        await look_of(ada.sign_in_by_key(code="000000", peer=with_key(place(number))))
    for number in (3, 4):
        look = await look_of(ada.sign_in_by_key(peer=with_key(place(number))))
        assert look.words == "Too many failed sign-ins. Try again in 1 s."
    await ada.sign_in()
    world.wait(30)
    await ada.sign_in(peer=place(5))


async def test_a_right_code_forgets_the_mistypes_of_the_key(world: World, ada: Person) -> None:
    """They were nobody's but the owner's."""
    await use_up_codes(ada, 3)
    world.wait(60)
    await ada.sign_in_by_key(peer=ABROAD)
    assert await look_of(ada.sign_in_by_key(code=ada.wrong_code(), peer=ABROAD)) == REFUSED
    assert (await look_of(ada.sign_in_by_key(code=ada.code(-1), peer=ABROAD))).kind == "CodeAlreadyUsed"


async def test_one_source_fails_ten_times_in_five_minutes(ada: Person) -> None:
    """Row 11: a thousand keys from one place are one source."""
    keys = [with_key(ELSEWHERE, number=number) for number in range(100, 111)]
    looks = [await look_of(ada.sign_in_by_key(peer=peer)) for peer in keys]
    assert looks[:10] == 10 * [REFUSED]
    assert looks[10].kind == "TooManyTries"
    with pytest.raises(TooManyTries):
        await ada.sign_in_by_key(peer=ABROAD)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("", lambda ada: ada.code()), (BAD_RECOVERY_CODE, lambda ada: ada.recovery_codes[0])],
    ids=["authenticator", "recovery"],
)
async def test_after_five_wrong_codes_a_right_one_is_refused_for_a_quarter_of_an_hour(
    world: World, ada: Person, wrong: str, right: Callable[[Person], str]
) -> None:
    """Row 10: with the same words; it is not used up. Who stole the key holds no password up."""
    began = world.now
    await use_up_codes(ada, code=wrong)
    world.now = began + timedelta(seconds=QUARTER - 1)
    code = right(ada)
    assert await look_of(ada.sign_in_by_key(code=code, peer=ABROAD)) == REFUSED
    for peer in (HERE, ELSEWHERE):
        await ada.sign_in(peer=peer)
        world.wait(30)
    await ada.sign_in_by_key(code=right(ada), peer=ABROAD)


async def test_ten_wrong_codes_are_enough_for_a_day(world: World, ada: Person) -> None:
    """Row 10: for all keys of an account together."""
    await ada.remember(with_key(number=2))
    began = world.now
    for _ in range(2):
        await use_up_codes(ada)
        world.wait(QUARTER)
    for peer in (ABROAD, with_key(ELSEWHERE, number=2)):
        assert await look_of(ada.sign_in_by_key(peer=peer)) == REFUSED
    await ada.sign_in()
    world.now = began + timedelta(days=1, minutes=15)
    await ada.sign_in_by_key(peer=ABROAD)


async def test_the_owner_is_mailed_at_three_wrong_codes_and_when_they_are_used_up(
    world: World, ada: Person
) -> None:
    """Rows 10 and 19: somebody has the key; which one, and what to do, stands in the mail."""
    before = len(await world.mailed())
    for expected in (0, 0, 1, 1, 2):
        await use_up_codes(ada, 1)
        assert len(await world.mailed()) - before == expected
    kinds = (await world.kinds_mailed())[before:]
    assert kinds == [MailKind.WRONG_CODES_WITH_KEY, MailKind.CODES_WITH_KEY_USED_UP]
    assert ABROAD.key is not None
    for letter in (await world.letters())[before:]:
        assert letter is not None
        assert ABROAD.key.fingerprint in letter.content.text
        assert "remove it under Keys" in " ".join(letter.content.text.split())


async def test_keys_that_outlive_a_password_begin_a_new_count_with_it(world: World, ada: Person) -> None:
    """Row 10: counters are of a password's generation, those of keys too."""
    await use_up_codes(ada)
    await ada.confirm_it_is_me()
    await world.accounts.security.change_password(
        ada.identity, "another long passphrase", "another long passphrase", HERE, forget_keys=False
    )
    await ada.sign_in_by_key(peer=LAPTOP)


# Resets (row 16).


@pytest.mark.usefixtures("ada")
async def test_a_key_has_reset_requests_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From anywhere; strangers cannot use them up. Somebody else's key is a stranger's."""
    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(0))

    async def asked(*peers: Peer) -> int:
        before = (await world.kinds_mailed()).count(MailKind.RESET_CODE)
        for peer in peers:
            await world.accounts.reset.request("ada", peer)
        return (await world.kinds_mailed()).count(MailKind.RESET_CODE) - before

    assert await asked(*map(place, range(6))) == 3
    assert await asked(with_key(place(7), number=2)) == 0
    assert await asked(*(with_key(place(number)) for number in range(6))) == 3
    assert await asked(HERE) == 1


async def test_it_is_one_way_in_among_others(world: World, ada: Person) -> None:
    """The password signs in beside it, with the next code; a confirmation asks for it all the same."""
    ada.identity = await ada.sign_in_by_key(peer=LAPTOP)
    world.wait(30)
    with pytest.raises(SignInRefused):
        await world.accounts.confirmation(ada.identity, "", ada.code(), LAPTOP)
    await world.accounts.confirmation(ada.identity, PASSWORD, ada.code(), LAPTOP)
