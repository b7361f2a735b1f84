"""Looks at the database, and at whatever depends on it."""

import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select

from sshauth.config import Settings
from sshauth.db.engine import Database, DatabaseError, in_one_sentence, open_database, sqlite_file
from sshauth.db.migrate import NewerDatabaseError, head, known_revision
from sshauth.db.tables import User
from sshauth.files import reason_of
from sshauth.operating.doctor.finding import Findings, found_by, in_thread, ok, unknown, wrong
from sshauth.operating.doctor.inside import LOOKS, look_inside

DATABASE, MIGRATIONS = "Database", "Migrations"
EMPTY = "empty yet; the first start makes its tables"
OF_SERVER = "Look whether it runs, and whether DATABASE_URL is right."
OF_FILE = "Make room if its disk is full; if the file is damaged, restore a backup."
NOT_THERE = "{} is not there yet; the first start makes it"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and whether people have accounts; None where nobody knows."""

    findings: Findings
    have_people: bool | None = None


async def look(settings: Settings) -> Looked:
    """Look at the database, and, where it answers, at all that is in it."""
    file = sqlite_file(settings.database)
    if file is not None and not file.exists():
        return Looked([ok(DATABASE, NOT_THERE.format(file))], have_people=False)
    async with AsyncExitStack() as stack:
        try:
            database = await in_thread(open_database, settings.database)
            stack.push_async_callback(database.close)
            revision = await known_revision(database)
        except NewerDatabaseError as error:
            return Looked([ok(DATABASE, database.name), wrong(MIGRATIONS, str(error).rstrip("."), "")])
        except (DatabaseError, OSError) as error:
            said = str(error).rstrip(".") if isinstance(error, DatabaseError) else reason_of(error)
            to_do = OF_SERVER if file is None else OF_FILE
            others = [unknown(each, "the database cannot be used") for each in (MIGRATIONS, *LOOKS)]
            return Looked([wrong(DATABASE, said, to_do), *others])
        return await _look_at_all(settings, database, revision)


async def _takes_changes(settings: Settings, database: Database) -> Findings:
    file = sqlite_file(settings.database)
    if file is not None and not await in_thread(os.access, file, os.W_OK):
        return [
            wrong(DATABASE, f"{file} cannot be written", "Look whose it is, and how its disk is mounted.")
        ]
    try:
        with in_one_sentence(database.name):
            await database.look()
    except DatabaseError as error:
        return [wrong(DATABASE, str(error).rstrip("."), "Look whether DATABASE_URL leads to a copy.")]
    return [ok(DATABASE, database.name)]


async def _look_at_all(settings: Settings, database: Database, revision: str | None) -> Looked:
    found = await found_by((DATABASE, partial(_takes_changes, settings, database)))
    if revision is None:
        return Looked([*found, ok(MIGRATIONS, EMPTY)], have_people=False)
    if revision != head():
        said = f"the database is at revision {revision}, and this version wants {head()}"
        to_do = "Type: sshauth db upgrade (a start does it, too)."
        others = [unknown(each, "the database is of an older version") for each in LOOKS]
        return Looked([*found, wrong(MIGRATIONS, said, to_do), *others])
    found = [*found, ok(MIGRATIONS, f"revision {revision}, the newest")]
    for name in LOOKS:
        found += await found_by((name, partial(look_inside, name, settings, database)))
    async with database.snapshot() as connection:
        people = await connection.scalar(select(func.count()).select_from(User))
    return Looked(found, have_people=bool(people))
