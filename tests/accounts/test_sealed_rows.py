"""Secrets at rest: the keys that suit a database, and sealing its rows under a new one."""

import asyncio
import re
import uuid
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import update

from sshauth import ground, secrets_rotation
from sshauth.accounts import totp
from sshauth.accounts.errors import SignInRefused
from sshauth.accounts.peer import Peer
from sshauth.accounts.sealed_rows import BATCH, opens, reseal_all, stored_samples
from sshauth.accounts.vault import Vault, VaultError
from sshauth.config import Settings
from sshauth.db.engine import open_database
from sshauth.db.migrate import upgrade
from sshauth.db.tables import Authenticator, PendingRegistration, Table, User
from sshauth.keys import KeyFile
from tests.accounts.people import HERE, SECRET_KEY, Person, World

MANY = 2 * BATCH + 30


def key() -> str:
    """Make a key."""
    return Fernet.generate_key().decode()


def vault_of(*keys: str) -> Vault:
    return Vault(lambda: keys)


async def with_many(world: World) -> Person:
    """Give somebody, among more accounts and registrations than a batch."""
    ada = await world.register()
    user = await world.user()
    columns = {column.key: getattr(user, column.key) for column in User.__table__.columns}
    rows: list[Table] = []
    others = [uuid.uuid4() for _ in range(MANY)]
    for number, other in enumerate(others):
        unique = {"user_name_canonical": f"u{number}", "email_canonical": f"{number}@example.org"}
        rows.append(User(**(columns | unique | {"id": other})))
    async with world.database.transaction() as session:
        session.add_all(rows)
        await session.flush()
        session.add_all(
            Authenticator(
                id=uuid.uuid4(), user_id=other, name="x", last_step=0, created_at=world.now,
                secret_encrypted=world.vault.seal(other, totp.new_secret()),
            )
            for other in others
        )  # fmt: skip
    await world.enrol(user_name="waiting", email="waiting@example.org")
    return ada


async def test_an_empty_database_suits_any_key(database_url: str) -> None:
    """Without tables, too: nothing is made by asking."""
    database = open_database(database_url)
    assert await stored_samples(database) == []
    await upgrade(database)
    assert await stored_samples(database) == []
    assert opens(vault_of(key()), [])
    await database.close()


async def test_one_with_accounts_suits_only_its_own(world: World) -> None:
    """Looked at by the oldest and the newest secret."""
    await world.register()
    world.wait(30)
    old, world.key = world.key, key()
    await world.register(user_name="babbage", email="babbage@example.org")
    samples = await stored_samples(world.database)
    assert len(samples) == 2
    assert opens(vault_of(old, world.key), samples)
    for wrong in (vault_of(old), vault_of(world.key), vault_of(key())):
        assert not opens(wrong, samples)


async def test_all_is_sealed_anew_in_batches(world: World) -> None:
    """Authenticators and registrations; a second time there is nothing to do."""
    await with_many(world)
    old, new = world.key, key()
    assert await reseal_all(world.database, vault_of(new, old)) == MANY + 2
    assert await reseal_all(world.database, vault_of(new, old)) == 0
    for row in await world.rows(Authenticator):
        assert vault_of(new).open(row.user_id, row.secret_encrypted)
        with pytest.raises(VaultError):
            vault_of(old).open(row.user_id, row.secret_encrypted)
    (pending,) = await world.rows(PendingRegistration)
    assert vault_of(new).open(pending.id, pending.secret_encrypted)


async def test_a_secret_that_no_key_opens_stops_it(world: World) -> None:
    """It is said; what was sealed before stays readable under the keys given."""
    await world.register()
    async with world.database.transaction() as session:
        foreign = vault_of(key()).seal(uuid.uuid4(), "secret")
        await session.execute(update(Authenticator).values(secret_encrypted=foreign))
    with pytest.raises(VaultError, match="does not open"):
        await reseal_all(world.database, vault_of(key(), world.key))
    assert [row.secret_encrypted for row in await world.rows(Authenticator)] == [foreign]


async def rotate(url: str, directory: Path) -> list[str]:
    said: list[str] = []
    settings = Settings(data_dir=directory, database_url=SecretStr(url))
    await secrets_rotation.rotate(settings, said.append)
    return said


@pytest.fixture
def key_file(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the world use a file of keys, as a server without TOTP_KEYS does."""
    for name in ("TOTP_KEYS", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(secrets_rotation, "SETTLE_SECONDS", 0.05)
    path = tmp_path / "data" / "totp.key"
    path.parent.mkdir(mode=0o700)
    for name, content in (("totp.key", world.key), ("secret.key", SECRET_KEY)):
        (path.parent / name).write_text(f"{content}\n")
        (path.parent / name).chmod(0o600)
    world.vault = Vault(KeyFile(path))
    world.accounts = world.another_node(world.node)
    return path


async def test_keys_are_rotated_while_people_sign_in(
    world: World, key_file: Path, url_with_tables: str
) -> None:
    """Row 20: none is turned away; afterwards the old key opens nothing, and strangers are still refused."""
    ada = await with_many(world)
    done = asyncio.Event()

    async def sign_in_all_the_time() -> int:
        number = 0
        while not done.is_set():
            await ada.sign_in()
            world.wait(30)
            with pytest.raises(SignInRefused):
                # From ever other places: as fast as this goes, one would soon have to wait.
                await ada.sign_in(login=f"nobody{number}", peer=Peer(f"203.0.113.{number % 250}"))
            number += 1
        return number

    signing_in = asyncio.create_task(sign_in_all_the_time())
    said = await rotate(url_with_tables, key_file.parent)
    done.set()
    assert await signing_in > 0
    assert "The old key is gone from the file; it opens nothing any more." in said
    (new,) = keys_in(key_file)
    assert new != world.key
    for row in await world.rows(Authenticator):
        assert vault_of(new).open(row.user_id, row.secret_encrypted)
        with pytest.raises(VaultError):
            vault_of(world.key).open(row.user_id, row.secret_encrypted)
    await ada.sign_in()
    with pytest.raises(SignInRefused):
        await ada.sign_in(login="nobody")


async def test_a_registration_that_began_under_the_old_key_finishes(
    world: World, key_file: Path, url_with_tables: str
) -> None:
    """Its secret was sealed anew with the others."""
    ada = Person(world, await world.enrol())
    await rotate(url_with_tables, key_file.parent)
    await world.accounts.registration.confirm(ada.enrolment, ada.code(), HERE)
    world.wait(30)
    await ada.sign_in()


async def test_a_rotation_that_fails_loses_no_key(world: World, key_file: Path, url_with_tables: str) -> None:
    """Both keys stay in the file; the next rotation takes both away."""
    ada = await world.register()
    (row,) = await world.rows(Authenticator)
    middle = await world.register(user_name="middle", email="middle@example.org")
    await world.register(user_name="babbage", email="babbage@example.org")
    await break_secret(world, middle, vault_of(key()).seal(middle.identity.user_id, "secret"))
    with pytest.raises(ground.StartError, match="Some were: a sealed secret does not open"):
        await rotate(url_with_tables, key_file.parent)
    assert keys_in(key_file)[1:] == [world.key]
    await ada.sign_in()
    await break_secret(world, middle, world.vault.seal(middle.identity.user_id, totp.new_secret()))
    await rotate(url_with_tables, key_file.parent)
    assert len(keys_in(key_file)) == 1
    world.wait(30)
    await ada.sign_in()
    assert row.secret_encrypted not in [each.secret_encrypted for each in await world.rows(Authenticator)]


async def break_secret(world: World, person: Person, sealed: str) -> None:
    mine = Authenticator.user_id == person.identity.user_id
    async with world.database.transaction() as session:
        await session.execute(update(Authenticator).where(mine).values(secret_encrypted=sealed))


def keys_in(file: Path) -> list[str]:
    """Give the keys of a file that its owner alone may read."""
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_text().split()


def files_of(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def spoil(file: Path, state: str) -> None:
    """Bring a file of keys into a bad state."""
    if state == "missing":
        file.unlink()
    elif state == "readable":
        file.chmod(0o640)
    else:
        damaged = file.read_text().strip()[:-3] + "é"
        file.write_text({"wrong": key(), "empty": "", "damaged": damaged}[state], encoding="utf-8")


@pytest.mark.parametrize("state", ["wrong", "missing", "empty", "damaged", "readable"])
async def test_a_key_that_does_not_suit_stops_and_touches_nothing(
    world: World, key_file: Path, url_with_tables: str, state: str
) -> None:
    """Row 20: with one sentence; neither a file nor a row is changed."""
    await world.register()
    sealed = [row.secret_encrypted for row in await world.rows(Authenticator)]
    spoil(key_file, state)
    before = files_of(key_file.parent)
    with pytest.raises(ground.StartError) as refused:
        await rotate(url_with_tables, key_file.parent)
    assert re.fullmatch(r"[^\n]+\.|[^\n]+\. Type:\n  chmod 600 \S+", str(refused.value))
    assert world.key not in str(refused.value)
    assert files_of(key_file.parent) == before
    assert [row.secret_encrypted for row in await world.rows(Authenticator)] == sealed
