"""A database that is away, line by line: what was answered is kept, and done when it is back."""

import pytest

from sshauth.accounts import registration
from sshauth.plain import visit
from tests.accounts.people import PASSWORD
from tests.plain.guest import CHOICE, CTRL_D, visiting
from tests.support.codes import code_at
from tests.support.far_world import Far, far

__all__ = ["far"]


async def test_what_was_asked_is_answered_when_it_is_back(far: Far) -> None:
    """One word that it takes a moment; nothing is asked twice."""
    ada = await far.world.register()
    async with visiting(far.world) as guest:
        await guest.chooses("s")
        await guest.answers("User name or email", "ada")
        await guest.answers("Password: ", PASSWORD)
        await guest.hears("Code: ")
        await far.line.cut()
        guest.type(f"{ada.code()}\r")
        await guest.hears("One moment.")
        await far.line.mend()
        heard = await guest.hears("Welcome, ")
        assert "Error" not in heard
        await guest.hears(CHOICE)
        far.line.break_all()
        guest.type("a\r")
        assert "Error" not in await guest.hears(CHOICE)


async def test_after_a_minute_there_is_a_word_and_who_waits_may_leave(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was typed is offered again; a registration that was begun keeps nobody."""
    monkeypatch.setattr(registration, "ABANDON_MAY_TAKE", 0.1)
    async with visiting(far.world) as guest:
        secret = await guest.begins_to_register()
        await far.line.cut()
        monkeypatch.setattr(visit, "GIVE_UP_AFTER", 0.3)
        guest.type(f"{code_at(secret, far.world.now.timestamp())}\r")
        await guest.hears("Error: The server cannot reach its database. Nothing that you typed is lost")
        await guest.hears("[Enter for the one you typed]")
        guest.type(CTRL_D)
        await guest.answers("Clear this screen", "")
        words, status = await guest.ends()
    assert (words.split()[-1], status) == ("Goodbye.", 0)
