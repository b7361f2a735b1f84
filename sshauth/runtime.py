"""The wiring: from settings to database, mail and accounts, for whatever serves people."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from functools import partial

from sshauth.accounts.bundle import Accounts, Parts, Policy, put_together
from sshauth.accounts.clock import utc_now
from sshauth.accounts.mails import Mails
from sshauth.accounts.nodes import Nodes
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer, TimeLimits
from sshauth.accounts.strength import Strength
from sshauth.accounts.upkeep import Retention
from sshauth.accounts.vault import Vault
from sshauth.background import in_background
from sshauth.config import Settings
from sshauth.db.tables import OutgoingMail
from sshauth.fault_mails import mail_faults
from sshauth.faults import FaultBox
from sshauth.ground import Ground, entrance_of, ground, sentence
from sshauth.mail.layout import Place
from sshauth.mail.queue import MailQueue
from sshauth.mail.transport import compose
from sshauth.meters import Meters
from sshauth.node_name import node_name
from sshauth.plain.app import PlainApp
from sshauth.ssh.admission import Admission
from sshauth.ssh.hall import SignedIn
from sshauth.ssh.host_keys import load as load_host_keys
from sshauth.ssh.server import Server, is_alive
from sshauth.tui.app import AuthApp
from sshauth.tui.recognise import recognise


@dataclass(slots=True)
class Outside:
    """What a tunnel's relay has told."""

    command: str = ""
    """What people type to connect from outside; blank: what the settings say."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that stands while the program runs."""

    settings: Settings
    accounts: Accounts
    ground: Ground
    mail_waiting: asyncio.Event
    meters: Meters
    outside: Outside = field(default_factory=Outside)

    def reached_by(self, command: str) -> None:
        """Learn the command that people connect with from outside: mails name it from now on."""
        self.outside.command = command

    async def make_app(self, peer: Peer, signed_in: SignedIn) -> AuthApp:
        """Make the app for a peer, whose key may be known here."""
        recognised = await recognise(self.accounts.ssh_keys, peer)
        return AuthApp(
            self.accounts,
            peer,
            app_name=self.settings.app_name,
            motd=self.ground.motd.text,
            recognised=recognised,
            signed_in=signed_in,
        )

    async def make_plain_app(self, peer: Peer, signed_in: SignedIn) -> PlainApp:
        """Make the app for a peer who sees no screens."""
        whose_key = partial(recognise, self.accounts.ssh_keys, peer)
        return PlainApp(
            self.accounts,
            peer,
            app_name=self.settings.app_name,
            motd=self.ground.motd.text,
            recognised=await whose_key(),
            recognise=whose_key,
            signed_in=signed_in,
        )

    def server(self, admission: Admission) -> Server:
        """Make the server of this house."""
        return Server(
            self.make_app,
            self.make_plain_app,
            self.ground.host_keys.now,
            admission=admission,
            proxy_from=self.settings.proxy_from,
            meters=self.meters,
        )

    async def reload(self, server: Server) -> None:
        """Take the host keys and the operator's words over as they are now, where they can be used."""
        await self.ground.motd_again()
        read = await self.ground.host_keys_again()
        if read is not None:
            server.reload(read)


async def is_healthy(settings: Settings) -> bool:
    """Tell whether the server of these settings answers with its host key.

    Raises:
        StartError: the host key cannot be read.
    """
    with sentence(f"Cannot use HOST_KEYS_DIR ({settings.host_keys_dir})"):
        known = load_host_keys(settings.host_keys_dir, rsa=settings.host_key_rsa)
    return await is_alive(settings.ssh_host, settings.ssh_port, known)


@contextlib.asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Open everything; close it at the end.

    Raises:
        StartError: something it needs cannot be used.
        ConfigError: the settings do not go together.
    """
    async with ground(settings) as below:
        database, own_keys = below.database, below.keys
        meters = Meters()
        passwords, strength = Passwords(waited=meters.hash_waits.add), Strength(settings.app_name)
        mail_waiting = asyncio.Event()
        parts = Parts(
            database,
            Vault(own_keys.totp_keys),
            passwords,
            strength,
            utc_now,
            node_name(),
            own_keys.secret_keys,
            mail_waiting,
            meters,
        )
        try:
            await strength.warm_up()
            accounts = put_together(parts, _policy(settings))
            meters.levels |= {
                "signed_in": lambda: accounts.watch.count,
                "hashes_waiting": lambda: passwords.waiting,
            }
            # From here on there are people, who are told to wait.
            database.is_waited_for = True
            yield House(settings, accounts, below, mail_waiting, meters)
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
        entrance=entrance_of(settings),
        invitation_lifetime=timedelta(days=settings.invitation_days),
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
async def at_work(house: House, settings: Settings, faults: FaultBox | None = None) -> AsyncIterator[None]:
    """Send mail, watch sessions, look after the tables and mail about faults in the background.

    The mails name the address that ``settings`` say people connect to, when the port is known.
    """
    queue = _mail_queue(house, settings)
    watch = house.accounts.watch
    nodes = Nodes(house.ground.database, utc_now, house.ground.about)
    mailing = mail_faults(
        faults,
        settings.admins,
        house.ground.database,
        house.ground.keys.secret_keys,
        house.mail_waiting.set,
    )
    async with in_background(queue.run(), watch.run(), nodes.run(), house.accounts.upkeep.run(), mailing):
        yield
    await watch.close()
    await nodes.close()


def _mail_queue(house: House, settings: Settings) -> MailQueue:
    """Make the sender of mail. It names the address that ``settings`` say people connect to."""

    async def render(mail: OutgoingMail) -> EmailMessage | None:
        command = house.outside.command or settings.ssh_command
        place = Place(settings.app_name, command, house.ground.host_keys.now.fingerprint)
        mails = Mails(house.ground.database, house.accounts.mailed_codes, place, utc_now)
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

    return MailQueue(house.ground.database, house.ground.transport, render, utc_now, house.mail_waiting)
