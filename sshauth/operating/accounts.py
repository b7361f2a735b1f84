"""The accounts as commands reach them, whether the service runs or not."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import UUID

from sshauth.accounts.clock import utc_now
from sshauth.accounts.console import Console
from sshauth.accounts.errors import GoneAway
from sshauth.accounts.lookup import hold_by_name
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.promotion import Promotion
from sshauth.config import Settings
from sshauth.db.engine import Database, in_one_sentence
from sshauth.ground import database_of, sentence
from sshauth.operating.databases import AUDIT, here


@dataclass(frozen=True, slots=True)
class Reached:
    """What commands do their work with."""

    database: Database
    console: Console
    promotion: Promotion


@contextlib.asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[Reached]:
    """Open the database, migrations included, and what works on it.

    Raises:
        StartError: it cannot be used, or is lost meanwhile.
    """
    async with database_of(settings) as (database, keys):
        codes = MailedCodes.under(keys.secret_keys)
        console = Console(database, AUDIT, codes, utc_now, settings.app_name, here())
        with sentence(""), in_one_sentence(database.name):
            yield Reached(database, console, Promotion(database, AUDIT, utc_now, settings.admins))


@contextlib.contextmanager
def known(user_name: str) -> Iterator[None]:
    """Say of a name that nobody has where the names are found.

    Raises:
        GoneAway: nobody has it.
    """
    try:
        yield
    except GoneAway:
        raise GoneAway(
            f"Nobody has the user name {user_name}. Who has one is said by: sshauth user list"
        ) from None


async def id_of(database: Database, user_name: str) -> UUID:
    """Give the id of the account of a user name.

    Raises:
        GoneAway: nobody has it.
    """
    with known(user_name):
        async with database.transaction() as session:
            return (await hold_by_name(session, user_name)).id
