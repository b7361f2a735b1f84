"""Who is an administrator: by command, and by nothing else."""

import pytest

from sshauth.accounts.audit import Audit
from sshauth.accounts.errors import GoneAway, NotAdministrator
from sshauth.accounts.keyed_hash import KeyedHash
from sshauth.accounts.peer import Peer
from sshauth.accounts.promotion import Promotion
from sshauth.db.tables import AuditEvent
from tests.accounts.people import World

CONSOLE = Peer("db1.example.org", client="command line")
ADMINS = ("root@example.org", "ops@example.org")


def promotion(world: World) -> Promotion:
    """Give what the command has."""
    return Promotion(world.database, Audit(KeyedHash.under("a key", "failures")), world.clock, ADMINS)


async def words_mailed(world: World) -> list[tuple[str, str]]:
    """Give to whom what is mailed."""
    return [(letter.to, " ".join(letter.content.text.split())) for letter in await world.letters() if letter]


async def test_a_promotion_shows_at_the_next_sign_in(world: World) -> None:
    """In whatever case the name is typed; sessions go on."""
    ada = await world.register()
    assert not ada.identity.is_admin
    assert await promotion(world).promote(" ADA ", CONSOLE)
    assert len(await world.live()) == 1
    admin = await ada.sign_in()
    assert admin.is_admin
    assert [each.user_name for each in await world.accounts.administration.people(admin)] == ["ada"]


async def test_a_demotion_acts_at_once(world: World) -> None:
    """Row 17: every session is told within a beat; none may do anything any more."""
    ada = await world.register()
    await promotion(world).promote("ada", CONSOLE)
    elsewhere = await ada.sign_in_elsewhere()
    assert await promotion(world).demote("Ada", CONSOLE)
    assert await elsewhere.told() == [
        "You were signed out: you are no administrator any more. You may sign in again."
    ]
    assert await world.live() == []
    with pytest.raises(NotAdministrator):
        await world.accounts.administration.people(elsewhere.identity)
    assert not (await ada.sign_in()).is_admin


async def test_both_are_written_down_and_mailed(world: World) -> None:
    """To the person, and to every address of ADMINS."""
    ada = await world.register()
    await promotion(world).promote("ada", CONSOLE)
    event = (await world.rows(AuditEvent))[-1]
    assert (event.kind, event.user_id, event.address, event.client, event.data) == (
        "admin-made",
        ada.identity.user_id,
        "db1.example.org",
        "command line",
        {},
    )
    (to, person), (first, words), (second, _) = await words_mailed(world)
    assert (to, first, second) == ("ada@example.org", *ADMINS)
    assert "Your account ada was made an administrator of sshauth" in person
    assert "The account ada was made an administrator of sshauth" in words
    assert "It came from db1.example.org on 2026-03-01 at 12:00 UTC" in words
    assert "sshauth user demote ada" in words
    await promotion(world).demote("ada", CONSOLE)
    assert (await world.audited())[-1] == "admin-unmade"
    assert (await world.kinds_mailed())[3:] == ["demoted", "admin-unmade", "admin-unmade"]
    mailed = await words_mailed(world)
    assert "Your account ada is no administrator of sshauth any more" in mailed[3][1]
    assert "sshauth user promote ada" in mailed[4][1]
    said = [each.words for each in await world.accounts.activity.recent(ada.identity)]
    assert said[:2] == ["Is no administrator any more", "Became an administrator"]


async def test_what_is_so_already_changes_nothing(world: World) -> None:
    """No second event, no second mail, no session ended."""
    await world.register()
    assert not await promotion(world).demote("ada", CONSOLE)
    assert (await world.audited(), await world.mailed()) == (["registered"], [])
    await promotion(world).promote("ada", CONSOLE)
    assert not await promotion(world).promote("ada", CONSOLE)
    assert (await world.audited()).count("admin-made") == 1
    assert len(await world.live()) == 1


@pytest.mark.parametrize("name", ["nobody", "ada@example.org", "", "\udcff", "x" * 1000])
async def test_nobody_of_that_name(world: World, name: str) -> None:
    """An email address is no user name: it must be clear whom it is about."""
    await world.register()
    for act in (promotion(world).promote, promotion(world).demote):
        with pytest.raises(GoneAway):
            await act(name, CONSOLE)
    assert await world.audited() == ["registered"]


async def test_an_address_in_admins_makes_nobody_an_administrator(world: World) -> None:
    """It is for mail alone."""
    root = await world.register(user_name="root1", email=ADMINS[0])
    assert not root.identity.is_admin
    with pytest.raises(NotAdministrator):
        await world.accounts.administration.people(root.identity)
