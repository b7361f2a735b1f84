"""Hashing passwords with argon2id: off the event loop, fair to all who wait, and bounded."""

import asyncio
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from sshauth.accounts import rules
from sshauth.accounts.errors import Busy
from sshauth.accounts.fair_queue import FairQueue

LONGEST_CHECKED = 1024
"""Characters; a longer password is nobody's, and not worth the work of normalising it."""

LONGEST_WAIT = 2.0
"""Seconds; who would wait longer for their turn is told at once that we are busy."""

OWASP = Parameters(
    type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19 * 1024, parallelism=1
)
"""argon2id at 19 MiB, 2 passes, 1 lane: the first choice of OWASP's Password Storage Cheat Sheet."""

T = TypeVar("T")


class FairPool:
    """Runs work in a few threads, by turns of those who ask for it.

    Work that has begun keeps its thread until it ends, even when nobody waits for it any more:
    clients who leave cannot pile work up. Work that still waits leaves with its caller.
    """

    def __init__(
        self, *, threads: int, usual: float, waited: Callable[[float], None] = lambda _seconds: None
    ) -> None:
        """Start no thread yet. Take how many there may be, and the seconds one piece of work may take.

        ``waited`` is told, for each, how long it waited for its turn; by one thread at a time.
        """
        self._lock = threading.Lock()
        self._queue: FairQueue[tuple[Future[Any], Callable[[], Any], float]] = FairQueue(
            servers=threads, usual=usual
        )
        self._waited = waited
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="argon2")

    async def run(self, work: Callable[[], T], *, source: str, known: bool) -> T:
        """Do work when it is the turn of this source.

        Raises:
            Busy: the turn would come too late. Nothing was done.
        """
        job = (Future[T](), work, perf_counter())
        with self._lock:
            if self._queue.expected_wait(source=source, known=known) > LONGEST_WAIT:
                raise Busy
            # Not yet for this job: a thread that comes free takes whichever has the turn then.
            self._threads.submit(self._serve_one)
            self._queue.put(job, source=source, known=known)
        try:
            return await asyncio.wrap_future(job[0])
        finally:
            with self._lock:
                self._queue.leave(job, source=source, known=known)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._lock:
            return len(self._queue)

    def _serve_one(self) -> None:
        with self._lock:
            job = self._queue.take()
            if job is not None:
                self._waited(perf_counter() - job[2])
        if job is None:
            return
        future, work, _ = job
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = self._timed(work)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits for the work
            future.set_exception(error)
        else:
            future.set_result(result)

    def _timed(self, work: Callable[[], T]) -> T:
        began = perf_counter()
        try:
            return work()
        finally:
            with self._lock:
                self._queue.took(perf_counter() - began)

    def close(self) -> None:
        """Let the threads end, and those who wait go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            while job := self._queue.take():
                job[0].cancel()


class Passwords:
    """Hashes and checks passwords in threads of its own, at most one a core.

    The hash releases the interpreter lock, so threads are enough. Whoever asks names their ``source``
    and says whether it is ``known`` to the account: sources are served by turns, known ones first.
    """

    def __init__(
        self,
        *,
        parameters: Parameters = OWASP,
        threads: int | None = None,
        waited: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """Start no thread yet; make the hash that unknown users are checked against.

        ``waited`` is told how long each check waited for its turn.
        """
        self._hasher = PasswordHasher.from_parameters(parameters)
        began = perf_counter()
        self._dummy_hash = self._hasher.hash(secrets.token_urlsafe())
        self._pool = FairPool(
            threads=threads or os.cpu_count() or 1, usual=perf_counter() - began, waited=waited
        )

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._pool.waiting

    async def hash(self, password: str, *, source: str = "", known: bool = False) -> str:
        """Hash a password for keeping.

        Raises:
            Busy: too many wait. Nothing was done.
        """
        return await self._pool.run(partial(self._hash, password), source=source, known=known)

    async def verify(
        self, hashed: str | None, password: str, *, source: str = "", known: bool = False
    ) -> bool:
        """Check a password. For no hash (an unknown user) do the same work and say no (ASVS 6.3.8).

        Raises:
            Busy: too many wait. Nothing was judged.
        """
        if len(password) > LONGEST_CHECKED:
            hashed, password = None, ""
        check = partial(self._verify, hashed or self._dummy_hash, password)
        right = await self._pool.run(check, source=source, known=known)
        return right and bool(hashed)

    def needs_rehash(self, hashed: str) -> bool:
        """Tell whether a hash was made with other parameters than today's; a damaged one cannot be helped."""
        try:
            return self._hasher.check_needs_rehash(hashed)
        except InvalidHashError:
            return False

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_as_bytes(password))

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, _as_bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    def close(self) -> None:
        """Let the threads end."""
        self._pool.close()


def _as_bytes(password: str) -> bytes:
    return rules.normalise_password(password).encode(errors="surrogatepass")
