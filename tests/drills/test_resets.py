"""A stranger who asks for resets of somebody, all day long."""

from itertools import count

import pytest

from sshauth.accounts.outbox import MailKind
from sshauth.accounts.peer import Peer
from tests.accounts.people import HERE, Person, World


@pytest.mark.parametrize("hours", [6, pytest.param(24, marks=pytest.mark.drill)])
async def test_all_day_the_owners_own_reset_works(world: World, hours: int) -> None:
    """The stranger asks every other minute, each time from somewhere else; the owner resets every hour.

    From five places where they are known, since each has five requests a day of its own.
    """
    ada = await world.register()
    places = [HERE, *(Peer(f"192.0.2.{number}") for number in range(2, 6))]
    for place in places[1:]:
        await ada.sign_in(peer=place)
        world.wait(30)
    passwords = (f"a long passphrase, number {number}" for number in count())
    resets = 0
    for minute in range(hours * 60):
        if minute % 2 == 0:
            await world.accounts.reset.request("ada", Peer(f"10.{minute // 256}.{minute % 256}.1"))
        if minute % 60 == 30:
            await world.accounts.reset.request("ada", places[resets % len(places)])
        # In odd hours the owner reads slowly, and the stranger's requests come in between.
        if minute % 60 == (36 if minute // 60 % 2 else 31):
            await reset(ada, next(passwords), places[resets % len(places)])
            resets += 1
        world.wait(60)
    assert resets == hours
    assert (await world.user()).password_generation == 1 + hours


async def reset(ada: Person, password: str, place: Peer) -> None:
    """Reset with the newest code that came."""
    world = ada.world
    kinds = await world.kinds_mailed()
    assert MailKind.RESET_CODE in kinds
    await ada.reset(await world.mailed_code(), place, password=password, repeat_password=password)
