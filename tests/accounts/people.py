"""A small world for account tests: the use cases on a fresh database, with a clock that tests move."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp
from cryptography.fernet import Fernet
from sqlalchemy import select

from sshauth.accounts import totp
from sshauth.accounts.lookup import CodeCheck
from sshauth.accounts.mails import Mails
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.registration import Enrolment, NewAccount, Registration
from sshauth.accounts.reset import NewPassword, PasswordReset
from sshauth.accounts.reset_codes import ResetCodes
from sshauth.accounts.signin import SignIn
from sshauth.accounts.throttle import Throttles
from sshauth.accounts.vault import Vault
from sshauth.db.engine import Database
from sshauth.db.tables import OutgoingMail
from sshauth.mail.messages import Place

SECRET_KEY = "a secret key of the tests, of no use elsewhere"
PASSWORD = "correct horse battery"
NEW_PASSWORD = "another long password"
HERE = Peer("192.0.2.1", user_name="ada", client="SSH-2.0-test")
ELSEWHERE = Peer("198.51.100.7")


@dataclass
class World:
    """The use cases, as ``runtime`` wires them."""

    database: Database
    now: datetime = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)
    passwords: Passwords = field(default_factory=Passwords)
    vault: Vault = field(default_factory=lambda: Vault([Fernet.generate_key().decode()]))
    mail_waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        codes = CodeCheck(self.vault)
        self.reset_codes = ResetCodes.under(SECRET_KEY)
        self.sign_in = SignIn(self.database, self.passwords, codes, self.clock)
        self.registration = Registration(self.database, self.passwords, self.vault, self.clock, "sshauth")
        self.reset = PasswordReset(
            self.database,
            self.passwords,
            codes,
            self.reset_codes,
            Throttles(SECRET_KEY),
            self.clock,
            code_lifetime=timedelta(minutes=10),
            mail_is_waiting=self.mail_waiting.set,
        )
        place = Place("sshauth", "ssh -p 2222 localhost", "SHA256:test")
        self.mails = Mails(self.database, self.reset_codes, place, self.clock)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    async def enrol(self, **changes: str) -> Enrolment:
        """Fill the Create account form."""
        return await self.registration.begin(form(**changes))

    async def register(self, **changes: str) -> "Person":
        """Create an account; its enrolment code is used up, so time moves on to the next."""
        enrolment = await self.enrol(**changes)
        person = Person(self, enrolment)
        person.identity = await self.registration.confirm(enrolment, person.code(), HERE)
        self.wait(30)
        return person

    async def mailed(self) -> list[OutgoingMail]:
        """Give what waits in the outbox, oldest first."""
        async with self.database.transaction() as session:
            return list((await session.execute(select(OutgoingMail).order_by(OutgoingMail.id))).scalars())

    async def mailed_code(self) -> str:
        """Give the reset code of the newest mail."""
        letter = await self.mails.write((await self.mailed())[-1])
        assert letter is not None
        return next(line for line in letter.content.text.split() if line.count("-") == 3)


@dataclass
class Person:
    """Somebody with an authenticator."""

    world: World
    enrolment: Enrolment
    identity: Identity | None = None

    def code(self, steps: int = 0) -> str:
        """Read a code off the authenticator, some time steps away from now."""
        step = totp.step_at(self.world.now) + steps
        return pyotp.TOTP(self.enrolment.secret).generate_otp(step)

    async def sign_in(
        self, *, login: str = "", password: str = PASSWORD, code: str | None = None, peer: Peer = HERE
    ) -> Identity:
        """Sign in, rightly unless told otherwise."""
        return await self.world.sign_in(
            login or self.enrolment.user_name, password, self.code() if code is None else code, peer
        )

    async def reset(self, reset_code: str, peer: Peer = HERE, **changes: str) -> None:
        """Fill the reset form, rightly unless told otherwise."""
        values = {
            "login": self.enrolment.user_name,
            "reset_code": reset_code,
            "code": self.code(),
            "password": NEW_PASSWORD,
            "repeat_password": changes.get("password", NEW_PASSWORD),
        }
        await self.world.reset.change(NewPassword(**(values | changes)), peer)


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
    return NewAccount(**(values | changes))
