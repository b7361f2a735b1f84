"""Idle and absolute limits, and what else ends a session or comes between (rows 17 and 18)."""

import gc
import weakref
from datetime import timedelta

import pytest

from sshauth.accounts.peer import TimeLimits
from sshauth.db.tables import SessionRow
from sshauth.plain.app import PlainApp
from tests.accounts.people import ELSEWHERE, PASSWORD, World
from tests.plain.guest import Guest, visiting
from tests.plain.test_home import comes_home

SOON = timedelta(seconds=1)
STILL_THERE = "Still there? In 0.5 seconds the connection will be closed. Press any key to stay."


async def end_of_session(world: World) -> str | None:
    """Give what the row of the latest session says of its end, once the watch has written it."""
    await world.accounts.watch.beat()
    rows = sorted(await world.rows(SessionRow), key=lambda row: row.started_at)
    return rows[-1].end_reason


def allowed(guest: Guest) -> tuple[float, float]:
    """Give the minutes that may pass without a key, and in all."""
    allowance = guest.app._stay._patience._allowance
    assert allowance is not None
    return allowance.idle / timedelta(minutes=1), allowance.absolute / timedelta(minutes=1)


async def test_a_stranger_without_a_key_is_asked_and_then_left(world: World) -> None:
    """The question stands again below the words, with what was typed."""
    world.use(limits=TimeLimits(stranger_idle=SOON))
    async with visiting(world) as guest:
        await guest.hears("Your choice: ")
        guest.type("s")
        assert (await guest.hears(STILL_THERE)).startswith("s\r\n")
        await guest.hears("Your choice: s")
        assert await guest.ends() == ("Closed: nothing was typed for 1 second.", 3)


async def test_a_key_counts_from_anew(world: World) -> None:
    """There is a word again, as long after it."""
    world.use(limits=TimeLimits(stranger_idle=SOON))
    async with visiting(world) as guest:
        await guest.hears(STILL_THERE)
        guest.type("x")
        await guest.hears(STILL_THERE)
        assert guest.ended is None


async def test_a_stranger_who_types_on_is_told_and_then_left(world: World) -> None:
    """Nothing is said of a screen."""
    world.use(limits=TimeLimits(stranger_absolute=SOON))
    async with visiting(world) as guest:
        await guest.hears("The connection closes in 0.5 seconds: it is 1 second old.\r\n")
        assert await guest.ends() == (
            "Closed: nobody signed in for 1 second. Connect again to begin anew.",
            3,
        )


async def test_who_waits_for_a_mail_or_a_phone_may_take_longer(world: World) -> None:
    """Past the first questions of registering, and once a reset was asked for; then less again."""
    world.use(mail_goes_out=True)
    async with visiting(world) as guest:
        await guest.hears("Your choice: ")
        assert allowed(guest) == (5, 15)
        guest.type("c\r")
        await guest.fills_in()
        await guest.hears("Code from the mail: ")
        assert allowed(guest) == (15, 45)
        guest.type("\x03")
        await guest.hears("Your choice (m for the menu): ")
        assert allowed(guest) == (5, 45)
        guest.type("f\r")
        await guest.answers("User name or email: ", "ada")
        await guest.hears("Reset code from the mail: ")
        assert allowed(guest) == (15, 45)


@pytest.mark.parametrize(
    ("limits", "words", "reason"),
    [
        (TimeLimits(idle=SOON), "Signed out: nothing was typed for 1 second.", "idle"),
        (
            TimeLimits(absolute=SOON),
            "Signed out: the session was 1 second old. Connect again to sign in anew.",
            "expired",
        ),
    ],
    ids=["idle", "absolute"],
)
async def test_a_signed_in_person_is_signed_out(
    world: World, limits: TimeLimits, words: str, reason: str
) -> None:
    """The list of sessions says why."""
    world.use(limits=limits)
    async with visiting(world) as guest:
        await comes_home(guest, world)
        assert await guest.ends() == (words, 3)
    assert await end_of_session(world) == reason


async def test_after_signing_out_a_stranger_begins_anew(world: World) -> None:
    """With a stranger's time, and nothing kept but the user name."""
    world.use(limits=TimeLimits(stranger_absolute=timedelta(minutes=2)))
    async with visiting(world) as guest:
        await comes_home(guest, world)
        assert allowed(guest) == (30, 720)
        await guest.chooses("o")
        await guest.hears("You are signed out.")
        await guest.hears("Your choice: ")
        assert allowed(guest) == (5, 2)
        assert await end_of_session(world) == "signed-out"
        guest.type("s\r")
        await guest.hears("User name or email [ada]: ")


async def test_a_session_that_is_ended_elsewhere_says_why(world: World) -> None:
    """In the midst of a question, on a line of its own."""
    async with visiting(world) as guest:
        ada = await comes_home(guest, world)
        await guest.hears("Your choice: ")
        guest.type("s")
        other = await ada.sign_in(peer=ELSEWHERE)
        await world.accounts.sessions.end_others(other, ELSEWHERE)
        await world.accounts.watch.beat()
        assert await guest.ends() == ("You were signed out from another session of yours.", 4)
        assert guest.all_said.endswith("Your choice: s\r\n")


@pytest.mark.parametrize(
    ("way", "reason"), [("leave", "left"), ("connection lost", "closed"), ("stop", "lost")]
)
async def test_the_row_says_how_a_session_ended(world: World, way: str, reason: str) -> None:
    """By the person's own doing, or another's."""
    async with visiting(world) as guest:
        await comes_home(guest, world)
        await guest.hears("Your choice: ")
        if way == "leave":
            guest.type("l\r")
            assert (await guest.ends())[1] == 0
        elif way == "stop":
            guest.app.server_stops("The server is stopping.")
            assert await guest.ends() == ("The server is stopping.", 75)
        else:
            guest.app.exit()
            assert await guest.ends() == ("", 0)
    assert await end_of_session(world) == reason


async def test_the_row_says_when_somebody_last_typed(world: World) -> None:
    """Any key counts."""
    async with visiting(world) as guest:
        await comes_home(guest, world)
        world.wait(60)
        guest.type("x")
        await guest.until(guest.is_read, "the reading")
        typed = world.now
        world.wait(60)
        await world.accounts.watch.beat()
        assert max(row.last_input_at for row in await world.rows(SessionRow)) == typed


async def test_notices_and_announcements_come_between(world: World) -> None:
    """And the question again."""
    async with visiting(world) as guest:
        await guest.hears("Your choice: ")
        guest.app.notice("The server stops in 20 s.")
        await guest.hears("\r\nThe server stops in 20 seconds.\r\nYour choice: ")
        guest.app.announced("Cake in the kitchen.")
        await guest.hears("\r\nFrom the administrators: Cake in the kitchen.\r\nYour choice: ")


async def test_while_the_database_is_out_of_reach_nobody_goes_on(world: World) -> None:
    """What is typed meanwhile is not taken; Ctrl+D leaves all the same."""
    async with visiting(world) as guest:
        await comes_home(guest, world)
        await guest.hears("Your choice: ")
        guest.app.database_lost()
        await guest.hears("One moment: the server cannot reach its database.")
        guest.type("s\r")
        await guest.until(guest.is_read, "the reading")
        guest.app.database_back()
        await guest.hears("Thank you for waiting. Please go on.\r\nYour choice: ")
        guest.app.database_lost()
        assert (await guest.leaves())[1] == 0


async def test_before_and_after_the_conversation_nothing_is_said(world: World) -> None:
    """Nobody would hear it."""
    async with visiting(world) as guest:
        app = guest.app
        await guest.leaves()
        said = guest.all_said
        app.notice("late")
        app.database_lost()
        app.database_back()
        app.exit()
        assert guest.all_said == said


async def test_nothing_of_a_session_stays_in_memory(world: World) -> None:
    """Signed in or not, once the watch has written its end."""
    apps: list[weakref.ref[PlainApp]] = []
    ada = await world.register()

    async def visit() -> None:
        async with visiting(world) as guest:
            apps.append(weakref.ref(guest.app))
            if len(apps) > 1:
                await guest.signs_in(ada, password=PASSWORD)

    for _ in range(2):
        await visit()
    await world.accounts.watch.beat()
    for _ in range(3):
        gc.collect()
    assert [app for app in apps if app() is not None] == []
