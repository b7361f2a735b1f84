"""The only wiring: from settings to database, mail, accounts, and the server or the local app."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import asyncssh

from sshauth import keys
from sshauth.accounts.bundle import Accounts, Parts, Policy, put_together
from sshauth.accounts.clock import utc_now
from sshauth.accounts.mails import Mails
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer, TimeLimits
from sshauth.accounts.sealed_rows import opens, reseal_all, stored_samples
from sshauth.accounts.strength import Strength
from sshauth.accounts.upkeep import Retention
from sshauth.accounts.vault import Vault, VaultError
from sshauth.config import ConfigError, Settings
from sshauth.db.engine import Database, DatabaseError, in_one_sentence, open_database
from sshauth.db.migrate import upgrade
from sshauth.db.tables import OutgoingMail
from sshauth.files import NotPrivateError, make_private, reason_of
from sshauth.greeting import log_file, outbox, start_lines
from sshauth.logs import logging_to
from sshauth.mail.layout import Place
from sshauth.mail.queue import MailQueue
from sshauth.mail.transport import FileOutbox, SMTPTransport, Transport, compose
from sshauth.ssh import host_keys
from sshauth.ssh.hosting import isolate
from sshauth.ssh.server import Server, is_alive
from sshauth.tui.app import AuthApp

WRONG_KEYS = "TOTP_KEYS is not the key that the authenticators in this database were sealed with."
SETTLE_SECONDS = 2.0
"""After a rotation, until whoever sealed something under the old key a moment ago has written it."""

Say = Callable[[str], None]


class StartError(Exception):
    """The program cannot start; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that stands while the program runs."""

    settings: Settings
    database: Database
    accounts: Accounts
    keys: keys.Keys
    host_key: host_keys.HostKey
    transport: Transport
    mail_waiting: asyncio.Event

    def make_app(self, peer: Peer) -> AuthApp:
        """Make the app for a peer."""
        return AuthApp(self.accounts, peer, app_name=self.settings.app_name)


async def serve(settings: Settings, say: Say) -> None:
    """Serve over SSH until SIGTERM or SIGINT.

    Raises:
        StartError: something it needs cannot be used.
    """
    with _log(settings):
        async with _house(settings) as house:
            server = Server(house.make_app, house.host_key)
            with _sentence(f"Cannot listen on {settings.ssh_host}:{settings.ssh_port}"):
                port = await server.start(settings.ssh_host, settings.ssh_port)
            settings = settings.model_copy(update={"ssh_port": port})
            for line in start_lines(settings, house.host_key, house.database, house.keys):
                say(line)
            async with _at_work(house, settings):
                await _told_to_stop()
                say("Stopping.")
                await server.stop()


async def run_local(settings: Settings, say: Say) -> int:
    """Run the app in the present terminal, on the same database; return its exit status.

    Raises:
        StartError: something it needs cannot be used.
    """
    with _log(settings.model_copy(update={"log_to_stdout": False})):
        async with _house(settings) as house, _at_work(house, settings):
            app = house.make_app(Peer(address="this machine", client="local terminal"))
            isolate(app)
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, app.exit)
            await app.run_async()
            if app.return_value:
                say(app.return_value)
            return app.return_code or 0


async def upgrade_database(settings: Settings) -> tuple[str | None, str]:
    """Apply missing migrations; return the revision before and after.

    Raises:
        StartError: the database cannot be used.
    """
    with _sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
        database = open_database(settings.database)
    try:
        with _sentence(""):
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
    async with _database(settings) as (database, own_keys):
        give_keys = own_keys.totp_keys
        key_file = give_keys if isinstance(give_keys, keys.KeyFile) else None
        with (
            _sentence(f"Cannot use DATA_DIR ({settings.data_dir})"),
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


async def is_healthy(settings: Settings) -> bool:
    """Tell whether the server of these settings answers with its host key.

    Raises:
        StartError: the host key cannot be read.
    """
    path = settings.host_keys_dir / host_keys.FILE_NAME
    if not path.exists():
        raise StartError(
            f"There is no host key in HOST_KEYS_DIR ({settings.host_keys_dir}): was it ever started?"
        )
    with _sentence(f"Cannot use HOST_KEYS_DIR ({settings.host_keys_dir})"):
        host_key = host_keys.load_or_make(settings.host_keys_dir)
    return await is_alive(settings.ssh_host, settings.ssh_port, host_key)


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[Database, keys.Keys]]:
    """Open the database and the keys that suit it, migrations included; touch nothing if they do not."""
    with _sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
        database = open_database(settings.database)
    try:
        with _sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
            with in_one_sentence(database.name):
                samples = await stored_samples(database)
            own_keys = keys.load_or_make(settings, sealed_before=bool(samples))
        if not opens(Vault(own_keys.totp_keys), samples):
            raise StartError(WRONG_KEYS)
        with _sentence(""):
            await upgrade(database)
        yield database, own_keys
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def _house(settings: Settings) -> AsyncIterator[House]:
    """Open everything; close it at the end."""
    transport = _transport(settings)
    with _sentence(f"Cannot use HOST_KEYS_DIR ({settings.host_keys_dir})"):
        host_key = host_keys.load_or_make(settings.host_keys_dir)
    async with _database(settings) as (database, own_keys):
        passwords, strength = Passwords(), Strength(settings.app_name)
        mail_waiting = asyncio.Event()
        parts = Parts(
            database,
            Vault(own_keys.totp_keys),
            passwords,
            strength,
            utc_now,
            f"{socket.gethostname()}/{os.getpid()}"[:128],
            own_keys.secret_key,
            mail_waiting,
        )
        try:
            await strength.warm_up()
            accounts = put_together(parts, _policy(settings))
            yield House(settings, database, accounts, own_keys, host_key, transport, mail_waiting)
        finally:
            strength.close()
            passwords.close()


def _policy(settings: Settings) -> Policy:
    return Policy(
        app_name=settings.app_name,
        mail_goes_out=settings.mail is not None,
        reset_code_lifetime=timedelta(minutes=settings.reset_code_minutes),
        registrations_an_hour=settings.registrations_per_hour,
        registrations_unfinished=settings.registrations_unfinished,
        mails_an_hour=settings.mails_per_hour,
        limits=TimeLimits(
            idle=timedelta(minutes=settings.session_idle_minutes),
            absolute=timedelta(hours=settings.session_hours),
        ),
        retention=Retention(
            audit=timedelta(days=settings.audit_days),
            sessions=timedelta(days=settings.session_days),
            addresses=timedelta(days=settings.address_days),
        ),
    )


@contextlib.asynccontextmanager
async def _at_work(house: House, settings: Settings) -> AsyncIterator[None]:
    """Send mail, watch sessions and look after the tables in the background."""
    queue = _mail_queue(house, settings)
    watch = house.accounts.watch
    async with _in_background(queue.run(), watch.run(), house.accounts.upkeep.run()):
        yield
    await watch.close()


@contextlib.asynccontextmanager
async def _in_background(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _mail_queue(house: House, settings: Settings) -> MailQueue:
    """Make the sender of mail. It names the address that ``settings`` say people connect to."""
    place = Place(settings.app_name, settings.ssh_command, house.host_key.fingerprint)
    mails = Mails(house.database, house.accounts.mailed_codes, place, utc_now)

    async def render(mail: OutgoingMail) -> EmailMessage | None:
        letter = await mails.write(mail)
        if letter is None:
            return None
        return await asyncio.to_thread(
            compose,
            letter.content,
            sender=settings.sender,
            to=letter.to,
            now=utc_now(),
            message_id_domain=settings.public_host,
        )

    return MailQueue(house.database, house.transport, render, utc_now, house.mail_waiting)


def _transport(settings: Settings) -> Transport:
    if settings.mail is None:
        return FileOutbox(outbox(settings))
    try:
        return SMTPTransport(settings.mail)
    except ValueError as error:
        raise ConfigError([f"MAIL_USE_TLS or MAIL_USE_SSL must be on. {error}"]) from None


async def _told_to_stop() -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


@contextlib.contextmanager
def _log(settings: Settings) -> Iterator[None]:
    file = None if settings.log_to_stdout else log_file(settings)
    with contextlib.ExitStack() as stack:
        with _sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
            make_private(settings.data_dir)
            stack.enter_context(logging_to(file, settings.log_level))
        yield


@contextlib.contextmanager
def _sentence(about: str) -> Iterator[None]:
    """Turn what the operating system or the database says into one sentence for the operator."""
    try:
        yield
    except (DatabaseError, keys.KeyFileError, NotPrivateError) as error:
        raise StartError(f"{error}".rstrip(".") + ".") from None
    except VaultError as error:
        raise StartError(f"{WRONG_KEYS} Some were: {error}.") from None
    except OSError as error:
        raise StartError(f"{about}: {reason_of(error)}.") from None
    except asyncssh.KeyImportError as error:
        raise StartError(f"{about}: {error}.") from None
