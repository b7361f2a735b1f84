"""A small world for account tests: the use cases on a fresh database, with a clock that tests move."""

import asyncio
import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pyotp
from argon2.profiles import CHEAPEST
from cryptography.fernet import Fernet
from sqlalchemy import delete, select

from sshauth.accounts import totp
from sshauth.accounts.bundle import Accounts, Parts, Policy, put_together
from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.keyed_hash import SecretKey
from sshauth.accounts.mails import Letter, Mails
from sshauth.accounts.new_account import NewAccount
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Identity, Peer, ProvenKey
from sshauth.accounts.reset import NewPassword
from sshauth.accounts.strength import Strength
from sshauth.accounts.vault import Vault
from sshauth.db.engine import Database
from sshauth.db.tables import AuditEvent, OutgoingMail, SessionRow, Table, User
from sshauth.mail.layout import Place
from tests.support.secrets import note

SECRET_KEY = "a secret key of the tests, of no use elsewhere"
PASSWORD = "correct horse battery"
NEW_PASSWORD = "another long passphrase"
CHEAP = replace(CHEAPEST, version=19)
"""What hashes cost where hashing is not what is tested."""
HERE = Peer("192.0.2.1", user_name="ada", client="SSH-2.0-test")
ELSEWHERE = Peer("198.51.100.7")
OFFICE = Peer("203.0.113.9", client="SSH-2.0-office")
T = TypeVar("T", bound=Table)
MAILED_CODE = re.compile(r"^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}$", re.MULTILINE)


@dataclass
class World:
    """The use cases, as ``runtime`` wires them. Registering is not limited: that has tests of its own."""

    database: Database
    now: datetime = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)
    passwords: Passwords = field(default_factory=lambda: Passwords(parameters=CHEAP))
    strength: Strength = field(default_factory=lambda: Strength("sshauth"))
    key: str = field(default_factory=lambda: Fernet.generate_key().decode(), repr=False)
    mail_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    policy: Policy = field(
        default_factory=lambda: Policy(
            "sshauth", mail_goes_out=False, registrations_an_hour=1000, registrations_unfinished=1000
        )
    )
    node: str = "node/1"

    def __post_init__(self) -> None:
        self.vault = Vault(lambda: [self.key])
        self.accounts = self.another_node(self.node)
        place = Place("sshauth", "ssh -p 2222 localhost", "SHA256:test")
        self.mails = Mails(self.database, self.accounts.mailed_codes, place, self.clock)

    def another_node(self, node: str, secret_key: SecretKey = SECRET_KEY) -> Accounts:
        """Give the use cases as another process on the same database has them."""
        parts = Parts(
            self.database,
            self.vault,
            self.passwords,
            self.strength,
            self.clock,
            node,
            secret_key,
            self.mail_waiting,
        )
        return put_together(parts, self.policy)

    def use(self, **changes: object) -> None:
        """Take up another policy, as after a restart with other settings."""
        self.policy = replace(self.policy, **changes)  # type: ignore[arg-type]  # any of its fields
        self.accounts = self.another_node(self.node)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    async def enrol(self, peer: Peer = HERE, **changes: str) -> Enrolment:
        """Fill the Create account form."""
        return await self.accounts.registration.begin(form(**changes), peer)

    async def register(self, peer: Peer = HERE, **changes: str) -> "Person":
        """Create an account; its enrolment code is used up, so time moves on to the next."""
        enrolment = await self.enrol(peer, **changes)
        if not enrolment.address_confirmed:
            await self.accounts.registration.confirm_address(enrolment, await self.mailed_code(), peer)
        person = Person(self, enrolment)
        registered = await self.accounts.registration.confirm(enrolment, person.code(), peer)
        person.identity, person.recovery_codes = registered.identity, registered.recovery_codes
        note(enrolment.secret, *person.recovery_codes)
        self.wait(30)
        return person

    async def mailed(self) -> list[OutgoingMail]:
        """Give what waits in the outbox, oldest first."""
        return await self.rows(OutgoingMail)

    async def kinds_mailed(self) -> list[str]:
        """Give the kinds of what waits in the outbox, oldest first."""
        return [mail.kind for mail in await self.mailed()]

    async def letters(self) -> list[Letter | None]:
        """Write all mails that wait in the outbox."""
        return [await self.mails.write(mail) for mail in await self.mailed()]

    async def mailed_code(self) -> str:
        """Give the code in the newest mail that has one."""
        for letter in reversed(await self.letters()):
            if letter is not None and (found := MAILED_CODE.search(letter.content.text)):
                note(found[0])
                return found[0]
        raise AssertionError("no code was mailed")

    async def rows(self, table: type[T]) -> list[T]:
        """Give all rows of a table, by key."""
        async with self.database.transaction() as session:
            found = await session.execute(select(table).order_by(*table.__mapper__.primary_key))
            return list(found.scalars())

    async def audited(self) -> list[str]:
        """Give the kinds of audit events, oldest first."""
        return [event.kind for event in await self.rows(AuditEvent)]

    async def live(self) -> list[SessionRow]:
        """Give the live sessions of everybody."""
        return [row for row in await self.rows(SessionRow) if row.ended_at is None]

    async def administrator(self, user_name: str = "chief") -> Identity:
        """Give an administrator who has confirmed a moment ago, and has no way to sign in again."""
        identity = Identity(uuid.uuid4(), user_name, "Grace", uuid.uuid4(), None, is_admin=True)
        email = f"{user_name}@example.org"
        async with self.database.transaction() as session:
            session.add(
                User(
                    id=identity.user_id, user_name=user_name, user_name_canonical=user_name,
                    email=email, email_canonical=email, first_name="Grace", last_name="Hopper",
                    password_hash="none that opens", is_admin=True, created_at=self.now,
                )
            )  # fmt: skip
            await session.flush()
            session.add(
                SessionRow(
                    id=identity.session_id, user_id=identity.user_id, address=OFFICE.address, client="",
                    node="node/0", started_at=self.now, last_input_at=self.now, seen_at=self.now,
                    confirmed_at=self.now,
                )
            )  # fmt: skip
        return identity

    async def disable(self, user_name: str) -> None:
        """Have an administrator disable an account, and go."""
        await self._set_disabled(user_name, disabled=True)

    async def enable(self, user_name: str) -> None:
        """Have an administrator enable an account, and go."""
        await self._set_disabled(user_name, disabled=False)

    async def _set_disabled(self, user_name: str, *, disabled: bool) -> None:
        administration = self.accounts.administration
        admin, user = await self.administrator("office"), await self.user(user_name)
        await (administration.disable if disabled else administration.enable)(admin, user.id, OFFICE)
        async with self.database.transaction() as session:
            await session.execute(delete(User).where(User.id == admin.user_id))

    async def user(self, user_name: str = "ada") -> User:
        """Give somebody's row."""
        return next(user for user in await self.rows(User) if user.user_name == user_name)


@dataclass
class Person:
    """Somebody with an authenticator."""

    world: World
    enrolment: Enrolment
    identity: Identity = field(init=False)
    recovery_codes: tuple[str, ...] = field(init=False, default=())

    @property
    def user_name(self) -> str:
        return self.enrolment.user_name

    def code(self, steps: int = 0) -> str:
        """Read a code off the authenticator, some time steps away from now."""
        step = totp.step_at(self.world.now) + steps
        code = pyotp.TOTP(self.enrolment.secret).generate_otp(step)
        note(code)
        return code

    def wrong_code(self) -> str:
        """Give six digits that the authenticator shows neither now nor soon, nor showed lately."""
        near = {self.code(steps) for steps in range(-12, 13)}
        return next(code for code in map("{:06}".format, range(100)) if code not in near)

    async def sign_in(
        self, *, login: str = "", password: str = PASSWORD, code: str | None = None, peer: Peer = HERE
    ) -> Identity:
        """Sign in, rightly unless told otherwise."""
        note(password)
        return await self.world.accounts.sign_in(
            login or self.user_name, password, self.code() if code is None else code, peer
        )

    async def sign_in_by_key(self, *, code: str | None = None, peer: Peer) -> Identity:
        """Sign in with the key of a connection and a code, rightly unless told otherwise."""
        return await self.world.accounts.sign_in.by_key(self.code() if code is None else code, peer)

    async def remember(self, peer: Peer) -> Identity:
        """Sign in, have the key of the connection remembered, and let the next code come."""
        sign_in = self.world.accounts.sign_in
        identity = await sign_in(self.user_name, PASSWORD, self.code(), peer, remember_key=True)
        self.world.wait(30)
        return identity

    async def confirm_it_is_me(self, *, password: str = PASSWORD, peer: Peer = HERE) -> None:
        """Confirm with password and the present code, and let the next one come."""
        await self.world.accounts.confirmation(self.identity, password, self.code(), peer)
        self.world.wait(30)

    async def sign_in_elsewhere(self, node: str = "node/2") -> "SessionElsewhere":
        """Sign in to another process on the same database, and let the next code come."""
        accounts = self.world.another_node(node)
        identity = await accounts.sign_in(self.user_name, PASSWORD, self.code(), ELSEWHERE)
        self.world.wait(30)
        return SessionElsewhere(accounts, identity)

    async def reset(self, reset_code: str, peer: Peer = HERE, **changes: str) -> None:
        """Fill the reset form, rightly unless told otherwise."""
        values = {
            "login": self.user_name,
            "reset_code": reset_code,
            "code": self.code(),
            "password": NEW_PASSWORD,
            "repeat_password": changes.get("password", NEW_PASSWORD),
        }
        note(reset_code, values["password"], changes.get("password", ""))
        await self.world.accounts.reset.change(NewPassword(**(values | changes)), peer)


class Listening:
    """Hears what becomes of a session."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def session_ended(self, words: str) -> None:
        self.heard.append(words)

    def announced(self, words: str) -> None:
        self.heard.append(f"announced: {words}")

    def database_lost(self) -> None:
        self.heard.append("lost")

    def database_back(self) -> None:
        self.heard.append("back")


class SessionElsewhere(Listening):
    """A session in another process, watched there."""

    def __init__(self, accounts: Accounts, identity: Identity, peer: Peer = ELSEWHERE) -> None:
        super().__init__()
        self.accounts = accounts
        self.identity = identity
        self.live = accounts.watch.join(identity, peer, self)

    async def told(self) -> list[str]:
        """Give what the person has heard after one beat."""
        await self.accounts.watch.beat()
        await asyncio.gather(*self.accounts.watch._telling)
        return self.heard


def with_key(peer: Peer = HERE, number: int = 1) -> Peer:
    """Give somebody's connection with one of many keys."""
    return replace(peer, key=ProvenKey("ssh-ed25519", f"SHA256:{number:043}"))


def form(**changes: str) -> NewAccount:
    """Give a filled Create account form."""
    values = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "user_name": "ada",
        "email": "ada@example.org",
        "password": PASSWORD,
        "repeat_password": changes.get("password", PASSWORD),
    }
    note(changes.get("password", PASSWORD))
    return NewAccount(**(values | changes))
