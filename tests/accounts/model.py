"""A small model of accounts: what must be refused, with which words and wait, and what accepted. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sshauth.accounts import totp
from sshauth.accounts.errors import (
    AccountError,
    ClockOff,
    CodeAlreadyUsed,
    ConfirmationNeeded,
    GoneAway,
    ResetCodeWrong,
    SignInRefused,
    TooManyTries,
    WrongCode,
)
from sshauth.accounts.peer import Identity, Peer
from sshauth.accounts.recovery_codes import looks_like_one
from tests.accounts.model_counters import HOUR, MINUTE, Counters, Window, count, wait_of

STRANGERS = "strangers"


@dataclass(frozen=True)
class Refusal:
    """An error that must come, and the wait that it must tell."""

    error: type[AccountError]
    wait: timedelta | None = None


@dataclass
class Reset:
    """A reset that is under way."""

    code: str
    source: str
    asked_at: datetime
    last_asked_at: datetime
    tries: Window = field(default_factory=lambda: Window(5, HOUR))


@dataclass
class Session:
    """A session, from where it is, and when it last confirmed."""

    identity: Identity
    peer: Peer
    confirmed_at: datetime | None = None


@dataclass
class Account:
    """What is known of an account."""

    id: UUID
    user_name: str
    email: str
    password: str
    secret: str
    last_step: int
    recovery_codes: list[str]
    known: set[str]
    keys: set[str] = field(default_factory=set)
    generation: int = 1
    disabled: bool = False
    deleted: bool = False
    reset: Reset | None = None
    live: dict[UUID, Session] = field(default_factory=dict)
    old_passwords: list[str] = field(default_factory=list)
    old_reset_codes: list[str] = field(default_factory=list)
    used_codes: list[str] = field(default_factory=list)
    used_steps: set[tuple[str, int]] = field(default_factory=set)

    def place_of(self, peer: Peer) -> str:
        if peer.key and peer.key.fingerprint in self.keys:
            return peer.key.fingerprint
        return peer.source if peer.source in self.known else STRANGERS

    def judge_code(self, code: str, now: datetime) -> str:
        """Say what a code is: "right", "used", "off" or "wrong"."""
        if looks_like_one(code):
            return "right" if code in self.recovery_codes else "wrong"
        step = totp.matching_step(self.secret, code, now)
        if step is None:
            return "wrong"
        if step <= self.last_step:
            return "used"
        return "right" if abs(step - totp.step_at(now)) <= 1 else "off"

    def use_up(self, code: str, now: datetime) -> None:
        """Write down that a code was accepted, which must not happen twice."""
        if looks_like_one(code):
            assert code not in self.used_codes, "a recovery code was accepted twice"
            self.recovery_codes.remove(code)
            self.used_codes.append(code)
            return
        step = totp.matching_step(self.secret, code, now)
        assert step is not None
        assert (self.secret, step) not in self.used_steps, "a time step was accepted twice"
        self.used_steps.add((self.secret, step))
        self.last_step = step

    def live_reset(self, now: datetime) -> Reset | None:
        return self.reset if self.reset and now < self.reset.asked_at + 10 * MINUTE else None

    def begin_reset(self, reset: Reset) -> None:
        """Begin a reset: the one before is void."""
        self.void_reset()
        assert reset.code not in self.old_reset_codes, "a reset code came twice"
        self.reset = reset

    def void_reset(self) -> None:
        if self.reset:
            self.old_reset_codes.append(self.reset.code)
        self.reset = None

    def set_password(self, password: str) -> None:
        """Take a new password: what was bound to the old one is void."""
        self.old_passwords.append(self.password)
        self.password = password
        self.generation += 1
        self.void_reset()

    def end_others(self, session: Session) -> None:
        self.live = {session.identity.session_id: session}


@dataclass
class Model:
    """Says what must become of each try, and counts it."""

    counters: Counters = field(default_factory=Counters)

    def judge(
        self, account: Account | None, name: str, password: str | None, code: str, peer: Peer,
        now: datetime, *, gone: bool = False,
    ) -> Refusal | None:  # fmt: skip
        """Judge password and code together; `gone` says that they confirm for a session that is over.

        Without a password the account is the one that remembers the key, which stands for it.
        """
        who = (account.id, account.place_of(peer)) if account else ("no account", name)
        tried: list[Window] = [self.counters.by_source[peer.source], self.counters.by_name[who]]
        if wait := wait_of(tried, now):
            return Refusal(TooManyTries, wait)
        if account is None or account.disabled or password not in {None, account.password}:
            count(tried, now, failed=True)
            return Refusal(SignInRefused)
        is_known = account.place_of(peer) != STRANGERS
        place = "keys" if password is None else "known" if is_known else STRANGERS
        codes = self.counters.codes[account.id, account.generation, place, looks_like_one(code)]
        if wait_of(codes, now):
            count(tried, now, failed=True)
            return Refusal(SignInRefused)
        verdict = account.judge_code(code, now)
        if verdict == "right" and not gone:
            count([*tried, *codes], now, failed=False)
            if is_known:
                self.counters.by_name[who].failures = 0
            account.use_up(code, now)
            return None
        count(tried, now, failed=True)
        if verdict == "right":
            return Refusal(GoneAway)
        count(codes, now, failed=True)
        return Refusal({"used": CodeAlreadyUsed, "off": ClockOff}.get(verdict, SignInRefused))

    def is_mailed(self, account: Account, peer: Peer, now: datetime) -> bool:
        """Tell whether a request for a reset is answered by a mail, and count it."""
        requests = self.counters.requests[account.id, account.place_of(peer)]
        mail = self.counters.mail[account.email] if account.place_of(peer) == STRANGERS else []
        if account.disabled or wait_of([*mail, *requests], now):
            return False
        count([*mail, *requests], now, failed=True)
        return True

    def judge_reset(
        self, account: Account, reset_code: str, code: str, peer: Peer, now: datetime
    ) -> Refusal | None:
        """Judge the mailed code, and then the second one."""
        mailed = self.counters.mailed_codes[peer.source]
        if wait := wait_of([mailed], now):
            return Refusal(TooManyTries, wait)
        reset = account.live_reset(now)
        if reset is None or reset_code != reset.code:
            mailed.count(now, failed=True)
            return Refusal(ResetCodeWrong)
        tried = [reset.tries, self.counters.reset_codes[account.id]]
        if wait := wait_of(tried, now):
            return Refusal(TooManyTries, wait)
        refusal = self._judge_second_code(account, code, now)
        count(tried, now, failed=refusal is not None)
        if refusal is None:
            account.use_up(code, now)
        return refusal

    def _judge_second_code(self, account: Account, code: str, now: datetime) -> Refusal | None:
        verdict = account.judge_code(code, now)
        step = totp.matching_step(account.secret, code, now)
        is_of_now = looks_like_one(code) or (step is not None and abs(step - totp.step_at(now)) <= 1)
        if account.disabled and is_of_now:
            return Refusal(ResetCodeWrong)
        if verdict == "right":
            return None
        return Refusal({"used": CodeAlreadyUsed, "off": ClockOff}.get(verdict, WrongCode))

    def judge_change(
        self, account: Account, session: Session, now: datetime, *, sensitive: bool = True
    ) -> Refusal | None:
        """Judge a change that is made in a session."""
        if account.live.get(session.identity.session_id) is not session:
            return Refusal(GoneAway)
        recently = session.confirmed_at is not None and now < session.confirmed_at + 5 * MINUTE
        return None if recently or not sensitive else Refusal(ConfirmationNeeded)
