"""A person's account: what is shown, and what can be done, each after a question and a confirmation."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete

from sshauth.accounts.errors import SignInRefused
from sshauth.db.tables import Authenticator, AuthenticatorReset, SessionRow, User
from sshauth.tui.question import NO
from tests.accounts.operators import begin, make
from tests.accounts.people import Person, World
from tests.tui.admins import (
    BENS,
    DISABLE,
    ENABLE,
    END_ALL,
    END_ONE,
    PEOPLE,
    PERSON,
    RESET,
    SESSIONS_OF,
    at_admin,
    disable,
    go_to_person,
    register_admin,
    register_ben,
)
from tests.tui.rooms import CONFIRM, choose, confirm, rests
from tests.tui.test_rooms_lists import line_with
from tests.tui.visitor import Visitor


async def go_in(visitor: Visitor, world: World, ada: Person, label: str, heading: str) -> None:
    """Go from a person to a question or a form."""
    await choose(visitor, label)
    await confirm(visitor, world, ada)
    await visitor.comes_to(heading)
    await rests(visitor)


async def come_in(world: World, user_id: UUID) -> None:
    """Let somebody sign in from elsewhere."""
    now = world.now
    times = {"started_at": now, "last_input_at": now, "seen_at": now}
    async with world.database.transaction() as session:
        session.add(SessionRow(id=uuid4(), user_id=user_id, address="", client="", node="node/1", **times))


async def live_of(world: World, user_id: UUID) -> int:
    """Count somebody's live sessions."""
    return sum(row.user_id == user_id for row in await world.live())


async def test_what_is_shown(world: World) -> None:
    """All but secrets."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        for fact in (
            "User name ben",
            "Names Ben Nevis",
            "Email ben@example.org",
            "Administrator no",
            "State in use",
            "Account since 1 March 2026",
            "Last sign-in 1 March 2026, 12:01:15 UTC",
            "Live sessions 2",
            "Authenticators 1",
        ):
            await visitor.sees(fact)


async def test_nothing_can_be_done_to_oneself(world: World) -> None:
    """It says where one does that."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ada")
        await visitor.sees("This is you")
        await visitor.sees("Administrator yes")
        assert "Disable" not in visitor.text
        assert "Reset" not in visitor.text


# Disabling and enabling


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_disabling(world: World, way: str) -> None:
    """After a confirmation and a question that says what will happen; sessions end."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await go_in(visitor, world, ada, "Disable account", DISABLE)
        await visitor.sees("Nobody can sign in to the account of ben any more, nor reset its password.")
        await visitor.sees("Their 2 sessions will end within two seconds. A mail tells them.")
        await visitor.sees("Nothing is deleted")
        if way == "keys":
            await choose(visitor, "Disable ben")
        else:
            await visitor.click("Disable ben")
        await visitor.comes_to(PERSON)
        await visitor.sees("ben is disabled.")
        await visitor.sees("State disabled since 1 March 2026")
        await visitor.sees("Its authenticator can be reset once it is enabled.")
        assert "Reset authenticator" not in visitor.text
        assert await live_of(world, ben.user_id) == 0
        assert (await world.user("ben")).disabled_at is not None


async def test_a_key_too_many_disables_nobody(world: World) -> None:
    """What has the focus at first leaves it as it is; so does Escape."""
    ada = await register_admin(world)
    await register_ben(world)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await go_in(visitor, world, ada, "Disable account", DISABLE)
        await visitor.focuses(NO)
        visitor.press("enter")
        await visitor.comes_to(PERSON)
        await choose(visitor, "Disable account")
        await visitor.comes_to(DISABLE)
        await rests(visitor)
        visitor.press("escape")
        await visitor.comes_to(PERSON)
        await rests(visitor)
        visitor.press(*["enter"] * 5)
        await rests(visitor)
        assert (await world.user("ben")).disabled_at is None


async def test_who_has_no_session_is_told_of_none(world: World) -> None:
    """The question says what will happen."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    await world.accounts.sessions.end_others(ben, BENS)
    await world.accounts.sessions.end(ben, ben.session_id, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await visitor.sees("Live sessions none")
        assert "End all sessions" not in visitor.text
        await go_in(visitor, world, ada, "Disable account", DISABLE)
        assert "within two seconds" not in visitor.prose


async def test_enabling(world: World) -> None:
    """All is as it was."""
    ada = await register_admin(world)
    await register_ben(world)
    await disable(world, "ben")
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await go_in(visitor, world, ada, "Enable account", ENABLE)
        await visitor.focuses(NO)
        await choose(visitor, "Enable ben")
        await visitor.comes_to(PERSON)
        await visitor.sees("ben is enabled.")
        await visitor.sees("State in use")
        assert (await world.user("ben")).disabled_at is None


async def test_a_confirmation_that_is_too_old_is_asked_for_again(world: World) -> None:
    """The question is there afterwards, and nothing was done yet."""
    ada = await register_admin(world)
    await register_ben(world)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await go_in(visitor, world, ada, "Disable account", DISABLE)
        world.wait(6 * 60)
        await choose(visitor, "Disable ben")
        await visitor.comes_to(CONFIRM)
        assert (await world.user("ben")).disabled_at is None
        await confirm(visitor, world, ada)
        await visitor.comes_to(DISABLE)
        await choose(visitor, "Disable ben")
        await visitor.sees("ben is disabled.")


# Sessions


async def test_ending_all_sessions(world: World) -> None:
    """They say how many there were."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await go_in(visitor, world, ada, END_ALL, END_ALL)
        await visitor.sees("All sessions of ben, 2 by now, end within two seconds")
        await visitor.focuses(NO)
        await choose(visitor, "End all sessions of ben")
        await visitor.comes_to(PERSON)
        await visitor.sees("2 sessions ended.")
        await visitor.sees("Live sessions none")
        assert await live_of(world, ben.user_id) == 0


async def see_sessions(visitor: Visitor) -> None:
    """Go from a person to their sessions."""
    await choose(visitor, "Sessions")
    await visitor.comes_to(SESSIONS_OF)
    await rests(visitor)


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_ending_one_session(world: World, way: str) -> None:
    """After a question, and the row says who ended it."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await see_sessions(visitor)
        assert line_with(visitor, "OpenSSH") == "▸ 198.51.100.7 OpenSSH 5 minutes ago 5 minutes ago"
        if way == "keys":
            visitor.press("f5")
        else:
            await visitor.click("F5 End")
        await confirm(visitor, world, ada)
        await visitor.comes_to(END_ONE)
        await visitor.sees("ben is signed in from 198.51.100.7.")
        await visitor.focuses(NO)
        assert await live_of(world, ben.user_id) == 2
        if way == "keys":
            await choose(visitor, "End this session of ben")
        else:
            await visitor.click("End this session of ben")
        await visitor.comes_to(SESSIONS_OF)
        await visitor.sees("Ended.")
        await visitor.until(lambda: "administrator" in line_with(visitor, "OpenSSH"), "its end")
        assert await live_of(world, ben.user_id) == 1
        visitor.press("f5")
        await visitor.sees("That session is over already.")


async def test_ending_all_from_the_list(world: World) -> None:
    """Those too that began after the list was made."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await see_sessions(visitor)
        visitor.press("f6")
        await confirm(visitor, world, ada)
        await visitor.comes_to(END_ALL)
        await choose(visitor, "End all sessions of ben")
        await visitor.comes_to(SESSIONS_OF)
        await visitor.sees("2 sessions ended.")
        assert await live_of(world, ben.user_id) == 0


async def test_a_session_that_ended_meanwhile(world: World) -> None:
    """It is said, and the list is as it is now."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await see_sessions(visitor)
        visitor.press("f5")
        await confirm(visitor, world, ada)
        await visitor.comes_to(END_ONE)
        await world.accounts.sessions.end(ben, ben.session_id, BENS)
        await choose(visitor, "End this session of ben")
        await visitor.comes_to(SESSIONS_OF)
        await visitor.sees("That session was over already.")


async def test_who_was_never_here_has_no_sessions(world: World) -> None:
    """The list says so, and the keys end nothing."""
    ada = await register_admin(world)
    await register_ben(world)
    await forget_sessions(world, "ben")
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await see_sessions(visitor)
        await visitor.sees("This person was never signed in")
        visitor.press("f5")
        await visitor.sees("No session is selected.")
        visitor.press("f6")
        await visitor.sees("No session of theirs is live.")
        assert visitor.heading == SESSIONS_OF
        assert "F5" not in visitor.text


async def test_who_came_in_meanwhile_is_counted(world: World) -> None:
    """What is asked is about the account as it is then, not as it was when it was looked at."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await visitor.sees("Live sessions 2")
        await come_in(world, ben.user_id)
        await go_in(visitor, world, ada, END_ALL, END_ALL)
        await visitor.sees("All sessions of ben, 3 by now")
        await choose(visitor, "End all sessions of ben")
        await visitor.comes_to(PERSON)
        await visitor.sees("Live sessions none")
        assert "End all sessions" not in visitor.text


# The authenticator


async def test_resetting_an_authenticator(world: World) -> None:
    """Says what will happen and to which address the code goes; takes the person's user name."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await go_in(visitor, world, ada, "Reset authenticator", RESET)
        await visitor.sees("All sessions of ben end")
        await visitor.sees("A code goes to ben@example.org: for 24 hours")
        visitor.fill("ada")
        await visitor.sees("Type the user name of this account")
        assert await world.rows(AuthenticatorReset) == []
        visitor.fill("ben")
        await visitor.comes_to(PERSON)
        await visitor.sees("A code for a new authenticator goes to ben@example.org.")
        await visitor.sees("Authenticators none: a code to set one up waits to be used")
        await visitor.sees("Live sessions none")
        assert [row.user_id for row in await world.rows(AuthenticatorReset)] == [ben.user_id]
        assert ben.user_id not in {row.user_id for row in await world.rows(Authenticator)}
        visitor.press("escape")
        await visitor.comes_to(PEOPLE)
        await visitor.until(lambda: "no authenticator" in line_with(visitor, "Ben"), "the state")


async def test_another_code_for_an_account_that_is_not_set_up(world: World) -> None:
    """There is no password yet, and nothing to take away: that is said, and the mail is that of the first."""
    ada = await register_admin(world)
    made = await make(world)
    async with at_admin(world, ada, size=(60, 20)) as visitor:
        await go_to_person(visitor, "grace")
        await go_in(visitor, world, ada, "Reset authenticator", RESET)
        await visitor.sees("grace has not set up the account yet.")
        visitor.fill("grace")
        await visitor.sees("A code for a new authenticator goes to grace@example.org.")
    with pytest.raises(SignInRefused):
        await begin(world, made.code)
    enrolment = await begin(world, await world.mailed_code())
    assert enrolment.first_steps is not None


async def test_an_enter_too_many_resets_nothing(world: World) -> None:
    """The name has to be typed."""
    ada = await register_admin(world)
    await register_ben(world)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await go_in(visitor, world, ada, "Reset authenticator", RESET)
        visitor.press("enter", "enter")
        await visitor.sees("Please fill this in.")
        assert await world.rows(AuthenticatorReset) == []


# What changed meanwhile


async def test_an_account_that_went_meanwhile(world: World) -> None:
    """The list says so."""
    ada = await register_admin(world)
    await register_ben(world)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await delete_account(world, "ben")
        await choose(visitor, "Sessions")
        await visitor.comes_to(SESSIONS_OF)
        await rests(visitor)
        visitor.press("escape")
        await visitor.comes_to(PEOPLE)
        await visitor.sees("That account is not there any more.")


async def test_an_account_that_went_while_it_was_asked_about(world: World) -> None:
    """The question says so, and going back leads to the list."""
    ada = await register_admin(world)
    await register_ben(world)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "ben")
        await go_in(visitor, world, ada, "Disable account", DISABLE)
        await delete_account(world, "ben")
        await choose(visitor, "Disable ben")
        await visitor.sees("That is not there any more.")
        visitor.press("escape")
        await visitor.comes_to(PEOPLE)


async def delete_account(world: World, user_name: str) -> None:
    """Delete somebody's account."""
    async with world.database.transaction() as session:
        await session.execute(delete(User).where(User.user_name == user_name))


async def forget_sessions(world: World, user_name: str) -> None:
    """Forget somebody's sessions, as after a long time."""
    user = await world.user(user_name)
    async with world.database.transaction() as session:
        await session.execute(delete(SessionRow).where(SessionRow.user_id == user.id))


async def test_an_account_that_is_not_set_up_yet_is_told_from_others(world: World) -> None:
    """In the list and by itself."""
    ada = await register_admin(world)
    await make(world)
    async with at_admin(world, ada) as visitor:
        await go_to_person(visitor, "grace")
        await visitor.sees("State made for its person, who has not set it up yet")
        await visitor.sees("Names not chosen yet")
        visitor.press("escape")
        await visitor.comes_to(PEOPLE)
        await visitor.until(lambda: "not set up yet" in line_with(visitor, "grace"), "the state")
