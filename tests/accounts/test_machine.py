"""People, thieves and time do what they like with accounts, in any order; a model knows what must happen."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from sshauth.accounts import totp
from sshauth.accounts.errors import GoneAway, KeyOfAnother, WrongCode
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.accounts.strength import Strength
from sshauth.db.tables import User
from tests.accounts.machine import KEYS, AccountMachine
from tests.accounts.model import Account, Refusal, Session
from tests.accounts.people import ELSEWHERE, HERE, PASSWORD
from tests.support.postgres import Postgres

places = [HERE, ELSEWHERE, Peer("203.0.113.9")]
peers = st.sampled_from([*places, *(replace(place, key=KEYS[0]) for place in places)])
picks = st.integers(0, 11)
often = st.sampled_from([True, True, True, False])
reset_codes = st.sampled_from(["right", "right", "right", "used", "wrong"])
passwords = st.sampled_from(["right", "right", "right", "old", "wrong"])
codes = st.sampled_from(
    [
        "fresh",
        "fresh",
        "fresh",
        "early",
        "repeated",
        "late",
        "wrong",
        "recovery",
        "used recovery",
        "unknown recovery",
    ]
)
SECONDS = (31, 121, 301, 901, 3601, 90_001)
"""A code's time, that of one code for two requests, a confirmation's, a counter's, an hour, a day."""


class Machine(AccountMachine):
    """What may happen."""

    def session_for_change(self, which: int, confirms: bool) -> tuple[Account, Session]:
        """Pick a session, and confirm there who it is."""
        account, session = self.session(which)
        if confirms:
            self.world.wait(31)
            self.confirm(account, session, account.password, self.code(account, "fresh"))
        return account, session

    @initialize()
    def ada_registers(self) -> None:
        self.somebody_registers()

    @precondition(lambda self: len(self.accounts) < 2)
    @rule()
    def somebody_registers(self) -> None:
        name = "bob" if any(account.user_name == "ada" for account in self.accounts) else "ada"
        step = totp.step_at(self.world.now)
        person = self.run(self.world.register(user_name=name, email=f"{name}@example.org"))
        account = Account(
            id=person.identity.user_id,
            user_name=name,
            email=f"{name}@example.org",
            password=PASSWORD,
            secret=person.enrolment.secret,
            last_step=step,
            recovery_codes=list(person.recovery_codes),
            known={HERE.source},
        )
        account.used_steps.add((account.secret, step))
        self.accounts.append(account)
        self.enter(account, Session(person.identity, HERE))

    @rule(who=picks, peer=peers, remember=st.booleans())
    def somebody_signs_in_as_they_should(self, who: int, peer: Peer, remember: bool) -> None:
        self.world.wait(31)
        account = self.account(who)
        password, code = self.password(account, "right"), self.code(account, "fresh")
        self.sign_in(account, password, code, peer, remember=remember)

    def key(self, which: int, who: int, remember: bool) -> ProvenKey:
        """Pick a key, and have somebody remember it who signs in."""
        key = KEYS[which % len(KEYS)]
        if remember and self.owner_of(key) is None:
            self.somebody_signs_in_as_they_should(who, replace(HERE, key=key), remember=True)
        return key

    @rule(which=picks, who=picks, remember=often, peer=peers)
    def somebody_signs_in_by_key_as_they_should(
        self, which: int, who: int, remember: bool, peer: Peer
    ) -> None:
        key = self.key(which, who, remember)
        self.world.wait(31)
        self.sign_in_by_key(key, self.code(self.owner_of(key), "fresh"), peer)

    @rule(which=picks, who=picks, remember=often, code=codes, tries=st.integers(0, 6), peer=peers)
    def somebody_tries_with_a_key(
        self, which: int, who: int, remember: bool, code: str, tries: int, peer: Peer
    ) -> None:
        key = self.key(which, who, remember)
        for _ in range(tries):
            self.world.wait(17)
            self.sign_in_by_key(key, self.code(self.owner_of(key), "wrong"), peer)
        self.sign_in_by_key(key, self.code(self.owner_of(key), code), peer)

    @rule(which=picks, confirms=often, key=st.sampled_from(KEYS))
    def somebody_adds_a_key(self, which: int, confirms: bool, key: ProvenKey) -> None:
        account, session = self.session_for_change(which, confirms)
        expected = self.model.judge_change(account, session, self.world.now)
        owner = self.owner_of(key)
        if expected is None and owner not in (None, account):
            expected = Refusal(KeyOfAnother)
        add = self.world.accounts.ssh_keys.add
        self.do(add(session.identity, replace(session.peer, key=key)), expected)
        if expected is None:
            account.keys.add(key.fingerprint)

    @rule(which=picks)
    def somebody_removes_a_key(self, which: int) -> None:
        account, session = self.session(which)
        ssh_keys = self.world.accounts.ssh_keys
        listed = self.run(ssh_keys.all(session.identity, session.peer))
        assert {key.fingerprint for key in listed} == (set() if account.deleted else account.keys)
        for key in listed[:1]:
            refused = self.model.judge_change(account, session, self.world.now, sensitive=False)
            self.do(ssh_keys.remove(session.identity, key.id, session.peer), refused)
            if refused is None:
                account.keys.remove(key.fingerprint)

    @rule(who=picks, password=passwords, code=codes, peer=peers)
    def somebody_signs_in(self, who: int, password: str, code: str, peer: Peer) -> None:
        account = self.account(who)
        self.sign_in(account, self.password(account, password), self.code(account, code), peer)

    @rule(who=picks, password=passwords, code=codes, tries=st.integers(2, 6), peer=peers)
    def a_thief_tries(self, who: int, password: str, code: str, tries: int, peer: Peer) -> None:
        account = self.account(who)
        for _ in range(tries):
            self.world.wait(17)
            self.sign_in(account, self.password(account, password), self.code(account, "wrong"), peer)
        self.sign_in(account, self.password(account, password), self.code(account, code), peer)

    @rule(which=picks, password=passwords, code=codes)
    def somebody_confirms(self, which: int, password: str, code: str) -> None:
        account, session = self.session(which)
        self.confirm(account, session, self.password(account, password), self.code(account, code))

    @rule(which=picks, confirms=often, forget=st.booleans())
    def somebody_changes_the_password(self, which: int, confirms: bool, forget: bool) -> None:
        account, session = self.session_for_change(which, confirms)
        password = next(self.new_passwords)
        expected = self.model.judge_change(account, session, self.world.now)
        change = self.world.accounts.security.change_password
        self.do(change(session.identity, password, password, session.peer, forget_keys=forget), expected)
        if expected is None:
            account.set_password(password)
            if forget:
                account.keys.clear()
            account.end_others(session)

    @rule(which=picks, confirms=often, right=often, goes_on=often)
    def somebody_replaces_the_authenticator(
        self, which: int, confirms: bool, right: bool, goes_on: bool
    ) -> None:
        account, session = self.session_for_change(which, confirms)
        authenticators = self.world.accounts.authenticators
        expected = self.model.judge_change(account, session, self.world.now)
        new = self.do(authenticators.begin(session.identity), expected)
        if new is None or not goes_on:
            return
        (old,) = self.run(authenticators.all(session.identity))
        code = self.shown(new.secret, 0) if right else self.wrong(new.secret)
        replace = authenticators.replace(session.identity, new, old.id, "new phone", code, session.peer)
        self.do(replace, None if right else Refusal(WrongCode))
        if right:
            account.secret = new.secret
            account.use_up(code, self.world.now)
            account.end_others(session)

    @rule(who=picks, peer=peers)
    def somebody_asks_for_a_reset(self, who: int, peer: Peer) -> None:
        self.ask_for_reset(self.account(who), peer)

    @precondition(lambda self: self.accounts)
    @rule(who=picks, asks=often, which=reset_codes, code=codes, peer=peers)
    def somebody_resets(self, who: int, asks: bool, which: str, code: str, peer: Peer) -> None:
        account = self.accounts[who % len(self.accounts)]
        if asks:
            self.ask_for_reset(account, peer)
        self.reset(account, self.reset_code(account, which), self.code(account, code), peer)

    @precondition(lambda self: self.accounts)
    @rule(who=picks, disabled=st.booleans())
    def an_administrator_disables_or_enables(self, who: int, disabled: bool) -> None:
        account = self.accounts[who % len(self.accounts)]
        self.run((self.world.disable if disabled else self.world.enable)(account.user_name))
        account.disabled = disabled
        if disabled:
            account.live.clear()

    @rule(which=picks, other=picks)
    def somebody_ends_a_session(self, which: int, other: int) -> None:
        account, session = self.session(which)
        target = self.session(other)[1].identity.session_id
        expected = None if target in account.live else Refusal(GoneAway)
        refused = self.model.judge_change(account, session, self.world.now, sensitive=False)
        self.do(self.world.accounts.sessions.end(session.identity, target, session.peer), refused or expected)
        if not refused and not expected:
            del account.live[target]

    @rule(which=picks)
    def somebody_ends_all_other_sessions(self, which: int) -> None:
        account, session = self.session(which)
        refused = self.model.judge_change(account, session, self.world.now, sensitive=False)
        others = len(account.live) - 1
        assert self.do(self.world.accounts.sessions.end_others(session.identity, session.peer), refused) == (
            None if refused else others
        )
        if not refused:
            account.end_others(session)

    @precondition(lambda self: len(self.accounts) == 2)
    @rule(which=picks, confirms=often)
    def somebody_deletes_the_account(self, which: int, confirms: bool) -> None:
        account, session = self.session_for_change(which, confirms)
        expected = self.model.judge_change(account, session, self.world.now)
        delete_account = self.world.accounts.security.delete_account
        self.do(delete_account(session.identity, account.user_name, session.peer), expected)
        if expected is None:
            account.deleted = True
            account.live.clear()
            self.accounts.remove(account)

    @rule(seconds=st.sampled_from(SECONDS))
    def time_passes(self, seconds: int) -> None:
        self.world.wait(seconds)

    @invariant()
    def exactly_those_sessions_are_live_that_may_be(self) -> None:
        live = self.run(self.world.live())
        assert {row.id for row in live} == {each for account in self.accounts for each in account.live}
        disabled = {user.id for user in self.run(self.world.rows(User)) if user.disabled_at}
        assert not disabled & {row.user_id for row in live}


@pytest.fixture(scope="module")
def cheap() -> Iterator[tuple[Passwords, Strength]]:
    """Hash passwords with as little work as argon2 can do: it is not what is tested here."""
    passwords, strength = Passwords(parameters=CHEAPEST), Strength("sshauth")
    yield passwords, strength
    passwords.close()
    strength.close()


@pytest.fixture(autouse=True)
def _answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshauth.accounts.reset.ANSWER_AFTER", timedelta(0))


def run(machine: Callable[[], Machine], *, stories: int) -> None:
    """Run so many stories, each on a fresh database, and the same ones each time."""
    # A story that fails is told as it is: to make it shorter can take minutes.
    bounds = settings(
        max_examples=stories,
        stateful_step_count=60,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(machine, settings=bounds)  # type: ignore[arg-type]  # it calls it, no more


# To measure coverage would treble the longest test of all; others reach the same lines.
@pytest.mark.no_cover
def test_the_model_holds_on_sqlite(
    cheap: tuple[Passwords, Strength], sqlite_with_tables: Path, tmp_path: Path
) -> None:
    """Every try is refused or accepted as the model says, with its words and wait; no code is good twice."""
    numbers = count()

    def machine() -> Machine:
        path = shutil.copy(sqlite_with_tables, tmp_path / f"{next(numbers)}.db")
        return Machine(f"sqlite:///{path}", *cheap)

    run(machine, stories=12)


@pytest.mark.no_cover
def test_the_model_holds_on_postgres(
    cheap: tuple[Passwords, Strength], postgres: Postgres, postgres_with_tables: str
) -> None:
    """The same on Postgres, in fewer stories."""
    run(lambda: Machine(postgres.create_database(like=postgres_with_tables), *cheap), stories=6)
