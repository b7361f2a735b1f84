"""Idle and absolute limits, and sessions that are watched: row 18, and row 17 as a person sees it."""

import gc
import weakref
from datetime import timedelta

import pytest
from textual import events

from sshauth.accounts.peer import TimeLimits
from sshauth.db.tables import PendingRegistration, SessionRow
from sshauth.tui.app import AuthApp
from tests.accounts.people import ELSEWHERE, PASSWORD, Person, World
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import (
    ADDRESS,
    AUTHENTICATOR,
    CODES,
    CREATE_ACCOUNT,
    FORGOT,
    HOME,
    RESET,
    SIGN_IN,
    code_of,
    go_back,
    go_to,
    secret_on,
)

SOON = timedelta(seconds=1)
STILL_THERE = "Still there? In 0.5 s the connection will be closed. Press any key to stay."
ONE_MOMENT = "One moment: the server cannot reach its database."


async def sign_in(visitor: Visitor, world: World) -> Person:
    """Sign somebody in who has just registered elsewhere."""
    ada = await world.register()
    visitor.fill("ada", PASSWORD, ada.code())
    await visitor.comes_to(HOME)
    return ada


GOODBYE = "Goodbye Ada. Less than a minute, nothing left running."


async def has_ended(visitor: Visitor) -> str | None:
    """Wait for the end of the app, and give its last words."""
    await visitor.until(lambda: not visitor.app.is_running, "the end")
    return visitor.app.return_value


async def end_of_session(world: World) -> str | None:
    """Give what the row of the latest session says of its end, once the watch has written it."""
    await world.accounts.watch.beat()
    rows = sorted(await world.rows(SessionRow), key=lambda row: row.started_at)
    return rows[-1].end_reason


# Without a key


async def test_a_stranger_without_a_key_is_asked_and_then_left(world: World) -> None:
    """The last words come once the terminal is as it was."""
    world.use(limits=TimeLimits(stranger_idle=SOON))
    async with visiting(world) as visitor:
        await visitor.sees(STILL_THERE)
        assert await has_ended(visitor) == "Closed: nothing was typed for 1 s."


@pytest.mark.parametrize("hand", ["keys", "merged", "paste"])
async def test_any_key_stays_and_does_what_it_does(world: World, hand: str) -> None:
    """What is typed at the question goes where it belongs, in order; then the time counts from anew."""
    world.use(limits=TimeLimits(stranger_idle=SOON))
    async with visiting(world) as visitor:
        await visitor.sees("Still there?")
        if hand == "paste":
            visitor.paste("ada")
            visitor.type("\tsecret")
        else:
            visitor.type("ada\tsecret", merged=hand == "merged")
        await visitor.loses("Still there?")
        await visitor.has(user_name="ada", password="secret")
        await visitor.sees("Still there?")
        assert visitor.app.is_running


async def test_the_mouse_and_the_window_are_no_keys(world: World) -> None:
    """Pointers lie about, and windows are moved by themselves."""
    world.use(limits=TimeLimits(stranger_idle=SOON))
    async with visiting(world) as visitor:
        columns = 80
        while visitor.app.is_running:
            columns = 161 - columns
            visitor.app.post_message(
                events.MouseMove(None, columns % 7, 3, 1, 1, 0, shift=False, meta=False, ctrl=False)
            )
            if "Still there?" not in visitor.text:
                await visitor.resize(columns, 24)
            await visitor.rests()
        assert visitor.app.return_value == "Closed: nothing was typed for 1 s."


async def test_a_stranger_who_types_on_is_told_and_then_left(world: World) -> None:
    """A key takes the words away, and changes nothing else."""
    world.use(limits=TimeLimits(stranger_absolute=SOON))
    async with visiting(world) as visitor:
        await visitor.sees("The connection closes in 0.5 s: it is 1 s old.")
        visitor.type("ada")
        await visitor.loses("closes in")
        await visitor.has(user_name="ada")
        assert await has_ended(visitor) == "Closed: nobody signed in for 1 s. Connect again to begin anew."


async def test_who_waits_for_a_mail_or_a_phone_may_take_longer(world: World) -> None:
    """Past the first form of registering, and once a reset was asked for; on the way back less again."""
    world.use(mail_goes_out=True)
    async with visiting(world) as visitor:

        def allowed() -> tuple[float, float]:
            allowance = visitor.app._patience._allowance
            assert allowance is not None
            return allowance.idle / timedelta(minutes=1), allowance.absolute / timedelta(minutes=1)

        async def is_allowed(*minutes: int) -> None:
            await visitor.until(lambda: allowed() == minutes, f"{minutes}")

        await is_allowed(5, 15)
        await go_to(visitor, RESET)
        await is_allowed(5, 15)
        await go_back(visitor, FORGOT, SIGN_IN)
        await go_to(visitor, CREATE_ACCOUNT)
        await is_allowed(5, 15)
        visitor.fill("Ada", "Lovelace", "ada", "ada@example.org", PASSWORD, PASSWORD)
        await visitor.comes_to(ADDRESS)
        await is_allowed(15, 45)
        visitor.fill(await world.mailed_code())
        await visitor.comes_to(AUTHENTICATOR)
        await is_allowed(15, 45)
        await go_back(visitor, CREATE_ACCOUNT, SIGN_IN)
        await is_allowed(5, 45)
        await go_to(visitor, FORGOT)
        visitor.fill("ada")
        await visitor.comes_to(RESET)
        await is_allowed(15, 45)


async def test_a_registration_that_is_left_alone_frees_its_names(world: World) -> None:
    """Nothing of it is left."""
    world.use(limits=TimeLimits(waiting_idle=SOON))
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        assert await has_ended(visitor) == "Closed: nothing was typed for 1 s."
    assert await world.rows(PendingRegistration) == []


async def test_who_registers_is_signed_in_from_the_recovery_codes_on(world: World) -> None:
    """The limits are those, and the session ends with a reason."""
    world.use(limits=TimeLimits(idle=SOON))
    async with visiting(world) as visitor:
        await go_to(visitor, AUTHENTICATOR)
        visitor.fill(code_of(secret_on(visitor), world))
        await visitor.comes_to(CODES)
        await visitor.sees("Still there? In 0.5 s you will be signed out.")
        assert await has_ended(visitor) == "Signed out: nothing was typed for 1 s."
    assert await end_of_session(world) == "idle"


@pytest.mark.parametrize(
    ("limits", "words", "reason"),
    [
        (TimeLimits(idle=SOON), "Signed out: nothing was typed for 1 s.", "idle"),
        (
            TimeLimits(absolute=SOON),
            "Signed out: the session was 1 s old. Connect again to sign in anew.",
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
    async with visiting(world) as visitor:
        await sign_in(visitor, world)
        assert await has_ended(visitor) == words
    assert await end_of_session(world) == reason


async def test_after_signing_out_a_stranger_begins_anew(world: World) -> None:
    """With a stranger's time."""
    world.use(limits=TimeLimits(stranger_idle=SOON))
    async with visiting(world) as visitor:
        await sign_in(visitor, world)
        await visitor.click("Ctrl+O Sign out")
        await visitor.sees("You are signed out.")
        await visitor.sees(STILL_THERE)


# A session that is watched


async def test_a_session_that_is_ended_elsewhere_says_why(world: World) -> None:
    """Wherever the person is."""
    async with visiting(world) as visitor:
        ada = await sign_in(visitor, world)
        other = await ada.sign_in(code=ada.code(1), peer=ELSEWHERE)
        await world.accounts.sessions.end_others(other, ELSEWHERE)
        await world.accounts.watch.beat()
        assert await has_ended(visitor) == "You were signed out from another session of yours."


async def test_the_end_comes_through_whatever_lies_over_the_screen(world: World) -> None:
    """A question, for instance."""
    async with visiting(world) as visitor:
        await sign_in(visitor, world)
        visitor.app.notice("Still there?")
        await visitor.sees("Still there?")
        visitor.app.session_ended("You were signed out: the password was reset.")
        assert await has_ended(visitor) == "You were signed out: the password was reset."


@pytest.mark.parametrize(
    ("way", "reason"), [("ctrl+q", "left"), ("sign out", "signed-out"), ("connection lost", "closed")]
)
async def test_the_row_says_how_a_session_ended(world: World, way: str, reason: str) -> None:
    """By the person's own doing."""
    async with visiting(world) as visitor:
        await sign_in(visitor, world)
        if way == "ctrl+q":
            visitor.press("ctrl+q")
            assert await has_ended(visitor) == GOODBYE
        elif way == "sign out":
            await visitor.click("Ctrl+O Sign out")
            await visitor.comes_to(SIGN_IN)
        else:
            visitor.app.exit()
            assert await has_ended(visitor) is None
    assert await end_of_session(world) == reason


async def test_the_row_says_when_somebody_last_typed(world: World) -> None:
    """Keys only."""
    async with visiting(world) as visitor:
        await sign_in(visitor, world)
        world.wait(60)
        visitor.press("tab")
        await visitor.rests()
        typed = world.now
        world.wait(60)
        await world.accounts.watch.beat()
        assert max(row.last_input_at for row in await world.rows(SessionRow)) == typed


async def test_while_the_database_is_out_of_reach_keys_wait(world: World) -> None:
    """Enter too; when it is back they go where they belong, in order. Ctrl+Q leaves all the same."""
    async with visiting(world) as visitor:
        await sign_in(visitor, world)
        visitor.app.database_lost()
        await visitor.sees(ONE_MOMENT)
        await visitor.rests()
        visitor.press("f2", "escape", "f5")
        await visitor.rests()
        assert ONE_MOMENT in visitor.prose
        visitor.app.database_back()
        await visitor.comes_to("Sessions")
        visitor.app.database_lost()
        await visitor.sees(ONE_MOMENT)
        visitor.press("ctrl+q")
        assert await has_ended(visitor) == GOODBYE


async def test_announcements_are_read_one_after_the_other(world: World) -> None:
    """None takes the place of one that was not read, and each key does what it does on the screen below."""
    async with visiting(world) as visitor:
        for words in ("Cake at four.", "The server stops at five.", "It is back at six."):
            visitor.app.announced(words)
        await visitor.sees("Cake at four.")
        await visitor.sees("2 more follow: any key shows the next.")
        visitor.type("a")
        await visitor.sees("The server stops at five.")
        await visitor.sees("1 more follows: any key shows the next.")
        await visitor.has(user_name="a")
        visitor.type("d")
        await visitor.sees("It is back at six.")
        await visitor.sees("Any key takes this away.")
        visitor.type("a")
        await visitor.loses("From the administrators")
        await visitor.has(user_name="ada")


@pytest.mark.parametrize("merged", [False, True])
async def test_keys_that_follow_fast_take_nothing_away_that_was_not_seen(world: World, merged: bool) -> None:
    """They go to the screen below, where they belong; the next announcement lies over it then."""
    async with visiting(world) as visitor:
        visitor.app.announced("Cake at four.")
        visitor.app.announced("The server stops at five.")
        await visitor.sees("1 more follows")
        visitor.type("ada\tsecret", merged=merged)
        await visitor.sees("The server stops at five.")
        await visitor.has(user_name="ada", password="secret")
        await visitor.sees("Any key takes this away.")


async def test_what_is_urgent_lies_over_what_was_announced(world: World) -> None:
    """Both are read; so is what was announced while the database was out of reach."""
    async with visiting(world) as visitor:
        visitor.app.announced("Cake at four.")
        await visitor.sees("Cake at four.")
        visitor.app.notice("The server stops in 20 s.")
        await visitor.sees("The server stops in 20 s.")
        visitor.app.database_lost()
        await visitor.sees(ONE_MOMENT)
        visitor.type("a")
        await visitor.rests()
        visitor.app.database_back()
        await visitor.sees("The server stops in 20 s.")
        await visitor.has(user_name="a")
        visitor.type("da")
        await visitor.sees("Cake at four.")
        await visitor.has(user_name="ada")


async def test_of_many_announcements_the_latest_five_are_kept(world: World) -> None:
    """Who was away reads these."""
    async with visiting(world) as visitor:
        for number in range(8):
            visitor.app.announced(f"Number {number}.")
        await visitor.sees("Number 3.")
        await visitor.sees("4 more follow")


async def test_no_more_is_held_than_a_person_types(world: World) -> None:
    """What comes on top is dropped."""
    async with visiting(world) as visitor:
        visitor.app.database_lost()
        await visitor.sees(ONE_MOMENT)
        for _ in range(20):
            visitor.paste("x" * 10_000)
        await visitor.rests()
        assert len(visitor.app._held_keys) == 6


async def test_nothing_of_a_session_stays_in_memory(world: World) -> None:
    """Signed in or not, once the watch has written its end."""
    apps: list[weakref.ref[AuthApp]] = []

    async def visit() -> None:
        async with visiting(world) as visitor:
            apps.append(weakref.ref(visitor.app))
            if len(apps) > 1:
                await sign_in(visitor, world)

    for _ in range(2):
        await visit()
    await world.accounts.watch.beat()
    for _ in range(3):
        gc.collect()
    assert [app for app in apps if app() is not None] == []
