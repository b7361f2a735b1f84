"""The only wiring: from settings to database, mail, accounts, and the server or the local app."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import asyncssh

from sshauth import keys
from sshauth.accounts.bundle import Accounts
from sshauth.accounts.clock import utc_now
from sshauth.accounts.lookup import CodeCheck
from sshauth.accounts.mails import Mails
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.accounts.registration import Registration
from sshauth.accounts.reset import PasswordReset
from sshauth.accounts.reset_codes import ResetCodes
from sshauth.accounts.signin import SignIn
from sshauth.accounts.throttle import Throttles
from sshauth.accounts.vault import Vault, opens_what_is_stored
from sshauth.config import ConfigError, Settings
from sshauth.db.engine import Database, DatabaseError, open_database
from sshauth.db.migrate import upgrade
from sshauth.db.tables import OutgoingMail
from sshauth.files import make_private, reason_of
from sshauth.greeting import log_file, outbox, start_lines
from sshauth.logs import logging_to
from sshauth.mail.messages import Place
from sshauth.mail.queue import MailQueue
from sshauth.mail.transport import FileOutbox, SMTPTransport, Transport, compose
from sshauth.ssh import host_keys
from sshauth.ssh.hosting import isolate
from sshauth.ssh.server import Server, is_alive
from sshauth.tui.app import AuthApp

Say = Callable[[str], None]


class StartError(Exception):
    """The program cannot start; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that stands while the program runs."""

    settings: Settings
    database: Database
    accounts: Accounts
    reset_codes: ResetCodes
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
            async with _sending_mail(house, settings):
                await _told_to_stop()
                say("Stopping.")
                await server.stop()


async def run_local(settings: Settings) -> int:
    """Run the app in the present terminal, on the same database; return its exit status.

    Raises:
        StartError: something it needs cannot be used.
    """
    with _log(settings.model_copy(update={"log_to_stdout": False})):
        async with _house(settings) as house, _sending_mail(house, settings):
            app = house.make_app(Peer(address="this machine", client="local terminal"))
            isolate(app)
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, app.exit)
            await app.run_async()
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
async def _house(settings: Settings) -> AsyncIterator[House]:
    """Open everything, migrations included; close it at the end."""
    transport = _transport(settings)
    with _sentence(f"Cannot use HOST_KEYS_DIR ({settings.host_keys_dir})"):
        host_key = host_keys.load_or_make(settings.host_keys_dir)
    with _sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
        own_keys = keys.load_or_make(settings)
        database = open_database(settings.database)
    passwords = Passwords()
    try:
        with _sentence(""):
            await upgrade(database)
        vault = Vault(own_keys.totp_keys)
        if not await opens_what_is_stored(database, vault):
            raise StartError(
                "TOTP_KEYS is not the key that the authenticators in this database were sealed with."
            )
        mail_waiting = asyncio.Event()
        codes, reset_codes = CodeCheck(vault), ResetCodes.under(own_keys.secret_key)
        accounts = Accounts(
            sign_in=SignIn(database, passwords, codes, utc_now),
            registration=Registration(database, passwords, vault, utc_now, settings.app_name),
            reset=PasswordReset(
                database,
                passwords,
                codes,
                reset_codes,
                Throttles(own_keys.secret_key),
                utc_now,
                code_lifetime=timedelta(minutes=settings.reset_code_minutes),
                mail_is_waiting=mail_waiting.set,
            ),
        )
        yield House(settings, database, accounts, reset_codes, own_keys, host_key, transport, mail_waiting)
    finally:
        passwords.close()
        await database.close()


@contextlib.asynccontextmanager
async def _sending_mail(house: House, settings: Settings) -> AsyncIterator[None]:
    """Send mail in the background. It names the address that ``settings`` say people connect to."""
    place = Place(settings.app_name, settings.ssh_command, house.host_key.fingerprint)
    mails = Mails(house.database, house.reset_codes, place, utc_now)

    async def render(mail: OutgoingMail) -> EmailMessage | None:
        letter = await mails.write(mail)
        if letter is None:
            return None
        return compose(
            letter.content,
            sender=settings.sender,
            to=letter.to,
            now=utc_now(),
            message_id_domain=settings.public_host,
        )

    queue = MailQueue(house.database, house.transport, render, utc_now, house.mail_waiting)
    sending = asyncio.create_task(queue.run())
    try:
        yield
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending


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
    except DatabaseError as error:
        raise StartError(str(error)) from None
    except OSError as error:
        raise StartError(f"{about}: {reason_of(error)}.") from None
    except asyncssh.KeyImportError as error:
        raise StartError(f"{about}: {error}.") from None
