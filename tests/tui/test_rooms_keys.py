"""Keys: the room, and what Change password says of them."""

import pytest

from sshauth.accounts.peer import Peer, ProvenKey
from sshauth.tui.question import NO
from tests.accounts.people import NEW_PASSWORD, Person, World
from tests.tui.rooms import (
    CONFIRM,
    HOSTILE,
    KEY,
    KEYS,
    OTHER_KEY,
    PROFILE,
    at_home,
    click_at,
    confirm,
    go_in,
    is_home,
    remember,
    rests,
)
from tests.tui.visitor import Visitor

REMEMBER = "F7 Remember this connection's key"
REMOVE, RENAME = "Remove a key", "Rename a key"
ELSEWHERE = Peer("198.51.100.7")


async def go_to_keys(visitor: Visitor) -> None:
    """Go from Home to Keys."""
    visitor.press("f4")
    await visitor.comes_to(KEYS)
    await rests(visitor)


async def with_keys(world: World, *keys: ProvenKey) -> Person:
    """Give somebody with keys, and let time pass between them."""
    ada = await world.register()
    for key in keys:
        await remember(world, ada, key)
        world.wait(60 * 60)
    return ada


def line_with(visitor: Visitor, words: str) -> str:
    """Give the first line of the screen that has some words, spaces made one."""
    lines = [" ".join(line.split()) for line in visitor.text.split("\n")]
    return next((line for line in lines if words in line), "")


def bare(key: ProvenKey) -> str:
    """Give a fingerprint as lists show it."""
    return key.fingerprint.removeprefix("SHA256:")


async def names_of(world: World, ada: Person) -> list[str]:
    """Give what somebody's keys are called."""
    return [key.name for key in await world.accounts.ssh_keys.all(ada.identity, ELSEWHERE)]


# The list


async def test_no_keys(world: World) -> None:
    """It says what one is good for, and how to get one; there is nothing to remove."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_to_keys(visitor)
        await visitor.sees("No key is remembered.")
        await visitor.sees("ssh-keygen makes a key; your agent, or ssh -i FILE, offers it.")
        await visitor.sees("Password and code sign you in without one.")
        for key in ("F5", "F6", "F7"):
            await visitor.loses(key)
        visitor.press("f5", "f6")
        await visitor.sees("There is no key to do that with.")
        visitor.press("f7")
        await visitor.rests()
        assert visitor.heading == KEYS
        visitor.press("escape")
        await is_home(visitor)


async def test_keys_are_listed(world: World) -> None:
    """What they are called, what they are, since when, when they were used; this connection's is marked."""
    ada = await with_keys(world, OTHER_KEY, KEY)
    async with at_home(world, ada, size=(120, 40), key=KEY) as visitor:
        await go_to_keys(visitor)
        rsa, this = (line_with(visitor, words) for words in ("2 hours ago", "now, this one"))
        assert rsa == f"▸ RSA 3072 key by OpenSSH {bare(OTHER_KEY)} 2 hours ago never"
        assert this == f"ed25519 key by OpenSSH {bare(KEY)} 1 hour ago now, this one"
        await visitor.loses("F7")


async def test_the_selected_row_tells_all(world: World) -> None:
    """The whole fingerprint, and exact times."""
    ada = await with_keys(world, OTHER_KEY, KEY)
    async with at_home(world, ada, key=KEY) as visitor:
        await go_to_keys(visitor)
        await visitor.sees(
            f"RSA 3072 key by OpenSSH: RSA 3072 {OTHER_KEY.fingerprint}. "
            "Added 1 March 2026, 12:00:45 UTC. Never used."
        )
        visitor.press("down")
        await visitor.sees(
            f"ed25519 key by OpenSSH: ed25519 {KEY.fingerprint}. Added 1 March 2026, 13:01:15 UTC."
        )
        await visitor.sees("Last used 1 March 2026, 14:01:45 UTC. This connection's key.")


async def test_each_key_by_tab_and_by_mouse(world: World) -> None:
    """Tab and Enter suffice."""
    ada = await with_keys(world, OTHER_KEY)
    async with at_home(world, ada, key=KEY) as visitor:
        await go_to_keys(visitor)
        for label, heading in (("F5 Remove", REMOVE), ("F6 Rename", RENAME), (REMEMBER, CONFIRM)):
            visitor.press("tab")
            await visitor.focuses(label)
            visitor.press("enter")
            await visitor.comes_to(heading)
            visitor.press("escape")
            await visitor.comes_to(KEYS)
            await rests(visitor)
            await visitor.click(label)
            await visitor.comes_to(heading)
            await visitor.click("Esc Back")
            await visitor.comes_to(KEYS)
            await rests(visitor)
        await visitor.click("Esc Back")
        await is_home(visitor)


# Removing and renaming


async def test_removing_a_key(world: World) -> None:
    """It asks once more; no password is needed for what only takes away."""
    ada = await with_keys(world, OTHER_KEY, KEY)
    async with at_home(world, ada, key=KEY) as visitor:
        await go_to_keys(visitor)
        visitor.press("down", "f5")
        await visitor.comes_to(REMOVE)
        await visitor.sees(
            f"ed25519 key by OpenSSH, {KEY.fingerprint}, will not stand for your password any more."
        )
        visitor.press("escape")
        await visitor.comes_to(KEYS)
        await rests(visitor)
        assert len(await names_of(world, ada)) == 2
        visitor.press("f5", "down", "enter")
        await visitor.sees("Removed: ed25519 key by OpenSSH signs nobody in any more.")
        await visitor.loses("now, this one")
        await visitor.sees(REMEMBER)
        assert await names_of(world, ada) == ["RSA 3072 key by OpenSSH"]


async def test_the_last_key(world: World) -> None:
    """Afterwards the room is as empty as at first."""
    ada = await with_keys(world, OTHER_KEY)
    async with at_home(world, ada) as visitor:
        await go_to_keys(visitor)
        visitor.press("f5", "down", "enter")
        await visitor.sees("Removed:")
        await visitor.sees("No key is remembered.")
        await visitor.loses("F5")


@pytest.mark.parametrize("key", ["f5", "f6"])
async def test_one_that_went_meanwhile_is_said_to_be_gone(world: World, key: str) -> None:
    """Somebody removed it between the look and the key."""
    ada = await with_keys(world, OTHER_KEY)
    async with at_home(world, ada) as visitor:
        await go_to_keys(visitor)
        (info,) = await world.accounts.ssh_keys.all(ada.identity, ELSEWHERE)
        await world.accounts.ssh_keys.remove(ada.identity, info.id, ELSEWHERE)
        visitor.press(key, *["down"] * (key == "f5"), "enter")
        await visitor.sees("That is not there any more.")
        visitor.press("escape")
        await visitor.sees("No key is remembered.")


async def test_renaming_a_key(world: World) -> None:
    """What is refused is said beside the field."""
    ada = await with_keys(world, OTHER_KEY, KEY)
    async with at_home(world, ada) as visitor:
        await go_to_keys(visitor)
        visitor.press("down", "f6")
        await visitor.comes_to(RENAME)
        await visitor.sees(f"ed25519 {KEY.fingerprint}")
        assert visitor.fields == {"Name": "ed25519 key by OpenSSH"}
        assert visitor.selected == "ed25519 key by OpenSSH"
        visitor.paste("Lap\u202etop")
        visitor.press("enter")
        await visitor.is_told({"Name": "This holds a character that cannot be shown."})
        visitor.fill("Laptop")
        await visitor.sees("Renamed.")
        assert line_with(visitor, "Laptop").startswith("▸ Laptop")
        await visitor.sees(f"Laptop: ed25519 {KEY.fingerprint}.")
        assert await names_of(world, ada) == ["RSA 3072 key by OpenSSH", "Laptop"]


# Remembering


async def test_remembering_the_key_of_this_connection(world: World) -> None:
    """Password and code are asked first; then it is in the list, and nothing more is offered."""
    ada = await world.register()
    async with at_home(world, ada, key=KEY) as visitor:
        await go_to_keys(visitor)
        await visitor.sees(f"This connection has proven {KEY.fingerprint}.")
        visitor.press("f7")
        await confirm(visitor, world, ada)
        await visitor.comes_to(KEYS)
        await visitor.sees("This key is remembered: the next time you connect, only the code is asked.")
        await visitor.sees("now, this one")
        await visitor.loses("F7")
        visitor.press("f7")
        await visitor.rests()
        assert await names_of(world, ada) == ["ed25519 key by unknown client"]


async def test_who_has_confirmed_lately_is_not_asked_again(world: World) -> None:
    """As before all that is sensitive."""
    ada = await world.register()
    async with at_home(world, ada, key=KEY) as visitor:
        await go_in(visitor, world, ada, "Change names")
        visitor.press("escape")
        await visitor.comes_to(PROFILE)
        visitor.press("escape")
        await is_home(visitor)
        await go_to_keys(visitor)
        await visitor.click(REMEMBER)
        await visitor.sees("This key is remembered")


async def test_a_key_of_another_account(world: World) -> None:
    """It is said before password and code are asked for; who holds the key may know."""
    bob = await world.register(user_name="bob", email="bob@example.org")
    ada = await world.register()
    async with at_home(world, ada, key=KEY) as visitor:
        await remember(world, bob)
        await go_to_keys(visitor)
        await visitor.sees(f"{KEY.fingerprint}. This key is remembered by another account.")
        assert "to have it remembered" not in visitor.prose
        visitor.press("f7")
        await visitor.until(lambda: visitor.prose.count("another account") == 2, "the refusal")
        assert visitor.heading == KEYS
        assert await names_of(world, ada) == []


@pytest.mark.parametrize("lately", [False, True], ids=["asked first", "confirmed lately"])
async def test_a_key_of_a_disabled_account(world: World, lately: bool) -> None:
    """It signs nobody in, and is taken all the same."""
    bob = await world.register(user_name="bob", email="bob@example.org")
    ada = await world.register()
    async with at_home(world, ada, key=KEY) as visitor:
        await remember(world, bob)
        await world.disable("bob")
        if lately:
            await go_in(visitor, world, ada, "Change names")
            visitor.press("escape")
            await visitor.comes_to(PROFILE)
            visitor.press("escape")
            await is_home(visitor)
        await go_to_keys(visitor)
        visitor.press("f7")
        if not lately:
            await confirm(visitor, world, ada)
            await visitor.comes_to(KEYS)
        await visitor.sees("This key is remembered by another account. Remove it there first.")
        assert await names_of(world, ada) == []


async def test_one_key_too_many(world: World) -> None:
    """It is said before password and code are asked for."""
    ada = await with_keys(world, *[ProvenKey("ssh-ed25519", f"SHA256:{number:043}") for number in range(20)])
    async with at_home(world, ada, key=KEY) as visitor:
        await go_to_keys(visitor)
        visitor.press("f7")
        await visitor.sees("You have 20 keys already. Remove one first.")
        assert visitor.heading == KEYS


async def test_keys_are_told_apart_at_80_columns(world: World) -> None:
    """By their fingerprints, where their names are the same; the whole of one finds it."""
    keys = [ProvenKey("ssh-ed25519", f"SHA256:{letter * 43}") for letter in "AB"]
    ada = await with_keys(world, *keys)
    async with at_home(world, ada) as visitor:
        await go_to_keys(visitor)
        assert line_with(visitor, "AAAA").startswith(f"▸ ed25519 key by OpenSSH {'A' * 16}")
        assert line_with(visitor, "BBBB").startswith(f"ed25519 key by OpenSSH {'B' * 16}")
        visitor.paste(keys[1].fingerprint)
        await visitor.sees("(1 of 2)")
        await visitor.sees(f"{keys[1].fingerprint}. Added")


# Foreign text


async def test_hostile_names_and_clients(world: World) -> None:
    """What a client calls itself, or a person a key, is text, on every screen that shows it."""
    ada = await world.register()
    await remember(world, ada, client=f"SSH-2.0-{HOSTILE}\x9b2J\u202e\x1b[2J")
    async with at_home(world, ada, size=(120, 40)) as visitor:
        await go_to_keys(visitor)
        await visitor.sees("[@click=app.quit")
        visitor.press("f6")
        await visitor.comes_to(RENAME)
        visitor.fill(HOSTILE)
        await visitor.sees(f"{HOSTILE}: ed25519 {KEY.fingerprint}.")
        assert line_with(visitor, HOSTILE)
        visitor.press("f5")
        await visitor.comes_to(REMOVE)
        await visitor.sees(f"{HOSTILE}, {KEY.fingerprint}, will not")
        await visitor.focuses(NO)
        visitor.press("down")
        await visitor.focuses(f"Remove {HOSTILE}")
        assert not {"\x9b", "\x1b", "\u202e"} & set(visitor.text)
        visitor.press("enter")
        await visitor.sees(f"Removed: {HOSTILE} signs")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
async def test_twenty_keys_fit_any_window(world: World, size: tuple[int, int]) -> None:
    """The selected row is in view, the details too."""
    keys = [ProvenKey("sk-ssh-ed25519@openssh.com", f"SHA256:{number:043}") for number in range(20)]
    ada = await with_keys(world, *keys)
    async with at_home(world, ada, size=size) as visitor:
        await go_to_keys(visitor)
        visitor.press("end")
        last = f"{19:043}"[-10:]  # a narrow window breaks the rest
        await visitor.sees(f"{last}. Added")
        lines = visitor.text.split("\n")
        row = next(index for index, line in enumerate(lines) if "0000" in line)
        click_at(visitor, lines[row].index("0000"), row)
        await visitor.loses(f"{last}. Added")


# Change password


async def test_without_keys_a_new_password_says_nothing_of_them(world: World) -> None:
    """There is nothing to forget."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        assert visitor.ticks == {}
        visitor.fill(NEW_PASSWORD, NEW_PASSWORD)
        await visitor.sees("Password changed. Your other sessions are ended.")
        assert "keys" not in visitor.text


async def test_a_new_password_forgets_keys(world: World) -> None:
    """Unless it is wished otherwise: whoever knew the old one may have had theirs remembered."""
    ada = await with_keys(world, KEY)
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        assert visitor.ticks == {"Forget my remembered keys too": True}
        visitor.fill(NEW_PASSWORD, NEW_PASSWORD)
        await visitor.sees("Password changed. Your other sessions are ended. Your keys are forgotten.")
    assert await names_of(world, ada) == []


async def test_a_new_password_may_keep_keys(world: World) -> None:
    """The tick stands behind the fields, and can be taken back."""
    ada = await with_keys(world, KEY)
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Change password")
        visitor.type(f"{NEW_PASSWORD}\t{NEW_PASSWORD}\t")
        visitor.press("space")
        await visitor.until(lambda: visitor.ticks == {"Forget my remembered keys too": False}, "no tick")
        visitor.press("enter")
        await visitor.sees("Password changed. Your other sessions are ended.")
        assert "forgotten" not in visitor.text
    assert await names_of(world, ada) == ["ed25519 key by OpenSSH"]
