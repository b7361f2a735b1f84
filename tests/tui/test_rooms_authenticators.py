"""Authenticators and new recovery codes."""

from tests.accounts.people import World
from tests.tui.rooms import (
    HOSTILE,
    SECURITY,
    at_home,
    choose,
    confirm,
    go_in,
    is_home,
    register_who_kept_codes,
)
from tests.tui.ways import CODES, code_of, codes_on, keep_codes, secret_on


async def test_two_authenticators(world: World) -> None:
    """Adding one, replacing the other, removing one; the last cannot be removed."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        await visitor.sees("Replace First authenticator")
        assert "Remove" not in visitor.text
        await choose(visitor, "Add a second one")
        await visitor.comes_to("New authenticator")
        await visitor.focuses("Code")
        second = secret_on(visitor)
        visitor.fill(code_of(second, world))
        await visitor.sees("Added. Your other sessions are ended.")
        world.wait(30)
        await choose(visitor, "Replace First authenticator")
        await visitor.comes_to("Replace First authenticator")
        new = secret_on(visitor)
        visitor.fill("000000")
        await visitor.is_told({"Code": "That code is wrong. Type the one your app shows now."})
        await ada.sign_in()
        world.wait(30)
        visitor.fill(code_of(new, world))
        await visitor.sees("Replaced: First authenticator works no more.")
        world.wait(30)
        await choose(visitor, "Remove New phone")
        await visitor.comes_to("Remove an authenticator")
        await choose(visitor, "Remove New phone")
        await visitor.sees("Removed: New phone works no more.")
        assert "Remove" not in visitor.text.replace("Removed", "")
        await visitor.focuses("Add a second one")
    await ada.sign_in(code=code_of(second, world))


async def test_the_name_of_an_authenticator_is_shown_literally(world: World) -> None:
    """In the list, on buttons, in sentences; and one that cannot be is refused."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        await choose(visitor, "Add a second one")
        await visitor.comes_to("New authenticator")
        code = code_of(secret_on(visitor), world)
        visitor.press("shift+tab")
        visitor.paste("A\u202eda")
        visitor.press("tab")
        visitor.fill(code)
        await visitor.is_told({"Name": "This holds a character that cannot be shown."})
        visitor.fill(HOSTILE, code)
        await visitor.sees(f"Remove {HOSTILE}")
        await choose(visitor, f"Remove {HOSTILE}")
        await visitor.sees(f"{HOSTILE} will not sign you in any more.")
        await choose(visitor, f"Remove {HOSTILE}")
        await visitor.sees(f"Removed: {HOSTILE} works no more.")


async def test_five_minutes_over_before_the_first_code(world: World) -> None:
    """The same QR code waits behind the question."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        await choose(visitor, "Add a second one")
        await visitor.comes_to("New authenticator")
        secret = secret_on(visitor)
        world.wait(301)
        visitor.fill(code_of(secret, world))
        await confirm(visitor, world, ada)
        await visitor.comes_to("New authenticator")
        assert secret_on(visitor) == secret
        visitor.press("enter")
        await visitor.sees("Added.")


async def test_who_comes_back_finds_the_same_secret(world: World) -> None:
    """The app on the phone may have it already; once it is in use, the next one is another."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        await go_in(visitor, world, ada, "Authenticators")
        secrets = []
        for label in ("Add a second one", "Add a second one", "Replace First authenticator"):
            await choose(visitor, label)
            await visitor.comes_to(label if label.startswith("Replace") else "New authenticator")
            secrets.append(secret_on(visitor))
            visitor.press("escape")
            await visitor.comes_to("Authenticators")
        assert secrets[0] == secrets[1] != secrets[2]
        visitor.press("up")
        await choose(visitor, "Add a second one")
        await visitor.comes_to("New authenticator")
        visitor.fill(code_of(secrets[0], world))
        await visitor.sees("Added.")
        await choose(visitor, "Replace First authenticator")
        await visitor.comes_to("Replace First authenticator")
        assert secret_on(visitor) not in secrets


async def test_new_recovery_codes(world: World) -> None:
    """The old ones die; the proof that the new ones were kept takes the warning away."""
    ada = await world.register()
    async with at_home(world, ada) as visitor:
        assert "You have not shown that you kept your recovery codes." in visitor.prose
        await go_in(visitor, world, ada, "New recovery codes")
        visitor.press("enter")
        await visitor.comes_to(CODES)
        codes = codes_on(visitor)
        assert not set(codes.values()) & set(ada.recovery_codes)
        await keep_codes(visitor)
        await visitor.comes_to(SECURITY)
        await visitor.loses("you have not shown")
        visitor.press("escape")
        await is_home(visitor)
        await visitor.loses("You have not shown")


async def test_leaving_new_recovery_codes_unproved(world: World) -> None:
    """It is said on Security, and on Home."""
    ada = await register_who_kept_codes(world)
    async with at_home(world, ada) as visitor:
        assert "You have not shown" not in visitor.prose
        await go_in(visitor, world, ada, "New recovery codes")
        visitor.press("enter")
        await visitor.comes_to(CODES)
        visitor.press("escape")
        await visitor.sees("Leave all the same?")
        visitor.press("escape")
        await visitor.comes_to(SECURITY)
        await visitor.sees("10 left; you have not shown that you kept them")
        visitor.press("escape")
        await visitor.sees("You have not shown that you kept your recovery codes.")
