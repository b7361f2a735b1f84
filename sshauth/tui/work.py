"""Work that a screen has others do: one thing at a time that may fail, and quiet looks beside it."""

import asyncio
import secrets
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

import structlog
from textual.screen import Screen

from sshauth.accounts.again import again_if_lost
from sshauth.accounts.errors import AccountError, InvalidForm
from sshauth.tui.problem import ProblemScreen

if TYPE_CHECKING:
    from sshauth.tui.app import AuthApp

BUSY_AFTER = 0.15
"""Seconds after which people are told that what they began is still being done."""

log = structlog.get_logger(__name__)


class WorkingScreen(Screen[None]):
    """A screen that says what came of what it began, as long as the person is still there."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        super().__init__()
        self.busy = False
        self._topics: set[str] = set()

    @property
    def auth_app(self) -> "AuthApp":
        """The app, as what it is."""
        return cast("AuthApp", self.app)

    @abstractmethod
    async def let_keys_arrive(self) -> None:
        """Wait until what was typed so far has arrived."""

    @abstractmethod
    def clear_old_words(self) -> None:
        """Take the words away that say nothing about what stands in the fields now."""

    @abstractmethod
    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say beside each field what is wrong with it."""

    @abstractmethod
    def show_problem(self, error: AccountError) -> None:
        """Say what is wrong."""

    @abstractmethod
    def say_it_takes_time(self) -> None:
        """Say that what was begun is still being done."""

    @abstractmethod
    def say_it_is_done(self) -> None:
        """Say that no more."""

    def attempt(self, doing: Callable[[], Awaitable[None]]) -> None:
        """Do something that may be refused or fail, once. What is typed meanwhile waits in the app."""
        if not self.busy:
            self.busy = True
            self.stop_looking()
            attempt = partial(self._attempt, doing)
            self.run_worker(attempt, exit_on_error=False)  # type: ignore[arg-type]  # its types know no methods

    async def _attempt(self, doing: Callable[[], Awaitable[None]]) -> None:
        slow: asyncio.TimerHandle | None = None
        try:
            await self.let_keys_arrive()
            self.clear_old_words()
            slow = asyncio.get_running_loop().call_later(BUSY_AFTER, self._tell_it_takes_time)
            await again_if_lost(doing)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person is told
            # Who has left meanwhile is told nothing: there is no place for it any more.
            if self in self.app.screen_stack:
                self._tell_what_went_wrong(error)
        finally:
            if slow is not None:
                slow.cancel()
            self._tell_it_is_done()
            self.busy = False
            self.auth_app.release_keys()

    def _tell_it_takes_time(self) -> None:
        if self.busy and self.is_attached:
            self.say_it_takes_time()

    def _tell_it_is_done(self) -> None:
        if self.is_attached:
            self.say_it_is_done()

    def _tell_what_went_wrong(self, error: Exception) -> None:
        if isinstance(error, InvalidForm):
            self.show_problems(error.problems)
        elif isinstance(error, AccountError):
            self.show_problem(error)
        else:
            incident = secrets.token_hex(4).upper()
            log.error("screen.failed", incident=incident, screen=type(self).__name__, exc_info=error)
            self.auth_app.open(ProblemScreen(incident))

    def look_into(self, what: Callable[[], Awaitable[None]], topic: str) -> None:
        """Find out something while the form is being filled; only the latest question of a topic counts."""
        self._topics.add(topic)
        look = partial(self._look_into, what)
        self.run_worker(look, group=topic, exclusive=True)  # type: ignore[arg-type]  # its types know no methods

    def stop_looking(self) -> None:
        """Find out nothing more: what is submitted is judged by that."""
        for topic in self._topics:
            self.workers.cancel_group(self, topic)

    async def _look_into(self, what: Callable[[], Awaitable[None]]) -> None:
        try:
            await self.let_keys_arrive()
            await again_if_lost(what)
        except Exception:
            # Nobody asked for it: the form says the same, or what failed, once it is submitted.
            log.exception("screen.look_failed", screen=type(self).__name__)
