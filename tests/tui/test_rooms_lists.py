"""Sessions and Activity."""

from dataclasses import replace

import pytest

from sshauth.accounts.activity import Activity, Happening
from sshauth.accounts.peer import Identity, Peer
from sshauth.tui.rows import Rows
from tests.accounts.people import Person, World
from tests.tui.rooms import ACTIVITY, HOSTILE, SESSIONS, at_home, click_at, is_home
from tests.tui.visitor import Visitor

PUTTY = Peer("2001:db8:1234:5678:9abc:def0:1234:5678", client="SSH-2.0-PuTTY_Release_0.78")
OPENSSH = Peer("198.51.100.7", client="SSH-2.0-OpenSSH_9.2p1 Debian-2")


async def signed_in_from(world: World, *peers: Peer) -> Person:
    """Give somebody with sessions; the one of their registration is over."""
    ada = await world.register()
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, OPENSSH)
    world.wait(24 * 60 * 60)
    for peer in peers:
        await ada.sign_in(peer=peer)
        world.wait(5 * 60)
    return ada


async def go_to(visitor: Visitor, room: str, words: str) -> None:
    """Go from Home to a list that shows something."""
    visitor.press({SESSIONS: "f5", ACTIVITY: "f6"}[room])
    await visitor.comes_to(room)
    await visitor.sees(words)


def line_with(visitor: Visitor, words: str) -> str:
    """Give the first line of the screen that has some words, spaces made one."""
    lines = [" ".join(line.split()) for line in visitor.text.split("\n")]
    return next((line for line in lines if words in line), "")


async def test_sessions_show_from_where_and_when(world: World) -> None:
    """Live ones first, the newest first among them; this one is marked; past ones say how they ended."""
    ada = await signed_in_from(world, PUTTY, OPENSSH)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        lines = visitor.text.split("\n")
        order = [
            next(index for index, line in enumerate(lines) if words in line)
            for words in ("this one", "OpenSSH", "PuTTY", "ended from another")
        ]
        assert order == sorted(order)
        assert line_with(visitor, "OpenSSH") == "198.51.100.7 OpenSSH 5 minutes ago 5 minutes ago"
        assert "2001:db8:1234:56…" in line_with(visitor, "PuTTY")


async def test_the_selected_row_tells_all(world: World) -> None:
    """The whole address, and exact times."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        visitor.press("down")
        await visitor.sees(
            f"From {PUTTY.address} by PuTTY. Started 2 March 2026, 12:00:45 UTC. "
            "Last typed 2 March 2026, 12:00:45 UTC."
        )
        visitor.press("down")
        await visitor.sees("Over since 1 March 2026, 12:00:45 UTC: ended from another session.")


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_ending_one(world: World, way: str) -> None:
    """The row changes at once."""
    ada = await signed_in_from(world, PUTTY, OPENSSH)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        if way == "keys":
            visitor.press("down", "down", "f5")
        else:
            lines = visitor.text.split("\n")
            row = next(index for index, line in enumerate(lines) if "PuTTY" in line)
            click_at(visitor, 5, row)
            await visitor.click("F5 End")
        await visitor.sees("Ended.")
        assert "ended from another session" in line_with(visitor, "PuTTY")
        assert "minutes ago" in line_with(visitor, "OpenSSH 5")
        assert [row.address for row in await world.live()].count(PUTTY.address) == 0
        visitor.press("f5")
        await visitor.sees("That session is over already.")


async def test_this_one_is_not_ended_here(world: World) -> None:
    """Words say how to."""
    ada = await signed_in_from(world)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        visitor.press("f5")
        await visitor.sees("That is the session you are in.")
        assert len(await world.live()) == 1


async def test_one_that_went_meanwhile_is_said_to_be_gone(world: World) -> None:
    """Somebody left between the look and the key."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        assert visitor.app.identity is not None
        await world.accounts.sessions.end_others(visitor.app.identity, OPENSSH)
        visitor.press("down", "f5")
        await visitor.sees("That is not there any more.")


async def test_ending_all_others(world: World) -> None:
    """Afterwards no other is live, and the screen says so."""
    ada = await signed_in_from(world, PUTTY, OPENSSH)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        visitor.press("f6")
        await visitor.sees("2 sessions ended.")
        assert len(await world.live()) == 1
        visitor.press("f6")
        await visitor.sees("No other session is live.")
        assert "F5" not in visitor.text
        visitor.press("escape")
        await is_home(visitor)


async def test_ending_the_only_other(world: World) -> None:
    """One is one."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        visitor.press("f6")
        await visitor.sees("One session ended.")


async def test_nobody_else(world: World) -> None:
    """It is said without being asked."""
    ada = await signed_in_from(world)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "No other session is live.")
        assert "F5" not in visitor.text
        visitor.press("f6")
        await visitor.sees("No other session is live.")
        visitor.press("f1")
        await visitor.comes_to("Help: Sessions")
        assert "F5" not in visitor.text


async def go_to_end_the_other(visitor: Visitor) -> None:
    """Select the other session, and go on to the button that ends it."""
    await go_to(visitor, SESSIONS, "this one")
    visitor.press("down", "enter")
    await visitor.focuses("F5 End")


async def test_where_the_last_is_ended_by_its_button_the_focus_goes_to_the_list(world: World) -> None:
    """The button is not there any more."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada) as visitor:
        await go_to_end_the_other(visitor)
        visitor.press("enter")
        await visitor.sees("Ended.")
        await visitor.loses("F5")
        assert visitor.app.focused is visitor.app.screen.query_one(Rows)


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_a_long_list_scrolls(world: World, size: tuple[int, int]) -> None:
    """The selected row is in view, whatever the window, and stays selected when its size changes."""
    ada = await signed_in_from(world, *(Peer(f"198.51.100.{number}") for number in range(40)))
    async with at_home(world, ada, size=size) as visitor:
        visitor.press("f5")
        await visitor.comes_to(SESSIONS)
        await visitor.until(lambda: "From" in visitor.text, "titles")
        visitor.press("end", "up")
        await visitor.until(lambda: "198.51.100.0" in visitor.text, "the last but one")
        await visitor.resize(100, 30)
        await visitor.sees("From 198.51.100.0 by unknown client.")
        await visitor.resize(*size)
        visitor.press("home")
        await visitor.until(lambda: "198.51.100.39" in visitor.text, "the first rows")
        visitor.press(*["pagedown"] * 9)
        await visitor.until(lambda: "198.51.100.30" in visitor.text, "the eleventh")


async def test_typing_finds_sessions(world: World) -> None:
    """Escape takes the filter away first, then leads back; keys of one burst keep their order."""
    ada = await signed_in_from(world, *(Peer(f"198.51.100.{number}") for number in range(20)))
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        visitor.type("100.7")
        await visitor.sees("Filter: 100.7 (1 of 22)")
        await visitor.sees("From 198.51.100.7 by unknown client.")
        visitor.press("escape")
        await visitor.sees("22 in all. Type to filter, F9 to sort.")
        await visitor.sees("From 198.51.100.7 by unknown client.")
        visitor.press(*"nobody", "f5")
        await visitor.sees("No session is selected.")
        assert "From 198" not in visitor.text
        visitor.press("escape", *"100.12", "f5")
        await visitor.sees("Ended.")
        assert "198.51.100.12" not in {row.address for row in await world.live()}
        visitor.press("escape", "escape")
        await is_home(visitor)


async def test_sorting_sessions(world: World) -> None:
    """By the time that the words only hint at; the title says so."""
    ada = await signed_in_from(world, OPENSSH, PUTTY)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        visitor.press("f9")
        await visitor.sees("From ▼")
        visitor.press("f9", "f9", "f9", "f9", "f9")
        await visitor.sees("Started ▲")
        lines = visitor.text.split("\n")
        order = [
            next(index for index, line in enumerate(lines) if words in line)
            for words in ("ended from another", "OpenSSH", "PuTTY", "this one")
        ]
        assert order == sorted(order)
        visitor.press("f9", "f9", "f9")
        await visitor.until(lambda: not {"▲", "▼"} & set(visitor.text), "the order as it was")


async def test_times_are_those_of_the_person(world: World) -> None:
    """Where the client says which those are."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada, time_zone=":Europe/Berlin") as visitor:
        await go_to(visitor, SESSIONS, "this one")
        visitor.press("down")
        await visitor.sees("Started 2 March 2026, 13:00:45 CET. Last typed 2 March 2026, 13:00:45 CET.")
        visitor.press("escape")
        await is_home(visitor)
        await go_to(visitor, ACTIVITY, "Signed in")
        visitor.press("down")
        await visitor.sees("by PuTTY. 2 March 2026, 13:00:45 CET.")


async def test_a_time_zone_that_there_is_not_is_utc(world: World) -> None:
    """Whatever a client claims."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada, time_zone="../../etc/localtime") as visitor:
        await go_to(visitor, ACTIVITY, "Signed in")
        visitor.press("down")
        await visitor.sees("by PuTTY. 2 March 2026, 12:00:45 UTC.")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_nothing_that_matters_is_cut(world: World, size: tuple[int, int]) -> None:
    """The longest address and the longest words of an end; all of it below the list."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada, size=size) as visitor:
        assert visitor.app.identity is not None
        await world.accounts.sessions.end_others(visitor.app.identity, OPENSSH)
        await go_to(visitor, SESSIONS, "this one")
        await visitor.sees("No other session is live.")
        visitor.press("down")
        await visitor.sees("UTC. Over since")
        await visitor.sees("UTC: ended from another session. Esc Back F1 Help")
        if size[0] == 120:
            assert PUTTY.address in line_with(visitor, "▸")


@pytest.mark.parametrize("room", [SESSIONS, ACTIVITY])
async def test_what_is_cut_in_a_small_window_stands_below_the_list(world: World, room: str) -> None:
    """Whole, however long it is, and none of the buttons is pushed out of sight."""
    client = "LongestNameThatIsShownOfAClient1"
    longest = replace(PUTTY, client=f"SSH-2.0-{client}_1.0")
    ada = await signed_in_from(world, longest)
    async with at_home(world, ada, size=(60, 20)) as visitor:
        await go_to(visitor, room, "Type to filter")
        visitor.press("down")
        await visitor.sees(f"rom {longest.address} by {client}. ")
        await visitor.sees("2 March 2026, 12:00:45 UTC.")
        await visitor.sees("Esc Back F1 Help")
        assert ("F5 End F6 End all others" in visitor.prose) == (room == SESSIONS)


async def test_enter_goes_on_from_the_list_to_its_buttons(world: World) -> None:
    """It ends nothing by itself."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada) as visitor:
        await go_to_end_the_other(visitor)
        assert len(await world.live()) == 2
        visitor.press("enter")
        await visitor.sees("Ended.")


async def test_activity_says_what_happened(world: World) -> None:
    """The newest first, the exact time for the selected row."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, ACTIVITY, "Signed in")
        assert line_with(visitor, "PuTTY") == "5 minutes ago Signed in 2001:db8:1234:… PuTTY"
        assert line_with(visitor, "Created") == "yesterday Created the account 192.0.2.1 test"
        visitor.press("down")
        await visitor.sees(f"Signed in, from {PUTTY.address} by PuTTY. 2 March 2026, 12:00:45 UTC.")
        visitor.press("escape")
        await is_home(visitor)


async def test_activity_by_mouse(world: World) -> None:
    """A row is selected by a click; one on nothing does nothing."""
    ada = await signed_in_from(world, PUTTY)
    async with at_home(world, ada) as visitor:
        await visitor.sees("F6 Activity")
        lines = visitor.text.split("\n")
        click_at(visitor, 5, next(index for index, line in enumerate(lines) if "F6 Activity" in line))
        await visitor.sees("Created the account")
        lines = visitor.text.split("\n")
        row = next(index for index, line in enumerate(lines) if "Created" in line)
        click_at(visitor, 5, row)
        await visitor.sees("Created the account, from 192.0.2.1 by test.")
        click_at(visitor, 5, row + 3)
        for _ in range(2):
            click_at(visitor, 5, row)
        await visitor.rests()
        assert visitor.heading == ACTIVITY
        assert "Created the account, from" in visitor.prose


async def test_what_strangers_wrote_is_shown_literally(world: World) -> None:
    """The version of an SSH client does nothing, in the list and below it."""
    hostile = Peer(HOSTILE, client=f"SSH-2.0-{HOSTILE}\x9b2J\u202e")
    ada = await signed_in_from(world, hostile)
    async with at_home(world, ada, size=(120, 40)) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        assert f"{HOSTILE} [@click=a…" in line_with(visitor, "[@click=app")
        visitor.press("down")
        await visitor.sees(f"From {HOSTILE} by {HOSTILE}")
        assert not {"\x9b", "\u202e"} & set(visitor.text)
        visitor.press("escape")
        await is_home(visitor)
        await go_to(visitor, ACTIVITY, "Signed in")
        visitor.press("down")
        await visitor.sees(f"Signed in, from {HOSTILE} by {HOSTILE}")


class BrokenActivity(Activity):
    """Breaks: a database that is not there."""

    async def recent(self, identity: Identity) -> tuple[Happening, ...]:
        raise OSError(f"no database for {identity.user_name}")


async def test_what_fails_while_it_is_looked_up_leads_back(world: World) -> None:
    """An incident is told, and no key is stuck."""
    ada = await signed_in_from(world)
    world.accounts = replace(world.accounts, activity=BrokenActivity(world.database))
    async with at_home(world, ada) as visitor:
        visitor.press("f6")
        await visitor.sees("Something went wrong on our side")
        visitor.press("enter")
        await visitor.comes_to(ACTIVITY)
        assert "Nothing has happened yet." not in visitor.text
        visitor.press("escape")
        await is_home(visitor)


async def test_words_over_a_list_change_nothing_below(world: World) -> None:
    """The selected row stays, and is what the next key is about."""
    ada = await signed_in_from(world, PUTTY, OPENSSH)
    async with at_home(world, ada) as visitor:
        await go_to(visitor, SESSIONS, "this one")
        visitor.press("down")
        await visitor.sees("From 198.51.100.7 by OpenSSH.")
        visitor.app.notice("Still there?")
        await visitor.sees("Still there?")
        visitor.press("down", "f5")
        await visitor.sees("Ended.")
        assert "ended from another session" in line_with(visitor, "PuTTY")
