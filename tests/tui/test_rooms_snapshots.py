"""Pictures of Home and every room behind it."""

import pytest
from syrupy.assertion import SnapshotAssertion

from sshauth.accounts.errors import AccountError
from sshauth.accounts.peer import Peer, ProvenKey
from tests.accounts.people import PASSWORD, World
from tests.tui.admins import make_admin
from tests.tui.edges import THROWAWAY_SECRET
from tests.tui.pictures import looks
from tests.tui.rooms import (
    ACTIVITY,
    BEHIND_PROFILE,
    CONFIRM,
    KEY,
    KEYS,
    OTHER_KEY,
    PROFILE,
    SECURITY,
    SESSIONS,
    at_home,
    choose,
    confirm,
    go_in,
    go_to_profile,
    go_to_security,
    register_who_kept_codes,
    remember,
    rests,
)
from tests.tui.visitor import Visitor, visiting
from tests.tui.ways import HOME, code_of

PUTTY = Peer("2001:db8:1234:5678:9abc:def0:1234:5678", client="SSH-2.0-PuTTY_Release_0.78")
SECURITY_KEY = ProvenKey("sk-ssh-ed25519@openssh.com", f"SHA256:{'Q' * 43}")


async def back(visitor: Visitor, heading: str) -> None:
    """Go back to a room."""
    visitor.press("escape")
    await visitor.comes_to(heading)
    await rests(visitor)


# Home


async def test_home(world: World, snapshot: SnapshotAssertion) -> None:
    """As it comes, what may lie over it, and its help."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        await looks(visitor, snapshot, "home")
        visitor.press("f1")
        await visitor.comes_to("Help: Welcome")
        await looks(visitor, snapshot, "help")
        await back(visitor, HOME)
        visitor.app.notice("Still there? In 1 minute you will be signed out. Press any key to stay.")
        await visitor.sees("Still there?")
        await looks(visitor, snapshot, "still there")
        visitor.press("f12")
        await visitor.loses("Still there?")
        visitor.app.announced("The server stops at 18:00. It is back at 19:00.")
        await visitor.sees("From the administrators")
        await looks(visitor, snapshot, "announced")
        visitor.app.database_lost()
        await visitor.sees("One moment")
        await looks(visitor, snapshot, "one moment")


async def test_home_with_warnings(world: World, snapshot: SnapshotAssertion) -> None:
    """All there are, for an administrator, who has one more way to go."""
    ada = await world.register()
    await make_admin(world, ada)
    await remember(world, ada)
    for code in ada.recovery_codes[3:]:
        await ada.sign_in(code=code, peer=PUTTY)
    for _ in range(2):
        world.wait(60)
        with pytest.raises(AccountError):
            await ada.sign_in(password="wrong password", peer=PUTTY)
    async with visiting(world, key=OTHER_KEY) as visitor:
        visitor.fill("ada", PASSWORD, ada.code(1))
        await visitor.comes_to(HOME)
        await looks(visitor, snapshot, "warnings")


# Profile


async def test_profile(world: World, snapshot: SnapshotAssertion) -> None:
    """What is known of somebody, the question before all that changes it, and each of these rooms."""
    world.use(mail_goes_out=True)
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        await go_to_profile(visitor)
        await looks(visitor, snapshot, PROFILE)
        for label, room in BEHIND_PROFILE.items():
            await choose(visitor, label)
            if label == "Change names":
                await visitor.comes_to(CONFIRM)
                await looks(visitor, snapshot, CONFIRM)
                await confirm(visitor, world, ada)
            await visitor.comes_to(room)
            await looks(visitor, snapshot, room)
            await back(visitor, PROFILE)


async def test_a_new_address(world: World, snapshot: SnapshotAssertion) -> None:
    """Its code went out; what is said in Profile when it was right."""
    world.use(mail_goes_out=True)
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change email")
        visitor.fill("augusta@example.org")
        await visitor.sees("A code went to")
        await looks(visitor, snapshot, "code")
        visitor.fill(await world.mailed_code())
        await visitor.comes_to(PROFILE)
        await visitor.sees("Your email address is")
        await looks(visitor, snapshot, "done")


# Security


async def test_security(world: World, snapshot: SnapshotAssertion) -> None:
    """How the account is kept; a new password, with keys that may be forgotten; new recovery codes."""
    ada = await world.register()
    await remember(world, ada)
    async with at_home(world, ada) as visitor:
        await go_to_security(visitor)
        await looks(visitor, snapshot, SECURITY)
        await choose(visitor, "Change password")
        await confirm(visitor, world, ada)
        await visitor.comes_to("Change password")
        visitor.press("enter", "enter")
        await visitor.sees("fill this in")
        await looks(visitor, snapshot, "Change password")
        await back(visitor, SECURITY)
        await choose(visitor, "New recovery codes")
        await visitor.comes_to("New recovery codes")
        await looks(visitor, snapshot, "New recovery codes")


async def test_authenticators(
    world: World, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One, another one's QR code, two, and what is said before one is removed."""
    ada = await register_who_kept_codes(world)
    monkeypatch.setattr("sshauth.accounts.totp.new_secret", lambda: THROWAWAY_SECRET)
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        await looks(visitor, snapshot, "one")
        await choose(visitor, "Add a second one")
        await visitor.comes_to("New authenticator")
        await looks(visitor, snapshot, "new")
        visitor.press("f5")
        await visitor.sees("by hand")
        await looks(visitor, snapshot, "by hand")
        visitor.fill(code_of(THROWAWAY_SECRET, world))
        await visitor.comes_to("Authenticators")
        await visitor.sees("Remove Second authenticator")
        await looks(visitor, snapshot, "two")
        await choose(visitor, "Remove Second authenticator")
        await visitor.comes_to("Remove an authenticator")
        await looks(visitor, snapshot, "remove")


# Lists


@pytest.mark.parametrize(("key", "room"), [("f5", SESSIONS), ("f6", ACTIVITY)])
async def test_a_list(world: World, snapshot: SnapshotAssertion, key: str, room: str) -> None:
    """Live sessions and one that is over; what happened; sorted, filtered, and its help."""
    ada = await world.register()
    await world.accounts.sessions.end(ada.identity, ada.identity.session_id, PUTTY)
    world.wait(3 * 24 * 60 * 60)
    await ada.sign_in(peer=PUTTY)
    world.wait(12 * 60)
    async with at_home(world, ada) as visitor:
        visitor.press(key)
        await visitor.comes_to(room)
        await visitor.sees("2001:db8")
        visitor.press("down")
        await looks(visitor, snapshot, "list")
        visitor.press("f9")
        visitor.type("zzz")
        await visitor.sees("Nothing has that.")
        await looks(visitor, snapshot, "sorted, and nothing found")
        visitor.press("f1")
        await visitor.comes_to(f"Help: {room}")
        await looks(visitor, snapshot, "help")


@pytest.mark.parametrize("key", [None, KEY], ids=["without a key", "with one"])
async def test_no_keys(world: World, snapshot: SnapshotAssertion, key: ProvenKey | None) -> None:
    """What one is good for, and how to get one."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada, key=key) as visitor:
        visitor.press("f4")
        await visitor.comes_to(KEYS)
        await looks(visitor, snapshot, "none")


async def test_keys(world: World, snapshot: SnapshotAssertion) -> None:
    """Three of them, of which one is this connection's; renaming and removing it."""
    ada = await world.register()
    await remember(world, ada, OTHER_KEY)
    world.wait(3 * 24 * 60 * 60)
    await remember(world, ada, KEY)
    await remember(world, ada, SECURITY_KEY)
    async with at_home(world, ada, key=KEY) as visitor:
        visitor.press("f4")
        await visitor.comes_to(KEYS)
        visitor.press("down")
        await visitor.sees("This connection's key.")
        await looks(visitor, snapshot, "list")
        visitor.press("f6")
        await visitor.comes_to("Rename a key")
        await looks(visitor, snapshot, "rename")
        await back(visitor, KEYS)
        visitor.press("f5")
        await visitor.comes_to("Remove a key")
        await looks(visitor, snapshot, "remove")
