"""Who is held up, for how long, and that nobody learns from it what was wrong (rows 9 to 11)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from sshauth.accounts.errors import ClockOff, CodeAlreadyUsed, SignInRefused, TooManyTries
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.peer import Peer
from sshauth.db.tables import Authenticator, RecoveryCode
from tests.accounts.people import ELSEWHERE, HERE, NEW_PASSWORD, PASSWORD, Person, World
from tests.accounts.tries import GOOD, Look, hasten, know, look_of, place, statements_of

REFUSED = Look("SignInRefused", "User name, password or code is wrong.")
QUARTER = 15 * 60
DAY = 24 * 60 * 60
BAD_RECOVERY_CODE = "0000-0000-0000-0000-0000-0000"


@pytest.fixture(autouse=True)
def _hastened(world: World) -> None:
    """Hash cheaply: these tests make many tries."""
    hasten(world)


Attempts = Callable[[], Awaitable[object]]


def wait_of(look: Look) -> float:
    """Give the seconds that a try was told to wait; 0 for one that was judged."""
    return look.wait.total_seconds() if look.wait else 0


async def as_fast_as_allowed(world: World, attempt: Attempts, judged: int) -> list[Look]:
    """Try until so many tries were judged, each as early as was told; give how all of them looked."""
    looks: list[Look] = []
    while sum(look.kind != "TooManyTries" for look in looks) < judged:
        looks.append(await look_of(attempt()))
        world.wait(wait_of(looks[-1]))
    return looks


def attempts(world: World, login: str, password: str, code: Callable[[], str], peer: Peer) -> Attempts:
    """Give a way to try again and again with the same."""
    return lambda: world.accounts.sign_in(login, password, code(), peer)


async def use_up_codes(person: Person, *peers: Peer, code: str = "", times: int = 5) -> None:
    """Give wrong codes with the right password, each after its wait."""
    for number in range(times):
        peer = peers[number % len(peers)]
        while wait := wait_of(await look_of(person.sign_in(code=code or person.wrong_code(), peer=peer))):
            person.world.wait(wait)


# Row 9: nobody learns which part was wrong.


@pytest.mark.parametrize("known", [False, True], ids=["unknown source", "known source"])
async def test_tries_1_to_12_look_the_same_whatever_is_wrong(world: World, known: bool) -> None:
    """Row 9: the same words, waits and fields, compared one by one; and the waits of row 11."""
    names = ("password", "code", "used", "distant", "recovery", "off")
    people = {
        name: await world.register(
            user_name=name, email=f"{name}@example.org", peer=place(number) if known else HERE
        )
        for number, name in enumerate(names)
    }
    await world.enrol(user_name="pending", email="pending@example.org")
    await world.disable("off")
    kinds: list[tuple[str, str, Callable[[], str]]] = [
        ("password", "wrong password", people["password"].code),
        ("code", PASSWORD, people["code"].wrong_code),
        ("used", "wrong password", lambda: people["used"].code(-9)),
        ("distant", "wrong password", lambda: people["distant"].code(9)),
        ("recovery", PASSWORD, lambda: BAD_RECOVERY_CODE),
        ("off", PASSWORD, people["off"].code),
        ("nobody", PASSWORD, lambda: "123456"),
        ("pending", PASSWORD, lambda: "123456"),
    ]
    seen = []
    for number, (login, password, code) in enumerate(kinds):
        peer = place(number if known else 100 + number)
        seen.append(await as_fast_as_allowed(world, attempts(world, login, password, code, peer), 12))
        world.wait(QUARTER)
    assert [wait_of(look) for look in seen[0]] == (
        # Those of the name, and once what is left of five minutes after ten tries of one source.
        [0, 0, 0, 1, 0, 2, 0, 4, 0, 8, 0, 16, 0, 32, 0, 64, 0, 173, 0, 256, 0]
    )
    assert seen[0][3].words == "Too many failed sign-ins. Try again in 1 s."
    assert set(seen[0][::2][1:]) == {REFUSED}
    for looks in seen[1:]:
        assert looks == seen[0]


async def statements_of_try(
    world: World, login: str, password: str, code: str, peer: Peer, *, wait: float = 100
) -> list[str]:
    """Make a try that is refused, give what it asked the database, and let some time pass."""
    with statements_of(world.database) as statements:
        look = await look_of(world.accounts.sign_in(login, password, code, peer))
    assert look == REFUSED
    world.wait(wait)
    return statements


@pytest.mark.parametrize("code", ["000000", BAD_RECOVERY_CODE], ids=["authenticator", "recovery"])
@pytest.mark.parametrize("known", [False, True], ids=["unknown source", "known source"])
async def test_the_database_is_asked_the_same_at_every_try(world: World, known: bool, code: str) -> None:
    """Row 9: whatever is wrong, the owner mailed or not, the counters unused, used up or used up for a day.

    Who uses up the counter of wrong passwords must not see that a right one has another.
    """
    for number, name in enumerate(("password", "code", "off")):
        await world.register(user_name=name, email=f"{name}@example.org", peer=place(number))
    await world.disable("off")
    asked = []
    for number, login in enumerate(("password", "code", "off", "nobody")):
        peer = place(number if known else 100 + number)
        password = "wrong password" if login == "password" else PASSWORD
        asked += [
            await statements_of_try(world, login, password, code, peer, wait=wait)
            for wait in [100] * 7 + [QUARTER] * 8
        ]
    assert len(asked[0]) > 10
    assert [statements for statements in asked if statements != asked[0]] == []
    three, used_up = MailKind.WRONG_CODES, MailKind.CODES_USED_UP
    assert (await world.kinds_mailed())[1:] == [three, used_up, used_up]  # behind the one of being disabled


async def test_the_same_is_asked_of_who_used_up_the_counter_of_wrong_passwords(world: World) -> None:
    """Row 9: from one place, the first right password costs what the wrong ones before it cost."""
    await world.register()
    asked = [await statements_of_try(world, "nobody", PASSWORD, "000000", ELSEWHERE) for _ in range(6)]
    asked += [
        await statements_of_try(world, "ada", password, "000000", ELSEWHERE)
        for password in ("wrong password", PASSWORD)
    ]
    assert [statements for statements in asked if statements != asked[0]] == []


async def test_a_success_clears_no_other_counter(world: World) -> None:
    """Whoever signs in from a known source leaves the wait of strangers as it was, and their wrong codes."""
    ada = await world.register()
    await use_up_codes(ada, ELSEWHERE)
    before = await look_of(ada.sign_in(code=ada.wrong_code(), peer=place(1)))
    await ada.sign_in()
    assert await look_of(ada.sign_in(code=ada.wrong_code(), peer=place(2))) == before
    assert wait_of(before) > 0


# Row 10: wrong codes with the right password.


async def told_clock_is_off(person: Person, peer: Peer) -> bool:
    """Try with a genuine code of another time: only one that is judged is told so."""
    try:
        await person.sign_in(code=person.code(5), peer=peer)
    except ClockOff:
        return True
    except (SignInRefused, TooManyTries):
        return False
    raise AssertionError("a code of another time signed in")


async def test_of_forty_wrong_codes_at_once_five_are_judged(world: World) -> None:
    """Row 10: counted before the check. From ten known places, where the waits let thirty in."""
    ada = await world.register()
    places = [place(number) for number in range(10)]
    await know(ada, *places)
    told = await asyncio.gather(*(told_clock_is_off(ada, peer) for peer in 4 * places))
    assert sum(told) == 5


async def test_after_five_wrong_codes_a_right_one_is_refused_for_a_quarter_of_an_hour(world: World) -> None:
    """With the generic words; and it is not used up."""
    ada = await world.register()
    began = world.now
    await use_up_codes(ada, ELSEWHERE)
    world.now = began + timedelta(seconds=QUARTER - 1)
    code = ada.code()
    assert await look_of(ada.sign_in(code=code, peer=ELSEWHERE)) == REFUSED
    (authenticator,) = await world.rows(Authenticator)
    assert authenticator.last_step * 30 < began.timestamp()
    world.wait(16)
    await ada.sign_in(code=code, peer=ELSEWHERE)


async def test_four_wrong_codes_are_not_too_many(world: World) -> None:
    """A right one is accepted, does not count, and clears none of the four: the next wrong is the fifth."""
    ada = await world.register()
    await use_up_codes(ada, ELSEWHERE, HERE, times=8)  # four from each side
    for peer in (ELSEWHERE, HERE):
        world.wait(60)
        await ada.sign_in(peer=peer)
    world.wait(60)
    assert await told_clock_is_off(ada, HERE)
    world.wait(60)
    assert not await told_clock_is_off(ada, HERE)


async def test_ten_wrong_codes_are_enough_for_a_day(world: World) -> None:
    """Row 10: over all quarters of an hour; the next day begins anew."""
    ada = await world.register()
    began = world.now
    for _ in range(2):
        await use_up_codes(ada, ELSEWHERE)
        world.wait(QUARTER)
    assert await look_of(ada.sign_in(peer=ELSEWHERE)) == REFUSED
    world.now = began + timedelta(seconds=DAY - 1)
    assert await look_of(ada.sign_in(peer=ELSEWHERE)) == REFUSED
    world.wait(QUARTER)
    await ada.sign_in(peer=ELSEWHERE)


async def test_tries_that_are_not_judged_do_not_count_for_the_day(world: World) -> None:
    """Of ten in the first quarter of an hour five were judged, so five are left."""
    ada = await world.register()
    began = world.now
    await use_up_codes(ada, ELSEWHERE, times=9)
    world.now = began + timedelta(seconds=QUARTER + 60)
    assert await told_clock_is_off(ada, ELSEWHERE)


async def test_strangers_do_not_use_up_the_codes_of_a_known_source(world: World) -> None:
    """They are counted apart: the owner signs in at once, from where they were before."""
    ada = await world.register()
    await use_up_codes(ada, *map(place, range(5)))
    await ada.sign_in()


async def test_known_sources_share_one_count_of_wrong_codes(world: World) -> None:
    """Five in all, not five each."""
    ada = await world.register()
    places = [place(number) for number in range(3)]
    await know(ada, *places)
    told = [await told_clock_is_off(ada, peer) for peer in 2 * places]
    assert told == [True] * 5 + [False]


async def test_a_new_password_begins_a_new_count(world: World) -> None:
    """Row 10: the thief's password is dead. The owner resets and signs in at once."""
    ada = await world.register()
    world.use(mail_goes_out=True)
    await use_up_codes(ada, ELSEWHERE)
    await world.accounts.reset.request("ada", HERE)
    await ada.reset(await world.mailed_code())
    world.wait(QUARTER - 300)
    assert (await ada.sign_in(password=NEW_PASSWORD, peer=ELSEWHERE)).user_name == "ada"


async def test_recovery_codes_are_counted_apart(world: World) -> None:
    """Row 10: whoever used the one up can still sign in with the other."""
    ada = await world.register()
    await use_up_codes(ada, ELSEWHERE)
    world.wait(60)
    await ada.sign_in(code=ada.recovery_codes[0], peer=place(1))
    eve = await world.register(user_name="eve", email="eve@example.org")
    await use_up_codes(eve, ELSEWHERE, code=BAD_RECOVERY_CODE)
    world.wait(60)
    await eve.sign_in(peer=place(2))


async def test_after_five_wrong_recovery_codes_a_right_one_is_refused_and_kept(world: World) -> None:
    """Five in a quarter of an hour, ten in a day, as for the others."""
    ada = await world.register()
    began = world.now
    await use_up_codes(ada, ELSEWHERE, code=BAD_RECOVERY_CODE)
    world.now = began + timedelta(seconds=QUARTER - 1)
    assert await look_of(ada.sign_in(code=ada.recovery_codes[0], peer=ELSEWHERE)) == REFUSED
    world.wait(1)
    await use_up_codes(ada, ELSEWHERE, code=BAD_RECOVERY_CODE)
    world.wait(QUARTER)
    assert await look_of(ada.sign_in(code=ada.recovery_codes[0], peer=ELSEWHERE)) == REFUSED
    assert len(await world.rows(RecoveryCode)) == 10
    world.now = began + timedelta(seconds=DAY)
    await ada.sign_in(code=ada.recovery_codes[0], peer=ELSEWHERE)


@pytest.mark.parametrize("code", ["", BAD_RECOVERY_CODE], ids=["authenticator", "recovery"])
async def test_the_owner_is_mailed_at_three_wrong_codes_and_when_they_are_used_up(
    world: World, code: str
) -> None:
    """Rows 10 and 19: somebody has the password. Not at each try, so that a thief sends no flood."""
    ada = await world.register()
    kinds = []
    for _ in range(7):
        world.mail_waiting.clear()
        await use_up_codes(ada, ELSEWHERE, code=code, times=1)
        kinds.append(await world.kinds_mailed())
        assert world.mail_waiting.is_set()
    three, used_up = MailKind.WRONG_CODES, MailKind.CODES_USED_UP
    assert kinds == [[], [], [three], [three], *3 * [[three, used_up]]]
    world.wait(QUARTER)
    await use_up_codes(ada, ELSEWHERE, code=code)
    assert await world.kinds_mailed() == [three, used_up, three, used_up]
    world.wait(QUARTER)
    await use_up_codes(ada, ELSEWHERE, code=code, times=3)
    assert await world.kinds_mailed() == [three, used_up, three, used_up]


async def test_the_owner_is_mailed_when_the_codes_of_the_day_are_used_up(world: World) -> None:
    """Also where that does not fall together with a quarter of an hour."""
    ada = await world.register()
    for times in (4, 4, 2):
        await use_up_codes(ada, ELSEWHERE, times=times)
        world.wait(QUARTER)
    kinds = await world.kinds_mailed()
    assert kinds == [MailKind.WRONG_CODES, MailKind.WRONG_CODES, MailKind.CODES_USED_UP]


async def test_wrong_passwords_mail_nobody(world: World) -> None:
    """Anybody could have such mails sent."""
    ada = await world.register()
    for _ in range(6):
        await look_of(ada.sign_in(password="wrong password", peer=ELSEWHERE))
        world.wait(QUARTER)
    assert await world.mailed() == []


# Row 11: delays.


async def test_a_try_inside_the_wait_is_not_judged_does_not_count_and_lengthens_nothing(world: World) -> None:
    """Row 11: right or wrong, however many; the wait ends when it was told to end."""
    ada = await world.register()
    for _ in range(3):
        await look_of(ada.sign_in(code="000000", peer=ELSEWHERE))
    for _ in range(30):
        look = await look_of(ada.sign_in(peer=ELSEWHERE))
        assert (look.kind, wait_of(look)) == ("TooManyTries", 1)
    world.wait(1)
    await ada.sign_in(peer=ELSEWHERE)


async def test_waits_are_told_honestly_as_they_pass(world: World) -> None:
    """What is left of them, rounded up to whole seconds in words."""
    ada = await world.register()
    await use_up_codes(ada, ELSEWHERE, times=8)
    words = []
    for _ in range(3):
        words.append((await look_of(ada.sign_in(peer=ELSEWHERE))).words)
        world.wait(0.75)
    assert words == [f"Too many failed sign-ins. Try again in {seconds} s." for seconds in (32, 32, 31)]


async def test_the_longest_delay_is_a_quarter_of_an_hour(world: World) -> None:
    """No permanent lock, however long an attack goes on: after what was told the owner is in."""
    ada = await world.register()
    for number in range(20):
        await use_up_codes(ada, place(number), times=1)
    look = await look_of(ada.sign_in(peer=ELSEWHERE))
    assert (wait_of(look), look.words) == (900, "Too many failed sign-ins. Try again in 15 minutes.")


async def test_all_unknown_sources_share_one_delay(world: World) -> None:
    """A botnet gets as few tries as one machine."""
    ada = await world.register()
    looks = [await look_of(ada.sign_in(password="wrong password", peer=place(n))) for n in range(40)]
    assert [look.kind for look in looks] == 3 * ["SignInRefused"] + 37 * ["TooManyTries"]


async def test_forty_strangers_at_once_get_three_tries(world: World) -> None:
    """Counted before the check here too."""
    ada = await world.register()
    tries = (ada.sign_in(password="wrong password", peer=place(number)) for number in range(40))
    looks = await asyncio.gather(*map(look_of, tries))
    assert Counter(look.kind for look in looks) == {"SignInRefused": 3, "TooManyTries": 37}


async def test_a_known_source_is_not_held_up_by_strangers(world: World) -> None:
    """Row 11: while they wait for a quarter of an hour the owner signs in at once."""
    ada = await world.register()
    for number in range(13):
        await use_up_codes(ada, place(number), times=1)
    assert wait_of(await look_of(ada.sign_in(peer=ELSEWHERE))) == 900
    await ada.sign_in()


async def test_each_known_source_has_a_delay_of_its_own(world: World) -> None:
    """Failures at one do not hold up the other, nor strangers."""
    ada = await world.register()
    await know(ada, ELSEWHERE)
    for _ in range(3):
        await look_of(ada.sign_in(code="000000"))
    assert wait_of(await look_of(ada.sign_in())) == 1
    await ada.sign_in(peer=ELSEWHERE)
    world.wait(30)
    for peer in (HERE, place(1)):
        await ada.sign_in(peer=peer)
        world.wait(30)


@pytest.mark.parametrize("name", ["ADA", " ada", "ada@example.org", "Ada@Example.ORG", "ａｄａ"])
async def test_all_writings_of_name_and_email_share_the_delay(world: World, name: str) -> None:
    """What must never happen: another path with other limits."""
    ada = await world.register()
    for login in ("ada", name, "ada"):
        assert await look_of(ada.sign_in(login=login, code="000000", peer=ELSEWHERE)) == REFUSED
    assert wait_of(await look_of(ada.sign_in(login=name, peer=place(1)))) == 1


async def test_all_writings_of_a_name_that_nobody_has_share_the_delay(world: World) -> None:
    """As they would if somebody had it."""
    for login in ("nobody", "NOBODY", " nobody "):
        assert await look_of(world.accounts.sign_in(login, PASSWORD, "000000", ELSEWHERE)) == REFUSED
    look = await look_of(world.accounts.sign_in("Nobody", PASSWORD, "000000", place(1)))
    assert wait_of(look) == 1
    assert await look_of(world.accounts.sign_in("somebody", PASSWORD, "000000", place(1))) == REFUSED


async def test_all_nodes_share_all_counters(world: World) -> None:
    """They are in the database."""
    ada = await world.register()
    nodes = [world.another_node(f"node/{number}") for number in range(4)]
    kinds = [
        (await look_of(node.sign_in("ada", "wrong password", "000000", ELSEWHERE))).kind for node in nodes
    ]
    assert kinds == 3 * ["SignInRefused"] + ["TooManyTries"]
    assert wait_of(await look_of(ada.sign_in(peer=ELSEWHERE))) == 1


async def test_one_source_fails_ten_times_in_five_minutes(world: World) -> None:
    """Row 11: over however many names; then it waits for the end of the five, and another source does not."""
    await world.register()
    began = world.now
    for number in range(10):
        login = f"name{number}"
        assert await look_of(world.accounts.sign_in(login, PASSWORD, "000000", ELSEWHERE)) == REFUSED
        world.wait(10)
    look = await look_of(world.accounts.sign_in("ada", PASSWORD, "000000", ELSEWHERE))
    assert (look.words, wait_of(look)) == ("Too many failed sign-ins. Try again in 4 minutes.", 200)
    assert await look_of(world.accounts.sign_in("ada", PASSWORD, "000000", place(1))) == REFUSED
    world.now = began + timedelta(seconds=300)
    assert await look_of(world.accounts.sign_in("name10", PASSWORD, "000000", ELSEWHERE)) == REFUSED


async def test_a_try_that_its_source_may_not_make_does_not_count_for_the_name(world: World) -> None:
    """Somebody who is held up cannot hold others up."""
    ada = await world.register()
    for number in range(10):
        await look_of(world.accounts.sign_in(f"name{number}", PASSWORD, "000000", ELSEWHERE))
    for _ in range(20):
        assert wait_of(await look_of(ada.sign_in(peer=ELSEWHERE))) == 300
    await ada.sign_in(peer=place(1))


async def test_right_sign_ins_use_up_nothing_of_a_source(world: World) -> None:
    """An office behind one address signs in all day."""
    people = [await world.register(user_name=f"u{n}", email=f"u{n}@example.org") for n in range(12)]
    looks = [await look_of(person.sign_in(peer=ELSEWHERE)) for person in people]
    assert looks == 12 * [GOOD]


async def test_the_addresses_of_one_ipv6_network_are_one_source(world: World) -> None:
    """One person holds a whole /64."""
    await world.register()
    for number in range(10):
        peer = Peer(f"2001:db8::{number + 1}")
        assert await look_of(world.accounts.sign_in(f"name{number}", PASSWORD, "000000", peer)) == REFUSED
    look = await look_of(world.accounts.sign_in("ada", PASSWORD, "000000", Peer("2001:db8::ffff")))
    assert look.kind == "TooManyTries"
    other = Peer("2001:db8:0:1::1")
    assert await look_of(world.accounts.sign_in("ada", PASSWORD, "000000", other)) == REFUSED


async def test_a_used_code_counts_as_a_failure(world: World) -> None:
    """Row 9: whatever is told to who has both, the wait grows."""
    ada = await world.register()
    await ada.sign_in(peer=ELSEWHERE)
    for _ in range(3):
        with pytest.raises(CodeAlreadyUsed):
            await ada.sign_in(peer=place(1))
    assert wait_of(await look_of(ada.sign_in(peer=place(1)))) == 1


async def test_a_try_whose_client_leaves_stays_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing the connection before the answer gains nothing."""
    ada = await world.register()
    checking = asyncio.Event()

    async def check_for_ever(*_: object, **__: object) -> bool:
        checking.set()
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never

    monkeypatch.setattr(world.passwords, "verify", check_for_ever)
    for _ in range(3):
        trying = asyncio.ensure_future(ada.sign_in(password="wrong password", peer=ELSEWHERE))
        await asyncio.wait_for(checking.wait(), 10)
        checking.clear()
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
    monkeypatch.undo()
    assert wait_of(await look_of(ada.sign_in(peer=ELSEWHERE))) == 1


async def test_a_right_sign_in_at_a_known_place_forgets_the_mistypes_there(world: World) -> None:
    """Row 11: they were the owner's. What strangers did elsewhere is not forgotten by it."""
    ada = await world.register()
    for peer in (HERE, ELSEWHERE):
        for _ in range(2):
            await look_of(ada.sign_in(code=ada.wrong_code(), peer=peer))
    await ada.sign_in()
    world.wait(30)
    for _ in range(3):
        assert (await look_of(ada.sign_in(password="mistyped password"))).kind == "SignInRefused"
    guesses = [await look_of(ada.sign_in(password="guessed password", peer=ELSEWHERE)) for _ in range(2)]
    assert [guess.kind for guess in guesses] == ["SignInRefused", "TooManyTries"]
