"""Check values: whether a node's secrets are those that the database has lived with."""

import asyncio

import pytest
from cryptography.fernet import Fernet

from sshauth.accounts.check_values import (
    SECRET_KEY,
    TOTP_KEYS,
    Secrets,
    adopt,
    ids_of,
    replace_values,
    stored_values,
)
from sshauth.db.engine import open_database
from sshauth.db.tables import CheckValue
from tests.accounts.people import World

ONE, OTHER = "one secret key of the tests, of no use", "another secret key of the tests, as long"
TOTP, OTHER_TOTP = (Fernet.generate_key().decode() for _ in range(2))


def secrets(secret_keys: str | tuple[str, ...] = ONE, totp_keys: str | tuple[str, ...] = TOTP) -> Secrets:
    """Give the secrets of a node."""
    first = (secret_keys,) if isinstance(secret_keys, str) else secret_keys
    second = (totp_keys,) if isinstance(totp_keys, str) else totp_keys
    return Secrets(lambda: first, lambda: second)


async def test_the_first_start_writes_them_and_the_same_secrets_fit(world: World) -> None:
    """They tell nobody what the secrets are."""
    assert await adopt(world.database, secrets()) == []
    values = await stored_values(world.database)
    assert set(values) == {SECRET_KEY, TOTP_KEYS}
    assert secrets().wrong(values) == []
    assert await adopt(world.database, secrets()) == []
    assert await stored_values(world.database) == values
    written = str([vars(row) for row in await world.rows(CheckValue)]) + repr(secrets())
    assert ONE not in written
    assert TOTP not in written


@pytest.mark.parametrize(
    ("node", "wrong"),
    [
        (secrets(OTHER), [SECRET_KEY]),
        (secrets(ONE, OTHER_TOTP), [TOTP_KEYS]),
        (secrets(OTHER, OTHER_TOTP), [SECRET_KEY, TOTP_KEYS]),
        (secrets((OTHER, ONE), (OTHER_TOTP, TOTP)), []),
        (secrets((ONE, OTHER), (TOTP, OTHER_TOTP)), []),
    ],
    ids=["secret", "totp", "both", "new ones first", "old ones first"],
)
async def test_others_do_not_fit(world: World, node: Secrets, wrong: list[str]) -> None:
    """Those that are still accepted do, and those that will be."""
    await adopt(world.database, secrets())
    values = await stored_values(world.database)
    assert sorted(node.wrong(values)) == wrong
    assert sorted(await adopt(world.database, node)) == wrong
    assert await stored_values(world.database) == values


async def test_of_two_that_start_first_one_is(world: World) -> None:
    """The other finds that it differs, before anybody can connect to it."""
    found = await asyncio.gather(
        adopt(world.database, secrets()), adopt(world.database, secrets(OTHER, OTHER_TOTP))
    )
    assert sorted(map(sorted, found)) == [[], [SECRET_KEY, TOTP_KEYS]]


async def test_after_a_change_the_old_ones_do_not_fit(world: World) -> None:
    """What comes first is in force."""
    await adopt(world.database, secrets())
    await replace_values(world.database, secrets((OTHER, ONE), (OTHER_TOTP, TOTP)))
    values = await stored_values(world.database)
    assert secrets(OTHER, OTHER_TOTP).wrong(values) == []
    assert sorted(secrets().wrong(values)) == [SECRET_KEY, TOTP_KEYS]


async def test_an_older_database_has_none(sqlite_url: str) -> None:
    """Nor has an empty one."""
    database = open_database(sqlite_url)
    assert await stored_values(database) == {}
    await database.close()


def test_ids_tell_keys_apart_and_nothing_else() -> None:
    """The same on every node."""
    one, other = ids_of([ONE, OTHER])
    assert (one, other) == (ids_of([ONE])[0], ids_of([OTHER])[0])
    assert one != other
    assert len(one) == 16
