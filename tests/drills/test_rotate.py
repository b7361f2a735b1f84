"""`sshauth secrets rotate`, while people sign in on two nodes and others register."""

import asyncio
import subprocess
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from sshauth.accounts.errors import SignInRefused
from sshauth.accounts.peer import Peer
from sshauth.accounts.sealed_rows import opens
from sshauth.accounts.vault import Vault
from sshauth.db.tables import Authenticator, SessionRow
from sshauth.files import write_private
from sshauth.keys import KeyFile
from tests.accounts.people import PASSWORD, World
from tests.drills.crew import Crew
from tests.support.server import SSHAUTH, clean_env

pytestmark = pytest.mark.drill

PEOPLE, A_SECOND, SECONDS = 120, 50, 10
NODES = 2


async def test_during_a_rotation_everybody_signs_in_and_afterwards_the_old_key_opens_nothing(
    world: World, workers: Crew, url_with_tables: str, tmp_path: Path
) -> None:
    """Fifty sign-ins a second on two nodes for ten seconds, and registrations: none fails."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    write_private(data / "totp.key", Fernet.generate_key)
    give_keys = KeyFile(data / "totp.key")
    (old_key,) = give_keys()
    world.vault = Vault(give_keys)
    world.accounts = world.another_node(world.node)
    people = [await _register(world, number) for number in range(PEOPLE)]
    with workers.at(url_with_tables, key_file=data / "totp.key"):
        signing_in = asyncio.create_task(asyncio.to_thread(workers.do, _jobs(world, people)))
        await _until_sessions(world, PEOPLE + A_SECOND)
        rotating = asyncio.create_task(asyncio.to_thread(_rotate, tmp_path, url_with_tables))
        registered = PEOPLE
        while not rotating.done():
            await _register(world, registered)
            registered += 1
        await rotating
        answers = await signing_in
    assert [answer["failures"] for answer in answers] == [[], []]
    assert sum(answer["signed_in"] for answer in answers) == A_SECOND * SECONDS
    await _check_keys(world, old_key, give_keys, registered)
    # A name that no account has is refused as before, on nodes that were there before.
    with pytest.raises(SignInRefused):
        await world.accounts.sign_in("nobody", PASSWORD, "123456", Peer("203.0.113.9"))


async def _register(world: World, number: int) -> dict[str, str]:
    address = f"10.0.{number}.1"
    name = f"user{number}"
    person = await world.register(Peer(address), user_name=name, email=f"{name}@example.org")
    return {"login": name, "secret": person.enrolment.secret, "address": address}


def _jobs(world: World, people: list[dict[str, str]]) -> list[dict[str, object]]:
    return [
        {
            "do": "sign in steadily",
            "at": world.now.isoformat(),
            "people": people[number::NODES],
            "password": PASSWORD,
            "a_second": A_SECOND // NODES,
            "seconds": SECONDS,
        }
        for number in range(NODES)
    ]


async def _until_sessions(world: World, count: int) -> None:
    async with asyncio.timeout(30):
        while len(await world.rows(SessionRow)) < count:
            await asyncio.sleep(0.05)


def _rotate(directory: Path, url: str) -> None:
    env = clean_env(directory, DATABASE_URL=url, DATA_DIR=str(directory / "data"))
    command = [*SSHAUTH, "secrets", "rotate"]
    subprocess.run(command, cwd=directory, env=env, check=True)


async def _check_keys(world: World, old_key: str, give_keys: KeyFile, count: int) -> None:
    (new_key,) = give_keys()
    assert new_key != old_key
    sealed = [(row.user_id, row.secret_encrypted) for row in await world.rows(Authenticator)]
    assert len(sealed) == count
    assert opens(Vault(lambda: [new_key]), sealed)
    assert not any(opens(Vault(lambda: [old_key]), [each]) for each in sealed)
