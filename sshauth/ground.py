"""What the program stands on, whatever it does: its keys, the database brought up to date, the log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import structlog

from sshauth import keys
from sshauth.accounts.sealed_rows import opens, reseal_all, stored_samples
from sshauth.accounts.vault import Vault, VaultError
from sshauth.config import ConfigError, Settings
from sshauth.db.engine import Database, DatabaseError, in_one_sentence, open_database
from sshauth.db.migrate import upgrade
from sshauth.files import NotPrivateError, make_private, reason_of
from sshauth.greeting import log_file, outbox
from sshauth.logs import WriteLine, logging_to
from sshauth.mail.transport import FileOutbox, SMTPTransport, Transport
from sshauth.motd import Motd
from sshauth.ssh.host_keys import HostKeys, KeptHostKeys
from sshauth.ssh.key_file import HostKeyError
from sshauth.ssh.limits import ConnectionLimits

WRONG_KEYS = "TOTP_KEYS is not the key that the authenticators in this database were sealed with."
SETTLE_SECONDS = 2.0
"""After a rotation, until whoever sealed something under the old key a moment ago has written it."""

Say = Callable[[str], None]

log = structlog.get_logger(__name__)


class StartError(Exception):
    """The program cannot start; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on. What is missing of it was made, and the database is up to date."""

    database: Database
    keys: keys.Keys
    host_keys: KeptHostKeys
    transport: Transport
    motd: Motd

    async def motd_again(self) -> None:
        """Read the operator's words again; they stay as they were where that cannot be done."""
        try:
            await asyncio.to_thread(self.motd.read)
        except OSError as error:
            log.error("motd.not_reloaded", reason=reason_of(error))  # noqa: TRY400 - the sentence is enough

    async def host_keys_again(self) -> HostKeys | None:
        """Read the host keys again; None, and all stays as it was, where they cannot be used."""
        try:
            # An RSA key is checked when it is read, for 80 ms.
            read = await asyncio.to_thread(self.host_keys.read_again)
        except (HostKeyError, OSError) as error:
            log.error("host_keys.not_reloaded", reason=str(error))  # noqa: TRY400 - the sentence is enough
            return None
        log.info("host_keys.reloaded", fingerprint=read.fingerprint)
        return read


@contextlib.asynccontextmanager
async def ground(settings: Settings) -> AsyncIterator[Ground]:
    """Make sure of what everything stands on; close it at the end.

    Raises:
        StartError: something it needs cannot be used.
        ConfigError: the settings do not go together.
    """
    transport = _transport(settings)
    with sentence(f"Cannot use HOST_KEYS_DIR ({settings.host_keys_dir})"):
        # Making an RSA key takes seconds.
        kept = await asyncio.to_thread(KeptHostKeys, settings.host_keys_dir, rsa=settings.host_key_rsa)
    motd = Motd(settings.motd_file)
    with sentence(f"Cannot use MOTD_FILE ({settings.motd_file})"):
        await asyncio.to_thread(motd.read)
    async with database_of(settings) as (database, own_keys):
        yield Ground(database, own_keys, kept, transport, motd)


async def upgrade_database(settings: Settings) -> tuple[str | None, str]:
    """Apply missing migrations; return the revision before and after.

    Raises:
        StartError: the database cannot be used.
    """
    with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
        database = open_database(settings.database)
    try:
        with sentence(""):
            return await upgrade(database)
    finally:
        await database.close()


async def rotate_secrets(settings: Settings, say: Say) -> None:
    """Seal every authenticator's secret anew, while the service runs, and say how far it came.

    Keys of a file are rotated whole: a new one is put first, then the old ones go. Of TOTP_KEYS the first
    seals; the others have no use afterwards.

    Raises:
        StartError: something it needs cannot be used, or a secret opens with none of the keys.
    """
    async with database_of(settings) as (database, own_keys):
        give_keys = own_keys.totp_keys
        key_file = give_keys if isinstance(give_keys, keys.KeyFile) else None
        with (
            sentence(f"Cannot use DATA_DIR ({settings.data_dir})"),
            key_file.rotation() if key_file else contextlib.nullcontext(),
            in_one_sentence(database.name),
        ):
            vault = Vault(give_keys)
            resealed = 0
            while count := await reseal_all(database, vault):
                resealed += count
                await asyncio.sleep(SETTLE_SECONDS)
            await asyncio.sleep(SETTLE_SECONDS)
            resealed += await reseal_all(database, vault)
        say(f"Sealed {resealed} secrets under the new key.")
        say(
            "The old key is gone from the file; it opens nothing any more."
            if key_file
            else "Take every key but the first out of TOTP_KEYS: they open nothing any more."
        )


@contextlib.asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[tuple[Database, keys.Keys]]:
    """Open the database and the keys that suit it, migrations included; touch nothing if they do not.

    Raises:
        StartError: one of them cannot be used, or they do not go together.
    """
    with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
        database = open_database(settings.database)
    try:
        with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
            with in_one_sentence(database.name):
                samples = await stored_samples(database)
            own_keys = keys.load_or_make(settings, sealed_before=bool(samples))
        if not opens(Vault(own_keys.totp_keys), samples):
            raise StartError(WRONG_KEYS)
        with sentence(""):
            await upgrade(database)
        yield database, own_keys
    finally:
        await database.close()


def limits_of(settings: Settings) -> ConnectionLimits:
    """Give how many may connect."""
    return ConnectionLimits(
        per_minute=settings.connections_per_minute,
        per_source=settings.connections_per_source,
        strangers_per_source=settings.strangers_per_source,
        strangers=settings.strangers_in_all,
    )


def _transport(settings: Settings) -> Transport:
    if settings.mail is None:
        return FileOutbox(outbox(settings))
    try:
        return SMTPTransport(settings.mail)
    except ValueError as error:
        raise ConfigError([f"MAIL_USE_TLS or MAIL_USE_SSL must be on. {error}"]) from None


@contextlib.contextmanager
def log_of(settings: Settings) -> Iterator[WriteLine]:
    """Log as the settings say, until the end; give what writes lines of other processes.

    Raises:
        StartError: the log cannot be written.
    """
    file = None if settings.log_to_stdout else log_file(settings)
    with contextlib.ExitStack() as stack:
        with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
            make_private(settings.data_dir)
            write_line = stack.enter_context(logging_to(file, settings.log_level))
        yield write_line


@contextlib.contextmanager
def sentence(about: str) -> Iterator[None]:
    """Turn what the operating system or the database says into one sentence for the operator.

    Raises:
        StartError: something was said.
    """
    try:
        yield
    except (DatabaseError, keys.KeyFileError, HostKeyError, NotPrivateError) as error:
        words = str(error)
        # What ends with a line to type ends there.
        raise StartError(words if "\n" in words else f"{words.rstrip('.')}.") from None
    except VaultError as error:
        raise StartError(f"{WRONG_KEYS} Some were: {error}.") from None
    except OSError as error:
        raise StartError(f"{about}: {reason_of(error)}.") from None
