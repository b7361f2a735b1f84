"""Security, and the question before each of its rooms."""

import pytest

from tests.accounts.people import ELSEWHERE, NEW_PASSWORD, PASSWORD, World
from tests.tui.rooms import (
    BEHIND_SECURITY,
    CONFIRM,
    HOSTILE,
    PROFILE,
    ROOMS,
    SECURITY,
    at_home,
    choose,
    confirm,
    go_before,
    go_in,
    go_to_profile,
    go_to_security,
    is_home,
    register_who_kept_codes,
)
from tests.tui.ways import CODES


async def test_it_shows_the_account(world: World) -> None:
    """What is known, and what needs attention."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        await go_to_security(visitor)
        for words in (
            "Password never changed",
            "Authenticators First authenticator",
            "Recovery codes 10 left",
        ):
            assert words in visitor.prose


async def test_the_profile_shows_who_one_is(world: World) -> None:
    """And since when, and in which colours."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        await go_to_profile(visitor)
        for words in (
            "User name ada",
            "Names Ada Lovelace",
            "Email ada@example.org",
            "Account since 1 March 2026",
            "Colours dark",
        ):
            assert words in visitor.prose


async def test_colours_are_chosen_and_kept(world: World) -> None:
    """For the next sign-in, from whatever terminal."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        await go_to_profile(visitor)
        await choose(visitor, "Other colours (Ctrl+T)")
        await visitor.sees("light")
        assert visitor.app.theme == "light"
    async with at_home(world, ada) as visitor:
        assert visitor.app.theme == "light"


@pytest.mark.parametrize("label", ROOMS)
async def test_each_room_asks_first_who_is_there_and_escape_leads_back(world: World, label: str) -> None:
    """Escape leaves the question, and later the room; what is confirmed stays so for five minutes."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        before = await go_before(visitor, label)
        await choose(visitor, label)
        await visitor.comes_to(CONFIRM)
        visitor.press("escape")
        await visitor.comes_to(before)
        await visitor.focuses(label)
        visitor.press("enter")
        await confirm(visitor, world, ada)
        await visitor.comes_to(ROOMS[label])
        visitor.press("escape")
        await visitor.comes_to(before)
        await visitor.focuses(label)
        visitor.press("enter")
        await visitor.comes_to(ROOMS[label])
        visitor.press("escape")
        await visitor.comes_to(before)
        visitor.press("escape")
        await is_home(visitor)


async def test_a_room_by_mouse(world: World) -> None:
    """Every button is one."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await visitor.click("F2 Profile")
        await visitor.comes_to(PROFILE)
        await visitor.click("Change names")
        await visitor.comes_to(CONFIRM)
        visitor.type(f"{PASSWORD}\t{ada.code()}")
        await visitor.click("Confirm")
        await visitor.comes_to("Change names")
        await visitor.click("Esc Back")
        await visitor.comes_to(PROFILE)


async def test_keys_faster_than_the_screen_lead_all_the_way(world: World) -> None:
    """From Home to a changed name in one burst."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        visitor.press("f2", "enter")
        visitor.fill(PASSWORD, ada.code())
        visitor.fill("Augusta", "King")
        await visitor.sees("Names changed.")
        assert "Names Augusta King" in visitor.prose
        visitor.press("escape")
        await visitor.comes_to("Welcome, Augusta")


async def test_a_used_code_does_not_confirm(world: World) -> None:
    """Words stand beside the code, and the password stays."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_to_security(visitor)
        visitor.press("enter")
        await visitor.comes_to(CONFIRM)
        visitor.fill(PASSWORD, ada.code(-1))
        await visitor.is_told({"Code": "That code was already used. Wait for the next one."})
        assert visitor.fields["Password"] == PASSWORD
        assert (visitor.focused, visitor.selected) == ("Code", ada.code(-1))
        visitor.type(f"{ada.code()}\r")
        await visitor.comes_to("Change password")


async def test_a_recovery_code_confirms(world: World) -> None:
    """In any writing."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_to_security(visitor)
        visitor.press("enter")
        await visitor.comes_to(CONFIRM)
        visitor.fill(PASSWORD, ada.recovery_codes[0].lower().replace("-", " "))
        await visitor.comes_to("Change password")
        visitor.press("escape")
        await visitor.sees("9 left")


async def test_five_minutes_over_in_the_middle(world: World) -> None:
    """The question comes again, and leads back to the filled form."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        world.wait(301)
        visitor.fill(NEW_PASSWORD, NEW_PASSWORD)
        await confirm(visitor, world, ada)
        await visitor.sees("Thank you. Press Enter to go on.")
        assert visitor.fields == {"New password": NEW_PASSWORD, "Repeat password": NEW_PASSWORD}
        visitor.press("enter")
        await visitor.sees("Password changed.")


async def test_five_minutes_over_before_a_button(world: World) -> None:
    """The question leads back to the button."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "New recovery codes")
        world.wait(301)
        visitor.press("enter")
        await confirm(visitor, world, ada)
        await visitor.sees("Thank you. Press Enter to go on.")
        await visitor.focuses("Make new codes")
        visitor.press("enter")
        await visitor.comes_to(CODES)


async def test_leaving_the_question_in_the_middle_loses_nothing(world: World) -> None:
    """Escape leads back to the form too."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        world.wait(301)
        visitor.fill("Augusta", "King")
        await visitor.comes_to(CONFIRM)
        visitor.press("escape")
        await visitor.has(first_name="Augusta", last_name="King")


@pytest.mark.parametrize("label", ROOMS)
async def test_rooms_fit_small_windows(world: World, label: str) -> None:
    """The focus is in view, and a change of size loses nothing."""
    ada = await world.register(email=f"{'a' * 64}@{'b' * 60}.org")
    async with at_home(world, ada, size=(60, 20)) as visitor:
        await go_in(visitor, world, ada, label)
        for size in ((200, 60), (60, 20), (80, 24)):
            await visitor.resize(*size)
            await visitor.rests()
            focused = visitor.app.focused
            assert focused is not None
            assert visitor.app.screen.region.overlaps(focused.region)
        visitor.press("escape")
        await visitor.comes_to(SECURITY if label in BEHIND_SECURITY else PROFILE)
        await visitor.focuses(label)


async def test_hostile_names_are_shown_literally(world: World) -> None:
    """On Home, on Security, and in forms."""
    ada = await world.register(first_name=HOSTILE, last_name="[/]")
    async with at_home(world, ada, first_name=HOSTILE) as visitor:
        await go_to_profile(visitor)
        assert f"Names {HOSTILE} [/]" in visitor.prose
        await choose(visitor, "Change names")
        await confirm(visitor, world, ada)
        await visitor.comes_to("Change names")
        await visitor.has(first_name=HOSTILE, last_name="[/]")
        visitor.press("escape")
        await visitor.comes_to(PROFILE)
        await choose(visitor, "Delete account")
        await visitor.comes_to("Delete account")
        visitor.fill("ada")
        await visitor.until(lambda: not visitor.app.is_running, "the end")
        assert visitor.app.return_value == f"Your account is deleted. Goodbye, {HOSTILE}."


async def test_something_that_fails_loses_nothing(world: World) -> None:
    """A room that was deleted from under the person says so."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change names")
        session = visitor.app.identity
        assert session is not None
        await world.accounts.sessions.end(session, session.session_id, ELSEWHERE)
        visitor.fill("Augusta", "King")
        await visitor.sees("That is not there any more.")
        await visitor.has(first_name="Augusta", last_name="King")
