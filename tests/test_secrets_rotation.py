"""Nodes with the same secrets, with others, and secrets that change: what starts, and what is said."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from structlog.testing import capture_logs

from sshauth import secrets_rotation
from sshauth.accounts.check_values import ids_of
from sshauth.accounts.clock import utc_now
from sshauth.accounts.nodes import About, Nodes
from sshauth.config import Settings
from sshauth.db.engine import open_database
from sshauth.ground import StartError, database_of, ground
from sshauth.keys import KeyFile, SecretFile, load
from sshauth.secrets_rotation import forget, rotate

ONE, OTHER = "one secret key of the tests, of no use", "another secret key of the tests, as long"
TOTP, OTHER_TOTP = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets_rotation, "SETTLE_SECONDS", 0.0)
    for name in ("TOTP_KEYS", "SECRET_KEY", "SECRET_KEY_FALLBACKS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def node(database_url: str, tmp_path: Path) -> Callable[..., Settings]:
    """Make the settings of a node on one database, each with files of its own."""

    def make(name: str = "one", secrets: str = "", totp: str = "") -> Settings:
        first, *others = secrets.split(";")
        return Settings(
            data_dir=tmp_path / name / "data",
            host_keys_dir=tmp_path / name / "host_keys",
            database_url=SecretStr(database_url),
            secret_key=SecretStr(first) if first else None,
            secret_key_fallbacks=tuple(map(SecretStr, others)),
            totp_keys=tuple(SecretStr(key) for key in totp.split(";") if key),
        )

    return make


Make = Callable[..., Settings]


async def start(settings: Settings) -> tuple[str, ...]:
    """Start a node and stop it; give what it warns of."""
    async with ground(settings) as below:
        return below.warnings


async def refusal(settings: Settings) -> str:
    """Give why a node does not start."""
    with pytest.raises(StartError) as refused:
        await start(settings)
    said = str(refused.value)
    for secret in (ONE, OTHER, TOTP, OTHER_TOTP):
        assert secret not in said
    return said


async def test_the_same_secrets_start_and_others_do_not(node: Make) -> None:
    """Each variable by its name, in one sentence, without a secret."""
    await start(node("one", ONE, TOTP))
    await start(node("two", ONE, TOTP))
    assert "SECRET_KEY is not the one that this database has lived with" in await refusal(
        node("two", OTHER, TOTP)
    )
    said = await refusal(node("two", ONE, OTHER_TOTP))
    assert said == "TOTP_KEYS is not the key that the authenticators in this database were sealed with."
    await start(node("two", f"{OTHER};{ONE}", f"{OTHER_TOTP};{TOTP}"))


async def test_of_nodes_that_start_first_at_once_those_that_differ_do_not(node: Make) -> None:
    """One is first."""
    started = await asyncio.gather(
        *(start(node(f"{number}", each, TOTP)) for number, each in enumerate([ONE, OTHER] * 3)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, StartError) for each in started) == 3


async def test_a_node_without_its_secrets_makes_none_of_its_own(node: Make) -> None:
    """No file is made beside a database that has lived with others."""
    await start(node("one", ONE, TOTP))
    other = node("two")
    assert "is missing: " in await refusal(other)
    assert not other.data_dir.exists()
    given = node("two", totp=TOTP)
    assert "SECRET_KEY" in await refusal(given)
    assert not given.data_dir.exists()


async def test_a_lost_secret_key_is_given_up_by_command(node: Make) -> None:
    """It says what is void; other nodes with the old one do not start any more."""
    await start(node("one", ONE, TOTP))
    said: list[str] = []
    await rotate(node("two", OTHER, TOTP), said.append, secret_is_lost=True)
    assert "tries are counted from nothing" in " ".join(said)
    await start(node("two", OTHER, TOTP))
    assert "SECRET_KEY" in await refusal(node("one", ONE, TOTP))


async def test_a_lost_file_is_made_anew_by_the_same_command(node: Make) -> None:
    """The keys of the authenticators must be there all the same."""
    settings = node()
    await start(settings)
    (settings.data_dir / "secret.key").unlink()
    assert "sshauth secrets rotate --lost" in await refusal(settings)
    await rotate(settings, lambda _words: None, secret_is_lost=True)
    await start(settings)


async def test_files_are_changed_whole_and_the_old_secret_is_accepted_until_it_is_forgotten(
    node: Make,
) -> None:
    """By two commands, while the service runs."""
    settings, said = node(), list[str]()
    await start(settings)
    keys = load(settings)
    (old,), (old_totp,) = keys.secret_keys(), keys.totp_keys()
    await rotate(settings, said.append)
    new, *others = keys.secret_keys()
    assert (others, old_totp in keys.totp_keys()) == ([old], False)
    assert new != old
    assert "sshauth secrets forget" in said[-1]
    await start(settings)
    await forget(settings, said.append)
    assert list(keys.secret_keys()) == [new]
    assert "work no more" in said[-1]
    await start(settings)
    await rotate(settings, said.append)
    await rotate(settings, said.append)
    assert len(keys.secret_keys()) == 2


async def test_settings_are_changed_by_hand_and_the_command_says_how(node: Make) -> None:
    """SECRET_KEY and the fallbacks change places; the command makes it the database's."""
    await start(node("one", ONE, TOTP))
    said: list[str] = []
    await rotate(node("one", ONE, TOTP), said.append)
    assert "To change it: a new one in SECRET_KEY_FALLBACKS of every node" in said[-1]
    await start(node("one", f"{ONE};{OTHER}", TOTP))
    await start(node("one", f"{OTHER};{ONE}", f"{OTHER_TOTP};{TOTP}"))
    await rotate(node("one", f"{OTHER};{ONE}", f"{OTHER_TOTP};{TOTP}"), said.append)
    assert "Take SECRET_KEY_FALLBACKS out of every node" in said[-1]
    await start(node("one", OTHER, OTHER_TOTP))
    assert "SECRET_KEY" in await refusal(node("one", ONE, OTHER_TOTP))
    with pytest.raises(StartError, match="take SECRET_KEY_FALLBACKS out of every node"):
        await forget(node("one", OTHER, OTHER_TOTP), said.append)


async def be_there(settings: Settings, about: About) -> None:
    """Have another node be there."""
    database = open_database(settings.database)
    await Nodes(database, utc_now, lambda: about).once()
    await database.close()


def about(secrets: str, totp: str, host_key: str = "SHA256:x") -> About:
    return About("two/7", "two", "1", host_key, (host_key,), ids_of([secrets]), ids_of([totp]))


@pytest.mark.parametrize(
    ("there", "behind"),
    [
        (about(OTHER, TOTP), "TOTP_KEYS"),
        (about(ONE, OTHER_TOTP), "SECRET_KEY"),
        (about(OTHER, OTHER_TOTP), ""),
    ],
    ids=["totp", "secret", "none"],
)
async def test_nothing_changes_while_a_node_would_not_follow(node: Make, there: About, behind: str) -> None:
    """It is named, and what it lacks."""
    await start(node("one", ONE, TOTP))
    await be_there(node("one"), there)
    ahead = node("one", f"{OTHER};{ONE}", f"{OTHER_TOTP};{TOTP}")
    if not behind:
        await rotate(ahead, lambda _words: None)
        return
    with pytest.raises(StartError, match=f"two/7 does not accept the {behind}"):
        await rotate(ahead, lambda _words: None)
    await start(node("one", ONE, TOTP))


async def test_keys_of_this_node_alone_are_warned_of_beside_postgres(
    node: Make, postgres_url: str, sqlite_url: str
) -> None:
    """A second node would not have them; beside SQLite there is none."""
    beside_postgres = node().model_copy(update={"database_url": SecretStr(postgres_url)})
    with capture_logs() as logs:
        (warning,) = await start(beside_postgres)
    assert warning.startswith("secret.key and totp.key were made in DATA_DIR, and the database is Postgres")
    assert "keys.of_this_node_alone" in [line["event"] for line in logs]
    given = beside_postgres.model_copy(
        update={"secret_key": SecretStr(load(beside_postgres).secret_keys()[0])}
    )
    assert (await start(given))[0].startswith("totp.key was made in DATA_DIR")
    beside_sqlite = node("two").model_copy(update={"database_url": SecretStr(sqlite_url)})
    assert await start(beside_sqlite) == ()


async def test_another_host_key_is_warned_of_at_the_start(node: Make) -> None:
    """Of a node that was there a moment ago, with its name and fingerprint; not of one that has gone."""
    settings = node("one", ONE, TOTP)
    await start(settings)
    await be_there(settings, about(ONE, TOTP, "SHA256:another"))
    with capture_logs() as logs:
        (warning,) = await start(settings)
    assert warning.startswith("two has another host key (SHA256:another): SSH clients will warn")
    assert [line["there"] for line in logs if line["event"] == "nodes.host_keys_differ"] == ["two"]
    async with database_of(settings) as (database, _keys):
        await Nodes(database, lambda: utc_now() - timedelta(minutes=3), old_one).once()
        assert len(await start(settings)) == 1


def old_one() -> About:
    """Give a node that was there some time ago."""
    return replace(about(ONE, TOTP, "SHA256:old"), name="three/1", machine="three")


def test_files_of_secrets_hold_whatever_a_secret_is_made_of(tmp_path: Path) -> None:
    """Spaces too; a line is a secret."""
    path = tmp_path / "secret.key"
    path.write_text(f"{ONE}\n")
    path.chmod(0o600)
    file = SecretFile(path)
    assert list(file()) == [ONE]
    file.put_first()
    assert file()[1] == ONE
    assert isinstance(file, KeyFile)
