"""Measure how long a refused sign-in takes, by what was wrong: ``python -m tests.bench.refusals``.

Time must not tell a name that has an account from one that has none, nor a wrong password from a wrong
code. The tries are interleaved, so that whatever else the machine does hits all alike; the clock of the
throttles is moved on between them, so that each is judged.
"""

import argparse
import asyncio
import gc
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from sshauth.accounts.errors import SignInRefused
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from tests.accounts.people import PASSWORD, Person, World
from tests.support.postgres import Postgres

A_DAY = 24 * 60 * 60
WARM_UP = 20
KINDS = ("wrong password", "wrong code", "unknown name", "disabled account")


async def refused(person: Person, kind: str, peer: Peer) -> float:
    """Try to sign in with something wrong, and give the seconds until it was refused."""
    world = person.world
    login = {"unknown name": "nobody", "disabled account": "grace"}.get(kind, "ada")
    password = "not the password" if kind == "wrong password" else PASSWORD
    code = person.wrong_code() if kind == "wrong code" else person.code()
    began = perf_counter()
    try:
        await world.accounts.sign_in(login, password, code, peer)
    except SignInRefused:
        return perf_counter() - began
    raise AssertionError(f"{kind} was not refused")


async def measure(url: str, tries: int) -> dict[str, float]:
    """Give the median milliseconds of each kind of refusal on a database."""
    database = open_database(url)
    await upgrade(database)
    world = World(database, passwords=Passwords())
    ada = await world.register()
    await world.register(user_name="grace", email="grace@example.org")
    await world.disable("grace")
    order, seconds = Random(1), {kind: list[float]() for kind in KINDS}  # noqa: S311 - an order, no secret
    gc.collect()
    gc.disable()
    for number in range(-WARM_UP, tries):
        for kind in order.sample(KINDS, len(KINDS)):
            world.wait(2 * A_DAY)
            took = await refused(ada, kind, Peer(f"198.51.100.{number % 250}"))
            if number >= 0:
                seconds[kind].append(took)
    gc.enable()
    world.passwords.close()
    world.strength.close()
    await database.close()
    return {kind: 1000 * median(each) for kind, each in seconds.items()}


def table(name: str, medians: dict[str, float]) -> str:
    """Lay the medians out, each beside how far it is from that of a wrong password."""
    base = medians[KINDS[0]]
    lines = [f"  {kind:<18}{ms:8.2f} ms  {100 * (ms / base - 1):+6.2f} %" for kind, ms in medians.items()]
    return "\n".join([name, *lines])


def main() -> None:
    """Measure on both databases and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.refusals", description=__doc__)
    parser.add_argument("--tries", type=int, choices=range(1, 2001), default=300, metavar="N")
    tries = parser.parse_args().tries
    with TemporaryDirectory(prefix="sshauth-bench-") as directory:
        url = f"sqlite:///{Path(directory) / 'bench.db'}"
        print(table("SQLite", asyncio.run(measure(url, tries))), flush=True)
    postgres = Postgres()
    try:
        print(table("Postgres", asyncio.run(measure(postgres.create_database(), tries))))
    finally:
        postgres.stop()


if __name__ == "__main__":
    main()
