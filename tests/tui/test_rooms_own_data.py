"""See my data."""

import json

from sshauth.accounts.peer import Peer
from tests.accounts.people import World
from tests.tui.rooms import (
    Clipboard,
    at_home,
    go_in,
)


async def test_own_data_is_shown_and_copied(world: World) -> None:
    """As JSON, in one part where it is short, scrolled by keys; without mail it is not offered."""
    ada = await world.register()
    Clipboard.copied.clear()
    async with at_home(world, ada, driver=Clipboard) as visitor:
        await go_in(visitor, world, ada, "See my data")
        await visitor.sees('"user_name": "ada"')
        visitor.press("f5")
        await visitor.sees("Sent to your terminal's clipboard.")
        assert json.loads(Clipboard.copied[-1])["account"]["email"] == "ada@example.org"
        visitor.press("end")
        await visitor.loses('"user_name": "ada"')
        assert "Mail it to me" not in visitor.text
        visitor.press("f6")
        await visitor.rests()
    assert "own-data" not in await world.kinds_mailed()


async def test_much_data_is_copied_in_parts(world: World) -> None:
    """Each press sends the next; together they are the whole."""
    ada = await world.register()
    for number in range(40):
        await ada.sign_in(peer=Peer(f"192.0.2.{number}", client=f"SSH-2.0-{'x' * 200}"))
        world.wait(30)
    Clipboard.copied.clear()
    async with at_home(world, ada, driver=Clipboard) as visitor:
        await go_in(visitor, world, ada, "See my data")
        await visitor.sees("F5 Copy part 1 of ")
        count = int(visitor.prose.split("F5 Copy part 1 of ")[1].split(" ")[0])
        assert count > 1
        for part in range(1, count + 1):
            visitor.press("f5")
            await visitor.sees(f"Part {part} of {count} sent to your terminal's clipboard.")
        await visitor.sees(f"F5 Copy part 1 of {count}")
        assert max(map(len, Clipboard.copied)) <= 8000
        assert len(json.loads("".join(Clipboard.copied))["sessions"]) == 42


async def test_own_data_by_mail(world: World) -> None:
    """To the address of the account."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "See my data")
        visitor.press("f6")
        await visitor.sees("On its way to ada@example.org.")
    assert "own-data" in await world.kinds_mailed()
