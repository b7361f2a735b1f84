"""What the commands about users do and say. They change the database; a running server follows by itself."""

import contextlib
import socket
from collections.abc import AsyncIterator, Callable

from sshauth.accounts.audit import Audit
from sshauth.accounts.clock import utc_now
from sshauth.accounts.errors import GoneAway
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import Peer
from sshauth.accounts.promotion import ListedUser, Promotion
from sshauth.config import Settings
from sshauth.db.engine import in_one_sentence
from sshauth.ground import database_of, sentence

Say = Callable[[str], None]


async def promote(settings: Settings, user_name: str, say: Say) -> None:
    """Make somebody an administrator.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    async with _promotion(settings, user_name) as promotion:
        changed = await promotion.promote(user_name, _here())
    say(f"{user_name} is an administrator {'from the next sign-in on' if changed else 'already'}.")


async def demote(settings: Settings, user_name: str, say: Say) -> None:
    """Make somebody no administrator.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    async with _promotion(settings, user_name) as promotion:
        changed = await promotion.demote(user_name, _here())
    say(f"{user_name} is no administrator{' any more; their sessions have ended' if changed else ''}.")


async def show(settings: Settings, say: Say) -> None:
    """Say who has an account, since when, and who is an administrator.

    Raises:
        StartError: the database cannot be used.
    """
    async with _promotion(settings, "") as promotion:
        users = await promotion.all()
    width = max((len(user.user_name) for user in users), default=0)
    for user in users:
        say(f"{user.user_name:{width}}  {user.created_at:%Y-%m-%d}  {_marks(user)}".rstrip())
    if not users:
        say("Nobody has an account yet.")


def _marks(user: ListedUser) -> str:
    return ", ".join(["administrator"] * user.is_admin + ["disabled"] * user.is_disabled)


def _here() -> Peer:
    return Peer(address=socket.gethostname(), client="command line")


@contextlib.asynccontextmanager
async def _promotion(settings: Settings, user_name: str) -> AsyncIterator[Promotion]:
    async with database_of(settings) as (database, keys):
        audit = Audit(KeyedHash.under(keys.secret_key, "failures"))
        try:
            with sentence(""), in_one_sentence(database.name):
                yield Promotion(database, audit, utc_now, settings.admins)
        except GoneAway:
            raise GoneAway(
                f"Nobody has the user name {user_name}. Who has one is said by: sshauth user list"
            ) from None
