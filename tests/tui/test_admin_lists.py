"""Activity of everyone, and the mail queue."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from sshauth.db.tables import OutgoingMail, User
from tests.accounts.people import ELSEWHERE, PASSWORD, World
from tests.tui.admins import (
    BENS,
    EVERYONE,
    MAIL,
    at_admin,
    give_up_mails,
    go_to,
    register_admin,
    register_ben,
)
from tests.tui.rooms import rests
from tests.tui.test_rooms_lists import line_with


async def test_what_happened_to_everybody(world: World) -> None:
    """The newest first; whose account, what, from where."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, EVERYONE)
        assert line_with(visitor, "198.51.100.7") == "5 minutes ago ben Signed in 198.51.100.7"
        assert line_with(visitor, "ben Created") == "6 minutes ago ben Created the account 192.0.2.1"
        visitor.press("down")
        await visitor.sees("ben: Signed in, from 198.51.100.7 by OpenSSH. 1 March 2026, 12:01:15 UTC.")


async def test_names_that_are_nobodys(world: World) -> None:
    """One was never an account, one is none any more."""
    ada = await register_admin(world)
    await register_ben(world)
    async with world.database.transaction() as session:
        await session.execute(delete(User).where(User.user_name == "ben"))
    with pytest.raises(Exception, match="wrong"):
        await world.accounts.sign_in("nobody", PASSWORD, "000000", ELSEWHERE)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, EVERYONE)
        assert "unknown Failed sign-in" in line_with(visitor, "unknown")
        assert "deleted accou… Created" in line_with(visitor, "deleted")
        assert "nobody" not in visitor.text


async def test_what_an_administrator_did_says_to_whom(world: World) -> None:
    """And the filter finds it by any of the words."""
    ada = await register_admin(world)
    (ben,) = await register_ben(world, BENS)
    await ada.sign_in()
    world.wait(30)
    admin = await ada.sign_in()
    world.wait(30)
    await world.accounts.confirmation(admin, PASSWORD, ada.code(), BENS)
    world.wait(30)
    await world.accounts.administration.end_session(admin, ben.session_id, BENS)
    async with at_admin(world, ada, size=(120, 40)) as visitor:
        await go_to(visitor, EVERYONE)
        visitor.type("session ben")
        await visitor.sees("Filter: session ben")
        assert "ada Ended a session: ben" in line_with(visitor, "ada")


# Mail


async def test_no_mail(world: World) -> None:
    """It says that this is well."""
    ada = await register_admin(world)
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, MAIL)
        await visitor.sees("No mail waits: all that was asked for is sent.")


async def test_mails_that_wait(world: World) -> None:
    """What they are about, for whom, how often they were tried and when they will be; not what they say."""
    ada = await register_admin(world)
    await register_ben(world, BENS, ELSEWHERE)
    await world.accounts.reset.request("nobody@example.org", ELSEWHERE)
    async with world.database.transaction() as session:
        await session.execute(update(OutgoingMail).values(due_at=world.now + timedelta(minutes=40), tries=3))
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, MAIL)
        assert line_with(visitor, "▸") == "▸ Sign-in elsewhere ben 10 minutes ago 3 in 40 minutes"
        await visitor.sees(
            "Sign-in elsewhere, to ben. Asked for 1 March 2026, 12:01:15 UTC, tried 3 times. Next"
        )
        await visitor.sees("times. Next try 1 March 2026, 12:51:15 UTC.")


async def test_mails_that_nobody_will_get(world: World) -> None:
    """They stand last, and it is said what that means."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    await give_up_mails(world)
    async with world.database.transaction() as session:
        session.add(
            OutgoingMail(kind="confirm-address", data={}, created_at=world.now, due_at=world.now, tries=0)
        )
    async with at_admin(world, ada) as visitor:
        await go_to(visitor, MAIL)
        await visitor.sees("1 mail was given up.")
        assert line_with(visitor, "▸") == "▸ Registration code no account just now 0 now"
        await visitor.sees("not tried yet. Next try now.")
        visitor.press("down")
        await visitor.sees("tried 9 times. Given up 1 March 2026, 12:06:15 UTC. It was refused for good")
        assert line_with(visitor, "▸").endswith("9 given up")


@pytest.mark.parametrize("size", [(60, 20), (120, 40)])
@pytest.mark.parametrize("room", [EVERYONE, MAIL])
async def test_sizes(world: World, size: tuple[int, int], room: str) -> None:
    """Whole lists."""
    ada = await register_admin(world)
    await register_ben(world, BENS)
    async with at_admin(world, ada, size=size) as visitor:
        await go_to(visitor, room)
        await rests(visitor)
        await visitor.sees("Esc Back")
        assert "ben" in visitor.text
