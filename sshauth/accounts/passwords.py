"""Hashing passwords with argon2id, off the event loop."""

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sshauth.accounts import rules

LONGEST_CHECKED = 1024
"""Characters; a longer password is nobody's, and normalising it would hold up the event loop."""

T = TypeVar("T")


class Passwords:
    """Hashes and checks passwords in a thread pool of its own, at most one thread a core.

    argon2id at 19 MiB, 2 passes, 1 lane (OWASP Password Storage). The hash releases the interpreter
    lock, so threads are enough. A call that is cancelled leaves its thread to end by itself; the next
    hash waits for it, so that clients who leave cannot pile work up.
    """

    def __init__(self) -> None:
        """Start no thread yet; make the hash that unknown users are checked against."""
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="argon2")
        self._dummy_hash = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """Hash a password for keeping."""
        return await self._off_the_loop(self._hasher.hash, rules.normalise_password(password))

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Check a password. For no hash (an unknown user) do the same work and say no (ASVS 6.3.8)."""
        if len(password) > LONGEST_CHECKED:
            hashed, password = None, ""
        right = await self._off_the_loop(
            self._verify, hashed or self._dummy_hash, rules.normalise_password(password)
        )
        return right and hashed is not None

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _off_the_loop(self, work: Callable[..., T], *arguments: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)
