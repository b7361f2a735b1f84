"""What the program stands on, whatever it does: its keys, the database brought up to date, the log."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import structlog

from sshauth import __version__, keys
from sshauth.accounts.check_values import SECRET_KEY, TOTP_KEYS, Secrets, adopt, ids_of, stored_values
from sshauth.accounts.clock import utc_now
from sshauth.accounts.entrance import Entrance, EntrancePolicy
from sshauth.accounts.nodes import About
from sshauth.accounts.sealed_rows import opens, stored_samples
from sshauth.accounts.vault import Vault, VaultError
from sshauth.config import ConfigError, Settings
from sshauth.db.engine import Database, DatabaseError, in_one_sentence, open_database
from sshauth.db.migrate import known_revision, upgrade
from sshauth.faults import FaultBox
from sshauth.files import NotPrivateError, make_private, reason_of
from sshauth.greeting import log_file, outbox
from sshauth.logs import WriteLine, logging_to
from sshauth.mail.transport import FileOutbox, SMTPTransport, Transport
from sshauth.motd import Motd
from sshauth.node_name import LONGEST as NAME_LENGTH
from sshauth.node_name import node_name
from sshauth.ssh.host_keys import HostKeys, KeptHostKeys
from sshauth.ssh.key_file import HostKeyError
from sshauth.ssh.limits import ConnectionLimits
from sshauth.start_warnings import of_host_keys, of_keys

WRONG_KEYS = "TOTP_KEYS is not the key that the authenticators in this database were sealed with."
OTHER_KEY = (
    "SECRET_KEY is not the one that this database has lived with. Give every node the same; if that one is "
    "lost, go on with this one: sshauth secrets rotate --lost"
)

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
    warnings: tuple[str, ...] = ()
    """What the operator should hear at the start."""

    def about(self) -> About:
        """Tell what the other nodes should know about this process."""
        host_keys = self.host_keys.now
        return About(
            name=node_name(),
            machine=socket.gethostname()[:NAME_LENGTH],
            version=__version__,
            host_key=host_keys.fingerprint,
            host_keys=tuple(key.fingerprint for key in host_keys.all),
            secret_keys=ids_of(self.keys.secret_keys()),
            totp_keys=ids_of(self.keys.totp_keys()),
        )

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
    transport = transport_of(settings)
    with sentence(f"Cannot use HOST_KEYS_DIR ({settings.host_keys_dir})"):
        # Making an RSA key takes seconds.
        kept = await asyncio.to_thread(KeptHostKeys, settings.host_keys_dir, rsa=settings.host_key_rsa)
    motd = Motd(settings.motd_file)
    with sentence(f"Cannot use MOTD_FILE ({settings.motd_file})"):
        await asyncio.to_thread(motd.read)
    async with database_of(settings) as (database, own_keys):
        below = Ground(database, own_keys, kept, transport, motd)
        with sentence(""), in_one_sentence(database.name):
            warnings = [*of_keys(settings, own_keys), *await of_host_keys(database, below.about(), utc_now())]
        yield replace(below, warnings=tuple(warnings))


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


@contextlib.asynccontextmanager
async def database_of(
    settings: Settings, *, secret_is_lost: bool = False
) -> AsyncIterator[tuple[Database, keys.Keys]]:
    """Open the database and the keys that suit it, migrations included; touch nothing if they do not.

    Raises:
        StartError: one of them cannot be used, or they do not go together.
    """
    with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
        database = open_database(settings.database)
    try:
        with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
            await known_revision(database)
            with in_one_sentence(database.name):
                samples, values = await stored_samples(database), await stored_values(database)
            own_keys = keys.load_or_make(
                settings,
                sealed_before=bool(samples) or TOTP_KEYS in values,
                secret_known=SECRET_KEY in values and not secret_is_lost,
            )
        if not opens(Vault(own_keys.totp_keys), samples):
            raise StartError(WRONG_KEYS)
        secrets = Secrets(own_keys.secret_keys, own_keys.totp_keys)
        expected = {name: values[name] for name in values if not (secret_is_lost and name == SECRET_KEY)}
        _refuse(secrets.wrong(expected))
        with sentence(""):
            await upgrade(database)
            with in_one_sentence(database.name):
                # Another node may have been there first, a moment ago.
                wrong = await adopt(database, secrets)
        if not secret_is_lost:
            _refuse(wrong)
        yield database, own_keys
    finally:
        await database.close()


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        raise StartError(OTHER_KEY if SECRET_KEY in wrong else WRONG_KEYS)


def entrance_of(settings: Settings) -> EntrancePolicy:
    """Say who may have an account."""
    return EntrancePolicy(
        Entrance(settings.registration),
        settings.registration_domains,
        settings.registration_contact or f"the people who run {settings.app_name}",
    )


def limits_of(settings: Settings) -> ConnectionLimits:
    """Give how many may connect."""
    return ConnectionLimits(
        per_minute=settings.connections_per_minute,
        per_source=settings.connections_per_source,
        strangers_per_source=settings.strangers_per_source,
        strangers=settings.strangers_in_all,
    )


def transport_of(settings: Settings) -> Transport:
    """Give the way out for mail.

    Raises:
        ConfigError: the settings of mail do not go together.
    """
    if settings.mail is None:
        return FileOutbox(outbox(settings))
    try:
        return SMTPTransport(settings.mail)
    except ValueError as error:
        raise ConfigError([f"MAIL_USE_TLS or MAIL_USE_SSL must be on. {error}"]) from None


@contextlib.contextmanager
def log_of(settings: Settings, faults: FaultBox | None = None) -> Iterator[WriteLine]:
    """Log as the settings say, until the end; give what writes lines of other processes.

    Errors are put into the box as well.

    Raises:
        StartError: the log cannot be written.
    """
    file = None if settings.log_to_stdout else log_file(settings)
    with contextlib.ExitStack() as stack:
        with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
            make_private(settings.data_dir)
            write_line = stack.enter_context(logging_to(file, settings.log_level, faults))
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
