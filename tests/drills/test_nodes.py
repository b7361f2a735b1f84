"""Sessions on two nodes: what one does, the other's people feel."""

import asyncio
from datetime import timedelta

from sshauth.accounts.clock import utc_now
from tests.accounts.people import ELSEWHERE, HERE, NEW_PASSWORD, PASSWORD, World
from tests.drills.crew import Crew
from tests.support.codes import code_at


async def test_a_password_change_on_one_node_ends_the_session_on_the_other(world: World, crew: Crew) -> None:
    """Within two seconds, and the person there is told why."""
    # The watch beats by the real clock, so the story is told in the present.
    world.now = utc_now() - timedelta(minutes=5)
    ada = await world.register()
    facts = {"login": "ada", "password": PASSWORD}
    present_code = code_at(ada.enrolment.secret)
    crew.do_one(0, {"do": "watch", "code": present_code, "address": ELSEWHERE.address, **facts})
    world.now = utc_now() + timedelta(minutes=1)
    changing = {
        "do": "change password",
        "at": world.now.isoformat(),
        "code": ada.code(),
        "next_code": ada.code(1),
        "address": HERE.address,
        "new": NEW_PASSWORD,
        **facts,
    }
    told, changed = await asyncio.to_thread(crew.do, [{"do": "wait until told"}, changing])
    assert told["words"] == "You were signed out: the password was changed in another session."
    assert told["at"] - changed["at"] < 2
    assert [row.node for row in await world.live()] == ["drill/1"]
