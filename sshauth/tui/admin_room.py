"""What all rooms of administrators have in common: only they are let in, and nothing goes unasked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from textual.screen import Screen

from sshauth.accounts.administration import Administration
from sshauth.accounts.errors import AccountError, NotAdministrator
from sshauth.tui.room import Room


class AdminRoom(Room):
    """A room for administrators; who is none any more is told so, and led Home."""

    @property
    def administration(self) -> Administration:
        """The use cases of administrators."""
        return self.accounts.administration

    def show_problem(self, error: AccountError) -> None:
        """Lead Home who is no administrator any more; else as everywhere."""
        if isinstance(error, NotAdministrator):
            self.auth_app.go_home(replace(self.me, is_admin=False))
            self.auth_app.notice(error.message)
        else:
            super().show_problem(error)

    async def _enter_instead(self, make: Callable[[], Awaitable[Screen[Any]]]) -> None:
        """Do the same where the room behind the question for password and code is shut."""
        try:
            await super()._enter_instead(make)
        except NotAdministrator as error:
            self.show_problem(error)


def number(count: int, one: str, many: str, *, none: str = "no") -> str:
    """Say how many there are of something: "no sessions", "1 session", "2 sessions"."""
    return f"{count or none} {one if count == 1 else many}"


def listed(parts: Sequence[str], *, most: int) -> str:
    """Give the first of some words, and how many more there are."""
    shown = ", ".join(parts[:most])
    return f"{shown} and {len(parts) - most} more" if len(parts) > most else shown
