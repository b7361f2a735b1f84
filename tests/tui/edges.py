"""Edges of the use cases that are slow, that break, or that hold no secret."""

import asyncio
from collections.abc import Sequence
from dataclasses import fields, replace

from sshauth.accounts import totp
from sshauth.accounts.enrolment import Enrolment, Registered
from sshauth.accounts.new_account import NewAccount
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer
from sshauth.accounts.registration import Registration
from sshauth.accounts.strength import Strength, Verdict
from tests.accounts.people import World

THROWAWAY_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
THROWAWAY_CODES = tuple("-".join([f"{number}{letter}XX" for letter in "ABCDEF"]) for number in range(10))


class HeldPasswords(Passwords):
    """Hashes and checks only when let: a machine with much to do."""

    def __init__(self, real: Passwords) -> None:
        self._real = real
        self.asked = 0
        self.go_on = asyncio.Event()

    async def hash(self, password: str, *, source: str = "", known: bool = False) -> str:
        await self._wait()
        return await self._real.hash(password, source=source, known=known)

    async def verify(
        self, hashed: str | None, password: str, *, source: str = "", known: bool = False
    ) -> bool:
        await self._wait()
        return await self._real.verify(hashed, password, source=source, known=known)

    def needs_rehash(self, hashed: str) -> bool:
        return self._real.needs_rehash(hashed)

    async def _wait(self) -> None:
        self.asked += 1
        await self.go_on.wait()


class BrokenPasswords(HeldPasswords):
    """Breaks until it is mended: a machine without memory."""

    broken = True

    async def _wait(self) -> None:
        if self.broken:
            raise MemoryError("cannot allocate")


class HeldStrength(Strength):
    """Judges one password only when let."""

    def __init__(self, real: Strength, *, held: str) -> None:
        self._real = real
        self._held = held
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def judge(
        self, password: str, *, own_words: Sequence[str], source: str = "", known: bool = False
    ) -> Verdict:
        if password == self._held:
            self.asked.set()
            await self.go_on.wait()
        return await self._real.judge(password, own_words=own_words, source=source, known=known)


class ThrowawayRegistration(Registration):
    """Gives everybody the same authenticator secret and recovery codes, which are nobody's."""

    async def begin(
        self, form: NewAccount, peer: Peer, *, shown_before: Enrolment | None = None
    ) -> Enrolment:
        enrolment = await super().begin(form, peer, shown_before=shown_before)
        app_name = self.pending.policy.app_name
        uri = totp.otpauth_uri(THROWAWAY_SECRET, user_name=enrolment.user_name, app_name=app_name)
        return replace(enrolment, secret=THROWAWAY_SECRET, uri=uri)

    async def confirm(self, enrolment: Enrolment, code: str, peer: Peer) -> Registered:
        registered = await super().confirm(enrolment, code, peer)
        return replace(registered, recovery_codes=THROWAWAY_CODES)


def use_passwords(world: World, passwords: Passwords) -> None:
    """Let all use cases hash by other means."""
    world.passwords = passwords
    world.accounts = world.another_node(world.node)


def use_strength(world: World, strength: Strength) -> None:
    """Let all use cases judge passwords by other means."""
    world.strength = strength
    world.accounts = world.another_node(world.node)


def use_throwaway_secrets(world: World) -> None:
    """Let the QR code and the recovery codes be the same in each run."""
    real = world.accounts.registration
    registration = ThrowawayRegistration(**{each.name: getattr(real, each.name) for each in fields(real)})
    world.accounts = replace(world.accounts, registration=registration)
