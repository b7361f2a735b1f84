"""What is good once is good once, however many try it at the same moment in however many processes."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from sshauth.db.tables import Authenticator, RecoveryCode
from tests.accounts.people import HERE, NEW_PASSWORD, PASSWORD, Person, World
from tests.drills.crew import Crew
from tests.drills.worker import Answer, Job

TRIES = 40
PROCESSES = 2


def successes(answers: Sequence[Answer]) -> int:
    """Count the tries that were right. The others were refused, each by an error that has words."""
    outcomes = Counter(answer["error"] for answer in answers)
    assert sum(outcomes.values()) == TRIES
    return outcomes[None]


async def known_in_ten_places(ada: Person) -> list[str]:
    """Sign in from ten sources: known ones do not wait for each other."""
    addresses = [HERE.address, *(f"10.0.0.{number}" for number in range(1, 10))]
    for address in addresses[1:]:
        await ada.sign_in(peer=type(HERE)(address))
        ada.world.wait(30)
    return addresses


@pytest.mark.parametrize("what", ["time step", "recovery code"])
async def test_a_code_signs_in_once(world: World, crew: Crew, what: str) -> None:
    """Of forty sign-ins with one time step or one recovery code, one succeeds."""
    ada = await world.register()
    addresses = await known_in_ten_places(ada)
    code = ada.code() if what == "time step" else ada.recovery_codes[0]
    facts = {
        "kind": "sign in",
        "at": world.now.isoformat(),
        "login": "ada",
        "password": PASSWORD,
        "code": code,
    }
    before = len(await world.live())
    answers = crew.make([facts | {"address": address} for address in addresses * 4], workers=PROCESSES)
    assert successes(answers) == 1
    assert len(await world.live()) == before + 1


@pytest.mark.parametrize("kind", ["use step", "burn"])
async def test_a_code_is_used_up_once_even_where_nothing_counts_tries(
    world: World, crew: Crew, kind: str
) -> None:
    """The database alone decides: all forty try, and one has it."""
    ada = await world.register()
    code = ada.code() if kind == "use step" else ada.recovery_codes[0]
    job: Job = {"kind": kind, "at": world.now.isoformat(), "login": "ada", "code": code}
    answers = crew.make([job] * TRIES, workers=PROCESSES)
    assert Counter(answer["error"] for answer in answers) == {None: 1, "no use": TRIES - 1}


async def test_a_reset_code_resets_once_and_spends_one_second_code(world: World, crew: Crew) -> None:
    """Of forty resets with one reset code, each with a second code that is right, one succeeds."""
    ada = await world.register()
    await world.accounts.reset.request("ada", HERE)
    facts = {
        "kind": "reset",
        "at": world.now.isoformat(),
        "login": "ada",
        "reset_code": await world.mailed_code(),
        "password": NEW_PASSWORD,
    }
    step_before = (await world.rows(Authenticator))[0].last_step
    second_codes = [ada.code(), *ada.recovery_codes[1:]] * 4
    tries = [
        facts | {"code": code, "address": f"10.0.{number}.1"} for number, code in enumerate(second_codes)
    ]
    assert successes(await asyncio.to_thread(crew.make, tries, workers=PROCESSES)) == 1
    spent = len(ada.recovery_codes) - len(await world.rows(RecoveryCode))
    assert spent + ((await world.rows(Authenticator))[0].last_step > step_before) == 1
    assert (await world.user()).password_generation == 2
    assert await world.live() == []
