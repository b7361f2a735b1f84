"""Changing the server's secrets while it runs, on however many nodes."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from sshauth.accounts.check_values import Secrets, ids_of, replace_values
from sshauth.accounts.clock import utc_now
from sshauth.accounts.nodes import seen_lately
from sshauth.accounts.sealed_rows import reseal_all
from sshauth.accounts.vault import Vault
from sshauth.config import Settings
from sshauth.db.engine import Database, in_one_sentence
from sshauth.db.tables import Node
from sshauth.ground import StartError, database_of, sentence
from sshauth.keys import KeyFile, Keys, SecretFile, secret_key_file

SETTLE_SECONDS = 2.0
"""After a rotation, until whoever sealed something under the old key a moment ago has written it."""
BEHIND = (
    "{node} does not accept the {variable} that comes first here: give every node the same, restart it, and "
    "try again. Nothing was changed."
)
STILL_ACCEPTED = (
    "SECRET_KEY is new. The old one is still accepted, for codes that are under way: for a day, or "
    "INVITATION_DAYS where people are invited. Then type: sshauth secrets forget"
)
FALLBACKS_TO_GO = (
    "SECRET_KEY is the one in force. Take SECRET_KEY_FALLBACKS out of every node once the codes that were "
    "mailed before are over: after a day, or INVITATION_DAYS where people are invited."
)
HOW_TO_CHANGE = (
    "SECRET_KEY stays as it is. To change it: a new one in SECRET_KEY_FALLBACKS of every node, then the two "
    "the other way round, then this once more."
)
VOIDED = (
    "This database goes on with the SECRET_KEY of this node; give every node the same. Codes that were "
    "mailed before work no more, tries are counted from nothing, and people come from new places once."
)

Say = Callable[[str], None]


async def rotate(settings: Settings, say: Say, *, secret_is_lost: bool = False) -> None:
    """Change the secrets, and say how far it came.

    Keys of files are changed whole. Of TOTP_KEYS the first seals everything anew; the others have no use
    afterwards. Of SECRET_KEY and its fallbacks the first is what the database knows from then on.

    Raises:
        StartError: something it needs cannot be used, a node is behind, or a secret opens with no key.
    """
    async with database_of(settings, secret_is_lost=secret_is_lost) as (database, own_keys):
        with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"), in_one_sentence(database.name):
            if secret_is_lost:
                await replace_values(database, _secrets(own_keys))
                say(VOIDED)
                return
            await _check_nodes(database, own_keys)
            await _rotate_totp_keys(database, own_keys, say)
            if settings.secret_key is None:
                SecretFile(secret_key_file(settings)).put_first()
            await replace_values(database, _secrets(own_keys))
            say(_of_secret_key(settings))


async def forget(settings: Settings, say: Say) -> None:
    """Accept the old secret key no more, where a file of ours holds it.

    Raises:
        StartError: something it needs cannot be used, or the settings hold the key.
    """
    if settings.secret_key is not None:
        raise StartError("SECRET_KEY is set: take SECRET_KEY_FALLBACKS out of every node, and restart it.")
    async with database_of(settings):
        with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
            SecretFile(secret_key_file(settings)).forget_others()
    say("The old SECRET_KEY is gone from the file: codes that were mailed under it work no more.")


def _secrets(own_keys: Keys) -> Secrets:
    return Secrets(own_keys.secret_keys, own_keys.totp_keys)


async def _check_nodes(database: Database, own_keys: Keys) -> None:
    """See that every node that is there accepts what comes first here."""
    secret_key, totp_key = ids_of(own_keys.secret_keys())[0], ids_of(own_keys.totp_keys())[0]
    for node in await seen_lately(database, utc_now()):
        for variable in _behind(node, secret_key, totp_key):
            raise StartError(BEHIND.format(node=node.name, variable=variable))


def _behind(node: Node, secret_key: str, totp_key: str) -> Iterator[str]:
    if totp_key not in node.totp_keys.split():
        yield "TOTP_KEYS"
    if secret_key not in node.secret_keys.split():
        yield "SECRET_KEY"


async def _rotate_totp_keys(database: Database, own_keys: Keys, say: Say) -> None:
    give_keys = own_keys.totp_keys
    key_file = give_keys if isinstance(give_keys, KeyFile) else None
    with key_file.rotation() if key_file else contextlib.nullcontext():
        vault = Vault(give_keys)
        resealed = 0
        while count := await reseal_all(database, vault):
            resealed += count
            await asyncio.sleep(SETTLE_SECONDS)
        await asyncio.sleep(SETTLE_SECONDS)
        resealed += await reseal_all(database, vault)
        # Before the old key goes: without one of the two, no start is possible any more.
        await replace_values(database, _secrets(own_keys))
    say(f"Sealed {resealed} secrets under the new key.")
    say(
        "The old key is gone from the file; it opens nothing any more."
        if key_file
        else "Take every key but the first out of TOTP_KEYS: they open nothing any more."
    )


def _of_secret_key(settings: Settings) -> str:
    if settings.secret_key is None:
        return STILL_ACCEPTED
    return FALLBACKS_TO_GO if settings.secret_key_fallbacks else HOW_TO_CHANGE
