"""Finding an account by what people type, and judging and using up its codes. Shared by the use cases."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sshauth.accounts import rules, totp
from sshauth.accounts.errors import AccountError, ClockOff, CodeAlreadyUsed, GoneAway
from sshauth.accounts.peer import ProvenKey
from sshauth.accounts.vault import Vault, VaultError
from sshauth.db.tables import Authenticator, SSHKey, User

NOBODY = uuid.UUID(int=0)
"""No user has this id: work on a dummy is done under it."""

LOGIN_LENGTH = 320
"""A longer user name or email is nobody's."""

MOST_AUTHENTICATORS = 2
"""Every try opens so many secrets, however many there are."""

_NOT_STORED = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Found:
    """What an account is judged by. For an unknown name everything but the dummy secret is empty."""

    user: User | None
    authenticators: tuple[Authenticator, ...]

    @property
    def user_id(self) -> uuid.UUID:
        """The account's id, or nobody's."""
        return self.user.id if self.user else NOBODY


@dataclass(frozen=True, slots=True)
class StepUse:
    """The authenticator and time step that a code belongs to."""

    authenticator: Authenticator
    step: int

    def is_acceptable(self, now: datetime) -> bool:
        """Tell whether the step is now's or next to it (RFC 6238 5.2). It may have been used all the same."""
        return abs(self.step - totp.step_at(now)) <= totp.WINDOW

    def refusal(self, now: datetime) -> AccountError:
        """Say why a genuine code was refused. Only for who has shown the other factor too."""
        if self.is_acceptable(now) or self.step <= self.authenticator.last_step:
            return CodeAlreadyUsed()
        return ClockOff(timedelta(seconds=(self.step - totp.step_at(now)) * totp.STEP_SECONDS))


async def find_account(session: AsyncSession, login: str) -> Found:
    """Find an account by user name or email, whichever was typed, in any case."""
    key = canonical_login(login)
    return await _find(session, (User.user_name_canonical == key) | (User.email_canonical == key))


async def find_by_key(session: AsyncSession, key: ProvenKey | None) -> Found:
    """Find the account that remembers an SSH key."""
    fingerprint = key.fingerprint if key else ""
    owner = select(SSHKey.user_id).where(SSHKey.fingerprint == fingerprint)
    return await _find(session, User.id.in_(owner))


async def find_by_id(session: AsyncSession, user_id: uuid.UUID) -> Found:
    """Find the account of somebody who is signed in."""
    return await _find(session, User.id == user_id)


async def hold_by_name(session: AsyncSession, user_name: str) -> User:
    """Hold and give the account of a user name, in any case; an email address is none.

    Raises:
        GoneAway: there is no such account.
    """
    return await _hold(session, User.user_name_canonical == canonical_login(user_name))


async def hold_by_id(session: AsyncSession, user_id: uuid.UUID) -> User:
    """Hold and give an account.

    Raises:
        GoneAway: it is no more.
    """
    return await _hold(session, User.id == user_id)


async def _hold(session: AsyncSession, is_it: ColumnElement[bool]) -> User:
    user = await session.scalar(select(User).where(is_it).with_for_update())
    if user is None:
        raise GoneAway
    return user


def canonical_login(login: str) -> str:
    """Give the one form of what was typed as user name or email."""
    return rules.canonical(_NOT_STORED.sub("\ufffd", login[:LOGIN_LENGTH]))


async def _find(session: AsyncSession, is_it: ColumnElement[bool]) -> Found:
    user = (await session.execute(select(User).where(is_it))).scalar_one_or_none()
    authenticators = await session.execute(
        select(Authenticator).where(Authenticator.user_id == (user.id if user else NOBODY))
    )
    return Found(user, tuple(authenticators.scalars()))


class CodeCheck:
    """Matches codes to authenticators, doing the same work for accounts that are not there."""

    def __init__(self, vault: Vault) -> None:
        """Seal a dummy secret, to be opened where there is no account."""
        self._vault = vault
        self._dummy = vault.seal(NOBODY, totp.new_secret())

    def _open_dummy(self) -> str:
        try:
            return self._vault.open(NOBODY, self._dummy)
        except VaultError:  # the keys were rotated since
            self._dummy = self._vault.seal(NOBODY, totp.new_secret())
            return self._vault.open(NOBODY, self._dummy)

    def match(self, found: Found, code: str, now: datetime) -> StepUse | None:
        """Find the authenticator and time step of a code, the nearest step to now first."""
        for _ in range(MOST_AUTHENTICATORS - len(found.authenticators)):
            totp.matching_step(self._open_dummy(), code, now)
        uses = []
        for authenticator in found.authenticators:
            secret = self._vault.open(authenticator.user_id, authenticator.secret_encrypted)
            step = totp.matching_step(secret, code, now)
            if step is not None:
                uses.append(StepUse(authenticator, step))
        return min(uses, key=lambda use: abs(use.step - totp.step_at(now)), default=None)


async def lock_account(session: AsyncSession, user: User | None) -> bool:
    """Hold the account's row until the transaction ends, if it is still what a try was judged by.

    Whoever changes a password, disables or deletes holds it too: a sign-in comes before or after that, never
    between. For nobody the same statement runs on no row.
    """
    locked = await session.execute(
        select(User.id)
        .where(
            User.id == (user.id if user else NOBODY),
            User.password_generation == (user.password_generation if user else 0),
            User.disabled_at.is_(None),
        )
        .with_for_update()
    )
    return locked.one_or_none() is not None


async def use_step(session: AsyncSession, use: StepUse | None) -> bool:
    """Use up a time step; tell whether it was still unused (RFC 6238 5.2).

    One conditional UPDATE, so that of any number of parallel tries exactly one succeeds. With nothing to
    use up the same statement runs on nobody's row, so that time tells nothing.
    """
    updated = await session.execute(
        update(Authenticator)
        .where(
            Authenticator.id == (use.authenticator.id if use else NOBODY),
            Authenticator.last_step < (use.step if use else 0),
        )
        .values(last_step=use.step if use else 0)
        .returning(Authenticator.id)
    )
    return updated.one_or_none() is not None
