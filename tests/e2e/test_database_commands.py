"""Backup, check, restore and doctor, as operators type them, beside a server that runs."""

import asyncio
import json
from pathlib import Path

from sqlalchemy import text

from sshauth.db.engine import open_database
from sshauth.db.migrate import head, upgrade
from tests.e2e.people import HOME, Person, register, sign_in, sign_out
from tests.e2e.test_commands import sshauth
from tests.support.codes import code_at
from tests.support.server import Server

ADA = Person()


def settings_of(server: Server) -> dict[str, str]:
    """Give the settings of a server, for commands."""
    directory = server.directory
    return {
        "SSH_PORT": str(server.port),
        "DATA_DIR": f"{directory}/data",
        "HOST_KEYS_DIR": f"{directory}/host_keys",
    }


def test_backup_wipe_restore_and_sign_in(tmp_path: Path) -> None:
    """While the server runs, all is well and a backup is made; after the loss its person signs in as ever."""
    backup = str(tmp_path / "backup")
    with Server(tmp_path) as server:
        env = settings_of(server)
        with server.ssh("ada") as terminal:
            authenticator = register(terminal, ADA)
            sign_out(terminal)
        made = sshauth(tmp_path, "db", "backup", backup, env=env)
        assert (made.returncode, made.stderr) == (0, "")
        assert made.stdout.startswith(f"Backed up 1 account into {backup}")
        checked = sshauth(tmp_path, "db", "check", "--json", env=env)
        assert (checked.returncode, json.loads(checked.stdout)["well"]) == (0, True)
        well = sshauth(tmp_path, "doctor", env=env)
        assert (well.returncode, well.stdout.splitlines()[-1]) == (0, "All is well."), well.stdout
        assert "our server answers at" in well.stdout
        refused = sshauth(tmp_path, "db", "restore", backup, "--yes", env=env)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "is not empty" in refused.stderr
        server.stop()
    for path in (tmp_path / "data").glob("sshauth.db*"):
        path.unlink()
    unasked = sshauth(tmp_path, "db", "restore", backup, env=env)
    assert (unasked.returncode, unasked.stdout) == (2, "")
    assert "add --yes" in unasked.stderr
    restored = sshauth(tmp_path, "db", "restore", backup, "--yes", env=env)
    assert (restored.returncode, restored.stderr) == (0, "")
    assert restored.stdout.startswith("Restored 1 account as of")
    with Server(tmp_path, {"SSH_PORT": env["SSH_PORT"]}) as server:
        # What the authenticator shows now may have been used before the loss. It signs in from the next but
        # one on, within a minute; a recovery code does now.
        shown = code_at(authenticator.secret)
        for code, answer in ((shown, "already used"), (authenticator.recovery_codes[0], HOME)):
            with server.ssh("ada") as terminal:
                sign_in(terminal, ADA.user, ADA.password, code, answer)


def test_a_newer_database_is_refused_by_every_command(tmp_path: Path) -> None:
    """One sentence, exit 1, and nothing is made."""
    url = f"sqlite:///{tmp_path}/newer.db"
    asyncio.run(of_tomorrow(url))
    env = {"DATABASE_URL": url, "HOST_KEYS_DIR": f"{tmp_path}/host_keys"}
    for command in (("serve",), ("db", "upgrade"), ("db", "check"), ("db", "backup", "file")):
        said = sshauth(tmp_path, *command, env=env)
        assert (said.returncode, said.stdout) == (1, ""), command
        assert f"made by a newer sshauth: it is at revision 9999, and this one knows {head()}" in said.stderr
        assert said.stderr.count("\n") == 1
    assert [*tmp_path.rglob("*.key"), *tmp_path.glob("*file")] == []


async def of_tomorrow(url: str) -> None:
    """Make a database as a version to come has left it."""
    database = open_database(url)
    await upgrade(database)
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
