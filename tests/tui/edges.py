"""Edges of the use cases that are slow, that break, or that hold no secret."""

import asyncio
from dataclasses import replace

from sshauth.accounts import totp
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.registration import Enrolment, NewAccount, Registration
from tests.accounts.people import World

THROWAWAY_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class HeldPasswords(Passwords):
    """Hashes and checks only when let: a machine with much to do."""

    def __init__(self, real: Passwords) -> None:
        self._real = real
        self.asked = 0
        self.go_on = asyncio.Event()

    async def hash(self, password: str) -> str:
        await self._wait()
        return await self._real.hash(password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        await self._wait()
        return await self._real.verify(hashed, password)

    async def _wait(self) -> None:
        self.asked += 1
        await self.go_on.wait()


class BrokenPasswords(Passwords):
    """Breaks until it is mended: a machine without memory."""

    def __init__(self, real: Passwords) -> None:
        self._real = real
        self.broken = True

    async def hash(self, password: str) -> str:
        self._break()
        return await self._real.hash(password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        self._break()
        return await self._real.verify(hashed, password)

    def _break(self) -> None:
        if self.broken:
            raise MemoryError("cannot allocate")


class ThrowawayRegistration(Registration):
    """Gives everybody the same authenticator secret, which is nobody's."""

    async def begin(self, form: NewAccount) -> Enrolment:
        enrolment = await super().begin(form)
        uri = totp.otpauth_uri(THROWAWAY_SECRET, user_name=enrolment.user_name, app_name=self.app_name)
        return replace(enrolment, secret=THROWAWAY_SECRET, uri=uri)


def use_passwords(world: World, passwords: Passwords) -> None:
    """Let all use cases hash by other means."""
    world.sign_in = replace(world.sign_in, passwords=passwords)
    world.registration = replace(world.registration, passwords=passwords)
    world.reset = replace(world.reset, passwords=passwords)


def use_throwaway_secret(world: World) -> None:
    """Let the QR code be the same in each run."""
    real = world.registration
    world.registration = ThrowawayRegistration(
        real.database, real.passwords, real.vault, real.clock, real.app_name
    )
