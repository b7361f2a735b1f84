"""Resetting a password (rows 14 to 16)."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts.errors import (
    Busy,
    ClockOff,
    CodeAlreadyUsed,
    InvalidForm,
    SignInRefused,
    TooManyTries,
    WrongCode,
)
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.accounts.reset import ANSWER_AFTER, NewPassword
from sshauth.db.engine import Database
from sshauth.db.tables import Authenticator, RecoveryCode, ResetRequest, SessionRow, Throttle
from tests.accounts.operators import make
from tests.accounts.people import ELSEWHERE, HERE, NEW_PASSWORD, Person, World
from tests.accounts.tries import GOOD, Look, hasten, know, look_of, place, statements_of

RESET_CODE_WRONG = Look("ResetCodeWrong", "That reset code is wrong or has expired.", "reset_code")
QUARTER, HOUR, DAY = 15 * 60, 60 * 60, 24 * 60 * 60


@pytest.fixture
async def ada(world: World, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Give somebody with an account, and an impatient server."""
    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(0))
    hasten(world)
    return await world.register()


async def ask(world: World, peer: Peer = HERE, login: str = "ada") -> bool:
    """Ask for a reset, and tell whether a mail was queued."""
    before = len(await world.mailed())
    await world.accounts.reset.request(login, peer)
    return len(await world.mailed()) > before


async def asked_for(world: World, peer: Peer = HERE) -> str:
    """Ask for a reset and read the mail."""
    assert await ask(world, peer)
    return await world.mailed_code()


# The way through.


async def test_mailed_code_and_authenticator_set_a_new_password(world: World, ada: Person) -> None:
    """The old password is dead, the new one signs in, the authenticator is the same."""
    (before,) = await world.rows(Authenticator)
    await ada.reset(await asked_for(world))
    world.wait(30)
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    await ada.sign_in(password=NEW_PASSWORD)
    (after,) = await world.rows(Authenticator)
    assert (after.id, after.secret_encrypted) == (before.id, before.secret_encrypted)


@pytest.mark.parametrize(
    "change",
    [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' ')} \n"],
)
async def test_the_code_is_forgiving_to_type(world: World, ada: Person, change: Callable[[str], str]) -> None:
    """Row 14: case, spaces and dashes do not matter."""
    await ada.reset(change(await asked_for(world)))


async def test_the_email_works_for_asking_and_for_changing(world: World, ada: Person) -> None:
    """Whoever forgot the user name types the address."""
    await world.accounts.reset.request("ADA@example.org", HERE)
    await ada.reset(await world.mailed_code(), login="ada@EXAMPLE.org")


async def test_the_code_works_from_a_fresh_connection(world: World, ada: Person) -> None:
    """Row 14: elsewhere, and at another node."""
    code = await asked_for(world)
    world.accounts = world.another_node("node/2")
    await ada.reset(code, peer=ELSEWHERE)


async def test_a_recovery_code_resets_without_a_phone_and_is_burnt(world: World, ada: Person) -> None:
    """Row 15: one, mailed with how many are left."""
    await ada.reset(await asked_for(world), code=ada.recovery_codes[0].lower())
    assert len(await world.rows(RecoveryCode)) == 9
    mails = (await world.mailed())[1:]
    assert [mail.kind for mail in mails] == [MailKind.RECOVERY_CODE_USED, MailKind.PASSWORD_RESET]
    assert mails[0].data["left"] == 9
    world.wait(600)
    code = await asked_for(world)
    with pytest.raises(WrongCode):
        await ada.reset(code, code=ada.recovery_codes[0])


async def test_a_reset_ends_every_session_and_signs_nobody_in(world: World, ada: Person) -> None:
    """Rows 15 and 17; it is written down, and the owner is mailed."""
    await know(ada, ELSEWHERE)
    world.mail_waiting.clear()
    await ada.reset(await asked_for(world))
    assert await world.live() == []
    assert {row.end_reason for row in await world.rows(SessionRow)} == {"password-reset"}
    assert (await world.audited())[-2:] == ["reset-requested", "password-reset"]
    assert (await world.kinds_mailed())[-1] == MailKind.PASSWORD_RESET
    assert world.mail_waiting.is_set()
    user = await world.user()
    assert (user.password_generation, user.password_changed_at) == (2, world.now)


# Asking: who learns what, and when.


@pytest.mark.parametrize(("login", "mails"), [("nobody", 0), ("off", 0), ("pending", 0), ("ada", 1)])
async def test_nobody_learns_whether_an_account_exists(world: World, login: str, mails: int) -> None:
    """Row 16: all are answered alike, after 800 ms; only an account in use gets mail."""
    assert timedelta(milliseconds=800) == ANSWER_AFTER
    hasten(world)
    await world.register()
    await world.register(user_name="off", email="off@example.org")
    await world.disable("off")
    await world.enrol(user_name="pending", email="pending@example.org")
    world.mail_waiting.clear()
    began = time.monotonic()
    await world.accounts.reset.request(login, HERE)
    took = time.monotonic() - began
    assert 0.8 <= took < 1.6
    assert (await world.kinds_mailed()).count("reset-code") == mails
    assert world.mail_waiting.is_set()


@pytest.mark.usefixtures("ada")
async def test_a_slow_database_does_not_make_the_answer_wait_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it takes is a part of the 800 ms, not added to them."""
    slept: list[float] = []

    async def note_sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(seconds=100))
    monkeypatch.setattr("sshauth.accounts.reset.asyncio.sleep", note_sleep)
    await world.accounts.reset.request("ada", HERE)
    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(seconds=-100))
    await world.accounts.reset.request("nobody", HERE)
    assert 99 < slept[0] < 100
    assert slept[1] == 0


@pytest.mark.usefixtures("ada")
async def test_the_outbox_holds_no_code(world: World) -> None:
    """Row 14: codes are derived when the mail is sent."""
    code = await asked_for(world)
    (mail,) = await world.mailed()
    (request,) = await world.rows(ResetRequest)
    for row in (mail, request):
        assert code not in str(vars(row))
        assert code.replace("-", "") not in str(vars(row))


@pytest.mark.usefixtures("ada")
async def test_a_request_says_who_asked(world: World) -> None:
    """In the event and in the mail."""
    world.mail_waiting.clear()
    await world.accounts.reset.request("ADA@EXAMPLE.ORG", ELSEWHERE)
    (mail,) = await world.mailed()
    assert (mail.kind, mail.data["address"]) == (MailKind.RESET_CODE, ELSEWHERE.address)
    assert (await world.audited())[-1] == "reset-requested"
    assert world.mail_waiting.is_set()
    letter = await world.mails.write(mail)
    assert letter is not None
    assert letter.to == "ada@example.org"


@pytest.mark.usefixtures("ada")
async def test_mail_of_a_code_that_is_dead_is_not_written(world: World) -> None:
    """Expired, replaced or used while it waited: there is nothing to say any more."""
    await asked_for(world)
    await asked_for(world)
    first, second = await world.mailed()
    assert await world.mails.write(first) is None
    assert await world.mails.write(second) is not None
    world.wait(600)
    assert await world.mails.write(second) is None


async def test_strange_texts_are_nobody(world: World, ada: Person) -> None:
    """Row 26: what a database or an encoding could trip over is asked for and tried like any other."""
    code = await asked_for(world)
    for text in ("a\0da", "\ud800", "\ufdfa" * 5000, ""):
        assert not await ask(world, login=text)
        assert await look_of(ada.reset(text)) == RESET_CODE_WRONG
        assert await look_of(ada.reset(code, login=text)) == RESET_CODE_WRONG


# How often one may ask (row 16).


async def requests(world: World, peer: Peer, hours: int) -> list[int]:
    """Ask four times at the beginning of each hour; give how many mails that made."""
    began, sent = world.now, []
    for hour in range(hours):
        world.now = began + timedelta(hours=hour)
        sent.append(sum([await ask(world, peer) for _ in range(4)]))
    return sent


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("peer", [HERE, ELSEWHERE], ids=["known", "unknown"])
async def test_three_requests_an_hour_and_five_a_day(world: World, peer: Peer) -> None:
    """The same numbers for strangers together and for a known source; the next day begins anew."""
    began = world.now
    assert await requests(world, peer, 24) == [3, 2, *22 * [0]]
    world.now = began + timedelta(days=1)
    assert await ask(world, peer)


@pytest.mark.usefixtures("ada")
async def test_strangers_are_counted_together(world: World) -> None:
    """Row 16: over all unknown sources, by name and by address."""
    logins = ["ada", "ada@example.org", "ADA"]
    sent = [await ask(world, place(number), logins[number % 3]) for number in range(6)]
    assert sent == 3 * [True] + 3 * [False]


async def test_each_known_source_has_as_many_again(world: World, ada: Person) -> None:
    """Row 16: strangers cannot use them up, nor one known source those of another."""
    await know(ada, ELSEWHERE)
    strangers = [await ask(world, place(number)) for number in range(4)]
    here = [await ask(world) for _ in range(4)]
    there = [await ask(world, ELSEWHERE) for _ in range(4)]
    assert strangers == here == there == [True, True, True, False]


async def test_a_stranger_who_asks_all_day_does_not_keep_the_owner_out(world: World, ada: Person) -> None:
    """Whenever the owner asks, from where they were before, the mail comes and the code works."""
    for _ in range(4):
        for minute in range(6):
            await ask(world, place(minute))
            world.wait(HOUR / 2)
        await ada.reset(await asked_for(world), password=NEW_PASSWORD)
    assert len(await world.rows(ResetRequest)) == 0


@pytest.mark.usefixtures("ada")
async def test_forty_requests_at_once_make_three_mails(world: World) -> None:
    """Counted by one statement."""
    await asyncio.gather(*(world.accounts.reset.request("ada", place(number)) for number in range(40)))
    assert len(await world.mailed()) == 3


async def test_the_ceiling_of_the_site_is_for_strangers(world: World, ada: Person) -> None:
    """Row 27: a setting, over all accounts. Who asks from a known source is not kept out by it."""
    await world.register(user_name="eve", email="eve@example.org")
    world.use(mails_an_hour=2)
    strangers = [await ask(world, place(number), ("ada", "eve")[number % 2]) for number in range(4)]
    assert strangers == [True, True, False, False]
    await ada.reset(await asked_for(world))


async def test_used_up_requests_do_not_replace_the_code(world: World, ada: Person) -> None:
    """Row 16: the code that is under way stays good."""
    for _ in range(3):
        code = await asked_for(world, ELSEWHERE)
    world.wait(180)
    for number in range(5):
        assert not await ask(world, place(number))
    (request,) = await world.rows(ResetRequest)
    assert request.expires_at == world.now + timedelta(minutes=7)
    await ada.reset(code)


@pytest.mark.usefixtures("ada")
async def test_requests_and_changes_of_address_do_not_wait_for_each_other(world: World) -> None:
    """Both hold the account and the counters, in the same order: no two of them lock for ever."""
    world.use(mail_goes_out=True)
    person = await world.register(user_name="eve", email="eve@example.org")
    await person.confirm_it_is_me()
    change = world.accounts.email_change.request
    looks = await asyncio.gather(
        *(look_of(world.accounts.reset.request("eve", place(number))) for number in range(20)),
        *(look_of(change(person.identity, f"eve{n}@example.org", HERE)) for n in range(20)),
    )
    assert {look.kind for look in looks} <= {"good", "TooManyTries"}


# Which code is good (rows 14 and 16).


async def test_the_code_works_once(world: World, ada: Person) -> None:
    """A second reset with the same code is refused."""
    code = await asked_for(world)
    await ada.reset(code)
    world.wait(30)
    assert await look_of(ada.reset(code)) == RESET_CODE_WRONG


async def test_ten_at_once_with_one_code_give_one_success(world: World, ada: Person) -> None:
    """However they interleave, one changes the password, and one code is spent."""
    code = await asked_for(world)
    looks = await asyncio.gather(
        *(look_of(ada.reset(code, code=ada.recovery_codes[n], peer=place(n))) for n in range(10))
    )
    assert Counter(look.kind for look in looks)["good"] == 1
    assert len(await world.rows(RecoveryCode)) == 9
    assert (await world.user()).password_generation == 2


async def test_the_code_dies_after_ten_minutes(world: World, ada: Person) -> None:
    """Row 14: ten minutes and no longer."""
    code = await asked_for(world)
    world.wait(599)
    with pytest.raises(WrongCode):
        await ada.reset(code, code="000000")
    world.wait(1)
    assert await look_of(ada.reset(code)) == RESET_CODE_WRONG


async def test_a_later_request_replaces_the_code(world: World, ada: Person) -> None:
    """Row 16: the newest code is the one that works, from now on for ten minutes."""
    old = await asked_for(world)
    world.wait(1)
    new = await asked_for(world)
    assert old != new
    assert await look_of(ada.reset(old)) == RESET_CODE_WRONG
    world.wait(599)
    await ada.reset(new)


async def test_a_stranger_cannot_kill_the_code_just_sent(world: World, ada: Person) -> None:
    """Row 16: within two minutes a request from elsewhere sends the same code, no longer alive."""
    code = await asked_for(world)
    world.wait(119)
    assert await asked_for(world, ELSEWHERE) == code
    (request,) = await world.rows(ResetRequest)
    assert request.source == ELSEWHERE.source
    world.wait(481)
    assert await look_of(ada.reset(code)) == RESET_CODE_WRONG


@pytest.mark.usefixtures("ada")
async def test_a_stranger_cannot_kill_the_code_that_was_sent_again(world: World) -> None:
    """Row 16: each request is compared with the one just before it, from wherever that came."""
    code = await asked_for(world, ELSEWHERE)
    world.wait(60)
    assert await asked_for(world) == code
    world.wait(110)
    assert await asked_for(world, ELSEWHERE) == code


@pytest.mark.usefixtures("ada")
async def test_after_two_minutes_a_request_from_elsewhere_replaces_it(world: World) -> None:
    """Row 16: then it is a later request like any other."""
    code = await asked_for(world)
    world.wait(120)
    assert await asked_for(world, ELSEWHERE) != code


async def test_a_code_is_for_one_account(world: World, ada: Person) -> None:
    """Somebody else's name with the code, or somebody without an account, is refused."""
    await world.register(user_name="eve", email="eve@example.org")
    await world.accounts.reset.request("eve", HERE)
    code = await asked_for(world)
    for login in ("eve", "nobody"):
        assert await look_of(ada.reset(code, login=login)) == RESET_CODE_WRONG


@pytest.mark.parametrize("change", ["password", "address"])
async def test_a_new_password_or_address_kills_the_code(world: World, ada: Person, change: str) -> None:
    """Row 14: it is bound to both."""
    code = await asked_for(world)
    await ada.confirm_it_is_me()
    if change == "password":
        await world.accounts.security.change_password(ada.identity, NEW_PASSWORD, NEW_PASSWORD, HERE)
    else:
        await world.accounts.email_change.request(ada.identity, "new@example.org", HERE)
    assert await look_of(ada.reset(code)) == RESET_CODE_WRONG


async def test_a_disabled_account_is_not_reset(world: World, ada: Person) -> None:
    """Though the code was mailed before."""
    code = await asked_for(world)
    await world.disable("ada")
    assert await look_of(ada.reset(code)) == RESET_CODE_WRONG
    assert (await world.user()).password_generation == 1


async def test_wrong_and_unknown_look_and_cost_the_same(world: World, ada: Person) -> None:
    """Row 5: the same words and the same statements, whether there is an account or a request."""
    await world.register(user_name="eve", email="eve@example.org")
    await make(world)
    await asked_for(world)
    asked = []
    for number, login in enumerate(("ada", "eve", "grace", "nobody")):
        with statements_of(world.database) as statements:
            look = await look_of(ada.reset("0000-0000-0000-0000", login=login, peer=place(number)))
        assert look == RESET_CODE_WRONG
        asked.append(statements)
    assert [statements for statements in asked if statements != asked[0]] == []


async def test_ten_wrong_reset_codes_are_enough_for_a_source(world: World, ada: Person) -> None:
    """Row 14: counted by source, in 15 minutes; the code itself stays good for its owner."""
    code = await asked_for(world)
    for number in range(10):
        assert await look_of(ada.reset(f"wrong {number}", peer=ELSEWHERE)) == RESET_CODE_WRONG
    look = await look_of(ada.reset(code, peer=ELSEWHERE))
    assert (look.kind, look.words) == ("TooManyTries", "Too many wrong codes. Try again in 15 minutes.")
    world.wait(QUARTER - 1)
    assert (await look_of(ada.reset("wrong", peer=ELSEWHERE))).kind == "TooManyTries"
    world.wait(1)
    assert await look_of(ada.reset("wrong", peer=ELSEWHERE)) == RESET_CODE_WRONG


async def test_any_number_of_wrong_reset_codes_never_voids_the_right_one(world: World, ada: Person) -> None:
    """Row 14: strangers from everywhere cannot keep the owner out."""
    code = await asked_for(world)
    for number in range(30):
        for _ in range(3):
            assert await look_of(ada.reset("wrong", peer=place(number))) == RESET_CODE_WRONG
    await ada.reset(code)


async def test_wrong_reset_codes_are_counted_before_they_are_checked(world: World, ada: Person) -> None:
    """Forty at once are not judged more often than ten one after the other."""
    await asked_for(world)
    looks = await asyncio.gather(*(look_of(ada.reset(f"wrong {number}")) for number in range(40)))
    assert Counter(look.kind for look in looks) == {"ResetCodeWrong": 10, "TooManyTries": 30}


async def test_right_reset_codes_are_not_counted(world: World, ada: Person) -> None:
    """Somebody who mistypes the authenticator's code does not run out of reset codes."""
    for _ in range(4):
        code = await asked_for(world)
        for _ in range(4):
            with pytest.raises(WrongCode):
                await ada.reset(code, code="000000")
        world.wait(HOUR)
    await ada.reset(await asked_for(world))


# The second factor (row 15).


async def test_without_the_authenticator_there_is_no_reset(world: World, ada: Person) -> None:
    """Wrong, used and distant codes are refused, and the password stays."""
    world.wait(120)
    await ada.sign_in()
    code = await asked_for(world)
    for given, expected in (("", WrongCode), ("000000", WrongCode), (ada.code(), CodeAlreadyUsed)):
        with pytest.raises(expected):
            await ada.reset(code, code=given)
    with pytest.raises(ClockOff):
        await ada.reset(code, code=ada.code(4))
    world.wait(30)
    await ada.sign_in()


async def test_a_wrong_second_code_is_written_down_and_uses_nothing_up(world: World, ada: Person) -> None:
    """The reset code stays good, and so do the recovery codes."""
    code = await asked_for(world)
    with pytest.raises(WrongCode):
        await ada.reset(code, code="0000-0000-0000-0000-0000-0000")
    assert len(await world.rows(RecoveryCode)) == 10
    await ada.reset(code)


async def test_the_second_code_is_not_judged_before_a_right_reset_code(world: World, ada: Person) -> None:
    """Row 15: without it nothing is learnt about an authenticator's code, and nothing counted against it."""
    code = await asked_for(world)
    seconds = (ada.code(), ada.code(-1), ada.code(5), "000000", *ada.recovery_codes[:4])
    for number, second in enumerate(seconds):
        assert await look_of(ada.reset("wrong", code=second, peer=place(number))) == RESET_CODE_WRONG
    assert len(await world.rows(RecoveryCode)) == 10
    await ada.reset(code)


async def test_a_code_used_in_the_same_moment_does_not_reset(world: World, ada: Person) -> None:
    """The code is used up in the transaction that sets the password, or not at all."""
    reset_code, code = await asked_for(world), ada.code()
    looks = await asyncio.gather(look_of(ada.sign_in(code=code)), look_of(ada.reset(reset_code, code=code)))
    assert looks.count(GOOD) == 1


async def test_a_recovery_code_is_spent_by_a_sign_in_or_a_reset(world: World, ada: Person) -> None:
    """Row 15: never by both."""
    reset_code, code = await asked_for(world), ada.recovery_codes[0]
    looks = await asyncio.gather(look_of(ada.sign_in(code=code)), look_of(ada.reset(reset_code, code=code)))
    assert looks.count(GOOD) == 1
    assert len(await world.rows(RecoveryCode)) == 9


async def test_five_wrong_codes_are_enough_for_a_request(world: World, ada: Person) -> None:
    """Row 15: then a new reset code is needed."""
    code = await asked_for(world)
    for _ in range(5):
        with pytest.raises(WrongCode):
            await ada.reset(code, code="000000")
    with pytest.raises(TooManyTries, match="Too many wrong codes") as refused:
        await ada.reset(code)
    assert refused.value.field == "code"
    await ada.reset(await asked_for(world))


async def test_forty_wrong_codes_at_once_are_judged_five_times(world: World, ada: Person) -> None:
    """Counted before the check, whatever the source."""
    code = await asked_for(world)
    tries = (ada.reset(code, code="000000", peer=place(number)) for number in range(40))
    looks = await asyncio.gather(*map(look_of, tries))
    assert Counter(look.kind for look in looks) == {"WrongCode": 5, "TooManyTries": 35}


async def test_twenty_five_wrong_codes_are_enough_for_a_day(world: World, ada: Person) -> None:
    """Row 15: over all requests of a day; also of a known source that may ask for more."""
    await know(ada, ELSEWHERE)
    began = world.now
    for number in range(5):
        code = await asked_for(world, (HERE, ELSEWHERE)[number % 2])
        for _ in range(5):
            with pytest.raises(WrongCode):
                await ada.reset(code, code="000000")
        world.wait(QUARTER)
    with pytest.raises(TooManyTries, match="hours"):
        await ada.reset(await asked_for(world, place(1)))
    world.now = began + timedelta(days=1)
    await ada.reset(await asked_for(world))


async def test_a_right_second_code_is_not_counted(world: World, ada: Person) -> None:
    """It gives back what was counted for it, and no wrong one: of five a request four are left after one."""
    code = await asked_for(world)
    for _ in range(4):
        with pytest.raises(WrongCode):
            await ada.reset(code, code="000000")
    await ada.reset(code)
    world.wait(30)
    days = world.accounts.reset.throttles.hashed("code by account reset", str(ada.identity.user_id))
    (row,) = [row for row in await world.rows(Throttle) if row.key == days]
    assert row.tries == 4


# New passwords, and what happens meanwhile.


async def test_a_bad_new_password_costs_nothing(world: World, ada: Person) -> None:
    """It is said before anything is counted or used up."""
    code = await asked_for(world)
    for _ in range(12):
        with pytest.raises(InvalidForm) as refused:
            await ada.reset(code, password="short", repeat_password="shorter")
        assert set(refused.value.problems) == {"password", "repeat_password"}
    await ada.reset(code)


async def test_a_new_password_made_of_ones_own_words_is_refused(world: World, ada: Person) -> None:
    """Row 2."""
    code = await asked_for(world)
    with pytest.raises(InvalidForm) as refused:
        await ada.reset(code, password="adalovelaceada")
    assert set(refused.value.problems) == {"password"}


async def test_a_bad_new_password_is_not_judged_before_a_right_reset_code(world: World, ada: Person) -> None:
    """Whoever has none learns nothing of whose words it is made of."""
    await asked_for(world)
    assert await look_of(ada.reset("wrong", password="adalovelaceada")) == RESET_CODE_WRONG


class Slow(Passwords):
    """Lets time pass, or something happen, before a password is hashed."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] = lambda: None

    async def hash(self, password: str, *, source: str = "", known: bool = False) -> str:
        self.meanwhile()
        return await super().hash(password, source=source, known=known)


async def test_a_reset_that_waited_for_its_hash_too_long_is_refused(world: World, ada: Person) -> None:
    """The code must be alive when the password is set, not only when it was checked; nothing is used up."""
    code = await asked_for(world)
    world.passwords.close()
    world.passwords = slow = Slow()
    world.use()
    began = world.now
    slow.meanwhile = lambda: world.wait(600)
    assert await look_of(ada.reset(code)) == RESET_CODE_WRONG
    world.now, slow.meanwhile = began, lambda: None
    await ada.sign_in()


async def test_a_reset_that_finds_no_time_to_hash_uses_nothing_up(world: World, ada: Person) -> None:
    """Row 4: "busy, try again": no try is counted, no code is spent."""
    code = await asked_for(world)

    def be_busy() -> None:
        raise Busy

    world.passwords.close()
    world.passwords = slow = Slow()
    world.use()
    slow.meanwhile = be_busy
    for _ in range(8):
        with pytest.raises(Busy):
            await ada.reset(code, code=ada.recovery_codes[0])
    slow.meanwhile = lambda: None
    await ada.reset(code, code=ada.recovery_codes[0])


def test_what_the_form_holds_shows_no_secrets() -> None:
    """Whatever prints it."""
    form = NewPassword("ada", "ABCD-EFGH-JKMN-PQRS", "123456", NEW_PASSWORD, NEW_PASSWORD)
    assert repr(form) == "NewPassword(login='ada')"


async def test_an_account_that_is_disabled_meanwhile_gets_no_code(world: World, ada: Person) -> None:
    """Between the counting and the asking, which are apart."""

    class Between(Database):
        """Has the account disabled before the second transaction."""

        begun = 0

        @asynccontextmanager
        async def transaction(self) -> AsyncIterator[AsyncSession]:
            self.begun += 1
            if self.begun == 2:
                await world.disable(ada.user_name)
            async with world.database.transaction() as session:
                yield session

    database = Between(world.database.engine, world.database.name)
    await replace(world.accounts.reset, database=database).request(ada.user_name, HERE)
    assert database.begun == 2
    assert await world.rows(ResetRequest) == []
