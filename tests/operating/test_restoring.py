"""Backup, wipe, restore, on both databases: everybody signs in with the authenticator that they had."""

import asyncio
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import AccountError, CodeAlreadyUsed
from sshauth.config import Settings
from sshauth.db.engine import open_database
from sshauth.db.migrate import known_revision, upgrade
from sshauth.db.tables import Table
from sshauth.ground import StartError, database_of
from sshauth.operating.backing_up import back_up
from sshauth.operating.restoring import restore_from
from tests.accounts.people import HERE, PASSWORD, SECRET_KEY, Person, World

KEY = Fernet.generate_key().decode()


def settings_of(directory: Path, url: str, **others: Any) -> Settings:
    """Give settings with the keys of the tests, unless told otherwise."""
    values = {"database_url": url, "secret_key": SECRET_KEY, "totp_keys": KEY, **others}
    return Settings(data_dir=directory / "data", host_keys_dir=directory / "host_keys", **values)


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Place:
    """A database that people live in, at the time that it really is."""

    def __init__(self, url: str) -> None:
        self.world = World(open_database(url), key=KEY, now=utc_now())

    async def close(self) -> None:
        self.world.passwords.close()
        self.world.strength.close()
        await self.world.database.close()


async def wipe(url: str) -> None:
    """Lose everything."""
    database = open_database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Table.metadata.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))
    await database.close()


async def moved_in(url: str) -> tuple[Place, Person, Person]:
    """Have two people register; what they used up until now they did before now."""
    database = open_database(url)
    await upgrade(database)
    await database.close()
    place = Place(url)
    place.world.wait(-120)
    return (
        place,
        await place.world.register(),
        await place.world.register(user_name="ben", email="b@example.org"),
    )


async def back_in(url: str, *people: Person) -> Place:
    """Give people their server back, as it is after a restore."""
    place = Place(url)
    for person in people:
        person.world = place.world
    return place


async def test_backup_wipe_restore(tmp_path: Path, database_url: str) -> None:
    """Codes of before are refused, whether the backup knows them or not; the next ones sign in."""
    settings, file, said = settings_of(tmp_path, database_url), tmp_path / "backup", list[str]()
    place, ada, ben = await moved_in(database_url)
    place.world.now = utc_now()
    spent_before = ada.code()
    await ada.sign_in(code=spent_before)
    await back_up(settings, file, said.append)
    spent_after = ben.code()
    await ben.sign_in(code=spent_after)
    await place.close()
    await wipe(database_url)
    await restore_from(settings, file, said.append, said.append)
    async with database_of(settings):
        pass  # as a start looks whether keys and database go together
    place = await back_in(database_url, ada, ben)
    for person, code in ((ada, spent_before), (ben, spent_after)):
        with pytest.raises(CodeAlreadyUsed):
            await person.sign_in(code=code)
    assert await place.world.live() == []
    place.world.now = utc_now()
    place.world.wait(60)
    for person in (ada, ben):
        assert (await person.sign_in()).user_name == person.user_name
    assert (await place.world.audited())[-3:] == ["restored", "signed-in", "signed-in"]
    await place.close()
    for words in (
        "Backed up 2 accounts into",
        "Keep a copy elsewhere: SECRET_KEY, TOTP_KEYS,",
        "Restore 2 accounts as of",
        "Restored 2 accounts as of",
        "Ended: 3 live sessions, 0 requests waiting for a mailed code, ",
        "UTC is void",
        "HOST_KEYS_DIR",
    ):
        assert any(words in line for line in said), words
    assert file.stat().st_mode & 0o777 == 0o600


async def test_people_move_from_sqlite_to_postgres(
    tmp_path: Path, sqlite_url: str, postgres_url: str
) -> None:
    """The same file goes into the other database; a code of before the move is refused there, too."""
    place, ada, _ = await moved_in(sqlite_url)
    place.world.now = utc_now()
    spent = ada.code()
    await ada.sign_in(code=spent)
    await place.close()
    await back_up(settings_of(tmp_path, sqlite_url), tmp_path / "backup", print)
    await restore_from(settings_of(tmp_path, postgres_url), tmp_path / "backup", print, print)
    place = await back_in(postgres_url, ada)
    with pytest.raises(CodeAlreadyUsed):
        await ada.sign_in(code=spent)
    place.world.wait(60)
    assert (await place.world.accounts.sign_in("ada", PASSWORD, ada.code(), HERE)).user_name == "ada"
    await place.close()


def left_in(directory: Path) -> set[str]:
    return {path.name for path in directory.rglob("*")}


async def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, sqlite_url: str, postgres_url: str
) -> None:
    """The older backup stays as it was; a database that there is no room for stays empty."""
    place, _, _ = await moved_in(postgres_url)
    await place.close()
    settings, file = settings_of(tmp_path, postgres_url), tmp_path / "backup"
    await back_up(settings, file, print)
    before, there = file.read_bytes(), left_in(tmp_path)
    with small_disk(1000), pytest.raises(StartError, match=r"^Cannot write .*: File too large\. Nothing was"):
        await back_up(settings, file, print)
    assert (file.read_bytes(), left_in(tmp_path)) == (before, there)
    full = settings_of(tmp_path, sqlite_url)
    with small_disk(100_000), pytest.raises(StartError, match=r"^Cannot use the database"):
        await restore_from(full, file, print, print)
    database = open_database(sqlite_url)
    assert await known_revision(database) is None
    await database.close()
    await restore_from(full, file, print, print)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_backup_that_is_interrupted_leaves_nothing_behind(
    tmp_path: Path, sqlite_url: str, number: signal.Signals
) -> None:
    """One sentence; the older backup stays, and the next signal is heard by whoever heard it before."""
    place, _, _ = await moved_in(sqlite_url)
    await place.close()
    settings, file = settings_of(tmp_path, sqlite_url), tmp_path / "backup"
    await back_up(settings, file, print)
    before, there, heard_by = file.read_bytes(), left_in(tmp_path), signal.getsignal(number)
    running = asyncio.create_task(back_up(settings, file, print))
    while left_in(tmp_path) == there:
        assert not running.done()
        await asyncio.sleep(0)
    signal.raise_signal(number)
    with pytest.raises(StartError, match=r"^Interrupted\. Nothing was written\.$"):
        await running
    assert (file.read_bytes(), left_in(tmp_path)) == (before, there)
    assert signal.getsignal(number) is heard_by


async def test_a_database_that_takes_no_changes_is_backed_up(tmp_path: Path, postgres_url: str) -> None:
    """As a copy, or one whose disk is full: then of all times a backup is wanted."""
    place, _, _ = await moved_in(postgres_url)
    await place.close()
    database = open_database(postgres_url)
    async with database.engine.begin() as connection:
        name = postgres_url.rpartition("/")[2]
        await connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    await database.close()
    said = list[str]()
    await back_up(settings_of(tmp_path, postgres_url), tmp_path / "backup", said.append)
    assert said[0].startswith("Backed up 2 accounts")
    assert said[1].startswith("The audit log does not tell of it")


async def test_the_keys_must_be_there_and_fit(tmp_path: Path, sqlite_url: str) -> None:
    """Missing ones are named and none is made; other ones are refused; nothing is touched, not even asked."""
    place, _, _ = await moved_in(sqlite_url)
    await place.close()
    await back_up(settings_of(tmp_path, sqlite_url), tmp_path / "backup", print)
    new = f"sqlite:///{tmp_path}/new.db"
    asked = list[str]()
    for others, words in (
        ({"totp_keys": "", "secret_key": ""}, r"missing: .*/data/secret.key, .*/data/totp.key\."),
        ({"totp_keys": ""}, "totp.key"),
        ({"secret_key": ""}, "secret.key"),
        ({"totp_keys": Fernet.generate_key().decode()}, "TOTP_KEYS is not the key"),
    ):
        with pytest.raises(StartError, match=words):
            await restore_from(settings_of(tmp_path, new, **others), tmp_path / "backup", asked.append, print)
    assert asked == []
    assert not left_in(tmp_path) & {"new.db", "secret.key", "totp.key"}


async def test_a_lost_secret_key(tmp_path: Path, sqlite_url: str) -> None:
    """With another the restore is refused, unless that is said to be lost; then it says what to do next."""
    place, _, _ = await moved_in(sqlite_url)
    await place.close()
    settings, file = settings_of(tmp_path, sqlite_url), tmp_path / "backup"
    async with database_of(settings):
        pass  # as the first start, which writes down what its keys are
    await back_up(settings, file, print)
    new, said = f"sqlite:///{tmp_path}/new.db", list[str]()
    other = settings_of(tmp_path, new, secret_key="y" * 32)
    with pytest.raises(StartError, match="SECRET_KEY is not the one that this backup was made under"):
        await restore_from(other, file, print, said.append)
    await restore_from(settings_of(tmp_path, new, secret_key=""), file, print, said.append, lost=True)
    assert said[-1].endswith("Type: sshauth secrets rotate --lost")
    assert (tmp_path / "data" / "secret.key").exists()


async def test_what_is_wrong_is_said_before_anything_is_asked(tmp_path: Path, sqlite_url: str) -> None:
    """A database with people in it, a file that is no backup, none at all, and no database to back up."""
    settings, backup = settings_of(tmp_path, sqlite_url), tmp_path / "backup"
    with pytest.raises(StartError, match=r"^There is no database yet: .*test\.db is not there\.$"):
        await back_up(settings, backup, print)
    place, _, _ = await moved_in(sqlite_url)
    await place.close()
    await back_up(settings, backup, print)
    (tmp_path / "letter").write_text("Dear Ada")
    asked = list[str]()
    for file, words in (
        (backup, "is not empty: it has rows in"),
        (tmp_path / "letter", "is no backup"),
        (tmp_path / "gone", "Cannot read .*gone: No such file or directory"),
    ):
        with pytest.raises(StartError, match=words):
            await restore_from(settings, file, asked.append, print)
    assert asked == []
    with pytest.raises(StartError, match=r"letter is there, and is no backup\. Name another file\."):
        await back_up(settings, tmp_path / "letter", print)
    with pytest.raises(StartError, match=r"Cannot write .*: No such file or directory"):
        await back_up(settings, tmp_path / "nowhere" / "backup", print)
    assert (tmp_path / "letter").read_text() == "Dear Ada"


async def test_nothing_is_restored_unless_that_is_let_happen(tmp_path: Path, sqlite_url: str) -> None:
    """Whoever says no finds the database empty."""
    place, _, _ = await moved_in(sqlite_url)
    await place.close()
    await back_up(settings_of(tmp_path, sqlite_url), tmp_path / "backup", print)

    def refuse(_question: str) -> None:
        raise AccountError

    new = settings_of(tmp_path, f"sqlite:///{tmp_path}/new.db")
    with pytest.raises(AccountError):
        await restore_from(new, tmp_path / "backup", refuse, print)
    database = open_database(new.database)
    assert await known_revision(database) is None
    await database.close()


async def test_who_has_no_authenticator_is_named(tmp_path: Path, sqlite_url: str) -> None:
    """Their code to set one up is void, so they need another."""
    place, ada, _ = await moved_in(sqlite_url)
    chief = await place.world.administrator()
    await place.world.accounts.administration.reset_authenticator(chief, ada.identity.user_id, "ada", HERE)
    await place.close()
    await back_up(settings_of(tmp_path, sqlite_url), tmp_path / "backup", print)
    new, said = settings_of(tmp_path, f"sqlite:///{tmp_path}/new.db"), list[str]()
    await restore_from(new, tmp_path / "backup", print, said.append)
    assert any(line.endswith("reset-authenticator NAME. That is: ada, chief") for line in said)
