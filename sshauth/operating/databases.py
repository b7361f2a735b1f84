"""The database as commands open it that look at it or move it: no migrations, no keys."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sshauth.accounts.audit import Audit, Happened
from sshauth.accounts.clock import utc_now
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import COMMAND_LINE, Peer
from sshauth.config import Settings
from sshauth.db.dump import BackupError
from sshauth.db.engine import Database, in_one_sentence, open_database, sqlite_file
from sshauth.ground import StartError, sentence

AUDIT = Audit(KeyedHash("", "failures"))
"""What is hashed are failures, and commands count none."""


@asynccontextmanager
async def opened(settings: Settings, *, make: bool = False) -> AsyncIterator[Database]:
    """Open the database as it is; only if asked, make an SQLite file that is not there.

    Raises:
        StartError: there is none, or it cannot be used, or a backup that was used with it cannot.
    """
    file = sqlite_file(settings.database)
    if file is not None and not make and not file.exists():
        raise StartError(f"There is no database yet: {file} is not there.")
    with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
        database = open_database(settings.database)
    try:
        with sentence("Cannot use the database"):
            yield database
    except BackupError as error:
        raise StartError(str(error)) from None
    finally:
        await database.close()


async def note(database: Database, kind: Happened, **data: str) -> None:
    """Write down what was done by command.

    Raises:
        DatabaseError: the database cannot be used.
    """
    with in_one_sentence(database.name):
        async with database.transaction() as session:
            AUDIT.write(session, kind, here(), utc_now(), user_id=None, **data)


def here() -> Peer:
    """Say from where commands come."""
    return Peer(address=socket.gethostname(), client=COMMAND_LINE)
