"""What a state machine of accounts does things with: the use cases, the model, and somebody's hands."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TypeVar

import pyotp
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import delete

from sshauth.accounts import totp
from sshauth.accounts.errors import AccountError, TooManyTries
from sshauth.accounts.outbox import MailKind
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.accounts.recovery_codes import new_codes
from sshauth.accounts.reset import NewPassword
from sshauth.accounts.strength import Strength
from sshauth.db.engine import open_database
from sshauth.db.tables import OutgoingMail
from tests.accounts.model import Account, Model, Refusal, Reset, Session
from tests.accounts.people import MAILED_CODE, World

T = TypeVar("T")
NOBODY = 11
KEYS = [ProvenKey("ssh-ed25519", f"SHA256:{number:043}") for number in (1, 2)]


class AccountMachine(RuleBasedStateMachine):
    """The use cases on a fresh database, driven by one event loop, and the model beside them."""

    def __init__(self, url: str, hashing: Passwords, strength: Strength) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = open_database(url)
        self.world = World(self.database, passwords=hashing, strength=strength)
        self.world.use(mails_an_hour=100_000)
        self.model = Model()
        self.accounts: list[Account] = []
        self.sessions: list[tuple[Account, Session]] = []
        self.new_passwords = (f"a long passphrase, number {number}" for number in count(1))

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()

    def run(self, work: Awaitable[T]) -> T:
        return self.runner.run(_awaiting(work))

    def do(self, work: Awaitable[T], expected: Refusal | None) -> T | None:
        """Do something that must end as expected."""
        try:
            result = self.run(work)
        except AccountError as error:
            wait = error.wait if isinstance(error, TooManyTries) else None
            assert Refusal(type(error), wait) == expected
            return None
        assert expected is None
        return result

    def sign_in(
        self, account: Account | None, password: str, code: str, peer: Peer, *, remember: bool = False
    ) -> None:
        name = account.user_name if account else "nobody"
        expected = self.model.judge(account, name, password, code, peer, self.world.now)
        sign_in = self.world.accounts.sign_in
        identity = self.do(sign_in(name, password, code, peer, remember_key=remember), expected)
        if account and identity:
            account.known.add(peer.source)
            if remember and peer.key and self.owner_of(peer.key) is None:
                account.keys.add(peer.key.fingerprint)
            self.enter(account, Session(identity, peer))

    def owner_of(self, key: ProvenKey) -> Account | None:
        return next((account for account in self.accounts if key.fingerprint in account.keys), None)

    def sign_in_by_key(self, key: ProvenKey, code: str, peer: Peer) -> None:
        """Sign in without a password, from wherever, with a key that somebody's account may remember."""
        account, with_it = self.owner_of(key), replace(peer, key=key)
        expected = self.model.judge(account, key.fingerprint, None, code, with_it, self.world.now)
        recognised = self.run(self.world.accounts.ssh_keys.recognise(with_it))
        in_use = account and not account.disabled
        assert (recognised and recognised.user_name) == (account.user_name if account and in_use else None)
        identity = self.do(self.world.accounts.sign_in.by_key(code, with_it), expected)
        if account and identity:
            account.known.add(peer.source)
            self.enter(account, Session(identity, with_it))

    def confirm(self, account: Account, session: Session, password: str, code: str) -> None:
        """Confirm in a session that may be over."""
        expected = self.model.judge(
            None if account.deleted else account,
            str(account.id),
            password,
            code,
            session.peer,
            self.world.now,
            gone=session.identity.session_id not in account.live,
        )
        self.do(self.world.accounts.confirmation(session.identity, password, code, session.peer), expected)
        if expected is None:
            session.confirmed_at = self.world.now

    def ask_for_reset(self, account: Account | None, peer: Peer) -> None:
        """Ask for a reset, and read the mail if one must have come."""
        now = self.world.now
        self.run(self.world.accounts.reset.request(account.email if account else "nobody", peer))
        mailed = self.run(self.take_mailed_codes())
        if account is None or not self.model.is_mailed(account, peer, now):
            assert mailed == []
            return
        reset = account.live_reset(now)
        if reset and reset.source != peer.source and now < reset.last_asked_at + timedelta(minutes=2):
            assert mailed == [reset.code]
            reset.source, reset.last_asked_at = peer.source, now
        else:
            (code,) = mailed
            account.begin_reset(Reset(code, peer.source, now, now))

    def reset(self, account: Account, reset_code: str, code: str, peer: Peer) -> None:
        """Fill the form that sets a new password."""
        password = next(self.new_passwords)
        expected = self.model.judge_reset(account, reset_code, code, peer, self.world.now)
        form = NewPassword(account.user_name, reset_code, code, password, password)
        self.do(self.world.accounts.reset.change(form, peer), expected)
        if expected is None:
            account.set_password(password)
            account.keys.clear()
            account.live.clear()
            account.known.add(peer.source)

    def enter(self, account: Account, session: Session) -> None:
        account.live[session.identity.session_id] = session
        self.sessions.append((account, session))

    def account(self, who: int) -> Account | None:
        """Pick an account, now and then none."""
        return self.accounts[who % len(self.accounts)] if self.accounts and who != NOBODY else None

    def session(self, which: int) -> tuple[Account, Session]:
        """Pick a session, more often a live one."""
        live = [(account, each) for account in self.accounts for each in account.live.values()]
        sessions = live if live and which % 4 else self.sessions
        return sessions[which % len(sessions)]

    def password(self, account: Account | None, kind: str) -> str:
        if kind == "right" and account:
            return account.password
        return (
            account.old_passwords[-1] if kind == "old" and account and account.old_passwords else "wrong one"
        )

    def code(self, account: Account | None, kind: str) -> str:
        secret = account.secret if account else totp.new_secret()
        if kind in {"fresh", "early", "late"}:
            return self.shown(secret, {"fresh": 0, "early": 5, "late": -5}[kind])
        if kind == "recovery" and account and account.recovery_codes:
            return account.recovery_codes[0]
        if kind == "used recovery" and account and account.used_codes:
            return account.used_codes[-1]
        if kind == "repeated" and account:
            return pyotp.TOTP(secret).generate_otp(account.last_step)
        return self.wrong(secret) if kind == "wrong" else new_codes()[0]

    def shown(self, secret: str, steps: int) -> str:
        return pyotp.TOTP(secret).generate_otp(totp.step_at(self.world.now) + steps)

    def wrong(self, secret: str) -> str:
        right = {self.shown(secret, steps) for steps in range(-10, 11)}
        return next(code for code in map("{:06}".format, range(100)) if code not in right)

    def reset_code(self, account: Account, kind: str) -> str:
        if kind == "right" and account.reset:
            return account.reset.code
        return account.old_reset_codes[-1] if kind == "used" and account.old_reset_codes else "ABCD-EFGH"

    async def take_mailed_codes(self) -> list[str]:
        """Empty the outbox, and read the reset codes in its mails."""
        letters = [
            await self.world.mails.write(mail)
            for mail in await self.world.mailed()
            if mail.kind == MailKind.RESET_CODE
        ]
        async with self.database.transaction() as session:
            await session.execute(delete(OutgoingMail))
        return [
            found[0]
            for letter in letters
            if letter
            for found in [MAILED_CODE.search(letter.content.text)]
            if found
        ]


async def _awaiting(work: Awaitable[T]) -> T:
    return await work
