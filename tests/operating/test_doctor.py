"""What the doctor finds: nothing where all is well, each of many faults, and none hides another."""

import asyncio
import json
import os
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, insert, text

from sshauth.accounts.check_values import Secrets
from sshauth.accounts.clock import utc_now
from sshauth.accounts.vault import Vault
from sshauth.config import Reading, read_settings
from sshauth.db.engine import open_database
from sshauth.db.migrate import go_to, head
from sshauth.db.tables import AuditEvent, CheckValue, Node, OutgoingMail, SessionRow, Table
from sshauth.ground import ground
from sshauth.operating.doctor import files
from sshauth.operating.doctor.examination import examine, look_at_all
from sshauth.operating.doctor.finding import Finding, Findings, State, all_found_by, found_by, in_thread, ok
from tests.db.full import at_revision
from tests.mail.smtp_server import SmtpServer
from tests.operating.test_restoring import left_in
from tests.support.net import free_port
from tests.support.server import Server

KEYS_OF_SETTINGS = {"SECRET_KEY": "x" * 32, "TOTP_KEYS": Fernet.generate_key().decode()}


class Place:
    """A directory with a service in it that was started once and has an account."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.directory = directory
        self.env_file = directory / ".env"
        self.write(
            DATA_DIR=f"{directory}/data", HOST_KEYS_DIR=f"{directory}/host_keys", SSH_PORT=str(free_port()),
            **settings,
        )  # fmt: skip
        self.env_file.chmod(0o600)

    def write(self, **settings: str) -> None:
        """Add to the .env file."""
        with self.env_file.open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())

    @property
    def reading(self) -> Reading:
        return read_settings(self.env_file)

    async def start(self) -> None:
        """Start once, with somebody in the database, and nothing that waits or was done lately."""
        settings = self.reading.settings
        async with ground(settings) as below:
            vault = Vault(below.keys.totp_keys)
        await self.sql(*(f"DROP TABLE {table.name}" for table in reversed(Table.metadata.sorted_tables)))
        await self.sql("DROP TABLE alembic_version")
        database = await at_revision(settings.database, head(), vault)
        async with database.transaction() as session:
            for table in (AuditEvent, OutgoingMail, SessionRow):
                await session.execute(delete(table))
        await database.close()

    async def sql(self, *statements: str) -> None:
        database = open_database(self.reading.settings.database)
        async with database.transaction() as session:
            for statement in statements:
                await session.execute(text(statement))
        await database.close()

    async def put(self, table: type[Table], **values: object) -> None:
        """Put a row into a table."""
        database = open_database(self.reading.settings.database)
        async with database.transaction() as session:
            await session.execute(insert(table).values(**values))
        await database.close()

    async def node(self, number: int) -> None:
        """Have a process of another machine say that it serves."""
        await self.put(
            Node, **dict.fromkeys(Node.__table__.columns.keys(), "") | {
                "id": uuid.uuid4(), "machine": f"m{number}", "host_key": f"SHA256:{number}",
                "started_at": utc_now(), "seen_at": utc_now(),
            },
        )  # fmt: skip

    async def found(self, state: State = State.WRONG) -> dict[str, str]:
        """Give what is wrong, or what is in another state, by what was looked at."""
        return {
            each.look: f"{each.said}. {each.to_do}"
            for each in await look_at_all(self.reading)
            if each.state is state
        }


@pytest.fixture(autouse=True)
def _private() -> Iterator[None]:
    """Make files as commands do, for their owner alone."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """Give a place where all is well, on SQLite."""
    place = Place(tmp_path)
    await place.start()
    return place


def matches(found: dict[str, str], expected: dict[str, str]) -> None:
    """See that exactly these were found, with words that hold these."""
    assert found.keys() == expected.keys(), found
    for look, words in expected.items():
        assert words in found[look], (look, found[look])


async def test_where_all_is_well_it_says_so(tmp_path: Path, database_url: str) -> None:
    """On either database, with a mail server, a message of the day and a name; each look is a line."""
    (tmp_path / "motd").write_text("Tea at four.\n")
    with SmtpServer(login=("me", "my-password")) as mail:
        place = Place(
            tmp_path, DATABASE_URL=database_url, MOTD_FILE=f"{tmp_path}/motd", PUBLIC_ADDRESS="localhost",
            MAIL_SERVER=mail.host, MAIL_PORT=str(mail.port), MAIL_USERNAME="me", MAIL_PASSWORD="my-password",
            **KEYS_OF_SETTINGS,
        )  # fmt: skip
        await place.start()
        said = list[str]()
        assert await examine(place.reading, said.append, in_json=False)
    assert said[-1] == "All is well."
    lines = said[0].splitlines()
    assert [line.split("  ")[1] for line in lines[1:]] == [
        "Configuration", ".env file", "DATA_DIR", "Owners", "Owners", "Disk space", "MOTD_FILE", "Database",
        "Migrations", "Keys", "Clock", "Mail queue", "Nodes", "Host keys", "Mail server", "Port", "Address",
    ]  # fmt: skip
    assert {line.split("  ")[0] for line in lines[1:]} == {"ok"}


async def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    """It says what the first start will make."""
    place = Place(tmp_path)
    assert await place.found() == {}
    assert left_in(tmp_path) == {".env"}


@contextmanager
def somebody_at(port: int) -> Iterator[None]:
    """Listen on a port, and say nothing that SSH says."""
    with closing(socket.create_server(("127.0.0.1", port))) as server:
        server.settimeout(0)
        yield


async def test_a_dozen_faults_at_once_are_all_found(place: Place, tmp_path: Path) -> None:
    """None hides another; each says what to do."""
    settings = place.reading.settings
    data, host_keys = tmp_path / "data", tmp_path / "host_keys"
    (data / "totp.key").write_bytes(Fernet.generate_key())
    (data / "outbox").mkdir()
    (data / "outbox").chmod(0o755)
    (host_keys / "ssh_host_ed25519_key").chmod(0o644)
    await place.node(1)
    await place.node(2)
    await place.put(
        OutgoingMail, kind="x", data={}, created_at=utc_now() - timedelta(hours=2), due_at=utc_now(), tries=3
    )
    await place.put(
        AuditEvent,
        at=utc_now() + timedelta(hours=1),
        kind="registered",
        address="",
        client="",
        count=1,
        data={},
    )
    place.env_file.chmod(0o644)
    with SmtpServer(login=("me", "right-password")) as mail, somebody_at(settings.ssh_port):
        place.write(
            SESSION_HOURS="many", START_NGROK="1", MOTD_FILE=f"{tmp_path}/gone", MAIL_SERVER=mail.host,
            MAIL_PORT=str(mail.port), MAIL_USERNAME="me", MAIL_PASSWORD="wrong-password",
            PUBLIC_ADDRESS="no-such-host.invalid",
        )  # fmt: skip
        found, hints = await place.found(), await place.found(State.HINT)
    matches(
        found,
        {
            "Configuration": 'SESSION_HOURS must be a whole number of hours from 1 to 168, not "many"',
            ".env file": f"holds MAIL_PASSWORD. Type: chmod o= {place.env_file}",
            "DATA_DIR": f"outbox can be read by others than their owner. Type: chmod go= {data}/outbox",
            "MOTD_FILE": "gone cannot be read: No such file or directory. Put it there",
            "Keys": "are not those that this database has lived with: 2 secrets will not open",
            "Clock": "something was written at",
            "Mail queue": "1 mail waiting, the oldest since",
            "Nodes": "host keys differ: SHA256:1 on m1, SHA256:2 on m2. Give all the same files",
            "Host keys": f"can be read by others than its owner. Type: chmod 600 {host_keys}/ssh_host",
            "Mail server": "the mail server refused the user name or password",
            "Port": "no server with our host key answers at",
            "Address": "the name no-such-host.invalid is not known. Change PUBLIC_ADDRESS",
        },
    )
    assert "START_NGROK" in hints["Configuration"]
    assert "password" not in str(found).replace("user name or password", "").replace("MAIL_PASSWORD", "")


async def test_a_database_that_is_away_hides_nothing_else(place: Place, tmp_path: Path) -> None:
    """What depends on it could not be looked at, and says why."""
    (tmp_path / "data" / "secret.key").chmod(0o640)
    place.write(DATABASE_URL="postgres://ada:hush-hush@127.0.0.1:1/accounts")
    found = await place.found()
    matches(
        found,
        {
            "DATA_DIR": "chmod go=",
            "Database": "Cannot use the database (Postgres accounts at 127.0.0.1:1): Connection refused",
        },
    )
    assert "hush" not in str(found)
    unknown = await place.found(State.UNKNOWN)
    assert list(unknown) == ["Migrations", "Keys", "Clock", "Mail queue", "Nodes"]
    assert set(unknown.values()) == {"the database cannot be used. "}


async def test_a_damaged_file(place: Place, tmp_path: Path) -> None:
    """What is to be done is not what it is for a server."""
    (tmp_path / "data" / "sshauth.db").write_bytes(b"no database" * 1000)
    matches(
        await place.found(),
        {"Database": "file is not a database. Make room if its disk is full; if the file"},
    )


async def test_a_wrong_url_is_not_looked_at(place: Place) -> None:
    """Least of all another database in its place."""
    place.write(DATABASE_URL="mysql://root@localhost/x")
    assert "DATABASE_URL must be" in (await place.found())["Configuration"]
    assert await place.found(State.UNKNOWN) == {"Database": "DATABASE_URL is wrong. "}


async def test_a_database_of_another_version(tmp_path: Path, database_url: str) -> None:
    """An older one wants an upgrade, a newer one a newer sshauth; what is in it is not looked at."""
    place = Place(tmp_path, DATABASE_URL=database_url, **KEYS_OF_SETTINGS)
    database = open_database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(go_to, "0004")
    await database.close()
    matches(await place.found(), {"Migrations": f"at revision 0004, and this version wants {head()}. Type: "})
    await place.sql("UPDATE alembic_version SET version_num = '9999'")
    matches(await place.found(), {"Migrations": "was made by a newer sshauth"})


async def test_a_database_that_takes_no_changes(tmp_path: Path, postgres_url: str) -> None:
    """As a copy after a failover: it answers, and nobody signs in."""
    place = Place(tmp_path, DATABASE_URL=postgres_url, **KEYS_OF_SETTINGS)
    await place.start()
    name = postgres_url.rpartition("/")[2]
    await place.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    matches(await place.found(), {"Database": "takes no changes. Look whether DATABASE_URL leads to a copy"})


@pytest.mark.parametrize(("seconds", "state"), [(1, State.OK), (-8, State.HINT), (20, State.WRONG)])
async def test_a_clock_that_is_not_the_databases(
    tmp_path: Path, postgres_url: str, seconds: int, state: State
) -> None:
    """A code is good for half a minute: some seconds are worth a hint, more are wrong."""
    place = Place(tmp_path, DATABASE_URL=postgres_url, **KEYS_OF_SETTINGS)
    await place.start()
    await place.sql(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
        f"$$ SELECT pg_catalog.clock_timestamp() + interval '{seconds} s' $$",
        f"ALTER DATABASE {postgres_url.rpartition('/')[2]} SET search_path = public, pg_catalog",
    )
    found = (await place.found(state))["Clock"]
    if state is not State.OK:
        assert re.match(r"\d+ s away from the database's\. Set the time of both by NTP", found)


async def test_missing_keys_of_people(place: Place, tmp_path: Path) -> None:
    """Those of authenticators, and the one that people know this server by; none is made."""
    (tmp_path / "data" / "totp.key").unlink()
    (tmp_path / "host_keys" / "ssh_host_ed25519_key").unlink()
    matches(
        await place.found(),
        {
            "Keys": "totp.key missing, and this database needs it (1 authenticator). Put your copy there",
            "Host keys": "has no host key, and people know this service by one. Put your copy there",
        },
    )
    assert not (tmp_path / "data" / "totp.key").exists()


async def test_keys_of_another_database(place: Place) -> None:
    """A SECRET_KEY that this one has not lived with, and TOTP_KEYS that nobody has used yet."""
    other = {"secret_keys": lambda: ["y" * 32], "totp_keys": lambda: [Fernet.generate_key().decode()]}
    values = Secrets(**other).values()
    await place.put(CheckValue, name="SECRET_KEY", value=values["SECRET_KEY"])
    matches(await place.found(), {"Keys": "is not the one that this database has lived with. Put that back"})
    for table in ("authenticators", "pending_registrations", "check_values"):
        await place.sql(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
    await place.put(CheckValue, name="TOTP_KEYS", value=values["TOTP_KEYS"])
    matches(await place.found(), {"Keys": "lived with: 0 secrets will not open"})


async def test_a_damaged_key(place: Place, tmp_path: Path) -> None:
    """The file is named; its content is not."""
    (tmp_path / "data" / "totp.key").write_text("nonsense")
    (tmp_path / "host_keys" / "ssh_host_ed25519_key").write_text("nonsense")
    found = await place.found()
    matches(found, {"Keys": "does not hold what it was made with", "Host keys": "holds no private key"})
    assert "nonsense" not in str(found)


async def test_mail_that_would_not_go_out(place: Place) -> None:
    """No server there, not the TLS that was asked for, a password in clear text, mails that were given up."""
    place.write(MAIL_SERVER="127.0.0.1", MAIL_PORT=str(free_port()))
    matches(await place.found(), {"Mail server": "127.0.0.1:"})
    assert "PUBLIC_ADDRESS" in (await place.found(State.HINT))["Address"]
    with SmtpServer() as mail:
        place.write(MAIL_PORT=str(mail.port))
        assert await place.found() == {}
        place.write(MAIL_USE_TLS="1")
        matches(await place.found(), {"Mail server": "STARTTLS"})
        assert mail.messages == []
    place.write(MAIL_SERVER="mail.example.org", MAIL_USERNAME="me", MAIL_PASSWORD="hush", MAIL_USE_TLS="0")
    matches(await place.found(), {"Mail server": "MAIL_USE_TLS or MAIL_USE_SSL must be on"})
    dead = {"created_at": utc_now(), "due_at": utc_now(), "dead_at": utc_now(), "tries": 9}
    await place.put(OutgoingMail, kind="x", data={}, **dead)
    assert "1 mail given up" in (await place.found(State.HINT))["Mail queue"]


async def test_a_port_that_nobody_can_listen_on(place: Place) -> None:
    """An address of another machine, and a name that is nobody's; any free port is fine."""
    place.write(SSH_HOST="192.0.2.1")
    matches(await place.found(), {"Port": "it is not free: Cannot assign requested address"})
    place.write(SSH_HOST="no-such-host.invalid")
    matches(await place.found(), {"Port": "is no address of this machine. Change SSH_HOST"})
    place.write(SSH_HOST="127.0.0.1", SSH_PORT="0")
    assert await place.found() == {}


async def test_a_disk_with_no_room_and_long_words(place: Place, tmp_path: Path) -> None:
    """The disk is that of DATA_DIR; more than five lines of a message of the day are not shown."""
    (finding,) = await files.disk_space(place.reading.settings, least=10**18)
    assert (finding.state, finding.to_do) == (State.WRONG, "Make room: without, nobody signs in.")
    (finding,) = await files.disk_space(place.reading.settings, little=10**18)
    assert finding.state is State.HINT
    (tmp_path / "motd").write_text("1\n2\n3\n4\n5\n6\n")
    place.write(MOTD_FILE=f"{tmp_path}/motd")
    assert "has 6 lines. 5 are shown." in (await place.found(State.HINT))["MOTD_FILE"]


async def test_a_disk_that_is_mounted_read_only(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an error of the disk. To mount one takes rights that tests do not have."""
    was = os.statvfs(place.directory)
    read_only = os.statvfs_result((*was[:8], was.f_flag | os.ST_RDONLY, *was[9:]))
    monkeypatch.setattr(os, "statvfs", lambda _path: read_only)
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.W_OK)
    matches(
        await place.found(),
        {
            "DATA_DIR": "is on a disk that is mounted read-only. Mount it for writing.",
            "Database": "sshauth.db cannot be written. Look whose it is",
        },
    )


async def test_a_file_of_settings_that_is_not_there(tmp_path: Path) -> None:
    """It is wrong, and nothing more is said of it."""
    looked = [
        each
        for each in await look_at_all(read_settings(tmp_path / "no-such.env"))
        if "no-such.env" in each.said
    ]
    assert [(each.look, each.state) for each in looked] == [("Configuration", State.WRONG)]


async def test_files_of_somebody_else(place: Place, tmp_path: Path) -> None:
    """As a command that root typed leaves them: the service could not write them."""
    directory = tmp_path / "data"
    if os.geteuid() == 0:
        os.chown(directory / "sshauth.db", 65534, 65534)
    else:
        directory = Path("/proc")  # root's, with directories of ours in it
        place.write(DATA_DIR="/proc")
    owners = [each for each in await files.owners(place.reading.settings) if each.state is State.WRONG]
    assert f"and {directory} to root" in owners[0].said
    assert owners[0].to_do == f"Type: chown -R root {directory}"


async def test_a_directory_that_is_none(place: Place, tmp_path: Path) -> None:
    """It says so, and goes on."""
    (tmp_path / "file").write_text("")
    place.write(DATA_DIR=f"{tmp_path}/file", DATABASE_URL=f"sqlite:///{tmp_path}/data/sshauth.db")
    found = await place.found()
    assert "is not a directory" in found["DATA_DIR"]


def test_our_own_server_may_have_the_port(tmp_path: Path) -> None:
    """It answers with its host key, and is not disturbed."""
    place = Place(tmp_path)
    env = {"SSH_PORT": str(place.reading.settings.ssh_port)}
    with Server(tmp_path, env):
        findings = asyncio.run(look_at_all(place.reading))
    assert [each.said for each in findings if each.look == "Port"] == [
        f"our server answers at 127.0.0.1:{env['SSH_PORT']}"
    ]
    assert [each for each in findings if each.state is State.WRONG] == []


async def test_programs_read_json(place: Place) -> None:
    """All findings, and whether all is well."""
    place.write(MOTD_FILE="gone")
    said = list[str]()
    assert not await examine(place.reading, said.append, in_json=True)
    values = json.loads(said[0])
    assert not values["well"]
    assert [each["look"] for each in values["findings"] if each["state"] == "wrong"] == ["MOTD_FILE"]
    said.clear()
    await examine(place.reading, said.append, in_json=False)
    assert said[-1] == "1 thing is wrong."
    place.write(SESSION_HOURS="0")
    await examine(place.reading, said.append, in_json=False)
    assert said[-1] == "2 things are wrong."


async def test_a_look_that_hangs_or_breaks_hides_no_other() -> None:
    """It is a finding of its own, after a bounded time."""

    async def fine() -> Findings:
        return [ok("c", "fine")]

    async def broken() -> Findings:
        raise KeyError("nothing there")

    async def hangs() -> Findings:
        read, write = os.pipe()
        try:
            return [ok("b", str(await in_thread(os.read, read, 1)))]
        finally:
            os.write(write, b"x")

    found = await all_found_by([("a", broken), ("c", fine)])
    assert found == [
        Finding("a", State.WRONG, "could not be looked at (KeyError: 'nothing there')", found[0].to_do),
        Finding("c", State.OK, "fine"),
    ]
    (finding,) = await found_by(("b", hangs), seconds=0.05)
    assert (finding.state, finding.said) == (State.WRONG, "no answer within 0.05 s")
