"""Pictures of Home and every room behind it, at both sizes."""

import pytest
from syrupy.assertion import SnapshotAssertion

from sshauth.accounts.peer import Peer, ProvenKey
from tests.accounts.people import World
from tests.tui.edges import THROWAWAY_SECRET
from tests.tui.rooms import (
    ACTIVITY,
    CONFIRM,
    KEY,
    KEYS,
    OTHER_KEY,
    ROOMS,
    SESSIONS,
    at_home,
    choose,
    go_in,
    go_to_security,
    register_who_kept_codes,
    remember,
    rests,
)
from tests.tui.screen_text import snapshot_of
from tests.tui.visitor import Visitor

SIZES = pytest.mark.parametrize("size", [(80, 24), (60, 20)], ids=["80x24", "60x20"])
PUTTY = Peer("2001:db8:1234:5678:9abc:def0:1234:5678", client="SSH-2.0-PuTTY_Release_0.78")


async def picture_of(visitor: Visitor) -> str:
    """Take a picture once nothing moves any more."""
    await visitor.rests()
    return snapshot_of(visitor.app)


@SIZES
async def test_home_with_warnings(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """Both of them."""
    ada = await world.register()
    for code in ada.recovery_codes[3:]:
        await ada.sign_in(code=code)
    async with at_home(world, ada, size=size) as visitor:
        assert await picture_of(visitor) == snapshot


@SIZES
async def test_security(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """The account, and what can be done about it."""
    ada = await world.register()
    async with at_home(world, ada, size=size) as visitor:
        await go_to_security(visitor)
        assert await picture_of(visitor) == snapshot


@SIZES
async def test_confirming(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """Before each room."""
    ada = await world.register()
    async with at_home(world, ada, size=size) as visitor:
        await go_to_security(visitor)
        visitor.press("enter")
        await visitor.comes_to(CONFIRM)
        assert await picture_of(visitor) == snapshot


@SIZES
@pytest.mark.parametrize("label", ROOMS)
async def test_a_room(world: World, snapshot: SnapshotAssertion, label: str, size: tuple[int, int]) -> None:
    """As one comes in."""
    world.use(mail_goes_out=True)
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada, size=size) as visitor:
        await go_in(visitor, world, ada, label)
        assert await picture_of(visitor) == snapshot


@SIZES
async def test_two_authenticators_and_a_third(
    world: World, snapshot: SnapshotAssertion, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list with two, a new one's QR code, and what it says before one is removed."""
    monkeypatch.setattr("sshauth.accounts.totp.new_secret", lambda: THROWAWAY_SECRET)
    ada = await world.register()
    await ada.confirm_it_is_me()
    enrolment = await world.accounts.authenticators.begin(ada.identity)
    code = ada.code()
    await world.accounts.authenticators.add(ada.identity, enrolment, "Old phone", code, PUTTY)
    async with at_home(world, ada, size=size) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        await visitor.sees("Remove Old phone")
        assert await picture_of(visitor) == snapshot(name="list")
        await choose(visitor, "Replace Old phone")
        await visitor.comes_to("New authenticator")
        assert await picture_of(visitor) == snapshot(name="new")
        visitor.press("escape")
        await visitor.comes_to("Authenticators")
        await choose(visitor, "Remove Old phone")
        await visitor.comes_to("Remove an authenticator")
        assert await picture_of(visitor) == snapshot(name="remove")


@SIZES
async def test_the_code_for_a_new_address(
    world: World, snapshot: SnapshotAssertion, size: tuple[int, int]
) -> None:
    """It went out."""
    world.use(mail_goes_out=True)
    ada = await world.register()
    async with at_home(world, ada, size=size) as visitor:
        await go_in(visitor, world, ada, "Change email")
        visitor.fill("augusta@example.org")
        await visitor.sees("A code went to")
        assert await picture_of(visitor) == snapshot


@SIZES
@pytest.mark.parametrize(("key", "room"), [("f3", SESSIONS), ("f4", ACTIVITY)])
async def test_a_list(
    world: World, snapshot: SnapshotAssertion, size: tuple[int, int], key: str, room: str
) -> None:
    """Live sessions and one that is over; what happened."""
    ada = await world.register()
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, PUTTY)
    world.wait(3 * 24 * 60 * 60)
    await ada.sign_in(peer=PUTTY)
    world.wait(12 * 60)
    async with at_home(world, ada, size=size) as visitor:
        visitor.press(key)
        await visitor.comes_to(room)
        await visitor.sees("2001:db8")
        visitor.press("down")
        assert await picture_of(visitor) == snapshot


LARGE_TOO = pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)], ids=["120x40", "80x24", "60x20"])


@LARGE_TOO
@pytest.mark.parametrize("key", [None, KEY], ids=["without a key", "with one"])
async def test_no_keys(
    world: World, snapshot: SnapshotAssertion, size: tuple[int, int], key: ProvenKey | None
) -> None:
    """What one is good for, and how to get one."""
    ada = await world.register()
    async with at_home(world, ada, size=size, key=key) as visitor:
        visitor.press("f5")
        await visitor.comes_to(KEYS)
        await rests(visitor)
        assert await picture_of(visitor) == snapshot


@LARGE_TOO
async def test_keys(world: World, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    """Three of them, of which one is this connection's; renaming and removing it; a new password."""
    ada = await world.register()
    await remember(world, ada, OTHER_KEY)
    world.wait(3 * 24 * 60 * 60)
    await remember(world, ada, KEY)
    await remember(world, ada, ProvenKey("sk-ssh-ed25519@openssh.com", f"SHA256:{'Q' * 43}"))
    async with at_home(world, ada, size=size, key=KEY) as visitor:
        visitor.press("f5")
        await visitor.comes_to(KEYS)
        visitor.press("down")
        await visitor.sees("This connection's key.")
        assert await picture_of(visitor) == snapshot(name="list")
        visitor.press("f6")
        await visitor.comes_to("Rename a key")
        assert await picture_of(visitor) == snapshot(name="rename")
        visitor.press("escape")
        await visitor.comes_to(KEYS)
        visitor.press("f5")
        await visitor.comes_to("Remove a key")
        await rests(visitor)
        assert await picture_of(visitor) == snapshot(name="remove")
        visitor.press("escape")
        await visitor.comes_to(KEYS)
        visitor.press("escape")
        await visitor.comes_to("Welcome, Ada")
        await go_in(visitor, world, ada, "Change password")
        visitor.press("tab", "tab")
        assert await picture_of(visitor) == snapshot(name="change password")
