"""Doing something again where the database was lost in the middle of it."""

import pytest
from structlog.testing import capture_logs

from sshauth.accounts import again
from sshauth.accounts.again import PAUSES, again_if_lost
from sshauth.accounts.errors import Busy, PerhapsDone
from sshauth.db.engine import DatabaseLost


class Work:
    """Is lost so many times, and then done."""

    def __init__(self, *losses: DatabaseLost | Busy) -> None:
        self.losses = list(losses)
        self.tries = 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.losses:
            raise self.losses.pop(0)
        return "done"


def lost(*, perhaps_done: bool = False) -> DatabaseLost:
    return DatabaseLost("x", ConnectionResetError(), perhaps_done=perhaps_done)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "PAUSES", (0.0,) * len(PAUSES))


@pytest.mark.parametrize("times", range(len(PAUSES) + 1))
async def test_what_was_undone_is_done_again(times: int) -> None:
    """Nobody has to ask twice."""
    work = Work(*(lost() for _ in range(times)))
    with capture_logs() as logs:
        assert await again_if_lost(work) == "done"
    assert (work.tries, len(logs)) == (times + 1, times)


async def test_not_for_ever() -> None:
    """A database that takes every transaction back has another fault."""
    work = Work(*(lost() for _ in range(99)))
    with pytest.raises(DatabaseLost):
        await again_if_lost(work)
    assert work.tries == len(PAUSES) + 1


async def test_what_may_have_been_done_is_not_done_twice() -> None:
    """The person is told, and looks."""
    work = Work(lost(), lost(perhaps_done=True))
    with pytest.raises(PerhapsDone, match="lost at the last moment"):
        await again_if_lost(work)
    assert work.tries == 2


async def test_other_failures_are_nobody_elses() -> None:
    """They are raised at once."""

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await again_if_lost(fail)


async def test_who_has_waited_with_everybody_else_is_not_sent_away_for_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When the database is back all come at once: whoever finds no room a moment later still does."""
    monkeypatch.setattr(again, "WAITED_LONG", 0.0)
    work = Work(lost(), Busy(), Busy())
    assert await again_if_lost(work) == "done"
    assert work.tries == 4


async def test_who_has_just_come_is_told_that_we_are_busy() -> None:
    """At once: that has nothing to do with the database."""
    work = Work(Busy())
    with pytest.raises(Busy):
        await again_if_lost(work)
    assert work.tries == 1
