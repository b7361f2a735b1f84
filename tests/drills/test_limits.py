"""Thieves in four processes at once: no more of their tries are judged than the limits say."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from sshauth.accounts.errors import SignInRefused, TooManyTries
from sshauth.accounts.judging import WRONG_CODES
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.throttle import Limit
from sshauth.db.tables import Throttle
from tests.accounts.people import ELSEWHERE, PASSWORD, SECRET_KEY, World
from tests.drills.crew import Crew
from tests.drills.worker import Answer, Job


def sign_in(world: World, login: str, password: str, code: str, address: str) -> Job:
    """Describe a try to sign in at the present moment."""
    at = world.now.isoformat()
    return {
        "kind": "sign in", "at": at, "login": login, "password": password, "code": code, "address": address
    }  # fmt: skip


def errors(answers: Sequence[Answer]) -> Counter[str | None]:
    """Count how tries ended."""
    return Counter(answer["error"] for answer in answers)


async def counted(world: World, limit: Limit, subject: str) -> int:
    """Give what stands in a counter."""
    key = KeyedHash.under(SECRET_KEY, "throttle")(limit.name, subject)
    return next(row.tries for row in await world.rows(Throttle) if row.key == key)


async def test_of_400_wrong_codes_with_the_right_password_five_are_judged(world: World, crew: Crew) -> None:
    """In a quarter of an hour, from 400 sources by every writing of the name; the owner comes and goes.

    A code is judged if it was counted in its account's counter of wrong codes: then only may it be right.
    """
    ada = await world.register()
    outcomes: list[Answer] = []
    for moment in range(20):
        world.wait(45)
        tries = [
            sign_in(world, login, PASSWORD, ada.wrong_code(), f"10.{moment}.{number}.1")
            for number, login in enumerate(["ada", "ADA", "ada@example.org", "Ada@Example.Org"] * 5)
        ]
        attack = asyncio.to_thread(crew.make, tries, workers=4)
        # The owner, from a known source, is let in at once.
        answers, _ = await asyncio.gather(attack, ada.sign_in())
        outcomes += answers
    let_in = errors(outcomes)["SignInRefused"]
    assert errors(outcomes) == {"SignInRefused": let_in, "TooManyTries": 400 - let_in}
    assert let_in > 5, "the delay hid the limit"
    strangers = f"{ada.identity.user_id} 1 strangers"
    assert [await counted(world, limit, strangers) for limit in WRONG_CODES] == [5, 5]
    mailed = Counter(await world.kinds_mailed())
    assert (mailed["wrong-codes"], mailed["codes-used-up"]) == (1, 1)


async def test_once_five_were_wrong_even_the_right_code_of_a_stranger_is_not_judged(
    world: World, crew: Crew
) -> None:
    """It gets the same words, and is not used up: the owner signs in with it."""
    ada = await world.register()
    for number in range(5):
        world.wait(17)
        tries = [sign_in(world, "ada", PASSWORD, ada.wrong_code(), f"10.0.{number}.1")]
        assert errors(crew.make(tries, workers=1)) == {"SignInRefused": 1}
    world.wait(60)
    tries = [sign_in(world, "ada", PASSWORD, ada.code(), f"10.1.{number}.1") for number in range(20)]
    assert set(errors(crew.make(tries, workers=4))) == {"SignInRefused", "TooManyTries"}
    await ada.sign_in()


async def test_of_400_wrong_passwords_from_one_source_ten_are_judged(world: World, crew: Crew) -> None:
    """In five minutes, over 400 names; the next ten come when the five minutes are over, not sooner."""
    await world.register()
    names = ["ada", *(f"name{number}" for number in range(399))]

    def attack(size: int) -> Counter[str | None]:
        tries = [sign_in(world, name, "a wrong password", "123456", "10.0.0.1") for name in names[:size]]
        return errors(crew.make(tries, workers=4))

    assert attack(400) == {"SignInRefused": 10, "TooManyTries": 390}
    world.wait(299)
    assert attack(40) == {"TooManyTries": 40}
    world.wait(1)
    assert attack(40) == {"SignInRefused": 10, "TooManyTries": 30}


async def test_while_strangers_attack_the_owner_waits_elsewhere_as_long_as_they_are_told(
    world: World, crew: Crew
) -> None:
    """Tries inside the wait do not lengthen it, however many and from wherever."""
    ada = await world.register()

    def attack() -> Counter[str | None]:
        moment = int(world.now.timestamp()) % 256
        tries = [
            sign_in(world, "ada", "a wrong password", "123456", f"10.{moment}.{number}.1")
            for number in range(20)
        ]
        return errors(crew.make(tries, workers=4))

    for _ in range(6):
        assert attack()["SignInRefused"]
        with pytest.raises(TooManyTries) as told:
            await ada.sign_in(peer=ELSEWHERE)
        wait = told.value.wait
        world.wait(wait.total_seconds() / 2)
        assert attack() == {"TooManyTries": 20}
        with pytest.raises(TooManyTries) as told:
            await ada.sign_in(peer=ELSEWHERE)
        assert told.value.wait == wait / 2
        world.wait(wait.total_seconds() / 2)
    await ada.sign_in(peer=ELSEWHERE)
    with pytest.raises(SignInRefused):
        await ada.sign_in(password="a wrong password")
