"""Invite somebody, as an administrator does it."""

import pytest

from sshauth.accounts.entrance import Entrance
from sshauth.db.tables import Invitation
from tests.accounts.inviting import GRACE, use_entrance
from tests.accounts.people import World
from tests.tui.admins import ADMIN, INVITE, at_admin, register_admin
from tests.tui.rooms import choose, confirm
from tests.tui.ways import go_back


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
@pytest.mark.parametrize("way", ["key", "button"])
async def test_inviting(world: World, way: str, size: tuple[int, int]) -> None:
    """An address is typed, and an invitation is on its way; several go without asking anew."""
    world.use(mail_goes_out=True)
    ada = await register_admin(world)
    use_entrance(world, Entrance.INVITE)
    async with at_admin(world, ada, size=size) as visitor:
        if way == "key":
            visitor.press("f7")
        else:
            await choose(visitor, "F7 Invite somebody")
        await confirm(visitor, world, ada)
        await visitor.comes_to(INVITE)
        await visitor.sees("For 7 days it lets one person create an account.")
        visitor.fill(GRACE)
        await visitor.comes_to(ADMIN)
        await visitor.sees(f"An invitation is on its way to {GRACE}.")
        visitor.press("f7")
        await visitor.comes_to(INVITE)
        visitor.fill("ben@example.org")
        await visitor.sees("An invitation is on its way to ben@example.org.")
    assert {row.email for row in await world.rows(Invitation)} == {GRACE, "ben@example.org"}


async def test_where_mail_goes_to_files_that_is_said(world: World) -> None:
    """Nobody waits for a mail that does not come."""
    ada = await register_admin(world)
    use_entrance(world, Entrance.INVITE)
    async with at_admin(world, ada) as visitor:
        visitor.press("f7")
        await confirm(visitor, world, ada)
        await visitor.comes_to(INVITE)
        visitor.fill(GRACE)
        await visitor.sees(f"The invitation of {GRACE} lies in a file on the server")


async def test_who_cannot_be_invited_is_said_beside_the_field(world: World) -> None:
    """And what was typed is there again after a look elsewhere."""
    ada = await register_admin(world)
    use_entrance(world, Entrance.INVITE)
    async with at_admin(world, ada) as visitor:
        visitor.press("f7")
        await confirm(visitor, world, ada)
        await visitor.comes_to(INVITE)
        visitor.fill("nowhere")
        await visitor.is_told({"Email": "Mail cannot reach that address."})
        visitor.fill("ada@example.org")
        await visitor.is_told({"Email": "That address has an account already: ada."})
        await go_back(visitor, ADMIN)
        visitor.press("f7")
        await visitor.comes_to(INVITE)
        await visitor.holds("ada@example.org")


@pytest.mark.parametrize("entrance", [Entrance.OPEN, Entrance.CLOSED])
async def test_where_invitations_are_of_no_use_there_is_no_way_to_invite(
    world: World, entrance: Entrance
) -> None:
    """Neither a button nor a key, and the help tells of none."""
    ada = await register_admin(world)
    use_entrance(world, entrance)
    async with at_admin(world, ada) as visitor:
        visitor.press("f7")
        await visitor.rests()
        assert visitor.heading == ADMIN
        assert "Invite" not in visitor.text
        visitor.press("f1")
        await visitor.comes_to(f"Help: {ADMIN}")
        assert "F7" not in visitor.text
